//! Lists as people have them.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::json;

use super::fixture::Fixture;
use crate::command::{against, finish, run};

fn rows(fixture: &Fixture) -> Vec<String> {
    fixture.rows().iter().map(|row| row["reference"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn marks_line_ends_blank_lines_and_repeated_references() {
    let fixture = Fixture::new(3);
    fs::write(&fixture.list, "\u{feff}ORDER-1\r\n\r\nORDER-2\r\nORDER-1\r\n\r\nORDER-3").unwrap();
    let canceled = run(&mut fixture.cancel());
    assert_eq!(canceled.code, 0, "{canceled:?}");
    let imported = &canceled.objects()[0];
    assert_eq!((&imported["added"], &imported["duplicates"]), (&json!(3), &json!(1)));
    assert_eq!(rows(&fixture), ["ORDER-1", "ORDER-2", "ORDER-3"]);
}

#[test]
fn a_column_of_comma_separated_values() {
    let fixture = Fixture::new(2);
    for (text, options) in [
        ("\u{feff}id,reference\r\n1,\"ORDER-1\"\r\n2,ORDER-2\r\n", &[][..]),
        ("order;id\nORDER-1;1\n\"ORDER-2\";2\n", &["--column", "order", "--delimiter", ";"]),
        ("id\torder\n1\tORDER-1\n2\tORDER-2\n", &["--column", "order", "--delimiter", "\\t"]),
    ] {
        fs::write(&fixture.list, text).unwrap();
        // A journal that is gone on with may be removed between runs.
        let _ = fs::remove_file(&fixture.journal);
        let canceled = run(fixture.cancel().arg("--csv").args(options));
        assert_eq!(canceled.code, 0, "{text:?}: {canceled:?}");
        assert_eq!(rows(&fixture), ["ORDER-1", "ORDER-2"]);
    }
    let missing = run(fixture.cancel().args(["--csv", "--column", "payment"]));
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.stderr.contains("no column \"payment\""), "{missing:?}");
}

#[test]
fn invalid_lines_are_named_before_anything_is_sent_or_left_out_on_request() {
    let fixture = Fixture::new(2);
    fs::write(&fixture.list, b"ORDER-1\n..\nORDER-2\n\xff\n ORDER-3\n").unwrap();
    let refused = run(&mut fixture.cancel());
    assert_eq!(refused.code, 2, "{refused:?}");
    for told in
        ["bambora: line 2: ", "bambora: line 4: it is not UTF-8", "warning: a blank", "line 5", "--skip-invalid"]
    {
        assert!(refused.stderr.contains(told), "{told}: {refused:?}");
    }
    assert_eq!(fixture.sandbox.connections(), 0);
    assert_eq!(rows(&fixture).len(), 0);

    let skipped = run(fixture.cancel().arg("--skip-invalid"));
    assert_eq!(skipped.code, 3, "{skipped:?}");
    assert!(skipped.stderr.contains("line 2: "), "{skipped:?}");
    let imported = &skipped.objects()[0];
    assert_eq!((&imported["invalid"], &imported["outer_blanks"]), (&json!(2), &json!(1)));
    assert_eq!(rows(&fixture), ["ORDER-1", "ORDER-2", " ORDER-3"]);
}

#[test]
fn a_list_comes_from_stdin_and_may_have_references_that_look_like_options() {
    let fixture = Fixture::new(0);
    for reference in ["-", "@refs.txt", "--help"] {
        fixture.sandbox.authorize(reference);
    }
    let mut child = against(&fixture.sandbox, "cancel")
        .args(["--from", "-", "--journal"])
        .arg(&fixture.journal)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"-\n@refs.txt\n--help\n").unwrap();
    drop(stdin);
    let canceled = finish(child);
    assert_eq!(canceled.code, 0, "{canceled:?}");
    fixture.check_rows(3);
}

#[test]
fn what_is_not_possible_is_refused_with_the_way_that_is() {
    let fixture = Fixture::new(1);
    let list = fixture.list.to_str().unwrap();
    let journal = fixture.journal.to_str().unwrap();
    for (arguments, hint) in [
        (&["cancel", "--from", list][..], "--journal FILE"),
        (&["cancel", "-", "--journal", journal], "--from"),
        (&["cancel", "@refs.txt", "--journal", journal], "--from"),
        (&["cancel", "--from", list, "--journal", "-"], "a journal is a file"),
        (&["cancel", "--journal", journal], "--from <FILE>"),
        (&["cancel", "A", "--jobs", "2"], "--journal"),
        (&["cancel", "A", "--csv", "--journal", journal], "--from"),
        (&["cancel", "--from", "/nowhere/at/all", "--journal", journal], "/nowhere/at/all"),
        (&["cancel", "A", "--sandbox", "--journal", journal], "--sandbox"),
        (&["resume", list, "--jobs", "2"], "is not a journal"),
    ] {
        let refused = run(crate::command::at(&fixture.sandbox.base_url()).args(arguments));
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains(hint), "{arguments:?}: {refused:?}");
    }
    let other = run(fixture.command("cancel").args(["ORDER-1", "--journal", list]));
    assert_eq!(other.code, 2, "{other:?}");
    assert!(other.stderr.contains("is not a journal"), "{other:?}");
    assert_eq!(fs::read_to_string(list).unwrap(), "ORDER-1");
    assert_eq!(fixture.sandbox.connections(), 0);
}

#[test]
fn what_is_wrong_is_found_before_a_journal_is_created() {
    let fixture = Fixture::new(1);
    let list = fixture.list.to_str().unwrap();
    for (arguments, hint) in [
        (&["cancel", "--from", list, "--deadline", "0"][..], "deadline"),
        (&["cancel", "--from", "/nowhere/at/all"], "/nowhere/at/all"),
        (&["cancel", "--from", list, "--csv"], "no column"),
        (&["capture", "--from", list], "add --csv"),
        (&["refund", "--from", "/nowhere/at/all", "--csv"], "/nowhere/at/all"),
        (&["refund", "ORDER-1", "--amount", "0", "--key", "K"], "the amount is 0"),
    ] {
        let refused = run(fixture.command(arguments[0]).args(&arguments[1..]).arg("--journal").arg(&fixture.journal));
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains(hint), "{arguments:?}: {refused:?}");
        assert!(!fixture.journal.exists(), "{arguments:?}");
    }
    assert_eq!(fixture.sandbox.connections(), 0);
}

#[test]
fn a_list_without_payments_is_told() {
    let fixture = Fixture::new(0);
    fs::write(&fixture.list, "\n").unwrap();
    let canceled = run(&mut fixture.cancel());
    let queried = run(fixture.command("query").arg("--from").arg(&fixture.list));
    for empty in [canceled, queried] {
        assert_eq!(empty.code, 0, "{empty:?}");
        assert!(empty.stderr.contains("the list is empty"), "{empty:?}");
    }
}

#[test]
fn a_list_can_be_queried() {
    let fixture = Fixture::new(25);
    fs::write(&fixture.list, "ORDER-1\nMISSING\n\nORDER-25\n").unwrap();
    let query = || {
        let mut command = against(&fixture.sandbox, "query");
        command.arg("--from").arg(&fixture.list);
        command
    };
    let queried = run(query().arg("ORDER-9"));
    assert_eq!(queried.code, 3, "{queried:?}");
    let told: Vec<_> =
        queried.objects().iter().map(|object| format!("{} {}", object["reference"], object["status"])).collect();
    assert_eq!(
        told,
        [r#""ORDER-9" "queried""#, r#""ORDER-1" "queried""#, r#""MISSING" "refused""#, r#""ORDER-25" "queried""#]
    );
    let requests = fixture.sandbox.requests().len();
    fs::write(&fixture.list, "ORDER-1\n..\n").unwrap();
    let refused = run(&mut query());
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("line 2: "), "{refused:?}");
    assert_eq!(fixture.sandbox.requests().len(), requests);
    assert_eq!(run(query().arg("--skip-invalid")).code, 0);
}
