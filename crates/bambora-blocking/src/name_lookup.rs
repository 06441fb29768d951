//! From host names to addresses, without a thread for each request.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Mutex, PoisonError};
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

/// Looks names up on one thread of its own, which starts with the first name and ends with the client. The system's resolver
/// cannot be interrupted; on a thread apart, a request waits for it no longer than its connect timeout.
#[derive(Debug, Default)]
pub(crate) struct NameLookup {
    known: Mutex<HashMap<(String, u16), Known>>,
    thread: Mutex<Option<Sender<Question>>>,
}

#[derive(Debug)]
struct Known {
    addresses: Vec<SocketAddr>,
    since: Instant,
}

#[derive(Debug)]
struct Question {
    name: (String, u16),
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
    fn look_up(&self, name: (String, u16), timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
        if let Some(addresses) = self.remembered(&name) {
            return Ok(addresses);
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let question = Question {
            name: name.clone(),
            answer,
        };
        self.ask(question)?;
        let addresses = match answered.recv_timeout(*timeout.after) {
            Ok(answer) => answer?,
            Err(RecvTimeoutError::Timeout) => return Err(Error::Timeout(timeout.reason)),
            Err(RecvTimeoutError::Disconnected) => return Err(Error::HostNotFound),
        };
        let known = Known {
            addresses: addresses.clone(),
            since: Instant::now(),
        };
        lock(&self.known).insert(name, known);
        Ok(addresses)
    }

    fn remembered(&self, name: &(String, u16)) -> Option<Vec<SocketAddr>> {
        let mut known = lock(&self.known);
        known.retain(|_, known| known.since.elapsed() < FRESH);
        known.get(name).map(|known| known.addresses.clone())
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
        thread::Builder::new()
            .name("bambora-name-lookup".to_owned())
            .spawn(move || {
                for Question { name, answer } in questions {
                    // Who asked may have given up by now.
                    let _ = answer.send(name.to_socket_addrs().map(Iterator::collect));
                }
            })?;
        // The thread was just started and holds the other end.
        let _ = sender.send(unasked);
        *thread = Some(sender);
        Ok(())
    }
}

/// The maps stay usable after a panic elsewhere: every change to them is made in one go.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
