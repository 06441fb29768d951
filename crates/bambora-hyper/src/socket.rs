//! The socket below a connection, watched, so that a failure can be told exactly.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;

/// A connection to a server, in clear text or inside TLS.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {
    /// What it runs on.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// What is known of a socket, shared with who gave the socket away.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    handed_over: AtomicBool,
    inspecting: AtomicBool,
    disturbed: AtomicBool,
    deadline: Mutex<Option<Instant>>,
}

impl Watch {
    /// Forgets what was handed over: an exchange begins, which reads nothing after the deadline.
    ///
    /// A timer alone is not enough: a server that never stops sending keeps the reading so busy that no timer is looked at.
    pub(crate) fn begin_exchange(&self, deadline: Instant) {
        self.handed_over.store(false, Ordering::Relaxed);
        *self.deadline() = Some(deadline);
    }

    fn is_too_late(&self) -> bool {
        self.deadline()
            .is_some_and(|deadline| Instant::now() > deadline)
    }

    fn deadline(&self) -> MutexGuard<'_, Option<Instant>> {
        self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether any byte was handed to the network since the exchange began. TLS handshakes do not count: the server cannot
    /// see a request in them.
    pub(crate) fn handed_over(&self) -> bool {
        self.handed_over.load(Ordering::Relaxed)
    }

    /// From here on, reads that find nothing ask the operating system once more.
    pub(crate) fn begin_inspection(&self) {
        *self.deadline() = None;
        self.inspecting.store(true, Ordering::Relaxed);
    }

    /// Whether anything, or the end, was found since the inspection began.
    pub(crate) fn end_inspection(&self) -> bool {
        self.inspecting.store(false, Ordering::Relaxed);
        self.disturbed.load(Ordering::Relaxed)
    }
}

/// A socket that tells its [`Watch`] what goes through it.
pub(crate) struct Watched {
    socket: Box<dyn Socket>,
    watch: Arc<Watch>,
}

impl Watched {
    pub(crate) fn new(socket: Box<dyn Socket>) -> Self {
        Self {
            socket,
            watch: Arc::default(),
        }
    }

    pub(crate) fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }

    /// Tokio knows what its reactor was told when that last ran. This asks the operating system.
    fn inspect(&self) {
        let mut byte = [MaybeUninit::uninit()];
        let found = match SockRef::from(self.socket.tcp()).peek(&mut byte) {
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
            Ok(_) => true,
        };
        if found {
            self.watch.disturbed.store(true, Ordering::Relaxed);
        }
    }

    /// Before the attempt: a write that fails may still have sent something.
    fn note_hand_over(&self, bytes: usize) {
        if bytes > 0 {
            self.watch.handed_over.store(true, Ordering::Relaxed);
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.watch.is_too_late() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let polled = Pin::new(&mut self.socket).poll_read(cx, buf);
        if polled.is_pending() && self.watch.inspecting.load(Ordering::Relaxed) {
            self.inspect();
        }
        polled
    }
}

/// Not vectored: a request's body is so small that hyper rather copies it behind the head than names it to the system.
impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.note_hand_over(buf.len());
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
