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
}

impl RequestLog {
    pub(crate) fn push(&mut self, request: LoggedRequest, limits: &Limits) {
        self.bytes += request.bytes();
        self.requests.push_back(request);
        while self.requests.len() > limits.logged_requests || self.bytes > limits.logged_bytes {
            let Some(oldest) = self.requests.pop_front() else {
                return;
            };
            self.bytes -= oldest.bytes();
            self.dropped += 1;
        }
    }

    /// Returns the number of all requests, the dropped ones included.
    pub(crate) fn total(&self) -> usize {
        self.dropped + self.requests.len()
    }
}
