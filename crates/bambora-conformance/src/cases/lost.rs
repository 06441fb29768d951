//! Responses that never come, although the request was read.

use crate::capability::Capability;
use crate::case::{Case, Step, cancel};
use crate::expect::{own, own_body, own_or_unknown, unknown};
use crate::latch::Latch;
use crate::server::script::ServerAction::{AwaitClose, Fin, Open, Read, Reset, ServeAndCloseSoon};
use crate::server::script::{reply_then, response};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("no_resend", vec![Read, Fin], unknown()),
        Case::new("reset_after_request", vec![Read, Reset], unknown()),
        dropped_call(),
        close_race_stress(),
    ];
    for (variant, end) in [("fin", Fin), ("reset", Reset)] {
        // A transport that reuses the connection meets its end; one that opens another gets its response on that.
        let actions = reply_then(response("200 OK", &[], own_body(1)), [Read, end]);
        let case = Case::new(format!("stale_reuse/{variant}"), actions, own(1));
        cases.push(case.then(own_or_unknown(2)));
    }
    cases
}

/// The connection of a dropped call must be closed and not be reused.
fn dropped_call() -> Case {
    let (arrived, closed) = (Latch::default(), Latch::default());
    let actions = vec![Read, Open(arrived.clone()), AwaitClose, Open(closed.clone())];
    let steps = vec![Step::Drop(cancel(1), arrived), Step::Await(closed, "the socket is still open")];
    let case = Case::of("dropped_call", actions, steps);
    case.then(own(2)).needs(Capability::DroppedCalls)
}

fn close_race_stress() -> Case {
    let mut case = Case::of("close_race_stress", Vec::new(), vec![Step::Race]);
    case.script = vec![vec![ServeAndCloseSoon]];
    case.requests = None;
    case
}
