//! The socket below a connection, tracked so that delivery is exact.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bambora_client::Failure;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::lock::lock;
use crate::raw_socket::RawSocket;

/// What went through a [`TrackedStream`], shared with its exchange.
#[derive(Debug, Default)]
pub(crate) struct WriteTracker {
    started: AtomicBool,
    inspecting: AtomicBool,
    disturbed: AtomicBool,
    deadline: Mutex<Option<Instant>>,
}

impl WriteTracker {
    /// Starts again for an exchange, which reads nothing after the deadline.
    ///
    /// A timer alone is not enough: a server that never stops sending keeps the reading so busy that no timer is looked at.
    pub(crate) fn begin_exchange(&self, deadline: Instant) {
        self.started.store(false, Ordering::Relaxed);
        *lock(&self.deadline) = Some(deadline);
    }

    fn is_too_late(&self) -> bool {
        lock(&self.deadline).is_some_and(|deadline| Instant::now() > deadline)
    }

    /// Returns `true` if any byte was written since the exchange began. TLS handshakes do not count: the server cannot see a
    /// request in them.
    pub(crate) fn has_started(&self) -> bool {
        self.started.load(Ordering::Relaxed)
    }

    /// From here on, reads that find nothing ask the operating system once more.
    pub(crate) fn begin_inspection(&self) {
        *lock(&self.deadline) = None;
        self.inspecting.store(true, Ordering::Relaxed);
    }

    /// Returns `true` if anything, or the end, was found since the inspection began.
    pub(crate) fn end_inspection(&self) -> bool {
        self.inspecting.store(false, Ordering::Relaxed);
        self.disturbed.load(Ordering::Relaxed)
    }
}

/// A socket that tells its [`WriteTracker`] what goes through it, and on which nothing is read before something was written.
pub(crate) struct TrackedStream {
    socket: RawSocket,
    tracker: Arc<WriteTracker>,
}

impl TrackedStream {
    pub(crate) fn new(socket: RawSocket) -> Self {
        Self { socket, tracker: Arc::default() }
    }

    pub(crate) fn writes(&self) -> Arc<WriteTracker> {
        Arc::clone(&self.tracker)
    }

    /// Asks the operating system. Tokio knows only what its reactor was told when that last ran. A socket that cannot be asked is
    /// not used again.
    fn inspect(&self) {
        let mut byte = [MaybeUninit::uninit()];
        let peeked = (*self.socket).tcp().map(|tcp| SockRef::from(tcp).peek(&mut byte));
        let is_quiet = matches!(peeked, Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock);
        if !is_quiet {
            self.tracker.disturbed.store(true, Ordering::Relaxed);
        }
    }
}

impl AsyncRead for TrackedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.tracker.is_too_late() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let filled = buf.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(cx, buf);
        if polled.is_pending() && self.tracker.inspecting.load(Ordering::Relaxed) {
            self.inspect();
        }
        if buf.filled().len() > filled && !self.tracker.has_started() {
            // It would be taken for the response to a request that the server has not seen.
            return Poll::Ready(Err(io::Error::other(Failure::EarlyResponse)));
        }
        polled
    }
}

/// Not vectored: a request's body is so small that hyper copies it behind the head.
impl AsyncWrite for TrackedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if !buf.is_empty() {
            // Before the attempt: a write that fails may still have sent something.
            self.tracker.started.store(true, Ordering::Relaxed);
        }
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn connection() -> (TrackedStream, DuplexStream) {
        let (near, far) = duplex(64);
        (TrackedStream::new(Box::new(near)), far)
    }

    async fn read(stream: &mut TrackedStream) -> Result<u8, io::ErrorKind> {
        stream.read_u8().await.map_err(|error| error.kind())
    }

    /// Although there is something to read: a server that never stops sending must not go on for ever.
    #[tokio::test(start_paused = true)]
    async fn nothing_is_read_after_the_deadline() {
        let (mut stream, mut far) = connection();
        stream.writes().begin_exchange(Instant::now() + SECOND);
        stream.write_all(b"request").await.unwrap();
        far.write_all(b"response").await.unwrap();
        assert_eq!(read(&mut stream).await, Ok(b'r'));
        advance(SECOND).await;
        assert_eq!(read(&mut stream).await, Ok(b'e'));
        advance(Duration::from_millis(1)).await;
        assert_eq!(read(&mut stream).await, Err(io::ErrorKind::TimedOut));
        // A connection that waits for its next exchange has no deadline.
        stream.writes().begin_inspection();
        assert_eq!(read(&mut stream).await, Ok(b's'));
    }

    #[tokio::test]
    async fn what_was_written_counts_for_its_own_exchange_only() {
        let (mut stream, mut far) = connection();
        let writes = stream.writes();
        assert!(!writes.has_started());
        writes.begin_exchange(Instant::now() + SECOND);
        stream.flush().await.unwrap();
        assert!(!writes.has_started());
        stream.write_all(b"request").await.unwrap();
        assert!(writes.has_started());
        writes.begin_exchange(Instant::now() + SECOND);
        assert!(!writes.has_started());
        far.write_all(b"early").await.unwrap();
        assert_eq!(read(&mut stream).await, Err(io::ErrorKind::Other));
    }

    /// Bytes may be on it that nobody asked for, and would be taken for the next response.
    #[tokio::test]
    async fn a_socket_that_cannot_be_asked_is_not_used_again() {
        let (mut stream, _far) = connection();
        let writes = stream.writes();
        let poll = |stream: &mut TrackedStream| {
            let mut byte = [0];
            let polled =
                Pin::new(stream).poll_read(&mut Context::from_waker(Waker::noop()), &mut ReadBuf::new(&mut byte));
            assert!(polled.is_pending());
        };
        poll(&mut stream);
        writes.begin_inspection();
        assert!(!writes.end_inspection());
        writes.begin_inspection();
        poll(&mut stream);
        assert!(writes.end_inspection());
    }
}
