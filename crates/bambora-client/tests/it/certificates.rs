//! Certificates of clients and of authorities, and what is wrong with those that are none.

use bambora_client::{BuildError, ClientCertificate, InvalidClientCertificate, RootStore, tls_config};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

use super::built::{builder, built};

const NOT_BASE64: &str = "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n";

fn certified() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["h.example".to_owned()]).unwrap()
}

/// A certificate in DER.
pub(crate) fn authority() -> Vec<u8> {
    thread_local!(static AUTHORITY: Vec<u8> = certified().cert.der().to_vec());
    AUTHORITY.with(Clone::clone)
}

pub(crate) fn client_certificate() -> ClientCertificate {
    let own = certified();
    ClientCertificate::from_pem(own.cert.pem().as_bytes(), own.signing_key.serialize_pem().as_bytes()).unwrap()
}

#[test]
fn a_client_certificate_is_refused_for_what_is_wrong_with_it() {
    use InvalidClientCertificate as No;
    let own = certified();
    let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
    let other_key = certified().signing_key.serialize_pem();
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let no_x509 = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for (certificate, key, expected) in [
        ("", key.as_str(), No::Certificate),
        (NOT_BASE64, &key, No::Certificate),
        (no_x509, &key, No::Certificate),
        (&certificate, "", No::Key),
        (&certificate, no_key, No::UnsupportedKey),
        (&certificate, &encrypted, No::EncryptedKey),
        (&certificate, &other_key, No::Mismatch),
    ] {
        let refused = ClientCertificate::from_pem(certificate.as_bytes(), key.as_bytes()).map(|_| ());
        assert_eq!(refused, Err(expected));
    }
    let both = format!("{certificate}{key}");
    let accepted = ClientCertificate::from_pem(both.as_bytes(), both.as_bytes()).unwrap();
    assert_eq!(format!("{accepted:?}"), "ClientCertificate { certificates: 1, .. }");
}

/// The number tells which of many certificates to look at.
#[test]
fn a_root_certificate_is_named_by_its_number() {
    let added = builder().add_root_certificate(authority()).add_root_certificate(*b"not DER");
    let in_der = tls_config(&built(added).unwrap()).unwrap_err();
    assert!(matches!(in_der, BuildError::RootCertificate { number: 2, .. }), "{in_der}");
    let in_pem =
        |pem: &str| builder().add_root_certificate(authority()).add_root_certificates_pem(pem.as_bytes()).map(|_| ());
    let (pem, other) = (certified().cert.pem(), certified().cert.pem());
    let cut = pem.replacen("-----END CERTIFICATE-----", "", 1);
    let no_x509 = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (text, number, detail) in [
        (NOT_BASE64.to_owned(), 1, "Base64"),
        (format!("{pem}{other}{NOT_BASE64}"), 3, "Base64"),
        (format!("{pem}{no_x509}"), 2, ""),
        (cut.clone(), 1, "last line"),
        (format!("{other}{cut}"), 2, "last line"),
        (format!("{pem}{}", other.replace("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE----")), 2, "first line"),
        (format!("{}{other}", pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE")), 1, "first line"),
        (format!("{other}  {pem}"), 2, "first line"),
        (format!("{other}\u{feff}{pem}"), 2, "first line"),
    ] {
        match in_pem(&text).unwrap_err() {
            BuildError::PemCertificate { number: found, detail: found_detail, .. } => {
                assert_eq!(found, number, "{found_detail}: {text}");
                assert!(found_detail.contains(detail) && !found_detail.contains('['), "{found_detail}: {text}");
            }
            other => panic!("{other}: {text}"),
        }
    }
    // The first of two without its end, which must not vanish in the second.
    assert!(matches!(in_pem(&format!("{cut}{other}")).unwrap_err(), BuildError::PemCertificate { .. }));
}

/// As an editor of Windows writes it, and as `openssl` shows it.
#[test]
fn a_byte_order_mark_line_ends_and_texts_around_certificates_make_no_difference() {
    let (one, other) = (certified(), certified());
    let request = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
    let text = format!("\u{feff}{}Issuer: CERTIFICATE\n{request}{}", one.cert.pem(), other.cert.pem());
    for text in [text.replace('\n', "\r\n"), text] {
        let settings = built(builder().add_root_certificates_pem(text.as_bytes()).unwrap()).unwrap();
        assert_eq!(settings.root_certificates, [one.cert.der().to_vec(), other.cert.der().to_vec()]);
    }
    let (certificate, key) = (one.cert.pem(), one.signing_key.serialize_pem());
    let with_mark = |text: &str| format!("\u{feff}{text}").into_bytes();
    assert!(ClientCertificate::from_pem(&with_mark(&certificate), &with_mark(&key)).is_ok());
    // An issuer that is left out would show only when a server does not find it.
    let chain = format!("{certificate}{}", other.cert.pem().replace("CERTIFICATE", "TRUSTED CERTIFICATE"));
    let refused = ClientCertificate::from_pem(chain.as_bytes(), key.as_bytes()).map(|_| ());
    assert_eq!(refused, Err(InvalidClientCertificate::Certificate));
}

#[test]
fn root_certificates_in_pem_are_trusted_beside_the_others() {
    let (one, other) = (certified(), certified());
    let pem = format!("{}{}", one.cert.pem(), other.cert.pem());
    let added = builder().add_root_certificate(authority()).add_root_certificates_pem(pem.as_bytes()).unwrap();
    let settings = built(added).unwrap();
    assert_eq!(settings.root_certificates, [authority(), one.cert.der().to_vec(), other.cert.der().to_vec()]);
    let nothing = builder().add_root_certificates_pem(b"no certificate").map(|_| ());
    assert_eq!(nothing.unwrap_err(), BuildError::NoCertificate);
    assert!(tls_config(&settings).is_ok());
    let trusting_nobody = built(builder().root_store(RootStore::Empty)).unwrap();
    assert_eq!(tls_config(&trusting_nobody).unwrap_err(), BuildError::NoRoots);
}
