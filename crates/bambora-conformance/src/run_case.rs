//! Runs one case with one transport.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::caller::Caller;
use crate::capability::Capability;
use crate::case::{Case, Connections, Step};
use crate::child_process::call_with_proxies;
use crate::fixture::Fixture;
use crate::proxied;
use crate::race::race;
use crate::server::wire_log::Seen;
use crate::suite::Suite;
use crate::transport::Settings;

/// The longest wait for the server.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why a case did not pass.
#[derive(Debug)]
pub(crate) enum CaseError {
    /// The transport did not do what it must.
    Wrong(String),
    /// The case was left out, for this reason.
    LeftOut(String),
}

impl From<io::Error> for CaseError {
    fn from(error: io::Error) -> Self {
        Self::LeftOut(format!("not possible on this machine: {error}"))
    }
}

pub(crate) fn run_case(case: &Case, suite: &Suite) -> Result<(), CaseError> {
    if let Some(reason) = suite.opt_out_of(&case.needs) {
        return Err(CaseError::LeftOut(reason));
    }
    let has_tls = suite.opt_out_of(&[Capability::Tls]).is_none();
    let fixture = Fixture::new(case, has_tls)?;
    let base_url = fixture.base_url.clone();
    let settings = Settings {
        base_url: if case.settings.https_only { base_url.replace("http:", "https:") } else { base_url.clone() },
        #[cfg(feature = "tls")]
        root_certificates: crate::server::tls_server::root_certificates()?,
        #[cfg(feature = "tls")]
        client_certificate: Some(crate::server::tls_server::client_certificate()?),
        proxy: fixture.proxy(),
        ..case.settings.clone()
    };
    let caller = Caller {
        transport: (suite.make)(&settings),
        base_url: base_url.clone(),
        at_most: case.at_most,
        not_sent: Mutex::default(),
    };
    let steps = case.steps.iter();
    let mut faults: Vec<String> = steps.filter_map(|step| perform(step, &caller, suite, &fixture).err()).collect();
    drop(caller.transport);
    let all = fixture.stop();
    let (seen, trap) = (all.server, all.trap);
    let not_sent = caller.not_sent.into_inner();
    faults.extend(check_invariants(&seen, &trap, &not_sent.unwrap_or_else(PoisonError::into_inner)));
    faults.extend(check_numbers(case, &seen, suite.reuses_connections));
    faults.extend((case.check)(&seen).err());
    if let (Some(proxied), Some(proxy)) = (&case.proxied, &all.proxy) {
        faults.extend(proxied::check(proxy, &seen, &base_url));
        faults.extend((proxied.check)(proxy).err());
    }
    let passed = faults.is_empty().then_some(());
    passed.ok_or_else(|| CaseError::Wrong(faults.join("; ")))
}

fn perform(step: &Step, caller: &Caller, suite: &Suite, fixture: &Fixture) -> Result<(), String> {
    match step {
        Step::Call(call, expect) => expect(&caller.call(call)?),
        Step::Drop(call, latch) => caller.transport.drop_exchange(caller.request(call)?, latch),
        Step::Await(latch, fault) => {
            let opened = latch.wait(PATIENCE).then_some(());
            opened.ok_or_else(|| (*fault).to_owned())
        }
        Step::Open(latch) => {
            latch.open();
            Ok(())
        }
        Step::Race => race(caller, suite),
        Step::CallWithProxies => call_with_proxies(suite, &fixture.base_url, fixture.trap.address),
    }
}

/// Returns what is wrong in any case.
fn check_invariants(seen: &Seen, trap: &Seen, not_sent: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    if !seen.unexpected.is_empty() {
        let text = String::from_utf8_lossy(&seen.unexpected);
        let start: String = text.chars().take(80).collect();
        let length = seen.unexpected.len();
        faults.push(format!("{length} unexpected bytes: {start:?}"));
    }
    let mut targets: Vec<_> = seen.requests.iter().map(|seen| seen.target()).collect();
    targets.sort_unstable();
    let mut pairs = targets.iter().zip(targets.iter().skip(1));
    if let Some((target, _)) = pairs.find(|(target, next)| target == next) {
        faults.push(format!("{target} was sent twice"));
    }
    let arrived = |path: &&String| targets.binary_search(&path.as_str()).is_ok();
    if let Some(path) = not_sent.iter().find(arrived) {
        faults.push(format!("{path} is said not to have been sent, but arrived"));
    }
    if trap.connections > 0 {
        let connections = trap.connections;
        faults.push(format!("{connections} connections to where none may go"));
    }
    faults
}

/// Returns what is wrong with the number of requests and connections.
fn check_numbers(case: &Case, seen: &Seen, reuses_connections: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let requests = seen.requests.len();
    if let Some(expected) = case.requests.filter(|expected| *expected != requests) {
        faults.push(format!("the server saw {requests} requests, not {expected}"));
    }
    let must_share = match case.connections {
        Connections::Any => return faults,
        Connections::OneForEachRequest => false,
        Connections::AsClaimed => reuses_connections,
    };
    match (must_share, seen.shared_connection()) {
        (true, false) => faults.push("a connection was not reused".to_owned()),
        (false, true) => faults.push("a connection was reused".to_owned()),
        _ => {}
    }
    faults
}
