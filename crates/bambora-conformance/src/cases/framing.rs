//! Answers whose end cannot be trusted.

use bambora_core::Delivery;

use crate::case::{Case, Expect};
use crate::script::{Act, answer, reply, reply_and_fin};

const PART: &str = r#"{"payment":"O"#;

pub(crate) fn cases() -> Vec<Case> {
    let unknown = || Expect::Failure(Delivery::Unknown);
    let mut cases = Vec::new();
    for (variant, end) in [("fin", Act::Fin), ("reset", Act::Reset)] {
        let part = format!("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{PART}");
        let script = vec![vec![Act::Read, Act::Send(part.into()), end]];
        cases.push(Case::new(
            format!("truncated_content_length/{variant}"),
            script,
            unknown(),
        ));
    }
    let close_delimited = format!("HTTP/1.1 200 OK\r\n\r\n{PART}");
    let script = vec![vec![
        Act::Read,
        Act::Send(close_delimited.into()),
        Act::Reset,
    ]];
    cases.push(Case::new(
        "truncated_close_delimited_reset",
        script,
        unknown(),
    ));
    for (variant, chunks) in [
        ("mid_chunk", "20\r\n{\"pay"),
        ("no_last_chunk", "2\r\n{}\r\n"),
    ] {
        let part = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        cases.push(Case::new(
            format!("truncated_chunked/{variant}"),
            vec![reply_and_fin(part)],
            unknown(),
        ));
    }
    cases.extend(lengths());
    cases.extend(bodyless());
    cases
}

fn lengths() -> Vec<Case> {
    let unknown = || Expect::Failure(Delivery::Unknown);
    let mut cases = Vec::new();
    for (variant, headers) in [
        ("word", "Content-Length: two\r\n"),
        ("negative", "Content-Length: -2\r\n"),
        ("plus", "Content-Length: +2\r\n"),
        ("blank_inside", "Content-Length: 2 2\r\n"),
        ("list_differing", "Content-Length: 2, 3\r\n"),
        (
            "two_differing",
            "Content-Length: 2\r\nContent-Length: 3\r\n",
        ),
        ("hexadecimal", "Content-Length: 0x2\r\n"),
        ("fraction", "Content-Length: 2.0\r\n"),
        ("overflow", "Content-Length: 99999999999999999999999\r\n"),
        ("empty", "Content-Length:\r\n"),
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{headers}\r\n{{}}");
        cases.push(Case::new(
            format!("bad_content_length/{variant}"),
            vec![reply_and_fin(bytes)],
            unknown(),
        ));
    }
    let twice = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}";
    cases.push(Case::new(
        "identical_content_lengths",
        vec![reply(twice)],
        Expect::ok("{}"),
    ));
    cases
}

/// Statuses that have no body, with one.
fn bodyless() -> Vec<Case> {
    use crate::case::{Call, Sight, Step};
    [(204, "204 No Content"), (304, "304 Not Modified")]
        .into_iter()
        .map(|(status, line)| {
            let script = vec![
                vec![Act::Read, Act::Send(answer(line, &[], b"EVIL")), Act::Serve],
                vec![Act::Serve],
            ];
            let empty = Expect::Answer {
                status,
                headers: Vec::new(),
                body: Vec::new(),
            };
            let second = Expect::own_answer_or_unknown("/payments/ORDER-2/cancel/");
            Case::new(format!("bodyless/{status}"), script, Expect::ok(""))
                .steps(vec![
                    Step::Call(Call::cancel(1), empty),
                    Step::Call(Call::cancel(2), second),
                ])
                .saw(vec![Sight::Requests(2)])
        })
        .collect()
}
