//! Runs one case with one subject.

use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use crate::black_hole::BlackHole;
use crate::case::{AUTHORIZATION, Case, Place, SLACK, SLACK_TO_CONNECT, Sight, Step, Time};
use crate::deaf_port::DeafPort;
use crate::raw_server::{Gates, RawServer};
use crate::script::{Act, Turn, fill};
use crate::subject::{Dropped, Exchange, Settings, Subject};
use crate::wire_log::Saw;

/// Makes a subject for a case.
pub(crate) type Make = dyn Fn(&Settings) -> Box<dyn Subject> + Send + Sync;

/// How long a gate may take to open.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why a case is not passed.
#[derive(Debug)]
pub(crate) enum Failing {
    /// The subject did not do what it must.
    Wrong(String),
    /// This machine does not have what the case needs.
    Impossible(String),
}

impl<T: Into<String>> From<T> for Failing {
    fn from(text: T) -> Self {
        Self::Wrong(text.into())
    }
}

pub(crate) fn run(case: Case, make: &Make) -> Result<(), Failing> {
    let scene = Scene::set(&case).map_err(|error| Failing::Impossible(error.to_string()))?;
    let settings = settings(&case).map_err(|error| Failing::Impossible(error.to_string()))?;
    let subject = make(&settings);
    let mut faults = Vec::new();
    for step in &case.steps {
        if let Err(fault) = scene.take(step, &*subject, time_for_a_call(&case, &settings)) {
            faults.push(fault);
        }
    }
    drop(subject);
    let (saw, trap) = scene.end();
    faults.extend(amiss(&saw));
    faults.extend(
        case.sights
            .iter()
            .filter_map(|sight| judge(sight, &saw, &trap).err()),
    );
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("; ").into())
    }
}

pub(crate) fn settings(case: &Case) -> io::Result<Settings> {
    let (connect, total) = match case.time {
        Time::Ample => (Duration::from_secs(5), Duration::from_secs(15)),
        Time::Short => (Duration::from_millis(300), Duration::from_millis(900)),
        Time::ShortToConnect => (Duration::from_millis(300), Duration::from_secs(5)),
    };
    let https_only = match case.place {
        Place::PlainServerForTlsOnly | Place::PlainServerAsTls => true,
        #[cfg(feature = "tls")]
        Place::TlsServer(_) => true,
        _ => false,
    };
    #[cfg(feature = "tls")]
    let root_certificates = vec![crate::tls_server::root_certificate()?];
    #[cfg(not(feature = "tls"))]
    let root_certificates = Vec::new();
    Ok(Settings {
        connect_timeout: connect,
        total_timeout: total,
        body_limit: case.body_limit,
        root_certificates,
        https_only,
    })
}

/// The servers of a case.
struct Scene {
    gates: Gates,
    base_url: String,
    server: Option<RawServer>,
    trap: RawServer,
    _black_hole: Option<BlackHole>,
    _deaf: Option<DeafPort>,
}

impl Scene {
    fn set(case: &Case) -> io::Result<Self> {
        let gates = Gates::default();
        let trap = RawServer::start(vec![vec![Act::Swallow]], Gates::default())?;
        let script = fill(case.script.clone(), trap.address.port());
        let (mut black_hole, mut deaf) = (None, None);
        let mut server = None;
        let base_url = match case.place {
            Place::Server | Place::PlainServerForTlsOnly => {
                let started = server.insert(RawServer::start(script, gates.clone())?);
                format!("http://{}", started.address)
            }
            Place::PlainServerAsTls => {
                let started = server.insert(RawServer::start(script, gates.clone())?);
                format!("https://{}", started.address)
            }
            Place::ServerOnIpv6 => {
                let loopback = IpAddr::V6(Ipv6Addr::LOCALHOST);
                let welcome = Box::new(|socket| Ok(Box::new(socket) as Box<dyn crate::wire::Wire>));
                let started = RawServer::start_on(loopback, script, gates.clone(), welcome)?;
                format!("http://{}", server.insert(started).address)
            }
            #[cfg(feature = "tls")]
            Place::TlsServer(certificate) => {
                let loopback = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
                let welcome = crate::tls_server::welcome(certificate)?;
                let started = RawServer::start_on(loopback, script, gates.clone(), welcome)?;
                format!("https://{}", server.insert(started).address)
            }
            Place::Nobody => {
                let taken = deaf.insert(DeafPort::take()?);
                format!("http://{}", taken.address)
            }
            Place::NoSuchHost => "http://no-such-host.invalid".to_owned(),
            Place::Blackhole => {
                let opened = black_hole.insert(BlackHole::open()?);
                format!("http://{}", opened.address)
            }
        };
        Ok(Self {
            gates,
            base_url,
            server,
            trap,
            _black_hole: black_hole,
            _deaf: deaf,
        })
    }

    fn take(&self, step: &Step, subject: &dyn Subject, at_most: Duration) -> Result<(), String> {
        match step {
            Step::Call(call, expect) => {
                let request = call
                    .request(&self.base_url)
                    .map_err(|error| error.to_string())?;
                let started = Instant::now();
                let got = subject.exchange(request);
                in_time(started, at_most)?;
                keeps_secrets(&got)?;
                expect.check(&got)
            }
            Step::BeginAndDrop(call, turn) => {
                let request = call
                    .request(&self.base_url)
                    .map_err(|error| error.to_string())?;
                match subject.begin_and_drop(request, self.gates.of(*turn)) {
                    Some(Dropped::InTheMiddle) => Ok(()),
                    Some(Dropped::TooLate(got)) => Err(format!(
                        "ended before it was dropped: {}",
                        crate::case::shown(&got)
                    )),
                    None => Err("its calls cannot be dropped: let it opt out".to_owned()),
                }
            }
            Step::Await(turn) => match self.gates.of(*turn).wait(PATIENCE) {
                true => Ok(()),
                false if *turn == Turn::Caller => Err("the socket is still open".to_owned()),
                false => Err("the server did not come to its turn".to_owned()),
            },
            Step::Open(turn) => {
                self.gates.of(*turn).open();
                Ok(())
            }
        }
    }

    /// Ends it all, and tells what the server and the trap saw.
    fn end(mut self) -> (Saw, Saw) {
        let saw = self.server.as_mut().map(|server| {
            server.stop();
            server.log.saw()
        });
        self.trap.stop();
        (saw.unwrap_or_default(), self.trap.log.saw())
    }
}

fn time_for_a_call(case: &Case, settings: &Settings) -> Duration {
    match case.time {
        Time::ShortToConnect => settings.connect_timeout + SLACK_TO_CONNECT,
        Time::Ample | Time::Short => settings.total_timeout + SLACK,
    }
}

fn in_time(started: Instant, at_most: Duration) -> Result<(), String> {
    let took = started.elapsed();
    if took > at_most {
        return Err(format!("took {took:?}, and not {at_most:?} at most"));
    }
    Ok(())
}

fn keeps_secrets(got: &Exchange) -> Result<(), String> {
    let Err(error) = got else { return Ok(()) };
    let encoded = AUTHORIZATION.trim_start_matches("Basic ");
    let shows = |text: String| text.contains(encoded) || text.contains("PLANTED");
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if shows(format!("{error} {error:?}")) {
            return Err("the error chain shows the credentials".to_owned());
        }
        cause = error.source();
    }
    Ok(())
}

/// What is amiss with any case in which it is seen.
fn amiss(saw: &Saw) -> Vec<String> {
    let mut faults = Vec::new();
    if !saw.unexpected.is_empty() {
        let shown: String = String::from_utf8_lossy(&saw.unexpected)
            .chars()
            .take(80)
            .collect();
        faults.push(format!(
            "{} bytes that nobody expected: {shown:?}",
            saw.unexpected.len()
        ));
    }
    let mut targets: Vec<_> = saw
        .requests
        .iter()
        .map(|request| request.target())
        .collect();
    targets.sort_unstable();
    if targets.windows(2).any(|pair| pair.first() == pair.last()) {
        faults.push("a request was sent twice".to_owned());
    }
    faults
}

fn judge(sight: &Sight, saw: &Saw, trap: &Saw) -> Result<(), String> {
    match sight {
        Sight::Requests(expected) if saw.requests.len() != *expected => Err(format!(
            "the server saw {} requests instead of {expected}",
            saw.requests.len()
        )),
        Sight::TrapUntouched if trap.connections > 0 => Err(format!(
            "{} connections to where none must go",
            trap.connections
        )),
        Sight::Anything(check) => check(saw),
        _ => Ok(()),
    }
}
