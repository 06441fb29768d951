//! What a server saw.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A log that servers write and judgements read. A clone is the same log.
#[derive(Clone, Debug, Default)]
pub(crate) struct WireLog(Arc<Mutex<Saw>>);

/// What a server saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Saw {
    /// How many connections were made.
    pub(crate) connections: usize,
    /// Every request that was read.
    pub(crate) requests: Vec<SeenRequest>,
    /// Bytes that came when none were expected any more.
    pub(crate) unexpected: Vec<u8>,
    /// How many connections the client closed or reset.
    pub(crate) closed_by_client: usize,
    /// TLS handshakes that did not come to an end.
    pub(crate) failed_handshakes: usize,
}

/// One request, as it stood on the wire.
#[derive(Clone, Debug)]
pub(crate) struct SeenRequest {
    /// The head's lines.
    pub(crate) lines: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl SeenRequest {
    pub(crate) fn target(&self) -> &str {
        let line = self.lines.first().map_or("", String::as_str);
        line.split(' ').nth(1).unwrap_or_default()
    }

    /// The values of a header.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.lines
            .iter()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect()
    }
}

impl WireLog {
    pub(crate) fn saw(&self) -> Saw {
        self.lock().clone()
    }

    /// Notes a connection, and gives its number.
    pub(crate) fn connection(&self) -> usize {
        let mut saw = self.lock();
        saw.connections += 1;
        saw.connections - 1
    }

    pub(crate) fn request(&self, request: SeenRequest) {
        self.lock().requests.push(request);
    }

    pub(crate) fn unexpected(&self, bytes: &[u8]) {
        self.lock().unexpected.extend_from_slice(bytes);
    }

    pub(crate) fn closed_by_client(&self) {
        self.lock().closed_by_client += 1;
    }

    pub(crate) fn failed_handshake(&self) {
        self.lock().failed_handshakes += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Saw> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
