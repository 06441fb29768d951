//! Transports under test, and how they are set up.

use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use bambora_core::TransportError;
use http::{Request, Response};
use serde::Serialize;

use crate::latch::Latch;

/// The result of one exchange.
pub type Exchange = Result<Response<Vec<u8>>, TransportError>;

/// How a transport is to be set up for a case. Each case has settings of its own, so that slow cases finish quickly.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The URL that the requests of the case begin with, such as `http://127.0.0.1:40001`, for transports that are bound to one
    /// origin. If `https_only` is set, it is an `https` URL, even if a request in clear text follows.
    pub base_url: String,
    /// The time limit for establishing a connection, including its TLS handshake.
    pub connect_timeout: Duration,
    /// The time limit for a whole exchange.
    pub total_timeout: Duration,
    /// The maximum length of a response body in bytes.
    pub body_limit: usize,
    /// Certificates to trust, in DER. No other needs to be trusted.
    pub root_certificates: Vec<Vec<u8>>,
    /// Whether requests in clear text must be refused.
    pub https_only: bool,
    /// The proxy to go through, for a suite that [opts in](crate::Suite::opt_in) to [`Proxy`](crate::Capability::Proxy).
    pub proxy: Option<ProxySettings>,
    /// The certificate to show to servers that ask for one, for a suite that opts in to
    /// [`ClientCertificate`](crate::Capability::ClientCertificate).
    pub client_certificate: Option<ClientCertificate>,
}

/// An HTTP proxy, which is asked by `CONNECT` for a tunnel, with Basic authentication.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ProxySettings {
    /// Its URL, such as `http://127.0.0.1:40002`.
    pub url: String,
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

/// A certificate with its private key.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ClientCertificate {
    /// The certificate, in PEM.
    pub certificate: String,
    /// The private key, PKCS #8 in PEM.
    pub key: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(15),
            body_limit: 1024 * 1024,
            root_certificates: Vec::new(),
            https_only: false,
            proxy: None,
            client_certificate: None,
        }
    }
}

/// A future that the runtime of an asynchronous transport runs to completion.
pub type BoxedFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A call, which must be begun before it can be dropped.
type Call = Pin<Box<dyn Future<Output = Exchange> + Send>>;

/// A transport that was set up for a case.
pub(crate) enum Transport {
    Blocking(Box<dyn Fn(Request<Vec<u8>>) -> Exchange + Send + Sync>),
    Asynchronous {
        call: Box<dyn Fn(Request<Vec<u8>>) -> Call + Send + Sync>,
        block_on: Box<dyn Fn(BoxedFuture<'_>) + Send + Sync>,
    },
}

impl Transport {
    pub(crate) fn exchange(&self, request: Request<Vec<u8>>) -> Exchange {
        match self {
            Self::Blocking(call) => call(request),
            Self::Asynchronous { call, block_on } => run(block_on, call(request)),
        }
    }

    /// Starts an exchange and drops it when the latch opens, which must be before it completes.
    pub(crate) fn drop_exchange(&self, request: Request<Vec<u8>>, latch: &Latch) -> Result<(), String> {
        let Self::Asynchronous { call, block_on } = self else {
            return Err("its calls cannot be dropped: opt out of DroppedCalls".to_owned());
        };
        let mut call = call(request);
        let dropped = run(block_on, async move {
            poll_fn(|cx| match latch.poll(cx) {
                Poll::Ready(()) => Poll::Ready(Ok(())),
                Poll::Pending => call.as_mut().poll(cx).map(Err),
            })
            .await
        });
        dropped.map_err(|got| format!("completed before it was dropped: {}", describe(&got)))
    }
}

fn run<T: Send>(block_on: impl Fn(BoxedFuture<'_>), future: impl Future<Output = T> + Send) -> T {
    let (sender, receiver) = mpsc::channel();
    block_on(Box::pin(async {
        // The receiver is still there.
        let _ = sender.send(future.await);
    }));
    #[allow(clippy::expect_used, reason = "no case can be run with a block_on that does not complete the future")]
    receiver.try_recv().expect("block_on must run the future to completion")
}

/// Describes the result of an exchange in a message.
pub(crate) fn describe(got: &Exchange) -> String {
    match got {
        Ok(response) => {
            let body = String::from_utf8_lossy(response.body());
            let start: String = body.chars().take(60).collect();
            let (status, length) = (response.status().as_u16(), response.body().len());
            format!("{status} with {length} bytes: {start:?}")
        }
        Err(error) => {
            let cause = error.source().map_or(String::new(), ToString::to_string);
            format!("no response, delivery {} ({cause})", error.delivery())
        }
    }
}
