//! Tells pages that something changed.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::response_bytes::ResponseBytes;
use crate::shared::{ServerState, Shared};

use super::fields::problem;
use super::protection::protected;

/// The most pages that are told, each by a thread of its own.
const MAX_VIEWERS: usize = 32;
/// However fast things change, a page is told no more often than that.
const PACE: Duration = Duration::from_millis(150);
/// The time after which a page that went away is noticed, at the latest after two.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// A page that is told about changes.
pub(super) struct Viewer<'a> {
    shared: &'a Shared,
}

impl<'a> Viewer<'a> {
    /// Returns a viewer, or a response if there are too many.
    pub(super) fn admit(shared: &'a Shared) -> Result<Self, ResponseBytes> {
        let is_admitted = shared.update(|state| {
            let is_admitted = state.viewers < MAX_VIEWERS;
            state.viewers += usize::from(is_admitted);
            is_admitted
        });
        if !is_admitted {
            return Err(problem(503, "Too many pages are open.").with_header("Retry-After", "5"));
        }
        Ok(Self { shared })
    }

    /// Sends an event now and after each change, until the sandbox stops or the client goes away. Nothing is kept for a slow
    /// client: each event has all there is to tell.
    pub(super) fn tell(&self, mut stream: &TcpStream) -> io::Result<()> {
        let head = protected(ResponseBytes::endless("text/event-stream"));
        stream.write_all(&head.to_bytes(true, false))?;
        loop {
            let (told, event) = {
                let state = self.shared.lock();
                (state.revision, event(&state))
            };
            stream.write_all(event.as_bytes())?;
            if self.shared.wait_at_most(PACE, |state| state.stopping) {
                return Ok(());
            }
            while !self.shared.wait_at_most(HEARTBEAT, |state| state.stopping || state.revision != told) {
                stream.write_all(b":\n\n")?;
            }
        }
    }
}

impl Drop for Viewer<'_> {
    fn drop(&mut self) {
        self.shared.update(|state| state.viewers -= 1);
    }
}

fn event(state: &ServerState) -> String {
    let counts = json!({
        "payments": state.api.ledger.records().len(),
        "requests": state.log.total(),
        "faults": state.api.faults.len(),
        "held": state.held.len(),
    });
    format!("event: change\ndata: {counts}\n\n")
}
