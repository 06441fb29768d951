//! From host names to addresses, without a thread for each request.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an answer of the system's resolver is used. Long enough for a burst of requests, and short enough to follow a
/// server that moves.
const FRESH: Duration = Duration::from_secs(5);
/// How many addresses of a name are tried; what ureq has room for.
const MAX_ADDRESSES: usize = 16;

/// A host and a port.
type Name = (String, u16);

/// Looks names up on one thread of its own, which starts with the first name and ends with the client. The system's resolver
/// cannot be interrupted; on a thread apart, a request waits for it no longer than its connect timeout.
#[derive(Debug, Default)]
pub(crate) struct NameLookup {
    names: Arc<Names>,
    thread: Mutex<Option<Sender<Question>>>,
}

#[derive(Debug)]
struct Question {
    name: Name,
    /// When the one who asks gives up.
    until: Option<Instant>,
    answer: SyncSender<io::Result<Vec<SocketAddr>>>,
}

impl Resolver for NameLookup {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let port = match (uri.port_u16(), uri.scheme_str()) {
            (Some(port), _) => port,
            (None, Some("https")) => 443,
            (None, _) => 80,
        };
        let host = uri.host().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = match literal.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => self.look_up((host.to_owned(), port), timeout)?,
        };
        let mut resolved = self.empty();
        for address in addresses.into_iter().take(MAX_ADDRESSES) {
            resolved.push(address);
        }
        if resolved.is_empty() {
            return Err(Error::HostNotFound);
        }
        Ok(resolved)
    }
}

impl NameLookup {
    fn look_up(&self, name: Name, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
        if let Some(addresses) = self.names.remembered(&name) {
            return Ok(addresses);
        }
        let patience = *timeout.after;
        let (answer, answered) = mpsc::sync_channel(1);
        self.ask(Question {
            name,
            until: Instant::now().checked_add(patience),
            answer,
        })?;
        match answered.recv_timeout(patience) {
            Ok(answer) => Ok(answer?),
            Err(RecvTimeoutError::Timeout) => Err(Error::Timeout(timeout.reason)),
            Err(RecvTimeoutError::Disconnected) => Err(Error::HostNotFound),
        }
    }

    fn ask(&self, question: Question) -> io::Result<()> {
        let mut thread = lock(&self.thread);
        let unasked = match thread.as_ref() {
            Some(sender) => match sender.send(question) {
                Ok(()) => return Ok(()),
                Err(mpsc::SendError(question)) => question,
            },
            None => question,
        };
        let (sender, questions) = mpsc::channel::<Question>();
        let names = Arc::clone(&self.names);
        thread::Builder::new()
            .name("bambora-name-lookup".to_owned())
            .spawn(move || {
                for question in questions {
                    names.answer(question);
                }
            })?;
        // The thread was just started and holds the other end.
        let _ = sender.send(unasked);
        *thread = Some(sender);
        Ok(())
    }
}

/// What is known of names, and who is asked about the others.
struct Names {
    known: Mutex<HashMap<Name, Known>>,
    resolve: Box<Resolve>,
}

type Resolve = dyn Fn(&Name) -> io::Result<Vec<SocketAddr>> + Send + Sync;

#[derive(Debug)]
struct Known {
    addresses: Vec<SocketAddr>,
    since: Instant,
}

impl Names {
    fn remembered(&self, name: &Name) -> Option<Vec<SocketAddr>> {
        let mut known = lock(&self.known);
        known.retain(|_, known| known.since.elapsed() < FRESH);
        known.get(name).map(|known| known.addresses.clone())
    }

    /// Many may ask the same at once: the first brings the answer for all who wait behind. Nobody is asked on behalf of those
    /// who have given up.
    fn answer(&self, question: Question) {
        if question.until.is_some_and(|until| Instant::now() >= until) {
            return;
        }
        let answer = match self.remembered(&question.name) {
            Some(addresses) => Ok(addresses),
            None => self.look_up(question.name),
        };
        // Who asked may have given up meanwhile.
        let _ = question.answer.send(answer);
    }

    fn look_up(&self, name: Name) -> io::Result<Vec<SocketAddr>> {
        let addresses = (self.resolve)(&name)?;
        let known = Known {
            addresses: addresses.clone(),
            since: Instant::now(),
        };
        lock(&self.known).insert(name, known);
        Ok(addresses)
    }
}

impl Default for Names {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            resolve: Box::new(|name| Ok(name.to_socket_addrs()?.collect())),
        }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names")
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

/// The maps stay usable after a panic elsewhere: every change to them is made in one go.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ureq::Timeout;

    use super::*;

    const AT_ONCE: usize = 32;

    fn lookup(
        resolve: impl Fn(&Name) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> NameLookup {
        let names = Names {
            known: Mutex::default(),
            resolve: Box::new(resolve),
        };
        NameLookup {
            names: Arc::new(names),
            thread: Mutex::default(),
        }
    }

    fn ask(lookup: &NameLookup, patience: Duration) -> Result<Vec<SocketAddr>, Error> {
        let timeout = NextTimeout {
            after: patience.into(),
            reason: Timeout::Resolve,
            ..NextTimeout::default()
        };
        lookup.look_up(("api.example".to_owned(), 443), timeout)
    }

    #[test]
    fn many_who_ask_at_once_cost_one_question() {
        let address = SocketAddr::from(([127, 0, 0, 1], 443));
        let (asked, all_here) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(Barrier::new(AT_ONCE + 1)),
        );
        let lookup = lookup({
            let (asked, all_here) = (Arc::clone(&asked), Arc::clone(&all_here));
            move |_| {
                if asked.fetch_add(1, Ordering::Relaxed) == 0 {
                    // Not before everybody is about to ask.
                    all_here.wait();
                }
                Ok(vec![address])
            }
        });
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    all_here.wait();
                    assert_eq!(ask(&lookup, Duration::from_secs(60)).unwrap(), [address]);
                });
            }
            // Makes the resolver wait for the others.
            assert_eq!(ask(&lookup, Duration::from_secs(60)).unwrap(), [address]);
        });
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn nobody_is_asked_for_those_who_have_given_up() {
        let asked = Arc::new(AtomicUsize::new(0));
        let in_the_middle = Arc::new(Barrier::new(2));
        let lookup = lookup({
            let (asked, in_the_middle) = (Arc::clone(&asked), Arc::clone(&in_the_middle));
            move |_| {
                if asked.fetch_add(1, Ordering::Relaxed) == 0 {
                    in_the_middle.wait();
                    in_the_middle.wait();
                }
                Err(io::ErrorKind::NotFound.into())
            }
        });
        let patient = Duration::from_secs(60);
        thread::scope(|scope| {
            scope.spawn(|| ask(&lookup, patient).unwrap_err());
            in_the_middle.wait();
            for _ in 0..3 {
                let gave_up = ask(&lookup, Duration::from_millis(1)).unwrap_err();
                assert!(matches!(gave_up, Error::Timeout(_)), "{gave_up}");
            }
            in_the_middle.wait();
        });
        let answer = ask(&lookup, patient).unwrap_err();
        assert!(matches!(answer, Error::Io(_)), "{answer}");
        // For the first and the last, who were patient.
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}
