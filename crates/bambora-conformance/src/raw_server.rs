//! A server that follows a script, on `std::net`.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use crate::gate::Gate;
use crate::script::{Act, Script, Turn, answer};
use crate::wire::{Reader, Wire};
use crate::wire_log::{SeenRequest, WireLog};

/// No gate of a case that goes as it should takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The gates between a server and the caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gates {
    server: Gate,
    caller: Gate,
}

impl Gates {
    pub(crate) fn of(&self, turn: Turn) -> &Gate {
        match turn {
            Turn::Server => &self.server,
            Turn::Caller => &self.caller,
        }
    }
}

/// Turns a connection into the server's end of it: in clear text, or after a TLS handshake.
pub(crate) type Welcome = dyn Fn(TcpStream) -> io::Result<Box<dyn Wire>> + Send + Sync;

/// A server that runs until it is dropped.
pub(crate) struct RawServer {
    pub(crate) address: SocketAddr,
    pub(crate) log: WireLog,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    script: Script,
    welcome: Box<Welcome>,
    gates: Gates,
    log: WireLog,
    stopping: AtomicBool,
    /// A second handle on every connection that is served, to end it when the server stops.
    handles: Mutex<HashMap<usize, TcpStream>>,
    /// How many connections are served now.
    serving: Mutex<usize>,
    ended: Condvar,
}

impl RawServer {
    pub(crate) fn start(script: Script, gates: Gates) -> io::Result<Self> {
        let in_clear_text = |socket| Ok(Box::new(socket) as Box<dyn Wire>);
        Self::start_on(
            Ipv4Addr::LOCALHOST.into(),
            script,
            gates,
            Box::new(in_clear_text),
        )
    }

    pub(crate) fn start_on(
        address: IpAddr,
        script: Script,
        gates: Gates,
        welcome: Box<Welcome>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((address, 0))?;
        let address = listener.local_addr()?;
        let log = WireLog::default();
        let shared = Arc::new(Shared {
            script,
            welcome,
            gates,
            log: log.clone(),
            stopping: AtomicBool::new(false),
            handles: Mutex::default(),
            serving: Mutex::default(),
            ended: Condvar::new(),
        });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener)
        });
        Ok(Self {
            address,
            log,
            shared,
            accepting: Some(accepting),
        })
    }

    /// Stops, and waits until every connection's end is in the log.
    pub(crate) fn stop(&mut self) {
        let Some(accepting) = self.accepting.take() else {
            return;
        };
        self.shared.stopping.store(true, Ordering::SeqCst);
        self.shared.gates.server.open();
        self.shared.gates.caller.open();
        // Wakes the thread that accepts. Where this fails, the listener is gone already.
        drop(TcpStream::connect(self.address));
        let _ = accepting.join();
        for socket in lock(&self.shared.handles).values() {
            // What has arrived stays readable, so that nothing unexpected gets lost.
            let _ = socket.shutdown(Shutdown::Both);
        }
        let serving = lock(&self.shared.serving);
        let ended = self
            .shared
            .ended
            .wait_while(serving, |serving| *serving > 0);
        drop(ended);
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for socket in listener.incoming() {
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            let Ok(socket) = socket else { continue };
            let Ok(handle) = socket.try_clone() else {
                continue;
            };
            let number = self.log.connection();
            lock(&self.handles).insert(number, handle);
            let shared = Arc::clone(self);
            *lock(&self.serving) += 1;
            thread::spawn(move || {
                // Whatever ends a connection early, the log tells what came before.
                let _ = shared.serve(socket, number);
                shared.forget(number);
                *lock(&shared.serving) -= 1;
                shared.ended.notify_all();
            });
        }
    }

    fn serve(&self, socket: TcpStream, number: usize) -> io::Result<()> {
        socket.set_nodelay(true)?;
        let wire = (self.welcome)(socket).inspect_err(|_| self.log.failed_handshake())?;
        let mut reader = Reader::new(wire);
        let acts = self.script.get(number).or(self.script.last());
        let mut acts = acts.into_iter().flatten();
        while let Some(act) = acts.next() {
            match self.perform(act, &mut reader, number) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    // Who waits for a later act of a connection that is gone would wait in vain.
                    acts.for_each(|act| self.open(act));
                    return Err(error);
                }
            }
        }
        reader.fin_if_asked();
        self.log.unexpected(&reader.rest());
        self.note_close();
        Ok(())
    }

    fn open(&self, act: &Act) {
        if let Act::Open(turn) = act {
            self.gates.of(*turn).open();
        }
    }

    fn note_close(&self) {
        if !self.stopping.load(Ordering::SeqCst) {
            self.log.closed_by_client();
        }
    }

    /// Says whether the connection is still there.
    fn perform(&self, act: &Act, reader: &mut Reader, number: usize) -> io::Result<bool> {
        match act {
            Act::Read => return Ok(self.read(reader)?.is_some()),
            Act::Send(bytes) => send(reader, bytes)?,
            Act::Drip(bytes, every) => {
                for byte in bytes {
                    send(reader, &[*byte])?;
                    thread::sleep(*every);
                }
            }
            Act::Endless(bytes) => loop {
                send(reader, bytes)?;
            },
            Act::Serve => {
                while let Some(target) = self.read(reader)? {
                    send(reader, &answer("200 OK", &[], target.as_bytes()))?;
                    reader.fin_if_asked();
                }
                return Ok(false);
            }
            Act::ServeAndCloseSoon => {
                if let Some(target) = self.read(reader)? {
                    send(reader, &answer("200 OK", &[], target.as_bytes()))?;
                    let moment = Duration::from_micros(number as u64 * 7919 % 400 + 1);
                    reader.wire().tcp().set_read_timeout(Some(moment))?;
                    self.read(reader)?;
                }
                return Ok(false);
            }
            Act::Swallow => {
                reader.rest();
                self.note_close();
                return Ok(false);
            }
            Act::Fin => reader.fin(),
            Act::Reset => {
                // Closing with a linger of nothing sends a reset instead of a FIN.
                SockRef::from(reader.wire().tcp()).set_linger(Some(Duration::ZERO))?;
                self.forget(number);
                return Ok(false);
            }
            Act::Await(turn) => {
                self.gates.of(*turn).wait(PATIENCE);
            }
            Act::Open(_) => self.open(act),
            Act::OpenWhenClosed(turn) => {
                self.log.unexpected(&reader.rest());
                self.note_close();
                self.gates.of(*turn).open();
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads a request, and gives its target.
    fn read(&self, reader: &mut Reader) -> io::Result<Option<String>> {
        let Some((lines, body)) = reader.request()? else {
            self.note_close();
            return Ok(None);
        };
        let request = SeenRequest { lines, body };
        let target = request.target().to_owned();
        self.log.request(request);
        Ok(Some(target))
    }

    /// A second handle on a socket would keep it open.
    fn forget(&self, number: usize) {
        lock(&self.handles).remove(&number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(reader: &mut Reader, bytes: &[u8]) -> io::Result<()> {
    let wire = reader.wire();
    wire.write_all(bytes)?;
    wire.flush()
}
