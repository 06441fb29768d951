//! One HTTP/1.1 connection, which runs only while somebody waits for its response.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bambora_client::{Failure, MAX_HEAD_BYTES};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::task::unconstrained;

use crate::raw_socket::RawSocket;
use crate::tracked_stream::{TrackedStream, WriteTracker};

/// What reads and writes.
type Driver = http1::Connection<TokioIo<TrackedStream>, Full<Bytes>>;

/// A connection that carries one request at a time.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` once it has ended: a request that waits in it then learns that it will not be sent.
    driver: Option<Pin<Box<Driver>>>,
    writes: Arc<WriteTracker>,
}

impl Connection {
    pub(crate) async fn over(socket: RawSocket) -> Result<Self, Failure> {
        let socket = TrackedStream::new(socket);
        let writes = socket.writes();
        let (sender, driver) = http1::Builder::new()
            // Its own default of at most 100 headers stays: to set it costs an allocation for each response.
            .max_header_size(MAX_HEAD_BYTES)
            .handshake(TokioIo::new(socket))
            .await
            .map_err(http_failure)?;
        Ok(Self { sender, driver: Some(Box::pin(driver)), writes })
    }

    pub(crate) fn writes(&self) -> Arc<WriteTracker> {
        Arc::clone(&self.writes)
    }

    /// Sends one request, and reads the response's body to its end, or to the limit.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        body_limit: usize,
    ) -> Result<Response<Vec<u8>>, Failure> {
        let Self { sender, driver, .. } = self;
        let mut exchange = pin!(unconstrained(async {
            let response =
                sender.try_send_request(request).await.map_err(|unsent| http_failure(unsent.into_error()))?;
            read_whole(response, body_limit).await
        }));
        // Everything that the exchange waits for comes through the connection, which is polled right before: only the connection
        // needs a waker. Unconstrained, because a future that is out of tokio's budget waits only for its waker.
        if let Poll::Ready(response) = poll_without_waker(exchange.as_mut()) {
            return response;
        }
        poll_fn(|cx| {
            poll_to_the_end(driver, cx);
            poll_without_waker(exchange.as_mut())
        })
        .await
    }

    /// Returns `true` if another request can go over it: it is neither closed, nor are there bytes on it that nobody asked for,
    /// which would be taken for the next response.
    pub(crate) fn is_reusable(&mut self) -> bool {
        self.writes.begin_inspection();
        poll_to_the_end(&mut self.driver, &mut Context::from_waker(Waker::noop()));
        let disturbed = self.writes.end_inspection();
        self.driver.is_some() && !disturbed && self.sender.is_ready()
    }
}

/// Polls a future that needs no waker.
fn poll_without_waker<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Lets the connection do what it can, and drops it if it has ended.
fn poll_to_the_end(driver: &mut Option<Pin<Box<Driver>>>, cx: &mut Context<'_>) {
    if let Some(running) = driver {
        if running.as_mut().poll(cx).is_ready() {
            *driver = None;
        }
    }
}

async fn read_whole(response: Response<Incoming>, body_limit: usize) -> Result<Response<Vec<u8>>, Failure> {
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        // Trailers are ignored.
        let Ok(bytes) = frame.map_err(http_failure)?.into_data() else {
            continue;
        };
        if bytes.len() > body_limit - body.len() {
            return Err(Failure::body_limit(body_limit));
        }
        body.extend_from_slice(&bytes);
    }
    Ok(Response::from_parts(head, body))
}

fn http_failure(error: hyper::Error) -> Failure {
    Failure::Http(error.into())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{Ipv4Addr, TcpListener, TcpStream as StdStream};
    use std::thread;
    use std::time::{Duration, Instant};

    use tokio::net::TcpStream;

    use super::*;

    const PATIENT: Duration = Duration::from_secs(60);

    /// Reads one request, and sends this response.
    fn respond(listener: &TcpListener, response: &str) -> StdStream {
        let (mut server, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            server.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        server.write_all(response.as_bytes()).unwrap();
        server
    }

    /// Returns the connection, the result of its exchange, and the server's end.
    async fn exchange(
        response: &'static str,
        body_limit: usize,
    ) -> (Connection, Result<Response<Vec<u8>>, Failure>, StdStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let responding = thread::spawn(move || respond(&listener, response));
        let socket: RawSocket = Box::new(TcpStream::connect(address).await.unwrap());
        let mut connection = Connection::over(socket).await.unwrap();
        connection.writes().begin_exchange(tokio::time::Instant::now() + PATIENT);
        let result = connection.exchange(Request::new(Full::default()), body_limit).await;
        (connection, result, responding.join().unwrap())
    }

    #[tokio::test]
    async fn the_limit_is_for_all_chunks_of_a_body_together() {
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
        let (_, response, _) = exchange(chunked, 6).await;
        assert_eq!(response.unwrap().body(), b"abcdef");
        let (_, response, _) = exchange(chunked, 5).await;
        assert!(matches!(response, Err(Failure::BodyLimit { limit: 5, .. })), "{response:?}");
    }

    /// Tokio does not know of them yet: its reactor does not run meanwhile.
    #[tokio::test]
    async fn bytes_that_nobody_asked_for_cost_the_connection() {
        let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let (mut connection, response, mut server) = exchange(ok, 2).await;
        assert_eq!(response.unwrap().body(), b"ok");
        assert!(connection.is_reusable());

        server.write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
        let started = Instant::now();
        while connection.is_reusable() {
            assert!(started.elapsed() < PATIENT, "they are not seen");
            thread::yield_now();
        }
    }
}
