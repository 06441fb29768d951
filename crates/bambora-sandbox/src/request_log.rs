//! The log of requests, bounded in number and in bytes.

use std::collections::VecDeque;

use crate::config::Limits;
use crate::logged_request::LoggedRequest;

/// The newest requests. The oldest are dropped first.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    pub(crate) requests: VecDeque<LoggedRequest>,
    bytes: usize,
    pub(crate) dropped: usize,
    /// The number of the next request.
    pub(crate) next: usize,
}

impl RequestLog {
    /// Logs a request, and gives it its number.
    pub(crate) fn push(&mut self, mut request: LoggedRequest, limits: &Limits) -> usize {
        let number = self.next;
        self.next += 1;
        request.number = number;
        self.bytes += request.bytes();
        self.requests.push_back(request);
        while self.requests.len() > limits.logged_requests || self.bytes > limits.logged_bytes {
            let Some(oldest) = self.requests.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes();
            self.dropped += 1;
        }
        number
    }

    /// Forgets everything. The numbers of requests go on.
    pub(crate) fn clear(&mut self) {
        *self = Self { next: self.next, ..Self::default() };
    }

    /// Returns the number of all requests since the last reset, the dropped ones included.
    pub(crate) fn total(&self) -> usize {
        self.dropped + self.requests.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(log: &mut RequestLog, logged_requests: usize, logged_bytes: usize) {
        let request = LoggedRequest { body: vec![0; 1_000], ..LoggedRequest::default() };
        log.push(request, &Limits { logged_requests, logged_bytes, ..Limits::default() });
    }

    #[test]
    fn as_many_requests_are_kept_as_the_limits_say() {
        let one = LoggedRequest { body: vec![0; 1_000], ..LoggedRequest::default() }.bytes();
        for (requests, bytes) in [(3, usize::MAX), (usize::MAX, 3 * one), (usize::MAX, 4 * one - 1)] {
            let mut log = RequestLog::default();
            for pushed in 1..=10 {
                push(&mut log, requests, bytes);
                assert_eq!(log.requests.len(), pushed.min(3), "{requests} {bytes}");
                assert_eq!((log.dropped, log.total()), (pushed.saturating_sub(3), pushed));
            }
            let kept: Vec<_> = log.requests.iter().map(|request| request.number).collect();
            assert_eq!(kept, [7, 8, 9]);
        }
    }

    #[test]
    fn a_request_that_is_too_large_alone_is_dropped() {
        let mut log = RequestLog::default();
        push(&mut log, usize::MAX, 1_000);
        assert_eq!((log.requests.len(), log.dropped), (0, 1));
    }
}
