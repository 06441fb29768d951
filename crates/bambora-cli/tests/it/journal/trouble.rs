//! What a night brings: credentials that were rotated, an outage, a list of the wrong merchant, two processes, a full disk.

use std::fs;

use bambora_sandbox::Sandbox;
use serde_json::json;

use super::fixture::{Events, Fixture, references, summary};
use crate::command::{Stderr, finish, run};

const SECRET: &str = "PLANTED-s3cr3t";
/// `abcdefg@123456789:PLANTED-s3cr3t` in base64.
const ENCODED: &str = "YWJjZGVmZ0AxMjM0NTY3ODk6UExBTlRFRC1zM2NyM3Q=";

#[test]
fn wrong_credentials_leave_every_payment_waiting() {
    let fixture = Fixture::new(200);
    let refused = run(fixture.cancel().args(["--jobs", "1"]).env("BAMBORA_MERCHANT_SECRET", "rotated"));
    assert_eq!(refused.code, 4, "{refused:?}");
    let summary = summary(&refused);
    assert_eq!(summary["end"], "unauthorized");
    assert_eq!(summary["payments"]["waiting"], 200);
    assert!(summary["next"][0].as_str().unwrap().starts_with("bambora resume "), "{summary}");
    assert_eq!(fixture.sandbox.requests().len(), 1);
    let resumed = run(&mut fixture.resume());
    assert_eq!(resumed.code, 0, "{resumed:?}");
    fixture.check_rows(200);
}

/// What came back on a connection that carried another request is not trusted, so such a payment is in doubt.
#[test]
fn wrong_credentials_with_many_requests_under_way_refuse_no_payment() {
    let fixture = Fixture::new(200);
    let refused = run(fixture.cancel().env("BAMBORA_MERCHANT_SECRET", "rotated"));
    assert!(matches!(refused.code, 4 | 5), "{refused:?}");
    let payments = &summary(&refused)["payments"];
    assert_eq!((&payments["canceled"], &payments["refused"]), (&json!(0), &json!(0)));
    let requests = fixture.sandbox.requests().len();
    assert!(payments["started"].as_u64().unwrap() < requests as u64, "{payments}, {requests} requests");
    let resumed = run(&mut fixture.resume());
    assert_eq!(resumed.code, 0, "{resumed:?}");
    fixture.check_rows(200);
}

#[test]
fn a_list_of_which_nothing_is_found_stops_and_asks() {
    let sandbox = Sandbox::start().unwrap();
    let fixture = Fixture::at(sandbox, 100);
    let stopped = run(&mut fixture.cancel());
    assert_eq!(stopped.code, 4, "{stopped:?}");
    let summary = summary(&stopped);
    assert_eq!((&summary["end"], &summary["payments"]["waiting"]), (&json!("nothing_found"), &json!(100)));
    assert!(summary["next"][1].as_str().unwrap().ends_with("--accept-not-found"), "{summary}");
    let accepted = run(fixture.resume().arg("--accept-not-found"));
    assert_eq!(accepted.code, 3, "{accepted:?}");
    fixture.check_rows(100);
}

/// The sandbox is stopped and started again at the same address, one that no other test uses.
#[cfg(target_os = "linux")]
#[test]
fn an_outage_in_the_middle_is_waited_out() {
    const PAYMENTS: usize = 600;
    let listen = |address: &str| Sandbox::builder().listen_on(address.parse().unwrap()).start().unwrap();
    let before = listen("127.31.7.1:0");
    references(PAYMENTS).iter().for_each(|reference| before.authorize(reference));
    let address = before.address().to_string();
    let mut fixture = Fixture::at(before, PAYMENTS);
    let mut child = fixture.cancel().args(["--rate", "400"]).spawn().unwrap();
    let mut events = Events::of(&mut child);
    for _ in 0..50 {
        events.wait_for(|event| event["event"] == "recorded");
    }
    fixture.sandbox.stop();
    events.wait_for(|event| event["pause"].as_str().is_some_and(|pause| pause.contains("cannot be reached")));
    let after = listen(&address);
    for reference in references(PAYMENTS) {
        let payment = fixture.sandbox.payment(&reference).unwrap();
        after.insert(&reference, payment.state);
    }
    fixture.sandbox = after;
    let summary = events.wait_for(|event| event["event"] == "summary");
    assert_eq!(summary["payments"]["canceled"], PAYMENTS, "{summary}");
    assert_eq!(finish(child).code, 0);
    fixture.check_rows(PAYMENTS);
}

#[test]
fn an_outage_that_lasts_ends_the_run_if_that_was_said() {
    let mut fixture = Fixture::new(50);
    fixture.sandbox.stop();
    let ended = run(fixture.cancel().args(["--outage-limit", "0.3"]));
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(summary(&ended)["end"], "unreachable");
    assert_eq!(fixture.statuses(), [("waiting".to_owned(), 50)].into());
}

#[test]
fn a_journal_in_use_is_refused_by_any_name() {
    let fixture = Fixture::new(100);
    let fault = bambora_sandbox::Fault::new(bambora_sandbox::Effect::Apply, bambora_sandbox::FaultResponse::Ok).held();
    fixture.sandbox.fault(bambora_sandbox::Operation::Cancel, "ORDER-1", fault);
    let first = fixture.cancel().spawn().unwrap();
    assert!(fixture.sandbox.wait_for_held(1, std::time::Duration::from_secs(20)));
    let linked = fixture.folder.path().join("linked");
    fs::hard_link(&fixture.journal, &linked).unwrap();
    let at_link = |verb| {
        let mut command = fixture.command(verb);
        command.arg(&linked);
        command
    };
    for mut command in [fixture.cancel(), fixture.resume(), at_link("report"), at_link("resume")] {
        let second = run(&mut command);
        assert_eq!(second.code, 2, "{second:?}");
        assert!(second.stderr.contains("is in use"), "{second:?}");
    }
    fixture.sandbox.release();
    assert_eq!(finish(first).code, 0);
    fixture.check_rows(100);
    fixture.check_requests();
}

#[test]
fn a_journal_of_another_merchant_or_server_is_refused() {
    let (fixture, other) = (Fixture::new(1), Fixture::new(1));
    assert_eq!(run(&mut fixture.cancel()).code, 0);
    let merchant = run(fixture.resume().env("BAMBORA_MERCHANT_NUMBER", "987654321"));
    assert_eq!(merchant.code, 2, "{merchant:?}");
    assert!(merchant.stderr.contains("987654321"), "{merchant:?}");
    let server = run(other.resume().arg(&fixture.journal).env("BAMBORA_BASE_URL", "http://127.0.0.1:1"));
    assert_eq!(server.code, 2, "{server:?}");
}

#[test]
fn a_copy_is_used_only_if_it_is_adopted_and_what_waits_in_it_is_queried_first() {
    let mut fixture = Fixture::new(3);
    let rotated = run(fixture.cancel().args(["--jobs", "1"]).env("BAMBORA_MERCHANT_SECRET", "rotated"));
    assert_eq!(rotated.code, 4, "{rotated:?}");
    let copy = fixture.folder.path().join("copy");
    fs::copy(&fixture.journal, &copy).unwrap();
    fixture.journal = copy;
    let refused = run(&mut fixture.resume());
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("--adopt"), "{refused:?}");
    let requests = fixture.sandbox.requests().len();
    let adopted = run(fixture.resume().arg("--adopt"));
    assert_eq!(adopted.code, 0, "{adopted:?}");
    assert_eq!(fixture.sandbox.requests().len() - requests, 6, "a query and a cancel for each");
    fixture.check_rows(3);
}

#[test]
fn a_planted_secret_is_nowhere() {
    let sandbox = Sandbox::builder().accept_credentials("123456789", "abcdefg", SECRET).start().unwrap();
    references(20).iter().for_each(|reference| sandbox.authorize(reference));
    sandbox.random_faults(3, 300);
    let fixture = Fixture::at(sandbox, 20);
    let fault = bambora_sandbox::Fault::new(bambora_sandbox::Effect::Apply, bambora_sandbox::FaultResponse::Ok).held();
    fixture.sandbox.fault(bambora_sandbox::Operation::Cancel, "ORDER-1", fault);
    let mut child = fixture.cancel().env("BAMBORA_MERCHANT_SECRET", SECRET).spawn().unwrap();
    assert!(fixture.sandbox.wait_for_held(1, std::time::Duration::from_secs(20)));
    let mut shown = Vec::new();
    let mut look = || {
        for entry in fs::read_dir(fixture.folder.path()).unwrap() {
            shown.extend(fs::read(entry.unwrap().path()).unwrap());
        }
        // Where the system tells the arguments of a process.
        shown.extend(fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default());
    };
    look();
    fixture.sandbox.release();
    let stderr = Stderr::of(&mut child);
    let ended = finish(child);
    shown.extend(ended.stdout.as_bytes());
    shown.extend(stderr.rest().as_bytes());
    for entry in fs::read_dir(fixture.folder.path()).unwrap() {
        shown.extend(fs::read(entry.unwrap().path()).unwrap());
    }
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.contains("ORDER-1"));
    assert!(!shown.contains(SECRET) && !shown.contains(ENCODED));
}

/// Writes beyond so many KiB of a file fail.
#[cfg(unix)]
#[test]
fn a_journal_that_cannot_be_written_ends_the_run_and_loses_nothing() {
    const PAYMENTS: usize = 5_000;
    let fixture = Fixture::new(PAYMENTS);
    let limited = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1200; exec \"$@\"", "sh"])
        .arg(fixture.cancel().get_program())
        .args(fixture.cancel().get_args())
        .env_clear()
        .envs(fixture.cancel().get_envs().filter_map(|(name, value)| Some((name, value?))))
        .output()
        .unwrap();
    let code = limited.status.code().unwrap();
    let told = String::from_utf8(limited.stdout).unwrap();
    assert!(code == 4 || code == 5, "{code}: {told}");
    let last: serde_json::Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!(last["end"], "journal", "{last}");
    let canceled = told.lines().filter(|line| line.contains(r#""status":"canceled""#)).count();
    let resumed = run(&mut fixture.resume());
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    let again = resumed.stdout.lines().filter(|line| line.contains(r#""status":"canceled""#)).count();
    assert_eq!(canceled + again, PAYMENTS);
    fixture.check_rows(PAYMENTS);
    fixture.check_requests();
}
