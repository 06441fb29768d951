//! Which servers a client trusts, and how it shows them who it is.

use std::time::Duration;

use bambora_client::{BuildError, ClientBuilder, ClientCertificate, InvalidClientCertificate, RootStore};
use bambora_core::{CancelPolicy, Outcome};
use bambora_sandbox::Sandbox;

use crate::clients::{AnyClient, for_each_client};
use crate::tls_front::{Authority, Certified, TlsFront};

fn builder<C: AnyClient>() -> ClientBuilder<C> {
    let policy =
        CancelPolicy::builder().further_cancels(0).queries(1).waits(Duration::ZERO, Duration::ZERO).build().unwrap();
    ClientBuilder::<C>::new().cancel_policy(policy)
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox
}

fn cancel<C: AnyClient>(builder: ClientBuilder<C>, front: &TlsFront, sandbox: &Sandbox) -> Outcome {
    builder.build(front.api(sandbox)).unwrap().cancel(&"A".parse().unwrap())
}

fn certificate(certified: &Certified) -> ClientCertificate {
    ClientCertificate::from_pem(certified.certificate.as_bytes(), certified.key.as_bytes()).unwrap()
}

fn a_pem_file_may_hold_several_authorities<C: AnyClient>() {
    let (sandbox, authority, other) = (sandbox(), Authority::new(), Authority::new());
    let front = TlsFront::start(&sandbox, &authority, None);
    let only = |pem: &str| {
        let builder = builder::<C>().root_store(RootStore::Empty);
        builder.add_root_certificates_pem(pem.as_bytes()).unwrap()
    };
    for untrusting in [builder(), only(&other.pem())] {
        let outcome = cancel(untrusting, &front, &sandbox);
        assert!(matches!(outcome, Outcome::NotSent(_)), "{outcome}");
        assert!(outcome.to_string().contains("the TLS handshake failed"), "{outcome}");
    }
    assert!(sandbox.requests().is_empty());
    let both = format!("The other one first.\n{}\nAnd ours:\n{}", other.pem(), authority.pem());
    let outcome = cancel(only(&both), &front, &sandbox);
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
}

fn a_store_without_certificates_is_rejected<C: AnyClient>() {
    let build = |builder: ClientBuilder<C>| builder.build(Sandbox::start().unwrap().api()).err();
    assert_eq!(build(builder().root_store(RootStore::Empty)), Some(BuildError::NoRoots));
    let add = |pem: &str| builder::<C>().add_root_certificates_pem(pem.as_bytes()).err();
    assert_eq!(add(""), Some(BuildError::NoCertificate));
    assert_eq!(add(&Authority::new().client().key), Some(BuildError::NoCertificate));
    let good = Authority::new().pem();
    let cut = good.replacen("-----END CERTIFICATE-----", "", 1);
    let second = add(&format!("{good}{cut}"));
    assert!(matches!(second, Some(BuildError::PemCertificate { number: 2, .. })), "{second:?}");
    // Base64 of something else than a certificate.
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let second = add(&format!("{good}{no_certificate}"));
    assert!(matches!(second, Some(BuildError::PemCertificate { number: 2, .. })), "{second:?}");
}

fn a_client_certificate_is_shown_to_a_server_that_asks<C: AnyClient>() {
    let (sandbox, authority, clients) = (sandbox(), Authority::new(), Authority::new());
    let front = TlsFront::start(&sandbox, &authority, Some(&clients));
    let trusting = || builder::<C>().add_root_certificates_pem(authority.pem().as_bytes()).unwrap();
    let stranger = certificate(&Authority::new().client());
    for rejected in [trusting(), trusting().client_certificate(stranger)] {
        let outcome = cancel(rejected, &front, &sandbox);
        // With TLS 1.3, a client learns that it is rejected after it has sent the request, so it cannot claim more.
        assert!(matches!(outcome, Outcome::NotSent(_) | Outcome::Unknown(_)), "{outcome}");
    }
    assert!(sandbox.requests().is_empty());
    let outcome = cancel(trusting().client_certificate(certificate(&clients.client())), &front, &sandbox);
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
}

fn the_key_does_not_show<C: AnyClient>() {
    let certified = Authority::new().client();
    let builder = builder::<C>().client_certificate(certificate(&certified));
    let shown = format!("{builder:?}");
    assert!(shown.contains("ClientCertificate { certificates: 1, .. }"), "{shown}");
}

#[test]
fn a_client_certificate_that_cannot_be_used_is_rejected_by_name() {
    use InvalidClientCertificate::{Certificate, EncryptedKey, Key, Mismatch, UnsupportedKey};

    let (own, other) = (Authority::new().client(), Authority::new().client());
    let from = |certificate: &str, key: &str| ClientCertificate::from_pem(certificate.as_bytes(), key.as_bytes()).err();
    let encrypted = own.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let together = format!("{}{}", own.key, own.certificate);
    for (certificate, key, expected) in [
        (&*own.certificate, &*own.key, None),
        (&together, &together, None),
        ("", &own.key, Some(Certificate)),
        (&own.key, &own.key, Some(Certificate)),
        (no_certificate, &own.key, Some(Certificate)),
        (&own.certificate, "", Some(Key)),
        (&own.certificate, no_key, Some(UnsupportedKey)),
        (&own.certificate, &encrypted, Some(EncryptedKey)),
        (&own.certificate, &other.key, Some(Mismatch)),
    ] {
        assert_eq!(from(certificate, key), expected, "{certificate} {key}");
    }
}

for_each_client! {
    a_pem_file_may_hold_several_authorities,
    a_store_without_certificates_is_rejected,
    a_client_certificate_is_shown_to_a_server_that_asks,
    the_key_does_not_show,
}
