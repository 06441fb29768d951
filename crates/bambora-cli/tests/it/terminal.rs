//! Nothing that a server or a user said reaches a terminal raw, and nothing is lost if it cannot be written.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use bambora_core::PaymentState;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::command::{against, at, bambora, is_harmful, run};

/// Allowed in a reference, and it turns the text around.
const REORDERING: &str = "A\u{202e}B\u{2066}\u{200f}";

#[test]
fn references_come_out_escaped() {
    let sandbox = Sandbox::start().unwrap();
    let unknown = Fault::new(Effect::Skip, FaultResponse::Drop);
    for json in [None, Some("--json")] {
        for prepare in [
            |sandbox: &Sandbox, _| sandbox.authorize(REORDERING),
            |sandbox: &Sandbox, _| sandbox.insert(REORDERING, PaymentState::Captured),
            |sandbox: &Sandbox, _| {
                sandbox.insert(REORDERING, PaymentState::Other("\u{9b}2J\u{202e}\u{7f}".into()));
            },
            |sandbox: &Sandbox, fault| {
                sandbox.authorize(REORDERING);
                sandbox.fault(Operation::Cancel, REORDERING, fault);
            },
        ] {
            for command in [&["cancel", "--no-retry"][..], &["query"]] {
                prepare(&sandbox, unknown);
                let run = run(at(&sandbox.base_url()).args(command).arg(REORDERING).args(json));
                assert!(!is_harmful(&run.stdout), "{run:?}");
                assert!(!is_harmful(&run.stderr), "{run:?}");
                if json.is_some() {
                    assert_eq!(run.object()["reference"], REORDERING);
                    assert!(run.stdout.is_ascii(), "{run:?}");
                }
            }
        }
    }
}

#[test]
fn arguments_come_out_escaped() {
    let sandbox = Sandbox::start().unwrap();
    let planted = "\u{9b}2J\u{1b}[31m\u{7f}\u{202e}";
    let at_the_end = format!("{planted} ");
    for arguments in [
        &["cancel", planted][..],
        &["cancel", "A", &format!("--deadline={planted}")],
        &["cancel", "A\u{202e}", "A\u{202e}"],
        &["cancel", "@\u{202e}"],
        &["query", "A\u{202e} "],
        &["resume", planted],
        &["resume", &at_the_end],
        &["query", "--credentials", planted, "A"],
        &["query", "--base-url", planted, "A"],
        &["cancel", "--sandbox", "--payment", planted, "A"],
        &["cancel", "--sandbox", "--payment", "\u{202e}=Captured", "A"],
        &["cancel", "--sandbox", "--fault", planted, "A"],
        &["sandbox", "--payment", planted],
        &["sandbox", "--listen", planted],
        &["request", "cancel", "A\u{202e}"],
        &["request", "cancel", "A\u{202e}", "--curl"],
        &["completions", planted],
        &[planted],
    ] {
        let run = run(at(&sandbox.base_url()).args(arguments));
        assert!(!run.stderr.is_empty() || !run.stdout.is_empty(), "{run:?}");
        assert!(!is_harmful(&run.stdout), "{arguments:?}: {run:?}");
        assert!(!is_harmful(&run.stderr), "{arguments:?}: {run:?}");
    }
}

#[test]
fn what_a_server_said_comes_out_escaped() {
    let planted = "\\u001b[2J\\u009b31m\\u007f\\r\\n\\u202e\u{9b}\u{202e}";
    let definitions = "https://api.bambora.com/definitions/payments";
    let problem =
        format!(r#"{{"type":"{definitions}/gone{planted}","title":"{planted}","detail":"{planted}","status":403}}"#);
    let payment =
        format!(r#"{{"payment":"A","state":"{planted}","currency":"{planted}","comment":"{planted}","amount":1}}"#);
    for (head, body, command) in [
        ("403 Forbidden", problem.as_str(), "cancel"),
        ("403 Forbidden", &problem, "query"),
        ("200 OK", &payment, "cancel"),
        ("200 OK", &payment, "query"),
        (&format!("200 OK\r\ncontent-encoding: {}", "\u{9b}\u{202e}"), "", "query"),
    ] {
        for json in [None, Some("--json")] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let base_url = format!("http://{}", listener.local_addr().unwrap());
            let response = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            let server = thread::spawn(move || {
                let (mut socket, _) = listener.accept().unwrap();
                let _ = socket.read(&mut [0; 4096]);
                socket.write_all(response.as_bytes()).unwrap();
            });
            let mut program = at(&base_url);
            program.args([command, "A"]).args(json);
            if command == "cancel" {
                program.args(["--no-retry", "--deadline", "1"]);
            }
            let run = run(&mut program);
            server.join().unwrap();
            assert!(matches!(run.code, 0 | 3 | 5), "{run:?}");
            assert!(!is_harmful(&run.stdout), "{run:?}");
            assert!(!is_harmful(&run.stderr), "{run:?}");
        }
    }
}

#[cfg(target_os = "linux")]
fn full() -> std::fs::File {
    let full = std::fs::File::options().write(true).open("/dev/full");
    full.unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_not_passed_over() {
    for arguments in [
        &["query", "--sandbox", "A"][..],
        &["request", "cancel", "--sandbox", "A"],
        &["completions", "bash"],
        &["--help"],
        &["cancel", "--help"],
        &["--version"],
    ] {
        let run = run(bambora().args(arguments).stdout(full()));
        assert_eq!(run.code, 6, "{run:?}");
        assert!(run.stderr.contains("cannot write to stdout"), "{run:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_goes_to_stderr_if_stdout_is_full_and_the_exit_code_says_so() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "B", Fault::new(Effect::Apply, FaultResponse::Drop));
    sandbox.authorize("B");
    let canceled = run(against(&sandbox, "cancel").args(["A"]).stdout(full()));
    assert_eq!(canceled.code, 6, "{canceled:?}");
    assert!(canceled.stderr.contains("\"canceled\""), "{canceled:?}");
    let both = run(against(&sandbox, "cancel").args(["B"]).stdout(full()).stderr(full()));
    assert_eq!(both.code, 6, "{both:?}");
    assert!(sandbox.is_canceled("B"));
}
