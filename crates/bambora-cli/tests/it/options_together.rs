//! Options that mean something only with another one are refused without it, whatever else is given: nothing is sent.

use bambora_sandbox::Sandbox;

use super::command::{at, run};

/// Words of a command that are valid by themselves.
type Words = &'static [&'static str];

const JOURNAL: Words = &["--journal", "night.journal"];
const LIST: Words = &["--from", "list.csv", "--csv", "--journal", "night.journal"];
const PAYMENT: Words = &["A", "--amount", "10", "--key", "INVOICE-1"];

/// For trying it out, which no real payment may be mistaken for.
const TRIALS: [Words; 2] = [&["--fault", "apply-then-drop"], &["--payment", "A=Captured"]];

/// Where a request goes, and how.
const NETWORK: [Words; 7] = [
    &[],
    &["--base-url", "http://127.0.0.1:1"],
    &["--proxy", "http://127.0.0.1:1"],
    &["--cacert", "ca.pem"],
    &["--system-roots"],
    &["--client-cert", "client.pem"],
    &["--timeout", "5"],
];

const OF_A_JOURNAL: [Words; 7] = [
    &["--jobs", "3"],
    &["--rate", "3"],
    &["--outage-limit", "3"],
    &["--stuck-after", "2"],
    &["--accept-not-found"],
    &["--retry-stuck"],
    &["--adopt"],
];

const OF_A_LIST: [Words; 5] =
    [&["--csv"], &["--skip-invalid"], &["--column", "id"], &["--delimiter", ";"], &["--csv", "--column", "id"]];

fn check(wrong: impl IntoIterator<Item = Vec<Words>>) {
    let sandbox = Sandbox::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("list.csv"), "reference,amount,key\nA,60,INVOICE-1\n").unwrap();
    sandbox.authorize("A");
    for words in wrong {
        let mut command = at(&sandbox.base_url());
        let refused = run(command.current_dir(folder.path()).args(words.concat()));
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{words:?}: {refused:?}");
        assert!(refused.stderr.contains("--") && !refused.stderr.contains("cannot read"), "{words:?}: {refused:?}");
    }
    assert_eq!(sandbox.connections(), 0);
    assert!(!folder.path().join("night.journal").exists());
}

#[test]
fn what_is_for_trying_it_out_needs_a_sandbox() {
    let commands: [Words; 5] =
        [&["cancel", "A"], &["capture"], &["refund"], &["query", "A"], &["cancel", "A", "--jobs=2"]];
    let of = |command: Words| if command.len() == 1 { PAYMENT } else { &[] };
    let networks = commands.into_iter().flat_map(|command| NETWORK.map(|network| vec![command, of(command), network]));
    let journals = commands.map(|command| vec![command, of(command), JOURNAL]);
    check(networks.chain(journals).flat_map(|words| TRIALS.map(|trial| [words.clone(), vec![trial]].concat())));
}

#[test]
fn what_is_for_a_journal_needs_one() {
    let commands: [Words; 3] = [&["cancel", "A"], &["capture"], &["refund"]];
    let of = |command: Words| if command.len() == 1 { PAYMENT } else { &[] };
    let targets: [Words; 2] = [&[], &["--sandbox"]];
    check(commands.into_iter().flat_map(|command| {
        let words = targets.map(|target| vec![command, of(command), target]);
        words.into_iter().flat_map(|words| OF_A_JOURNAL.map(|option| [words.clone(), vec![option]].concat()))
    }));
}

#[test]
fn an_amount_and_a_key_are_those_of_the_payment_that_is_named() {
    let given: [Words; 3] = [&["--amount", "10"], &["--key", "INVOICE-2"], &["A"]];
    let commands: [Words; 2] = [&["capture"], &["refund"]];
    check(commands.into_iter().flat_map(|command| given.map(|given| vec![command, LIST, given])));
}

#[test]
fn what_describes_a_list_needs_one() {
    let commands: [Words; 4] = [&["cancel", "A"], &["query", "A"], &["capture"], &["refund"]];
    let of = |command: Words| if command.len() == 1 { PAYMENT } else { &[] };
    check(commands.into_iter().flat_map(|command| {
        let words = vec![command, of(command)];
        let journals: [Words; 2] = [&[], if command[0] == "query" { &[] } else { JOURNAL }];
        journals.into_iter().flat_map(move |journal| {
            OF_A_LIST.map(|option| [words.clone(), vec![journal, option]].concat()).into_iter().collect::<Vec<_>>()
        })
    }));
}

#[test]
fn a_sandbox_is_reached_as_it_is() {
    check(NETWORK[1..6].iter().map(|&network| vec![&["cancel", "A", "--sandbox"], network]));
}
