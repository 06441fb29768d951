//! A server that follows a script.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use super::connection::{Connection, Socket};
use super::forward::forward;
use super::script::{Script, ServerAction, response};
use super::wire_log::Seen;

/// The longest wait for a latch. No case that passes waits that long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Turns an accepted connection into the server's end of it, after a TLS handshake if there is one.
pub(crate) type Handshake = dyn Fn(TcpStream) -> io::Result<Box<dyn Socket>> + Send + Sync;

/// The handshake of connections in clear text: none.
pub(crate) fn clear_text() -> Box<Handshake> {
    Box::new(|socket| Ok(Box::new(socket)))
}

/// A server that runs until it is dropped.
pub(crate) struct RawServer {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    script: Script,
    handshake: Box<Handshake>,
    seen: Mutex<Seen>,
    stopping: AtomicBool,
    /// A second handle on every open connection, to shut it down when the server stops.
    handles: Mutex<HashMap<usize, TcpStream>>,
}

impl RawServer {
    pub(crate) fn start(address: SocketAddr, script: Script, handshake: Box<Handshake>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            script,
            handshake,
            seen: Mutex::default(),
            stopping: AtomicBool::new(false),
            handles: Mutex::default(),
        });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener)
        });
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    /// Stops the server, and returns everything that it saw.
    pub(crate) fn stop(mut self) -> Seen {
        self.end();
        lock(&self.shared.seen).clone()
    }

    fn end(&mut self) {
        let Some(accepting) = self.accepting.take() else {
            return;
        };
        self.shared.stopping.store(true, Ordering::SeqCst);
        for action in self.shared.script.iter().flatten() {
            if let ServerAction::Await(latch) = action {
                latch.open();
            }
        }
        // Wakes the accepting thread. If this fails, the listener is closed already.
        drop(TcpStream::connect(self.address));
        let _ = accepting.join();
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn accept(&self, listener: &TcpListener) {
        thread::scope(|scope| {
            for (number, socket) in listener.incoming().filter_map(Result::ok).enumerate() {
                if self.stopping.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(handle) = socket.try_clone() else {
                    continue;
                };
                lock(&self.seen).connections += 1;
                lock(&self.handles).insert(number, handle);
                scope.spawn(move || {
                    // Whatever ends a connection early, what came before has been seen.
                    let _ = self.serve(socket, number);
                    lock(&self.handles).remove(&number);
                    // If the connection ended early, the caller must not wait in vain for what would have come later.
                    self.actions(number).for_each(open);
                });
            }
            for socket in lock(&self.handles).values() {
                // Bytes that have arrived stay readable, so that unexpected ones are still seen.
                let _ = socket.shutdown(Shutdown::Both);
            }
        });
    }

    fn actions(&self, number: usize) -> impl Iterator<Item = &ServerAction> {
        let actions = self.script.get(number).or(self.script.last());
        actions.into_iter().flatten()
    }

    fn serve(&self, socket: TcpStream, number: usize) -> io::Result<()> {
        socket.set_nodelay(true)?;
        let mut connection = Connection::new((self.handshake)(socket)?, number);
        for action in self.actions(number) {
            if !self.perform(action, &mut connection, number)? {
                return Ok(());
            }
        }
        connection.fin_if_asked();
        self.await_close(&mut connection);
        Ok(())
    }

    /// Performs one action. Returns `false` if it was the connection's last.
    fn perform(&self, action: &ServerAction, connection: &mut Connection, number: usize) -> io::Result<bool> {
        match action {
            ServerAction::Read => return Ok(self.read(connection)?.is_some()),
            ServerAction::Write(bytes) => connection.send(bytes)?,
            ServerAction::Drip(bytes) => {
                for byte in bytes {
                    connection.send(&[*byte])?;
                    thread::sleep(Duration::from_millis(100));
                }
            }
            ServerAction::Flood(bytes) => loop {
                connection.send(bytes)?;
            },
            ServerAction::Serve => {
                while self.respond(connection)? {
                    connection.fin_if_asked();
                }
                return Ok(false);
            }
            ServerAction::ServeAndCloseSoon => {
                if self.respond(connection)? {
                    let moment = Duration::from_micros(number as u64 * 7919 % 400 + 1);
                    connection.tcp().set_read_timeout(Some(moment))?;
                    self.read(connection)?;
                }
                return Ok(false);
            }
            ServerAction::Swallow => {
                connection.rest();
                return Ok(false);
            }
            ServerAction::Fin => connection.fin(),
            ServerAction::Reset => {
                // Closing with a linger time of zero sends a reset instead of a FIN.
                SockRef::from(connection.tcp()).set_linger(Some(Duration::ZERO))?;
                return Ok(false);
            }
            ServerAction::Await(latch) => {
                latch.wait(PATIENCE);
            }
            ServerAction::Open(_) => open(action),
            ServerAction::AwaitClose => self.await_close(connection),
            ServerAction::Tunnel(port) => {
                forward(connection.tcp(), *port)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads a request and returns its target.
    fn read(&self, connection: &mut Connection) -> io::Result<Option<String>> {
        let request = connection.request()?;
        Ok(request.map(|request| {
            let target = request.target().to_owned();
            lock(&self.seen).requests.push(request);
            target
        }))
    }

    /// Responds to one request. Returns `false` if no more arrive.
    fn respond(&self, connection: &mut Connection) -> io::Result<bool> {
        let Some(target) = self.read(connection)? else {
            return Ok(false);
        };
        connection.send(&response("200 OK", &[], target))?;
        Ok(true)
    }

    fn await_close(&self, connection: &mut Connection) {
        let rest = connection.rest();
        lock(&self.seen).unexpected.extend(rest);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(action: &ServerAction) {
    if let ServerAction::Open(latch) = action {
        latch.open();
    }
}
