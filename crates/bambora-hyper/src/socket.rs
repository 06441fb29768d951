//! The socket below a connection, watched, so that a failure can be told exactly.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
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
}

impl Watch {
    /// Forgets what was handed over: an exchange begins.
    pub(crate) fn begin_exchange(&self) {
        self.handed_over.store(false, Ordering::Relaxed);
    }

    /// Whether any byte was handed to the network since the exchange began. TLS handshakes do not count: the server cannot
    /// see a request in them.
    pub(crate) fn handed_over(&self) -> bool {
        self.handed_over.load(Ordering::Relaxed)
    }

    /// From here on, reads that find nothing ask the operating system once more.
    pub(crate) fn begin_inspection(&self) {
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
        let polled = Pin::new(&mut self.socket).poll_read(cx, buf);
        if polled.is_pending() && self.watch.inspecting.load(Ordering::Relaxed) {
            self.inspect();
        }
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.note_hand_over(buf.len());
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.note_hand_over(bufs.iter().map(|buf| buf.len()).sum());
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
