//! Any bytes on a connection to the sandbox: it responds in HTTP or closes, in bounded time, and the books of its payments stay right.

#![no_main]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::LazyLock;
use std::time::Duration;

use bambora_sandbox::Sandbox;
use libfuzzer_sys::fuzz_target;

/// The payments that the corpus is about.
const REFERENCES: [&str; 2] = ["A", "B"];
/// More than any number of responses to the longest input has.
const MOST: usize = 8 * 1024 * 1024;

static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| {
    Sandbox::builder()
        .request_timeout(Duration::from_millis(500))
        .log_limits(100, 1024 * 1024)
        .start()
        .expect("no port is free")
});

fuzz_target!(|input: &[u8]| {
    SANDBOX.reset();
    for reference in REFERENCES {
        SANDBOX.authorize(reference);
    }
    // The control API asks for its own address.
    let host = SANDBOX.address().to_string();
    let request = replace(input, b"HOST", host.as_bytes());
    let responses = exchange(&request);
    check(&responses);
    for record in REFERENCES.iter().filter_map(|reference| SANDBOX.payment(reference)) {
        assert!(record.effective_cancels <= 1, "{record:?}");
        assert!(record.amount >= 0 && record.captured() <= record.amount, "{record:?}");
        assert!(record.refunded() <= record.captured(), "{record:?}");
    }
});

fn replace(input: &[u8], what: &[u8], by: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(input.len() + by.len());
    let mut rest = input;
    while let Some(at) = rest.windows(what.len()).position(|bytes| bytes == what) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(by);
        rest = &rest[at + what.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

/// Sends the bytes, and returns whatever comes back until the sandbox closes the connection.
fn exchange(request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(SANDBOX.address()).expect("the sandbox refuses a connection");
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    // It may have closed already.
    let _ = stream.write_all(request).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut responses = Vec::new();
    // More often than an input can have a response held, and long enough for a busy machine.
    for _ in 0..1_500 {
        match stream.read_to_end(&mut responses) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                // A page is told about changes for as long as it listens.
                if responses.windows(17).any(|bytes| bytes == b"text/event-stream") {
                    return responses;
                }
                SANDBOX.recover();
                SANDBOX.reset();
            }
            _ => return responses,
        }
        assert!(responses.len() < MOST, "the sandbox does not stop to respond");
    }
    panic!("the sandbox neither responds nor closes the connection");
}

/// Checks that the first response is one, and whole if nothing was cut off by a fault.
fn check(responses: &[u8]) {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    if responses.is_empty() {
        return;
    }
    let parsed = response.parse(responses).expect("a response that is not HTTP");
    assert!(parsed.is_complete(), "half of a head");
    let status = response.code.expect("a status");
    assert!(status == 100 || (200..600).contains(&status), "{status}");
    if status != 100 && !responses.windows(17).any(|bytes| bytes == b"text/event-stream") {
        let lengths = response.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("content-length"));
        let lengths: Vec<usize> =
            lengths.map(|header| str::from_utf8(header.value).unwrap().parse().unwrap()).collect();
        assert_eq!(lengths.len(), 1, "the end of the body is not told");
    }
}
