//! `bambora request`: what would be sent, and the same by curl.

use std::process::Command;

use bambora_sandbox::Sandbox;

use crate::command::{at, bambora, run};

#[test]
fn the_request_is_printed_and_not_sent() {
    let sandbox = Sandbox::start().unwrap();
    let run = run(at(&sandbox.base_url()).args(["request", "cancel", "A/B %"]));
    assert_eq!(run.code, 0, "{run:?}");
    let expected = format!(
        "POST /payments/A%2FB%20%25/cancel/ HTTP/1.1\nhost: {}\nauthorization: Basic [redacted]\n\
         api-version: 1\naccept: */*\ncontent-length: 0\n",
        sandbox.address()
    );
    assert_eq!(run.stdout, expected);
    assert_eq!(sandbox.connections(), 0);
}

#[test]
fn a_curl_command_that_could_not_work_is_not_printed() {
    for arguments in [
        &["request", "cancel", "--sandbox", "A", "--curl"][..],
        &["request", "cancel", "--credentials", "file", "A", "--curl"],
    ] {
        let refused = run(bambora().args(arguments));
        assert_eq!(refused.code, 2, "{refused:?}");
        assert_eq!(refused.stdout, "");
    }
}

#[test]
fn the_curl_command_sends_nothing_without_credentials_and_nothing_elsewhere() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: curl is not installed");
        return;
    }
    let (sandbox, trap) = (Sandbox::start().unwrap(), Sandbox::start().unwrap());
    sandbox.authorize("A");
    let printed = run(at(&sandbox.base_url()).args(["request", "cancel", "A", "--curl"]));
    let shell = |variables: &[(&str, &str)]| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &printed.stdout]);
        shell.env("http_proxy", trap.base_url());
        shell.envs(variables.iter().copied()).output().unwrap()
    };
    assert!(!shell(&[("BAMBORA_MERCHANT_NUMBER", "123456789")]).status.success());
    assert_eq!(sandbox.connections(), 0);
    let whole = shell(&[
        ("BAMBORA_MERCHANT_NUMBER", "123456789"),
        ("BAMBORA_MERCHANT_TOKEN", "abcdefg"),
        ("BAMBORA_MERCHANT_SECRET", "7AQu7FGB2Kwm"),
    ]);
    assert!(whole.status.success(), "{whole:?}");
    assert!(sandbox.is_canceled("A"));
    assert_eq!(trap.connections(), 0);
}

#[test]
fn the_curl_command_cancels_the_payment_with_the_same_request() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: curl is not installed");
        return;
    }
    let sandbox = Sandbox::start().unwrap();
    let reference = "it's 100% \"A\"/$(B)";
    sandbox.authorize(reference);
    let printed = run(at(&sandbox.base_url()).args(["request", "cancel", reference, "--curl"]));
    assert_eq!(printed.code, 0, "{printed:?}");
    let output = Command::new("sh")
        .args(["-c", &printed.stdout])
        .env("BAMBORA_MERCHANT_NUMBER", "123456789")
        .env("BAMBORA_MERCHANT_TOKEN", "abcdefg")
        .env("BAMBORA_MERCHANT_SECRET", "7AQu7FGB2Kwm")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(sandbox.is_canceled(reference));
    let canceled = run(bambora()
        .env("BAMBORA_MERCHANT_NUMBER", "123456789")
        .env("BAMBORA_MERCHANT_TOKEN", "abcdefg")
        .env("BAMBORA_MERCHANT_SECRET", "7AQu7FGB2Kwm")
        .args(["cancel", "--base-url", &sandbox.base_url(), reference]));
    assert_eq!(canceled.code, 0, "{canceled:?}");
    let requests = sandbox.requests();
    for name in ["authorization", "api-version", "accept", "content-length", "content-type"] {
        let [by_curl, by_us] = [&requests[0], &requests[1]].map(|request| request.header(name).collect::<Vec<_>>());
        assert_eq!(by_curl, by_us, "{name}");
    }
}

#[test]
fn the_curl_commands_of_captures_and_refunds_send_the_same_requests_as_ours() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: curl is not installed");
        return;
    }
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize_amount("A", 5_000, "SEK");
    for (verb, amount, key) in [("capture", "3000", "it's \"7\" 100% ö"), ("refund", "1000", "CREDIT-7")] {
        let arguments = ["A", "--amount", amount, "--key", key];
        let printed = run(at(&sandbox.base_url()).args(["request", verb, "--curl"]).args(arguments));
        assert_eq!(printed.code, 0, "{printed:?}");
        let before = sandbox.requests().len();
        let output = shell(&printed.stdout);
        assert!(output.status.success(), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
        // A key of its own, so that a request is sent.
        let ours = run(at(&sandbox.base_url()).args([verb, "A", "--amount", amount, "--key", "OTHER"]));
        assert_eq!(ours.code, if verb == "capture" { 3 } else { 0 }, "{ours:?}");
        let requests = sandbox.requests();
        let by_us = requests[before + 1..].iter().find(|request| request.method == "POST").unwrap();
        for name in ["authorization", "api-version", "accept", "content-type"] {
            let [by_curl, by_us] = [&requests[before], by_us].map(|request| request.header(name).collect::<Vec<_>>());
            assert_eq!(by_curl, by_us, "{name}");
        }
        let body: serde_json::Value = serde_json::from_slice(&requests[before].body).unwrap();
        assert_eq!(body, serde_json::json!({ "amount": amount.parse::<i64>().unwrap(), "comment": key }));
    }
    assert_eq!((sandbox.captured("A"), sandbox.refunded("A")), (3_000, 2_000));
}

#[test]
fn the_curl_command_fails_on_a_refusal_and_shows_it() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: curl is not installed");
        return;
    }
    let sandbox = Sandbox::start().unwrap();
    let printed = run(at(&sandbox.base_url()).args(["request", "cancel", "MISSING", "--curl"]));
    let output = shell(&printed.stdout);
    assert!(!output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("payment_not_found"), "{output:?}");
}

fn shell(script: &str) -> std::process::Output {
    Command::new("sh")
        .args(["-c", script])
        .env("BAMBORA_MERCHANT_NUMBER", "123456789")
        .env("BAMBORA_MERCHANT_TOKEN", "abcdefg")
        .env("BAMBORA_MERCHANT_SECRET", "7AQu7FGB2Kwm")
        .output()
        .unwrap()
}

#[test]
fn the_body_is_shown() {
    let arguments = ["request", "capture", "--sandbox", "A", "--amount", "1000", "--key", "INVOICE-7"];
    let text = run(bambora().args(arguments));
    assert!(text.stdout.ends_with("\n\n{\"amount\":1000,\"comment\":\"INVOICE-7\"}\n"), "{text:?}");
    let json = run(bambora().args(arguments).arg("--json"));
    assert_eq!(json.object()["body"], "{\"amount\":1000,\"comment\":\"INVOICE-7\"}");
}

#[test]
fn a_request_that_the_api_would_not_make_is_not_printed() {
    let refused = run(bambora().args(["request", "refund", "--sandbox", "A", "--amount", "0", "--key", "INVOICE-7"]));
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("the API refunds 1 minor currency unit or more"), "{refused:?}");
}
