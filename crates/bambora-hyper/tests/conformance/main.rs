//! Runs the conformance suite: with and without reuse of connections, and over a connector of the caller's.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::ExitCode;

use bambora_conformance::{Capability, Settings, Suite};
use bambora_core::{Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
use bambora_hyper::{Client, ClientCertificate, Proxy};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

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

/// Connects as the client does, by way of a trait that knows nothing of TCP.
fn over_a_connector(client: &Client) -> Client {
    client.over(|host: &str, port: u16| {
        let address = (host.to_owned(), port);
        async move {
            let tcp = TcpStream::connect(address).await?;
            tcp.set_nodelay(true)?;
            Ok(tcp)
        }
    })
}

fn suite(name: &str, make: impl Fn(&Settings) -> Client + Send + Sync + 'static) -> Suite {
    Suite::asynchronous(
        name,
        || {
            let runtime = Runtime::new().unwrap();
            move |future| runtime.block_on(future)
        },
        move |settings| {
            let client = make(settings);
            move |request| {
                let client = client.clone();
                async move { client.exchange(request).await }
            }
        },
    )
    .opt_in(Capability::Proxy)
    .opt_in(Capability::ClientCertificate)
}

fn main() -> ExitCode {
    bambora_conformance::run(vec![
        suite("bambora-hyper", |settings| client(settings, false)),
        suite("bambora-hyper, reusing", |settings| client(settings, true)).reuses_connections(),
        suite("bambora-hyper, over a connector", |settings| over_a_connector(&client(settings, true))),
    ])
}
