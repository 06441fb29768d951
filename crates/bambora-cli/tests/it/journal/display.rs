//! What a person sees: a bar on a terminal, lines elsewhere; and outputs that nobody reads.

use std::path::Path;
use std::process::{Command, Stdio};

use super::fixture::{Events, Fixture};
use crate::command::{finish, run};

/// Runs a command on a terminal of its own. `None` if the program that makes one is not installed.
fn on_a_terminal(command: &Command, folder: &Path) -> Option<String> {
    let mut line = command.get_program().to_str().unwrap().to_owned();
    for argument in command.get_args() {
        line.push_str(&format!(" '{}'", argument.to_str().unwrap()));
    }
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env_clear()
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TERM", "xterm-256color")
        .current_dir(folder)
        .stdin(Stdio::null());
    let Ok(output) = script.output() else {
        println!("skipped: script is not installed");
        return None;
    };
    Some(String::from_utf8(output.stdout).unwrap())
}

fn cancel(fixture: &Fixture) -> Command {
    let mut command = fixture.command("cancel");
    command.args(["--from", "list", "--journal", "night.journal"]).current_dir(fixture.folder.path());
    command
}

#[test]
fn a_terminal_shows_a_bar_without_colors() {
    let fixture = Fixture::new(40);
    let mut command = cancel(&fixture);
    let Some(shown) = on_a_terminal(command.args(["--rate", "100"]).env("NO_COLOR", "1"), fixture.folder.path()) else {
        return;
    };
    assert!(shown.contains("100%"), "{shown:?}");
    assert!(shown.contains("canceled, 0 refused, 0 in doubt"), "{shown:?}");
    assert!(shown.contains("40 canceled"), "{shown:?}");
    assert!(!shown.contains("\u{1b}[3") && !shown.contains("\u{1b}[9"), "{shown:?}");
    fixture.check_rows(40);
    let help = on_a_terminal(fixture.command("--help").env("NO_COLOR", "1"), fixture.folder.path());
    assert!(help.is_some_and(|help| help.contains("Usage") && !help.contains('\u{1b}')));
}

#[test]
fn elsewhere_there_are_plain_lines_on_stderr_and_a_summary_on_stdout() {
    let fixture = Fixture::new(40);
    let ended = run(&mut cancel(&fixture));
    assert_eq!(ended.code, 0, "{ended:?}");
    let mut lines = ended.stderr.lines();
    assert_eq!(lines.next(), Some("bambora: 40 rows added to the journal"));
    assert_eq!(lines.next(), Some("bambora: 0 done, 0 refused, 0 in doubt, 40 left"));
    assert_eq!(lines.next_back(), Some("bambora: 40 canceled, 0 refused, 0 in doubt, 0 left"));
    assert!(!ended.stderr.contains('\u{1b}') && !ended.stderr.contains('\r'), "{ended:?}");
    assert!(ended.stdout.contains("40 rows in night.journal:\n        40 canceled\n"), "{ended:?}");
}

#[test]
fn one_of_something_is_not_told_in_the_plural() {
    let fixture = Fixture::new(1);
    let ended = run(&mut cancel(&fixture));
    assert_eq!(ended.stderr.lines().next(), Some("bambora: 1 row added to the journal"));
    assert!(
        ended.stdout.contains("and 1 request: ") && ended.stdout.contains("\n1 row in night.journal:\n"),
        "{ended:?}"
    );
    std::fs::write(&fixture.list, "ORDER-1\n..\n").unwrap();
    let refused = run(&mut cancel(&fixture));
    assert!(refused.stderr.contains("1 line of the list is invalid, so nothing of the list was added"), "{refused:?}");
    let skipped = run(cancel(&fixture).arg("--skip-invalid"));
    let added = "0 rows added to the journal, 1 was in it already, or is named twice, 1 line left out";
    assert!(skipped.stderr.contains(added), "{skipped:?}");
}

#[test]
fn a_run_whose_events_nobody_reads_goes_on_and_does_not_end_with_0() {
    let fixture = Fixture::new(2_000);
    let mut child = fixture.cancel().spawn().unwrap();
    let mut events = Events::of(&mut child);
    events.wait_for(|event| event["event"] == "recorded");
    drop(events);
    let ended = finish(child);
    assert_eq!(ended.code, 6, "{ended:?}");
    assert_eq!(ended.stderr.matches("cannot write to stdout").count(), 1, "{ended:?}");
    fixture.check_rows(2_000);
    let mut report = fixture.command("report").arg(&fixture.journal).spawn().unwrap();
    drop(report.stdout.take());
    assert_eq!(finish(report).code, 6);
}
