//! The API over reqwest, for a program that has that already: with every default changed that a payment cannot live with.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bambora_core::{CancelPayment, DEFAULT_BODY_LIMIT, Operation as _, Payment, TransportError};
use bambora_sandbox::Sandbox;
use http::{Request, Response};
use rustls::{ClientConfig, RootCertStore};

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
    let response = carry(&client, request, DEFAULT_BODY_LIMIT).await?;
    Ok(cancel.parse(&response)?)
}

/// The web PKI's roots, and these, in DER. The provider is named: where a program has two, or none, rustls would panic.
pub(crate) fn tls(root_certificates: &[Vec<u8>]) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
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

/// One request, one answer.
pub(crate) async fn carry(
    client: &reqwest::Client,
    request: Request<Vec<u8>>,
    body_limit: usize,
) -> Result<Response<Vec<u8>>, TransportError> {
    let request = reqwest::Request::try_from(request).map_err(TransportError::not_sent)?;
    let answer = client.execute(request).await.map_err(|error| {
        // Only this is sure: everything else may have happened after the server had read it.
        if error.is_connect() {
            TransportError::not_sent(error.without_url())
        } else {
            TransportError::unknown(error.without_url())
        }
    })?;
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let body = read(answer, body_limit)
        .await
        .map_err(TransportError::unknown)?;
    response.body(body).map_err(TransportError::unknown)
}

/// reqwest has no limit of its own.
async fn read(
    mut answer: reqwest::Response,
    body_limit: usize,
) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > body_limit {
            return Err("the body is longer than the limit".into());
        }
    }
    Ok(body)
}
