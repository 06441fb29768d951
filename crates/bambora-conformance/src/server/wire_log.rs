//! A record of what a server saw.

use std::collections::HashSet;

/// What a server saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The number of connections that were made.
    pub(crate) connections: usize,
    /// Every request that was read.
    pub(crate) requests: Vec<SeenRequest>,
    /// Bytes that arrived when no more were expected.
    pub(crate) unexpected: Vec<u8>,
}

/// One request as it was on the wire.
#[derive(Clone, Debug)]
pub(crate) struct SeenRequest {
    /// The number of the connection that carried it.
    pub(crate) connection: usize,
    /// The address and port that it was sent to.
    pub(crate) authority: String,
    /// The request line and the header lines.
    pub(crate) lines: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// Returns `true` if one connection carried two requests.
    pub(crate) fn shared_connection(&self) -> bool {
        let mut connections = HashSet::new();
        let mut requests = self.requests.iter();
        !requests.all(|request| connections.insert(request.connection))
    }
}

impl SeenRequest {
    pub(crate) fn method(&self) -> &str {
        self.request_line().next().unwrap_or_default()
    }

    pub(crate) fn target(&self) -> &str {
        self.request_line().nth(1).unwrap_or_default()
    }

    fn request_line(&self) -> std::str::Split<'_, char> {
        self.lines.first().map_or("", String::as_str).split(' ')
    }

    /// Returns the names and values of all headers.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.lines.iter().skip(1);
        lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()))
    }

    /// Returns the values of one header.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.headers().filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }
}
