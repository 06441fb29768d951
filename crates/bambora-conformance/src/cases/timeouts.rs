//! Responses that take too long, or not at all long.

use crate::case::{Case, Step, cancel};
use crate::expect::{own, unknown};
use crate::latch::Latch;
use crate::server::script::ServerAction::{Await, Drip, Open, Read, Serve, Write};
use crate::server::script::response;

/// Fails if a transport takes a timeout of less than a second for no time at all, as all cases with such a timeout then do.
pub(crate) const UNDER_A_SECOND: &str = "timeout_under_a_second";

pub(crate) fn cases() -> Vec<Case> {
    let whole = response("200 OK", &[], [b'x'; 200]);
    let (head, body) = whole.split_at(whole.len() - 200);
    let (head, body) = (Write(head.to_vec()), Drip(body.to_vec()));
    vec![
        Case::new(UNDER_A_SECOND, vec![Serve], own(1)).impatient(),
        Case::new("never_respond", vec![Read], unknown()).impatient(),
        Case::new("drip_headers", vec![Read, Drip(whole)], unknown()).impatient(),
        Case::new("drip_body", vec![Read, head, body], unknown()).impatient(),
        late_response(),
    ]
}

/// The response to a call that timed out arrives after all: it must not become the response to the next one.
fn late_response() -> Case {
    let (timed_out, sent) = (Latch::default(), Latch::default());
    let actions =
        vec![Read, Await(timed_out.clone()), Write(response("200 OK", &[], "LATE")), Open(sent.clone()), Serve];
    let steps = vec![
        Step::Call(cancel(1), unknown()),
        Step::Open(timed_out),
        Step::Await(sent, "the server did not send its late response"),
    ];
    let case = Case::of("late_response_after_timeout", actions, steps);
    case.then(own(2)).impatient()
}
