//! The log of requests, a part at a time.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::logged_request::LoggedRequest;
use crate::response_bytes::ResponseBytes;
use crate::shared::Shared;

use super::fields::{number, parameter};
use super::listing::listing;
use super::view::RequestView;

#[derive(Serialize)]
struct Page {
    /// The oldest first.
    requests: Vec<Box<RawValue>>,
    /// The number to go on from.
    next: usize,
    complete: bool,
    total: usize,
    dropped: usize,
    now_ms: u128,
}

/// Lists the newest requests that fit (`last`), or those from a number on (`from`), of one payment (`reference`) or of all.
pub(super) fn list(request: &LoggedRequest, shared: &Shared) -> Result<ResponseBytes, ResponseBytes> {
    let reference = parameter(request, "reference");
    let (from, last) = (number(request, "from")?.unwrap_or(0), number(request, "last")?);
    let state = shared.lock();
    let is_wanted = |logged: &&LoggedRequest| {
        let is_of_payment = || logged.operation.as_ref().is_some_and(|(_, named)| *named == reference);
        logged.number >= from && (reference.is_empty() || is_of_payment())
    };
    let wanted = state.log.requests.iter().filter(is_wanted);
    let in_order: Box<dyn Iterator<Item = &LoggedRequest>> = match last {
        Some(_) => Box::new(wanted.rev()),
        None => Box::new(wanted),
    };
    let mut end = from;
    let (mut requests, complete) = listing(
        in_order,
        |logged| {
            end = end.max(logged.number + 1);
            RequestView::new(logged, &state)
        },
        last,
    );
    if last.is_some() {
        requests.reverse();
    }
    let next = if complete || last.is_some() { state.log.next } else { end };
    let page = Page {
        requests,
        next,
        complete,
        total: state.log.total(),
        dropped: state.log.dropped,
        now_ms: shared.started.elapsed().as_millis(),
    };
    Ok(ResponseBytes::json(200, &page))
}
