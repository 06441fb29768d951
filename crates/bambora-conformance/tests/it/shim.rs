//! Tests a transport in another language.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::{env, fs};

fn suite(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bambora-conformance")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_run_of_no_case_is_a_failure() {
    let none = suite(&["--shim", "false", "no-such-case"]);
    assert!(!none.status.success());
    assert!(String::from_utf8_lossy(&none.stderr).contains("no case was run"));
    let misspelled = suite(&["--shim", "false", "--known-failure", "no_such_case=x", "redirect"]);
    assert!(!misspelled.status.success());
    assert!(String::from_utf8_lossy(&misspelled.stderr).contains("there is no case"));
}

#[test]
fn the_run_says_once_that_a_transport_rounds_timeouts() {
    let at_once =
        r#"echo '{"ready":true}'; while read -r _; do echo '{"failure":"not_sent","reason":"timed out"}'; done"#;
    let rounding = suite(&["--shim", at_once, "timeout_under_a_second"]);
    let said = String::from_utf8_lossy(&rounding.stdout).into_owned();
    assert_eq!(said.matches("seems to round").count(), 1, "{said}");
    let failing = suite(&["--shim", at_once, "auth_once"]);
    assert!(!String::from_utf8_lossy(&failing.stdout).contains("seems to round"), "{failing:?}");
}

#[test]
fn python_s_requests_keeps_error_bodies_and_adds_a_header() {
    let installed = Command::new("python3").args(["-c", "import requests"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        assert!(env::var_os("BAMBORA_REQUIRE_DOCUMENTED_CALLS").is_none(), "Python's requests is not installed");
        println!("skipped: Python's requests is not installed");
        return;
    }
    let shim = concat!("python3 ", env!("CARGO_MANIFEST_DIR"), "/shims/python_requests_shim.py");
    let kept = suite(&["--shim", shim, "error_body"]);
    let said = String::from_utf8_lossy(&kept.stdout).into_owned();
    assert!(kept.status.success() && said.contains("12 passed"), "{said}");
    let added = suite(&["--shim", shim, "nothing_added"]);
    let said = String::from_utf8_lossy(&added.stdout).into_owned();
    assert!(!added.status.success() && said.contains("accept-encoding"), "{said}");
    let known = suite(&["--shim", shim, "nothing_added", "--known-failure", "nothing_added=asks for codings"]);
    assert!(known.status.success(), "{known:?}");
    let untrue = suite(&["--shim", shim, "error_body/402", "--known-failure", "error_body=loses them"]);
    assert!(!untrue.status.success(), "a known failure that passes must fail the run");
}

/// Runs 12 cases one after the other, and returns how many processes there were.
fn processes(ready: &str, reply: &str) -> usize {
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("processes");
    let _ = fs::remove_file(&log);
    let path = log.display();
    let shim = format!("echo x >> {path}; echo '{ready}'; while read -r _; do echo '{reply}'; done");
    suite(&["--shim", &shim, "--test-threads", "1", "error_body"]);
    fs::read_to_string(&log).unwrap().lines().count()
}

#[test]
fn a_shim_serves_more_than_one_case_if_it_says_so_and_replies() {
    let unknown = r#"{"failure":"unknown"}"#;
    assert_eq!(processes(r#"{"ready":true}"#, unknown), 12);
    assert_eq!(processes(r#"{"ready":true,"keep":true}"#, unknown), 1);
    assert_eq!(processes(r#"{"ready":true,"keep":true}"#, "not JSON"), 12);
}

#[test]
fn a_shim_that_does_not_start_fails_every_case() {
    let none = suite(&["--shim", "/nowhere/at/all", "error_body"]);
    assert!(!none.status.success());
    assert!(String::from_utf8_lossy(&none.stdout).contains("the shim ended without a reply"), "{none:?}");
    let unready = suite(&["--shim", "echo '{}'; read -r _", "error_body/400"]);
    assert!(!unready.status.success(), "{unready:?}");
    assert_eq!(suite(&[]).status.code(), Some(2));
    assert_eq!(suite(&["--shim", "true", "--opt-out", "Wings=none"]).status.code(), Some(2));
}
