//! Answers that do not come, though the request was read.

use bambora_core::Delivery;

use crate::case::{Call, Capability, Case, Expect, Sight, Step};
use crate::script::{Act, Turn, answer};

pub(crate) fn cases() -> Vec<Case> {
    let unknown = || Expect::Failure(Delivery::Unknown);
    let mut cases = vec![
        Case::new("no_resend", vec![vec![Act::Read, Act::Fin]], unknown()),
        Case::new(
            "reset_after_request",
            vec![vec![Act::Read, Act::Reset]],
            unknown(),
        ),
        dropped_call(),
    ];
    for (variant, end) in [("fin", Act::Fin), ("reset", Act::Reset)] {
        // Who uses the connection again meets its end; who makes another is answered on that.
        let first = answer("200 OK", &[], b"/payments/ORDER-1/cancel/");
        let second = Expect::own_answer_or_unknown("/payments/ORDER-2/cancel/");
        let script = vec![
            vec![Act::Read, Act::Send(first), Act::Read, end],
            vec![Act::Serve],
        ];
        let case = Case::new(format!("stale_reuse/{variant}"), script, unknown());
        cases.push(
            case.steps(vec![
                Step::Call(Call::cancel(1), Expect::ok("/payments/ORDER-1/cancel/")),
                Step::Call(Call::cancel(2), second),
            ])
            .saw(vec![Sight::Requests(2)]),
        );
    }
    cases
}

/// The socket of a call that was dropped must close, and must not be used again.
fn dropped_call() -> Case {
    let script = vec![
        vec![
            Act::Read,
            Act::Open(Turn::Server),
            Act::OpenWhenClosed(Turn::Caller),
        ],
        vec![Act::Serve],
    ];
    Case::new("dropped_call", script, Expect::ok(""))
        .needing(Capability::DroppedCalls)
        .steps(vec![
            Step::BeginAndDrop(Call::cancel(1), Turn::Server),
            Step::Await(Turn::Caller),
            Step::Call(Call::cancel(2), Expect::ok("/payments/ORDER-2/cancel/")),
        ])
        .saw(vec![Sight::Requests(2)])
}
