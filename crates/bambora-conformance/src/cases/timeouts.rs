//! Answers that take too long.

use std::time::Duration;

use bambora_core::Delivery;

use crate::case::{Call, Case, Expect, Sight, Step};
use crate::script::{Act, Turn, answer};

const EVERY: Duration = Duration::from_millis(100);

pub(crate) fn cases() -> Vec<Case> {
    let unknown = || Expect::Failure(Delivery::Unknown);
    let whole = answer("200 OK", &[], &[b'x'; 200]);
    let head_end = whole.len() - 200;
    let (head, body) = whole.split_at(head_end);
    let drip_body = vec![
        Act::Read,
        Act::Send(head.to_vec()),
        Act::Drip(body.to_vec(), EVERY),
    ];
    vec![
        Case::new("never_respond", vec![vec![Act::Read]], unknown()).hasty(),
        Case::new(
            "drip_headers",
            vec![vec![Act::Read, Act::Drip(whole.clone(), EVERY)]],
            unknown(),
        )
        .hasty(),
        Case::new("drip_body", vec![drip_body], unknown()).hasty(),
        late_answer(),
    ]
}

/// The answer to a call that was given up comes after all: it must not answer the next one.
fn late_answer() -> Case {
    let script = vec![
        vec![
            Act::Read,
            Act::Await(Turn::Caller),
            Act::Send(answer("200 OK", &[], b"LATE")),
            Act::Open(Turn::Server),
            Act::Serve,
        ],
        vec![Act::Serve],
    ];
    Case::new("late_answer_after_timeout", script, Expect::ok(""))
        .hasty()
        .steps(vec![
            Step::Call(Call::cancel(1), Expect::Failure(Delivery::Unknown)),
            Step::Open(Turn::Caller),
            Step::Await(Turn::Server),
            Step::Call(Call::cancel(2), Expect::ok("/payments/ORDER-2/cancel/")),
        ])
        .saw(vec![Sight::Requests(2)])
}
