//! The calls of docs/sandbox.md in other languages than Rust, run as they stand there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bambora_sandbox::{Operation, Sandbox};

use crate::documented_calls::is_installed;

/// Returns the first block of code in this language that has `part` in it.
fn block(language: &str, part: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = fs::read_to_string(root.join("docs/sandbox.md")).unwrap();
    let fence = format!("\n```{language}\n");
    let mut blocks = document.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.find(|block| block.contains(part)).unwrap().to_owned()
}

fn run(sandbox: &Sandbox, program: &str, code: &str) -> Output {
    Command::new(program).args(["-c", code]).env("SANDBOX", sandbox.base_url()).env("NO_PROXY", "*").output().unwrap()
}

/// Asserts that the payment was canceled once, by a request that was told nothing.
fn assert_lost(sandbox: &Sandbox) {
    assert!(sandbox.is_canceled("ORDER-1001"));
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(requests[0].operation, Some((Operation::Cancel, "ORDER-1001".to_owned())));
    assert_eq!((requests[0].applied, requests[0].status), (true, None));
}

#[test]
fn curl_loses_a_response_and_finds_the_truth() {
    if !is_installed(&["curl", "--version"]) {
        return;
    }
    let sandbox = Sandbox::start().unwrap();
    let output = run(&sandbox, "bash", &block("sh", "_sandbox"));
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("(52) Empty reply from server"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), block("json", "reference").trim());
    assert_lost(&sandbox);
}

#[test]
fn a_test_in_python_loses_a_response_and_finds_the_truth() {
    if !is_installed(&["python3", "-c", "import requests"]) {
        return;
    }
    let sandbox = Sandbox::start().unwrap();
    let test = block("python", "_sandbox");
    let output = run(&sandbox, "python3", &test);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "1 test passed\n");
    assert_lost(&sandbox);

    // It can fail: a program that takes the lost response for a failure does not pass.
    let hasty = test.replace("return None", "return False");
    assert!(!run(&sandbox, "python3", &hasty).status.success());
}
