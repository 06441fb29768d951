//! Invalid input: one line that says what to do, exit code 2, and nothing sent.

use bambora_sandbox::Sandbox;

use crate::command::{against, at, bambora, run};

#[test]
fn a_bad_reference_stops_all_of_them_before_anything_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("GOOD");
    let overlong = "x".repeat(2001);
    for (bad, cause) in [
        ("", "empty"),
        (".", "steps in a path"),
        ("..", "steps in a path"),
        ("a\nb", "control character"),
        (overlong.as_str(), "2001 characters"),
        ("GOOD", "named twice"),
        ("-", "not taken for a reference"),
        ("@refs.txt", "not taken for a reference"),
    ] {
        let run = run(against(&sandbox, "cancel").args(["GOOD", bad]));
        assert_eq!(run.code, 2, "{bad:?}: {run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        assert!(run.stderr.contains(cause), "{run:?}");
        let object = run.object();
        assert_eq!(object["status"], "usage");
        assert!(object["message"].as_str().unwrap().contains(cause), "{object}");
    }
    assert_eq!(sandbox.connections(), 0);
}

#[test]
fn every_command_refuses_what_looks_like_a_file_of_references() {
    for command in [&["query"][..], &["request", "cancel"]] {
        for text in ["-", "@refs.txt"] {
            let run = run(bambora().args(command).args(["--sandbox", text]));
            assert_eq!(run.code, 2, "{run:?}");
            assert!(run.stderr.contains("name the payments"), "{run:?}");
        }
    }
}

#[test]
fn blanks_around_a_reference_draw_a_warning_and_are_kept() {
    for reference in [" A", "A ", "A\u{a0}"] {
        let run = run(bambora().args(["cancel", "--sandbox", "--json", reference]));
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stderr.contains("warning"), "{run:?}");
        assert_eq!(run.object()["reference"], reference);
    }
    let inside = run(bambora().args(["cancel", "--sandbox", "A B"]));
    assert_eq!(inside.stderr, "");
}

#[test]
fn missing_and_malformed_credentials_are_named() {
    let sandbox = Sandbox::start().unwrap();
    let missing = run(bambora()
        .env("BAMBORA_BASE_URL", sandbox.base_url())
        .env("BAMBORA_MERCHANT_TOKEN", "abcdefg")
        .args(["cancel", "A"]));
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.stderr.contains("does not set BAMBORA_MERCHANT_NUMBER, BAMBORA_MERCHANT_SECRET"), "{missing:?}");
    let colon = run(at(&sandbox.base_url()).env("BAMBORA_MERCHANT_TOKEN", "ab:cd").args(["cancel", "A"]));
    assert_eq!(colon.code, 2, "{colon:?}");
    assert!(colon.stderr.contains("merchant token"), "{colon:?}");
    assert!(!colon.stderr.contains("ab:cd"), "{colon:?}");
    assert_eq!(sandbox.connections(), 0);
}

#[test]
fn clear_text_to_another_machine_is_refused() {
    let run = run(at("http://payments.example").args(["cancel", "A"]));
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("use https"), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1);
}

#[test]
fn a_misspelled_state_or_fault_says_which_there_are() {
    let state = run(bambora().args(["cancel", "--sandbox", "--payment", "A=captured", "A"]));
    assert_eq!(state.code, 2, "{state:?}");
    assert!(state.stderr.contains("Captured"), "{state:?}");
    let fault = run(bambora().args(["cancel", "--sandbox", "--fault", "lose", "A"]));
    assert_eq!(fault.code, 2, "{fault:?}");
    assert!(fault.stderr.contains("apply-then-drop"), "{fault:?}");
}

#[test]
fn a_fault_that_would_not_happen_is_refused() {
    for arguments in [
        &["cancel", "--sandbox", "--payment", "OTHER=Captured", "A"][..],
        &["query", "--sandbox", "--fault", "skip-then-drop", "A"],
    ] {
        let refused = run(bambora().args(arguments));
        assert_eq!(refused.code, 2, "{refused:?}");
        assert_eq!(refused.stdout, "");
        assert!(refused.stderr.starts_with("bambora: "), "{refused:?}");
    }
}

#[test]
fn a_deadline_must_be_a_time() {
    for bad in ["0", "-1", "soon", "NaN", "1e300", "10000000"] {
        let run = run(bambora().args(["cancel", "--sandbox", "A", &format!("--deadline={bad}")]));
        assert_eq!(run.code, 2, "{bad}: {run:?}");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn so_many_requests_at_once_that_it_cannot_be_meant_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("night.journal");
    for bad in ["0", "10001", "18446744073709551615"] {
        let jobs = format!("--jobs={bad}");
        let query = run(bambora().args(["query", "--sandbox", "A", &jobs]));
        let cancel = run(at("http://127.0.0.1:1").args(["cancel", "A", &jobs, "--journal"]).arg(&journal));
        for refused in [query, cancel] {
            assert_eq!(refused.code, 2, "{bad}: {refused:?}");
            assert!(refused.stderr.contains("from 1 to 10000"), "{bad}: {refused:?}");
        }
    }
    assert_eq!(run(bambora().args(["query", "--sandbox", "A", "--jobs", "10000"])).code, 0);
}

#[test]
fn the_help_teaches() {
    let help = run(bambora().arg("--help"));
    assert_eq!(help.code, 0);
    for taught in ["BAMBORA_MERCHANT_SECRET", "Exit codes", "cancel --sandbox ORDER-1001", "back office"] {
        assert!(help.stdout.contains(taught), "{taught}");
    }
}

#[test]
fn the_help_says_what_an_adopted_journal_gives_up() {
    for command in ["cancel", "capture", "refund", "resume"] {
        let help = run(bambora().args([command, "--help"])).stdout;
        let words: Vec<_> = help.split_whitespace().collect();
        assert!(words.join(" ").contains("captures and refunds that wait are only queried"), "{help}");
    }
}

#[test]
fn every_option_stands_only_where_it_means_something() {
    for arguments in [
        &["completions", "bash", "--sandbox"][..],
        &["completions", "bash", "--json"],
        &["resume", "-", "--sandbox"],
        &["report", "night.journal", "--credentials", "file"],
        &["query", "A", "--sandbox", "--fault", "apply-then-drop"],
        &["sandbox", "--base-url", "http://127.0.0.1:1"],
        &["request", "cancel", "A", "--jobs", "2"],
        &["--sandbox", "cancel", "A"],
    ] {
        let refused = run(bambora().args(arguments));
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        assert!(refused.stderr.starts_with("bambora: unexpected argument"), "{refused:?}");
    }
}

#[test]
fn a_command_without_payments_says_that_a_list_will_do() {
    for arguments in [&["cancel", "--json"][..], &["query", "--json"], &["capture", "--json"], &["refund", "--json"]] {
        let refused = run(bambora().args(arguments));
        assert_eq!(refused.code, 2, "{refused:?}");
        let message = refused.object()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("<REF|--from <FILE>>"), "{message}");
    }
}

#[test]
fn every_message_begins_with_the_name_of_the_program() {
    for arguments in
        [&["cancel", "A"][..], &["cancel"], &["cancel", " A", "--sandbox"], &["resume", "/nowhere"], &["nothing"]]
    {
        let run = run(bambora().args(arguments));
        assert!(run.stderr.starts_with("bambora: ") && !run.stderr.contains("error: "), "{run:?}");
    }
}

#[test]
fn man_pages_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let written = run(bambora().arg("man").arg(folder.path()));
    assert_eq!(written.code, 0, "{written:?}");
    for page in ["bambora.1", "bambora-cancel.1", "bambora-request-capture.1"] {
        let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(text.contains(".SH"), "{page}");
    }
    assert_eq!(run(bambora().args(["man", "/nowhere/at/all"])).code, 2);
}

#[test]
fn completions_for_every_common_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = run(bambora().args(["completions", shell]));
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stdout.contains("deadline"), "{shell}");
    }
}

#[test]
fn whoever_asks_for_json_reads_errors_as_json() {
    for arguments in [
        &["report", "/nowhere/at/all", "--json"][..],
        &["report", "/nowhere/at/all", "--format", "json"],
        &["report", "/nowhere/at/all", "--format=json"],
        &["cancel", "A", "--json=yes"],
    ] {
        let refused = run(bambora().args(arguments));
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        assert_eq!(refused.object()["status"], "usage", "{arguments:?}: {refused:?}");
    }
}
