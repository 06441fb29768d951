//! Signals: the first one lets what is under way end, the second one does not.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
use serde_json::Value;

use crate::command::{Stderr, against, at, finish, resume, signal};

const SOON: Duration = Duration::from_secs(20);

/// A command whose first cancel request was applied and waits for its response.
fn held(sandbox: &Sandbox, response: FaultResponse) -> Child {
    for reference in ["A", "B", "C"] {
        sandbox.authorize(reference);
    }
    let fault = Fault::new(Effect::Apply, response).held();
    sandbox.fault(Operation::Cancel, "A", fault);
    let child = against(sandbox, "cancel").args(["A", "B", "C"]).spawn().unwrap();
    assert!(sandbox.wait_for_held(1, SOON));
    child
}

fn outcomes(objects: &[Value]) -> Vec<&str> {
    let outcomes = objects.iter();
    outcomes.map(|object| object["outcome"].as_str().unwrap()).collect()
}

#[test]
fn the_first_signal_gives_the_request_under_way_its_time() {
    for name in ["INT", "TERM", "HUP"] {
        let sandbox = Sandbox::start().unwrap();
        let mut child = held(&sandbox, FaultResponse::Ok);
        let mut stderr = Stderr::of(&mut child);
        signal(&child, name);
        stderr.wait_for("stopping");
        sandbox.release();
        let stopped = finish(child);
        assert_eq!(stopped.code, 4, "{stopped:?}");
        let objects = stopped.objects();
        assert_eq!(outcomes(&objects), ["canceled", "not_sent", "not_sent"]);
        assert_eq!(sandbox.requests().len(), 1);
    }
}

#[test]
fn the_first_signal_sends_no_query_after_a_lost_response() {
    let sandbox = Sandbox::start().unwrap();
    let mut child = held(&sandbox, FaultResponse::Drop);
    let mut stderr = Stderr::of(&mut child);
    signal(&child, "INT");
    stderr.wait_for("stopping");
    sandbox.release();
    let stopped = finish(child);
    assert_eq!(stopped.code, 5, "{stopped:?}");
    let objects = stopped.objects();
    assert_eq!(outcomes(&objects), ["unknown", "not_sent", "not_sent"]);
    assert_eq!(sandbox.requests().len(), 1);
    assert!(stderr.rest().contains("resume -"));
}

#[test]
fn the_second_signal_ends_at_once_with_a_checkpoint() {
    let sandbox = Sandbox::start().unwrap();
    let mut child = held(&sandbox, FaultResponse::Drop);
    let mut stderr = Stderr::of(&mut child);
    signal(&child, "INT");
    stderr.wait_for("stopping");
    signal(&child, "TERM");
    // The response is still held, and the exchange would have 30 seconds.
    let since = Instant::now();
    let stopped = finish(child);
    assert!(since.elapsed() < SOON);
    assert_eq!(stopped.code, 5, "{stopped:?}");
    let objects = stopped.objects();
    assert_eq!(outcomes(&objects), ["unknown", "not_sent", "not_sent"]);
    sandbox.recover();
    let resumed = resume(&sandbox, &objects[0]["checkpoint"].to_string());
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(resumed.object()["confirmation"], "query");
}

#[test]
fn a_wait_between_requests_ends_at_the_first_signal() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let child =
        at(&format!("http://{}", listener.local_addr().unwrap())).args(["cancel", "--json", "A"]).spawn().unwrap();
    let (mut socket, _) = listener.accept().unwrap();
    let _ = socket.read(&mut [0; 4096]).unwrap();
    socket.write_all(b"HTTP/1.1 503 x\r\nretry-after: 50\r\ncontent-length: 0\r\n\r\n").unwrap();
    // The command closes the connection when it has the response.
    let _ = socket.read_to_end(&mut Vec::new());
    let since = Instant::now();
    signal(&child, "INT");
    let stopped = finish(child);
    assert_eq!(stopped.code, 5, "{stopped:?}");
    assert!(since.elapsed() < SOON);
}

#[test]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    if !std::path::Path::new("/proc/self/status").exists() {
        println!("skipped: this system does not tell which signals are ignored");
        return;
    }
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let fault = Fault::new(Effect::Skip, FaultResponse::Drop).held();
    sandbox.fault(Operation::Cancel, "A", fault);
    let mut shell = Command::new("sh");
    for (name, value) in at(&sandbox.base_url()).get_envs() {
        shell.env(name, value.unwrap());
    }
    let child = shell
        .args(["-c", "trap '' HUP; exec \"$0\" cancel A"])
        .arg(env!("CARGO_BIN_EXE_bambora"))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    assert!(sandbox.wait_for_held(1, SOON));
    signal(&child, "HUP");
    sandbox.recover();
    let ended = finish(child);
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn the_third_signal_ends_a_command_whose_output_nobody_reads() {
    let sandbox = Sandbox::start().unwrap();
    // More than any pipe holds.
    let references: Vec<String> = (0..1_000).map(|n| format!("{n}{}", "x".repeat(1_900))).collect();
    let child = against(&sandbox, "cancel").args(&references).spawn().unwrap();
    assert!(sandbox.wait_for_requests(10, SOON));
    let mut handled = 0;
    let mut child = child;
    // Signals that arrive close together can count as one.
    while child.try_wait().unwrap().is_none() {
        signal(&child, "INT");
        handled += 1;
        assert!(handled < 1_000, "the command does not end");
    }
    assert_eq!(child.wait().unwrap().code(), Some(6));
}
