//! Runs the conformance suite, with and without reuse of connections.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::ExitCode;

use bambora_blocking::{Client, ClientCertificate, Proxy};
use bambora_conformance::{Capability, Settings, Suite};
use bambora_core::{Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken};

fn client(settings: &Settings, reuse: bool) -> Client {
    let mut builder = Client::builder()
        .connect_timeout(settings.connect_timeout)
        .total_timeout(settings.total_timeout)
        .body_limit(settings.body_limit)
        .reuse_connections(reuse);
    for certificate in &settings.root_certificates {
        builder = builder.add_root_certificate(certificate.clone());
    }
    if let Some(certificate) = &settings.client_certificate {
        let (certificate, key) = (certificate.certificate.as_bytes(), certificate.key.as_bytes());
        builder = builder.client_certificate(ClientCertificate::from_pem(certificate, key).unwrap());
    }
    if let Some(proxy) = &settings.proxy {
        builder = builder.proxy(Proxy::new(&proxy.url).unwrap().basic_auth(&proxy.user, &proxy.password).unwrap());
    }
    builder.build(api(&settings.base_url)).unwrap()
}

fn api(base_url: &str) -> Api {
    Api::new(Credentials::new(
        MerchantNumber::new("1").unwrap(),
        MerchantToken::new("token").unwrap(),
        MerchantSecret::new("secret").unwrap(),
    ))
    .with_base_url(BaseUrl::new(base_url).unwrap())
}

fn suite(name: &str, reuse: bool) -> Suite {
    Suite::blocking(name, move |settings| {
        let client = client(settings, reuse);
        move |request| client.exchange(request)
    })
    .opt_in(Capability::Proxy)
    .opt_in(Capability::ClientCertificate)
}

fn main() -> ExitCode {
    bambora_conformance::run(vec![
        suite("bambora-blocking", false),
        suite("bambora-blocking, reusing", true).reuses_connections(),
    ])
}
