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
