//! The connections.

use std::collections::HashMap;
use std::io::{self, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::LoggedRequest;
use crate::answer_bytes::AnswerBytes;
use crate::problem_body::ProblemBody;
use crate::request_reader::{NoRequest, WireRequest, read_request};
use crate::rules::{Books, House, Verdict, judge};

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    house: House,
    state: Mutex<State>,
    /// Something of the state changed.
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) books: Books,
    pub(crate) log: Vec<LoggedRequest>,
    pub(crate) connections: usize,
    /// Answers that wait to be released.
    pub(crate) held: usize,
    released: u64,
    open: HashMap<usize, TcpStream>,
    stopping: bool,
}

impl Shared {
    pub(crate) fn new(house: House) -> Self {
        Self {
            house,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// The state stays usable after a panic elsewhere: every change to it is made in one go.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready` says so, for at most `timeout`. Says whether it did.
    pub(crate) fn wait_until(
        &self,
        timeout: Duration,
        mut ready: impl FnMut(&State) -> bool,
    ) -> bool {
        let (state, _) = self
            .changed
            .wait_timeout_while(self.state(), timeout, |state| !ready(state))
            .unwrap_or_else(PoisonError::into_inner);
        let mut state = state;
        ready(&mut state)
    }

    pub(crate) fn release(&self) {
        self.state().released += 1;
        self.changed.notify_all();
    }

    /// Holds an answer back: for a time, and until it is released. Says whether to go on.
    fn hold(&self, delay: Duration, held: bool) -> bool {
        let mut state = self.state();
        let released = state.released;
        state.held += usize::from(held);
        self.changed.notify_all();
        let until = Instant::now() + delay;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if state.stopping || (left.is_zero() && (!held || state.released > released)) {
                state.held -= usize::from(held);
                return !state.stopping;
            }
            let wait = if left.is_zero() {
                Duration::from_secs(3600)
            } else {
                left
            };
            (state, _) = self
                .changed
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A listener and its thread.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(listen_on: SocketAddr, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen_on)?;
        let address = listener.local_addr()?;
        let for_thread = Arc::clone(&shared);
        let accepting = thread::Builder::new()
            .name("bambora-sandbox".to_owned())
            .spawn(move || accept(&listener, &for_thread))?;
        Ok(Self {
            address,
            shared,
            accepting: Some(accepting),
        })
    }

    /// Closes the listener and every connection, and waits until nothing of them is left.
    pub(crate) fn stop(&mut self) {
        let Some(accepting) = self.accepting.take() else {
            return;
        };
        {
            let mut state = self.shared.state();
            state.stopping = true;
            for stream in state.open.values() {
                // It may be closed already; then there is nothing left to do.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
        // Wakes the listener from its wait. Where that fails, it is not waiting any more.
        let _ = TcpStream::connect(self.address);
        let _ = accepting.join();
        let mut state = self.shared.state();
        while !state.open.is_empty() {
            state = self
                .shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let number = {
            let mut state = shared.state();
            if state.stopping {
                return;
            }
            let Ok(for_stopping) = stream.try_clone() else {
                continue;
            };
            let number = state.connections;
            state.connections += 1;
            state.open.insert(number, for_stopping);
            number
        };
        let for_thread = Arc::clone(shared);
        let spawned = thread::Builder::new()
            .name(format!("bambora-sandbox-{number}"))
            .spawn(move || {
                // A failing connection is the client's to notice.
                let _ = serve(stream, number, &for_thread);
                close(number, &for_thread);
            });
        if spawned.is_err() {
            close(number, shared);
        }
    }
}

fn close(number: usize, shared: &Shared) {
    shared.state().open.remove(&number);
    shared.changed.notify_all();
}

fn serve(stream: TcpStream, number: usize, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let request = match read_request(&mut reader, &mut writer) {
            Ok(request) => request,
            Err(NoRequest::Gone) => return Ok(()),
            Err(NoRequest::Malformed(why)) => {
                let answer = AnswerBytes::problem(&ProblemBody::bad_request(why));
                return writer.write_all(&answer.to_bytes(true, false));
            }
        };
        if !answer(&request, number, &mut writer, shared)? {
            return Ok(());
        }
    }
}

/// Answers one request. Says whether the connection stays open.
fn answer(
    request: &WireRequest,
    number: usize,
    writer: &mut TcpStream,
    shared: &Shared,
) -> io::Result<bool> {
    let verdict = {
        let mut state = shared.state();
        let verdict = judge(request, &shared.house, &mut state.books);
        let mut logged = LoggedRequest::new(number, request.clone());
        logged.operation.clone_from(&verdict.operation);
        logged.answered = verdict.answer.as_ref().map(|answer| answer.status);
        logged.applied = verdict.applied;
        state.log.push(logged);
        verdict
    };
    shared.changed.notify_all();
    let held_back = verdict
        .fault
        .is_none_or(|fault| shared.hold(fault.delay, fault.held));
    match verdict {
        _ if !held_back => Ok(false),
        Verdict {
            answer: Some(answer),
            ..
        } => {
            let close = request.wants_close() || answer.cut;
            writer.write_all(&answer.to_bytes(close, request.method == "HEAD"))?;
            Ok(!close)
        }
        Verdict { reset, .. } => {
            if reset {
                // Closing with a linger of nothing sends a reset instead of a FIN.
                SockRef::from(&*writer).set_linger(Some(Duration::ZERO))?;
            }
            Ok(false)
        }
    }
}
