//! The listener, and a thread for each connection.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::connection::serve;
use crate::shared::Shared;

/// The time before the next attempt to accept a connection if one failed.
const RETRY: Duration = Duration::from_millis(100);

/// A listener and its thread.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<TcpListener>>,
    /// Keeps the port from others once the listener is closed.
    kept: Option<Socket>,
}

impl Server {
    pub(crate) fn start(listen_on: SocketAddr, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen_on)?;
        let address = listener.local_addr()?;
        let for_thread = Arc::clone(&shared);
        let accepting = thread::Builder::new().name("bambora-sandbox".to_owned()).spawn(move || {
            accept(&listener, &for_thread);
            listener
        })?;
        Ok(Self { address, shared, accepting: Some(accepting), kept: None })
    }

    /// Closes the listener and every connection, and waits until nothing of them is left. The port stays taken, so that nobody
    /// else listens where this server is expected to be gone.
    pub(crate) fn stop(&mut self) {
        let Some(accepting) = self.accepting.take() else {
            return;
        };
        self.shared.update(|state| {
            state.stopping = true;
            for stream in state.open.values() {
                // It may be closed already; then there is nothing left to do.
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
        // Wakes the listener from its wait. If that fails, it is not waiting any more.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        let listener = accepting.join();
        drop(listener);
        // If somebody else was faster, there is nothing to keep.
        self.kept = keep(self.address).ok();
        self.shared.wait_until(|state| state.open.is_empty());
    }
}

/// Takes a port without listening. Another sandbox can be told to listen on it.
fn keep(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let most = shared.limits.max_connections.max(1);
    loop {
        // Connections beyond the limit wait in the system's queue until another one ends.
        shared.wait_until(|state| state.stopping || state.open.len() < most);
        let accepted = listener.accept();
        let registered = shared.update(|state| {
            if state.stopping {
                return None;
            }
            let stream = accepted.map(|(stream, _)| Arc::new(stream));
            Some(stream.map(|stream| {
                let number = state.connections;
                state.connections += 1;
                state.open.insert(number, Arc::clone(&stream));
                (number, stream)
            }))
        });
        let (number, stream) = match registered {
            None => return,
            Some(Ok(registered)) => registered,
            Some(Err(_)) => {
                // Out of file descriptors, perhaps: the end of a connection is a reason to try again.
                shared.wait_at_most(RETRY, |state| state.stopping);
                continue;
            }
        };
        let for_thread = Arc::clone(shared);
        let spawned = thread::Builder::new().name(format!("bambora-sandbox-{number}")).spawn(move || {
            // A failing connection is the client's to notice.
            let _ = serve(&stream, number, &for_thread);
            drop(stream);
            close(number, &for_thread);
        });
        if spawned.is_err() {
            close(number, shared);
        }
    }
}

fn close(number: usize, shared: &Shared) {
    shared.update(|state| drop(state.open.remove(&number)));
}
