//! The addresses of one host, looked up on threads of their own.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// How long addresses are used: long enough for a burst of requests, and short enough to follow a
/// server that moves.
const FRESH: Duration = Duration::from_secs(5);
/// How long callers join a look-up that is under way. One that takes longer may hang, and holds nobody back who comes later.
const JOINED: Duration = Duration::from_millis(500);
/// How many look-ups may be under way. If all of them hang, callers join the youngest.
const MAX_UNDER_WAY: usize = 16;

/// Looks up the addresses of one host. Cloning is cheap: a clone shares what is known and what is under way.
///
/// The system's resolver can hang for long and cannot be interrupted. It runs on threads of its own, so that it holds neither a
/// caller beyond its timeout, nor a worker of the host program's runtime, nor the end of the process. Callers at the same time
/// share one look-up. A look-up that was under way in a process before it forked is not waited for in the child.
#[derive(Clone)]
pub struct NameLookup {
    shared: Arc<Shared>,
}

type Resolve = dyn Fn() -> io::Result<Vec<SocketAddr>> + Send + Sync;

struct Shared {
    /// Set if the host is written as an address, so that nobody has to be asked.
    literal: Option<SocketAddr>,
    resolve: Box<Resolve>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<(Instant, Vec<SocketAddr>)>,
    under_way: Vec<UnderWay>,
    lookups: u64,
}

/// A look-up on a thread.
struct UnderWay {
    number: u64,
    process: u32,
    since: Instant,
    callers: Vec<Weak<Slot>>,
}

/// Where a caller finds the result.
#[derive(Default)]
struct Slot {
    state: Mutex<SlotState>,
    filled: Condvar,
}

#[derive(Default)]
struct SlotState {
    result: Option<Result<Vec<SocketAddr>, Arc<io::Error>>>,
    waker: Option<Waker>,
}

impl NameLookup {
    /// Looks up `host`, without the brackets of an IPv6 address, for connections to `port`.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        let host = host.to_owned();
        let literal = host.parse().ok().map(|ip| SocketAddr::new(ip, port));
        Self::with(literal, move || Ok((host.as_str(), port).to_socket_addrs()?.collect()))
    }

    fn with(
        literal: Option<SocketAddr>,
        resolve: impl Fn() -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self { shared: Arc::new(Shared { literal, resolve: Box::new(resolve), state: Mutex::default() }) }
    }

    /// Begins a look-up, joins one that is under way, or returns what is known.
    ///
    /// # Errors
    ///
    /// If the system cannot start a thread.
    pub fn look_up(&self) -> io::Result<PendingLookup> {
        let slot = Arc::new(Slot::default());
        if let Some(address) = self.shared.literal {
            slot.fill(Ok(vec![address]));
            return Ok(PendingLookup(slot));
        }
        let mut state = lock(&self.shared.state);
        let now = Instant::now();
        if let Some((since, addresses)) = &state.known {
            if now.saturating_duration_since(*since) < FRESH {
                slot.fill(Ok(addresses.clone()));
                return Ok(PendingLookup(slot));
            }
        }
        let process = process::id();
        state.under_way.retain(|lookup| lookup.process == process);
        let may_begin = state.under_way.len() < MAX_UNDER_WAY;
        match state.under_way.last_mut() {
            Some(last) if !may_begin || now.saturating_duration_since(last.since) < JOINED => {
                last.callers.retain(|caller| caller.strong_count() > 0);
                last.callers.push(Arc::downgrade(&slot));
            }
            _ => {
                let number = state.lookups;
                let shared = Arc::clone(&self.shared);
                thread::Builder::new()
                    .name("bambora-lookup".to_owned())
                    .spawn(move || shared.finish(number, (shared.resolve)()))?;
                state.lookups += 1;
                state.under_way.push(UnderWay { number, process, since: now, callers: vec![Arc::downgrade(&slot)] });
            }
        }
        Ok(PendingLookup(slot))
    }
}

impl Shared {
    /// Addresses serve everybody who waits; a failure serves only the callers of this look-up.
    fn finish(&self, number: u64, result: io::Result<Vec<SocketAddr>>) {
        let mut state = lock(&self.state);
        let callers: Vec<Weak<Slot>> = match &result {
            Ok(addresses) => {
                state.known = Some((Instant::now(), addresses.clone()));
                let all = state.under_way.iter_mut();
                all.flat_map(|lookup| lookup.callers.drain(..)).collect()
            }
            Err(_) => {
                let own = state.under_way.iter_mut();
                own.filter(|lookup| lookup.number == number).flat_map(|lookup| lookup.callers.drain(..)).collect()
            }
        };
        state.under_way.retain(|lookup| lookup.number != number);
        drop(state);
        let result = result.map_err(Arc::new);
        for caller in callers {
            if let Some(slot) = caller.upgrade() {
                slot.fill(result.clone());
            }
        }
    }
}

impl Slot {
    fn fill(&self, result: Result<Vec<SocketAddr>, Arc<io::Error>>) {
        let mut state = lock(&self.state);
        state.result = Some(result);
        let waker = state.waker.take();
        drop(state);
        self.filled.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// A look-up that was begun: a future for asynchronous callers, and [`wait`](PendingLookup::wait) for others.
#[must_use]
pub struct PendingLookup(Arc<Slot>);

impl PendingLookup {
    /// Waits for the addresses. `None` if they did not come in time.
    #[must_use]
    pub fn wait(self, timeout: Duration) -> Option<io::Result<Vec<SocketAddr>>> {
        let state = lock(&self.0.state);
        let (mut state, _) = self
            .0
            .filled
            .wait_timeout_while(state, timeout, |state| state.result.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.result.take().map(own_error)
    }
}

impl Future for PendingLookup {
    type Output = io::Result<Vec<SocketAddr>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = lock(&self.0.state);
        match state.result.take() {
            Some(result) => Poll::Ready(own_error(result)),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// One error serves many callers, each of which gets its own.
fn own_error(result: Result<Vec<SocketAddr>, Arc<io::Error>>) -> io::Result<Vec<SocketAddr>> {
    result.map_err(|error| io::Error::new(error.kind(), error))
}

/// What the locks protect stays usable after a panic elsewhere: every change is made in one go.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for NameLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameLookup").finish_non_exhaustive()
    }
}

impl fmt::Debug for PendingLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLookup").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    const PATIENT: Duration = Duration::from_secs(60);

    fn address() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 443))
    }

    /// A lookup whose resolver says when it was asked, and returns what it is told, for each call.
    fn scripted() -> (NameLookup, mpsc::Receiver<mpsc::Sender<io::Result<Vec<SocketAddr>>>>) {
        let (asked, asks) = mpsc::channel();
        let asked = Mutex::new(asked);
        let lookup = NameLookup::with(None, move || {
            let (result, results) = mpsc::channel();
            let _ = asked.lock().unwrap().send(result);
            results.recv().unwrap()
        });
        (lookup, asks)
    }

    #[test]
    fn callers_at_the_same_time_share_one_look_up() {
        let (lookup, asks) = scripted();
        let pending: Vec<_> = (0..1_500).map(|_| lookup.look_up().unwrap()).collect();
        asks.recv().unwrap().send(Ok(vec![address()])).unwrap();
        for pending in pending {
            assert_eq!(pending.wait(PATIENT).unwrap().unwrap(), [address()]);
        }
        assert!(asks.try_recv().is_err());
        let known = lookup.look_up().unwrap().wait(Duration::ZERO);
        assert_eq!(known.unwrap().unwrap(), [address()]);
    }

    #[test]
    fn a_look_up_that_hangs_holds_nobody_back_who_comes_later() {
        let (lookup, asks) = scripted();
        let early = lookup.look_up().unwrap();
        let hanging = asks.recv().unwrap();
        lock(&lookup.shared.state).under_way[0].since -= JOINED;
        let late = lookup.look_up().unwrap();
        asks.recv().unwrap().send(Ok(vec![address()])).unwrap();
        assert_eq!(late.wait(PATIENT).unwrap().unwrap(), [address()]);
        // What the second one found serves those who wait for the first, too.
        assert_eq!(early.wait(PATIENT).unwrap().unwrap(), [address()]);
        hanging.send(Err(io::ErrorKind::NotFound.into())).unwrap();
    }

    #[test]
    fn a_failure_is_that_of_its_own_look_up() {
        let (lookup, asks) = scripted();
        let early = lookup.look_up().unwrap();
        let slow = asks.recv().unwrap();
        lock(&lookup.shared.state).under_way[0].since -= JOINED;
        let late = lookup.look_up().unwrap();
        asks.recv().unwrap().send(Err(io::ErrorKind::NotFound.into())).unwrap();
        assert_eq!(late.wait(PATIENT).unwrap().unwrap_err().kind(), io::ErrorKind::NotFound);
        slow.send(Ok(vec![address()])).unwrap();
        assert_eq!(early.wait(PATIENT).unwrap().unwrap(), [address()]);
        assert_eq!(format!("{lookup:?}"), "NameLookup { .. }");
        assert_eq!(format!("{:?}", lookup.look_up().unwrap()), "PendingLookup { .. }");
    }

    #[test]
    fn threads_and_memory_are_bounded_while_everything_hangs() {
        let (lookup, asks) = scripted();
        for _ in 0..MAX_UNDER_WAY + 100 {
            let given_up = lookup.look_up().unwrap().wait(Duration::ZERO);
            assert!(given_up.is_none());
            for lookup in &mut lock(&lookup.shared.state).under_way {
                lookup.since -= JOINED;
            }
        }
        let state = lock(&lookup.shared.state);
        assert_eq!(state.under_way.len(), MAX_UNDER_WAY);
        assert!(state.under_way.iter().all(|lookup| lookup.callers.len() <= 1));
        drop(state);
        drop(lookup);
        let hanging: Vec<_> = asks.iter().take(MAX_UNDER_WAY).collect();
        for lookup in hanging {
            lookup.send(Err(io::ErrorKind::NotFound.into())).unwrap();
        }
    }

    #[test]
    fn a_failure_is_told_and_not_remembered() {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let lookup = NameLookup::with(None, move || {
            counter.fetch_add(1, Ordering::Relaxed);
            Err(io::ErrorKind::NotFound.into())
        });
        for _ in 0..2 {
            let error = lookup.look_up().unwrap().wait(PATIENT).unwrap().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_look_up_of_another_process_is_not_waited_for() {
        let (lookup, asks) = scripted();
        let _lost = lookup.look_up().unwrap();
        // As it is in a child after a fork: the entry is there, its thread is not.
        lock(&lookup.shared.state).under_way[0].process = 0;
        let pending = lookup.look_up().unwrap();
        let lost = asks.recv().unwrap();
        asks.recv().unwrap().send(Ok(vec![address()])).unwrap();
        assert_eq!(pending.wait(PATIENT).unwrap().unwrap(), [address()]);
        lost.send(Err(io::ErrorKind::NotFound.into())).unwrap();
    }
}
