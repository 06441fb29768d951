//! Sends the requests of `bambora-core` with reqwest, for a program that uses reqwest already. Every default that is wrong for a
//! payment is changed.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bambora_core::{CancelPayment, OperationExt as _, Payment, TransportError};
use bambora_sandbox::Sandbox;
use http::{Request, Response};
use rustls::{ClientConfig, RootCertStore};

/// The longest body of a response, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start()?;
    sandbox.authorize("ORDER-1001");
    let payment = cancel(&sandbox).await?;
    println!("{} is {}", payment.payment, payment.state);
    Ok(())
}

pub(crate) async fn cancel(sandbox: &Sandbox) -> Result<Payment, Box<dyn Error>> {
    let tls = tls(&[])?;
    let client = client(tls, Duration::from_secs(5), Duration::from_secs(30))?;
    let cancel = CancelPayment::new("ORDER-1001".parse()?);
    let request = sandbox.api().request(&cancel);
    let response = exchange(&client, request, BODY_LIMIT).await?;
    Ok(cancel.parse(&response)?)
}

/// Trusts the web PKI and `root_certificates`, in DER. The provider is named: rustls panics in a program that has two, or none.
pub(crate) fn tls(root_certificates: &[Vec<u8>]) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in root_certificates {
        roots.add(certificate.clone().into())?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

pub(crate) fn client(
    tls: ClientConfig,
    connect_timeout: Duration,
    total_timeout: Duration,
) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        // A redirect would turn the POST into a GET, or take the credentials elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // A connection that the server closes at the wrong moment leaves a request in doubt.
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .connect_timeout(connect_timeout)
        .timeout(total_timeout)
        .build()
}

/// Sends one request, and reads the response.
pub(crate) async fn exchange(
    client: &reqwest::Client,
    request: Request<Vec<u8>>,
    body_limit: usize,
) -> Result<Response<Vec<u8>>, TransportError> {
    let request = reqwest::Request::try_from(request).map_err(TransportError::not_sent)?;
    let received = client.execute(request).await.map_err(|error| {
        // Only this is sure: everything else may have happened after the server had read it.
        if error.is_connect() {
            TransportError::not_sent(error.without_url())
        } else {
            TransportError::unknown(error.without_url())
        }
    })?;
    let mut response = Response::builder().status(received.status());
    for (name, value) in received.headers() {
        response = response.header(name, value);
    }
    let body = read(received, body_limit).await.map_err(TransportError::unknown)?;
    response.body(body).map_err(TransportError::unknown)
}

/// Reads the body to its end, or to the limit: reqwest has none.
async fn read(mut received: reqwest::Response, body_limit: usize) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let mut body = Vec::new();
    while let Some(chunk) = received.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > body_limit {
            return Err("the body is longer than the limit".into());
        }
    }
    Ok(body)
}
