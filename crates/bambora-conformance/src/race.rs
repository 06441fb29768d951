//! Many calls at once to a server that closes each connection at a random moment.

use std::env;
use std::iter;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::caller::Caller;
use crate::case::cancel;
use crate::expect::own;
use crate::suite::Suite;

const THREADS: usize = 8;

/// Makes as many calls as the environment says, or else the suite.
///
/// A transport that reuses connections may meet one that the server is closing, and fail; any other must lose no request.
pub(crate) fn race(caller: &Caller, suite: &Suite) -> Result<(), String> {
    let calls = match env::var("BAMBORA_CONFORMANCE_RACES") {
        Ok(text) => text.parse().map_err(|_| "BAMBORA_CONFORMANCE_RACES is not a number")?,
        Err(_) => suite.races,
    };
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    let run = || {
        let numbers = iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        for number in numbers.take_while(|number| *number < calls) {
            let got = caller.call(&cancel(number));
            let checked = got.and_then(|got| match got {
                Err(_) if suite.reuses_connections => Ok(()),
                got => own(number)(&got),
            });
            if let (Err(fault), Ok(mut faults)) = (checked, faults.lock()) {
                faults.push(fault);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(run);
        }
    });
    let faults = faults.into_inner().unwrap_or_default();
    match faults.first() {
        Some(first) => Err(format!("{} of {calls} requests: {first}", faults.len())),
        None => Ok(()),
    }
}
