//! What is put to the test.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use bambora_core::TransportError;
use http::{Request, Response};

use crate::gate::Gate;

/// What came of one exchange.
pub type Exchange = Result<Response<Vec<u8>>, TransportError>;

/// How a transport is to be set up for a case. Each case has its own, so that slow cases stay fast.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// How long a connection, its TLS handshake included, may take to come about.
    pub connect_timeout: Duration,
    /// How long one exchange may take in all.
    pub total_timeout: Duration,
    /// How long an answer's body may be, in bytes.
    pub body_limit: usize,
    /// Certificates to trust, in DER. Nothing else needs to be trusted.
    pub root_certificates: Vec<Vec<u8>>,
    /// Whether requests in clear text are to be refused.
    pub https_only: bool,
}

/// A future that the runtime of an asynchronous transport runs to its end.
pub type BoxedFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

pub(crate) trait Subject: Send + Sync {
    fn exchange(&self, request: Request<Vec<u8>>) -> Exchange;

    /// Begins an exchange, and drops it when the gate opens. `None` where calls cannot be dropped.
    fn begin_and_drop(&self, request: Request<Vec<u8>>, gate: &Gate) -> Option<Dropped>;
}

/// What came of a call that was to be dropped.
#[derive(Debug)]
pub(crate) enum Dropped {
    InTheMiddle,
    /// It had ended before.
    TooLate(Exchange),
}

pub(crate) struct Blocking<F>(pub(crate) F);

impl<F> Subject for Blocking<F>
where
    F: Fn(Request<Vec<u8>>) -> Exchange + Send + Sync,
{
    fn exchange(&self, request: Request<Vec<u8>>) -> Exchange {
        (self.0)(request)
    }

    fn begin_and_drop(&self, _request: Request<Vec<u8>>, _gate: &Gate) -> Option<Dropped> {
        None
    }
}

pub(crate) struct Asynchronous<F, B> {
    pub(crate) call: F,
    pub(crate) block_on: B,
}

impl<F, T, B> Subject for Asynchronous<F, B>
where
    B: Fn(BoxedFuture<'_>) + Send + Sync,
    F: Fn(Request<Vec<u8>>) -> T + Send + Sync,
    T: Future<Output = Exchange> + Send,
{
    fn exchange(&self, request: Request<Vec<u8>>) -> Exchange {
        let call = (self.call)(request);
        self.run(call)
    }

    fn begin_and_drop(&self, request: Request<Vec<u8>>, gate: &Gate) -> Option<Dropped> {
        let call = (self.call)(request);
        let dropped = self.run(async {
            let mut call = pin!(call);
            poll_fn(|cx| match gate.poll(cx) {
                Poll::Ready(()) => Poll::Ready(Dropped::InTheMiddle),
                Poll::Pending => call.as_mut().poll(cx).map(Dropped::TooLate),
            })
            .await
        });
        Some(dropped)
    }
}

impl<F, B: Fn(BoxedFuture<'_>)> Asynchronous<F, B> {
    fn run<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        let slot = Mutex::new(None);
        (self.block_on)(Box::pin(async {
            let output = future.await;
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(output);
            }
        }));
        #[allow(
            clippy::expect_used,
            reason = "a block_on that does not run the future cannot be tested with"
        )]
        slot.into_inner()
            .ok()
            .flatten()
            .expect("block_on must run the future to its end")
    }
}
