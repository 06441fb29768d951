//! Many requests at once to a server that closes each connection at a moment of its own: no request may be sent twice, none
//! that arrived may be said not to have been sent, and who uses a fresh connection for each must not lose any.

use std::collections::HashSet;
use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bambora_core::Delivery;

use crate::case::{Call, Case, Expect, shown};
use crate::raw_server::{Gates, RawServer};
use crate::script::Act;
use crate::stage::{Failing, settings};
use crate::subject::Exchange;
use crate::suite::Suite;

const AT_ONCE: usize = 8;

/// What the environment says, or else the suite.
fn requests(suite: &Suite) -> Result<usize, String> {
    match env::var("BAMBORA_CONFORMANCE_RACES") {
        Ok(text) => text
            .parse()
            .map_err(|_| "BAMBORA_CONFORMANCE_RACES is not a number".to_owned()),
        Err(_) => Ok(suite.races),
    }
}

pub(crate) fn run(suite: &Suite) -> Result<(), Failing> {
    let impossible = |error: std::io::Error| Failing::Impossible(error.to_string());
    let requests = requests(suite)?;
    let script = vec![vec![Act::ServeAndCloseSoon]];
    let mut server = RawServer::start(script, Gates::default()).map_err(impossible)?;
    let case = Case::new("close_race_stress", Vec::new(), Expect::ok(""));
    let subject = (suite.make)(&settings(&case).map_err(impossible)?);
    let base_url = format!("http://{}", server.address);
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    let not_sent = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= requests {
                        return;
                    }
                    let call = Call::cancel(number);
                    let fault = match call.request(&base_url) {
                        Ok(request) => {
                            let got = subject.exchange(request);
                            if let (true, Ok(mut not_sent)) = (is_not_sent(&got), not_sent.lock()) {
                                not_sent.push(call.path);
                            }
                            amiss(number, &got, suite.reuses_connections)
                        }
                        Err(error) => Some(error.to_string()),
                    };
                    if let (Some(fault), Ok(mut faults)) = (fault, faults.lock()) {
                        faults.push(fault);
                    }
                }
            });
        }
    });
    drop(subject);
    server.stop();
    let faults = faults.into_inner().unwrap_or_default();
    if let Some(first) = faults.first() {
        return Err(format!("{} of {requests} requests: {first}", faults.len()).into());
    }
    let saw = server.log.saw();
    let mut seen = HashSet::new();
    if let Some(twice) = saw
        .requests
        .iter()
        .find(|request| !seen.insert(request.target()))
    {
        return Err(format!("{} was sent twice", twice.target()).into());
    }
    let not_sent = not_sent.into_inner().unwrap_or_default();
    match not_sent.iter().find(|path| seen.contains(path.as_str())) {
        Some(sent) => Err(format!("{sent} is said not to have been sent, and arrived").into()),
        None => Ok(()),
    }
}

fn is_not_sent(got: &Exchange) -> bool {
    matches!(got, Err(error) if error.delivery() == Delivery::NotSent)
}

fn amiss(number: usize, got: &Exchange, reuse: bool) -> Option<String> {
    match got {
        Ok(response)
            if response.body() == format!("/payments/ORDER-{number}/cancel/").as_bytes() =>
        {
            None
        }
        // A connection that the server has closed, or is closing: the one or the other, but truly.
        Err(_) if reuse => None,
        other => Some(format!("request {number} got {}", shown(other))),
    }
}
