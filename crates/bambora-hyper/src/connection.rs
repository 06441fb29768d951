//! One HTTP/1.1 connection, which runs only while somebody waits for its answer.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::task::unconstrained;

use crate::socket::{Socket, Watch, Watched};
use crate::transport::Failure;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// What reads and writes.
type Driver = http1::Connection<TokioIo<Watched>, Full<Bytes>>;

/// A connection that carries one request at a time.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// Gone once it has ended: a request that waits in it then learns that it will not be sent.
    driver: Option<Pin<Box<Driver>>>,
    watch: Arc<Watch>,
}

impl Connection {
    pub(crate) async fn over(socket: Box<dyn Socket>) -> Result<Self, hyper::Error> {
        let socket = Watched::new(socket);
        let watch = socket.watch();
        let (sender, driver) = http1::Builder::new()
            // At most 100 headers is its own default; saying it would cost an allocation for each answer.
            .max_header_size(MAX_HEAD)
            .handshake(TokioIo::new(socket))
            .await?;
        Ok(Self {
            sender,
            driver: Some(Box::pin(driver)),
            watch,
        })
    }

    pub(crate) fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }

    /// Carries one request. The body of the answer is read to its end, or to the limit.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        body_limit: usize,
    ) -> Result<Response<Vec<u8>>, Failure> {
        let Self { sender, driver, .. } = self;
        let mut exchange = pin!(unconstrained(async {
            let response = sender
                .try_send_request(request)
                .await
                .map_err(|unsent| unsent.into_error())?;
            read_whole(response, body_limit).await
        }));
        // All that the exchange waits for comes through the connection, which is polled right before: only that needs to wake
        // anybody. Without constraint, since who is out of tokio's budget waits for nothing but to be woken.
        if let Poll::Ready(answer) = poll_for_nobody(exchange.as_mut()) {
            return answer;
        }
        poll_fn(|cx| {
            poll_to_the_end(driver, cx);
            poll_for_nobody(exchange.as_mut())
        })
        .await
    }

    /// Whether another request can go over it: neither closed, nor with anything on it that nobody asked for, which would be
    /// taken for the next answer.
    pub(crate) fn is_reusable(&mut self) -> bool {
        self.watch.begin_inspection();
        poll_to_the_end(&mut self.driver, &mut Context::from_waker(Waker::noop()));
        let disturbed = self.watch.end_inspection();
        self.driver.is_some() && !disturbed && self.sender.is_ready()
    }
}

/// Polls a future for which nobody is to be woken.
fn poll_for_nobody<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Lets the connection do what it can, and drops it where it has ended.
fn poll_to_the_end(driver: &mut Option<Pin<Box<Driver>>>, cx: &mut Context<'_>) {
    if let Some(running) = driver {
        if running.as_mut().poll(cx).is_ready() {
            *driver = None;
        }
    }
}

async fn read_whole(
    response: Response<Incoming>,
    body_limit: usize,
) -> Result<Response<Vec<u8>>, Failure> {
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        // Trailers say nothing that anybody asked for.
        let Ok(bytes) = frame.map_err(Failure::Body)?.into_data() else {
            continue;
        };
        if bytes.len() > body_limit - body.len() {
            return Err(Failure::BodyLimit);
        }
        body.extend_from_slice(&bytes);
    }
    Ok(Response::from_parts(head, body))
}
