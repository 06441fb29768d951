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
        (&certificate, no_key, No::Key),
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

/// The number tells which of many certificates to look at: those that were added before count.
#[test]
fn a_root_certificate_is_named_by_its_number() {
    let number = |error: BuildError| match error {
        BuildError::RootCertificate { number, .. } => number,
        other => panic!("{other}"),
    };
    let pem = certified().cert.pem();
    let added = builder().add_root_certificate(authority()).add_root_certificate(authority());
    let in_pem = |pem: &str| number(added.clone().add_root_certificates_pem(pem.as_bytes()).map(|_| ()).unwrap_err());
    assert_eq!(in_pem(NOT_BASE64), 3);
    assert_eq!(in_pem(&format!("{pem}{pem}{NOT_BASE64}")), 5);
    let in_der = builder().add_root_certificate(authority()).add_root_certificate(*b"not DER");
    assert_eq!(number(tls_config(&built(in_der).unwrap()).unwrap_err()), 2);
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
