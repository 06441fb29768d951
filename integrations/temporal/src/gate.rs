//! What holds back every request of a worker, not one workflow's.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bambora_core::flow::{ExchangeResult, Observation};

use crate::exchange::Hold;

/// How long a 429 without a `Retry-After` holds requests back at first; it doubles with each that follows.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Shut after 401 and 403 until the credentials were rotated, and after 429 for as long as the API asks.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The start, on the server's clock, of the last exchange that was turned away.
    unauthorized: Option<SystemTime>,
    quiet_until: Option<Instant>,
    pause: Duration,
}

impl Gate {
    /// Says whether a request may be sent. `rotated` is when its workflow was told that the credentials were rotated.
    pub(crate) fn admit(&self, rotated: Option<SystemTime>, now: Instant) -> Result<(), Hold> {
        let mut state = self.state();
        if let Some(since) = state.unauthorized {
            if rotated.is_none_or(|rotated| rotated <= since) {
                return Err(Hold::Unauthorized);
            }
            state.unauthorized = None;
        }
        let wait = state.quiet_until.map_or(Duration::ZERO, |then| then.saturating_duration_since(now));
        if wait.is_zero() { Ok(()) } else { Err(Hold::Throttled { wait }) }
    }

    /// Learns from the result of an exchange that began at `started` on the server's clock.
    pub(crate) fn learn(&self, result: &ExchangeResult, started: SystemTime, now: Instant) {
        let mut state = self.state();
        match status(&result.observation) {
            Some(401 | 403) => state.unauthorized = state.unauthorized.max(Some(started)),
            Some(429) => {
                let doubled = state.pause.saturating_mul(2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
                let pause = result.retry_after.unwrap_or(doubled);
                state.pause = doubled;
                state.quiet_until = state.quiet_until.max(now.checked_add(pause));
            }
            _ => state.pause = Duration::ZERO,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is locked, and every state is a whole one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The status of a response that is no payment object.
pub(crate) fn status(observation: &Observation) -> Option<u16> {
    match observation {
        Observation::Problem { problem, .. } => Some(problem.status),
        Observation::Response { status, .. } => Some(*status),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bambora_core::flow::{Connection, RequestKind};
    use http::Response;

    fn result(status: u16, retry_after: Option<&str>) -> ExchangeResult {
        let mut response = Response::builder().status(status);
        if let Some(seconds) = retry_after {
            response = response.header("retry-after", seconds);
        }
        let response = response.body(Vec::new()).unwrap();
        RequestKind::Cancel.judge(&"ORDER-1".parse().unwrap(), &response, Connection::Fresh)
    }

    #[test]
    fn credentials_that_were_turned_away_are_not_used_until_they_were_rotated() {
        let (gate, now, began) = (Gate::default(), Instant::now(), SystemTime::UNIX_EPOCH);
        let second = Duration::from_secs(1);
        for status in [401, 403] {
            gate.learn(&result(status, None), began, now);
            assert_eq!(gate.admit(None, now), Err(Hold::Unauthorized));
            assert_eq!(gate.admit(Some(began), now), Err(Hold::Unauthorized));
            assert_eq!(gate.admit(Some(began + second), now), Ok(()));
            assert_eq!(gate.admit(None, now), Ok(()));
        }
        // One that was on its way when the credentials were rotated does not shut out those that came after.
        gate.learn(&result(401, None), began, now);
        assert_eq!(gate.admit(Some(began + second), now), Ok(()));
    }

    #[test]
    fn a_429_holds_back_every_request_for_as_long_as_it_asks() {
        let (gate, now, began) = (Gate::default(), Instant::now(), SystemTime::UNIX_EPOCH);
        let seconds = Duration::from_secs;
        gate.learn(&result(429, Some("7")), began, now);
        gate.learn(&result(200, None), began, now);
        assert_eq!(gate.admit(None, now + seconds(2)), Err(Hold::Throttled { wait: seconds(5) }));
        assert_eq!(gate.admit(None, now + seconds(7)), Ok(()));
        for (at, wait) in [(10, 1), (20, 2), (30, 4)] {
            gate.learn(&result(429, None), began, now + seconds(at));
            assert_eq!(gate.admit(None, now + seconds(at)), Err(Hold::Throttled { wait: seconds(wait) }));
        }
    }
}
