//! Bytes that nobody asked for, which must not become the answer to the next request.

use crate::case::{Call, Case, Expect, Sight, Step};
use crate::script::{Act, Turn, answer};

const FIRST: &str = "/payments/ORDER-1/cancel/";
const SECOND: &str = "/payments/ORDER-2/cancel/";

pub(crate) fn cases() -> Vec<Case> {
    let evil = answer("200 OK", &[], b"EVIL");
    let timeout = answer("408 Request Timeout", &["Connection: close"], b"EVIL");
    vec![
        same_segment("extra_response/same_segment", &evil),
        late("extra_response/late", evil),
        late("idle_408", timeout),
    ]
}

/// The surplus comes together with the answer.
pub(crate) fn same_segment(name: &str, surplus: &[u8]) -> Case {
    let bytes = [answer("200 OK", &[], FIRST.as_bytes()), surplus.to_vec()].concat();
    two_calls(
        name,
        vec![Act::Read, Act::Send(bytes), Act::Serve],
        Vec::new(),
    )
}

/// The surplus comes while the connection is idle.
pub(crate) fn late(name: &str, surplus: Vec<u8>) -> Case {
    let acts = vec![
        Act::Read,
        Act::Send(answer("200 OK", &[], FIRST.as_bytes())),
        Act::Await(Turn::Caller),
        Act::Send(surplus),
        Act::Open(Turn::Server),
        Act::Serve,
    ];
    two_calls(
        name,
        acts,
        vec![Step::Open(Turn::Caller), Step::Await(Turn::Server)],
    )
}

fn two_calls(name: &str, first_connection: Vec<Act>, between: Vec<Step>) -> Case {
    let mut steps = vec![Step::Call(
        Call::cancel(1),
        Expect::own_answer_or_unknown(FIRST),
    )];
    steps.extend(between);
    steps.push(Step::Call(
        Call::cancel(2),
        Expect::own_answer_or_unknown(SECOND),
    ));
    // Where the client has closed the connection, the surplus cannot be sent, and the gate must open all the same.
    let script = vec![first_connection, vec![Act::Serve]];
    Case::new(name, script, Expect::ok(""))
        .steps(steps)
        .saw(vec![Sight::Requests(2)])
}
