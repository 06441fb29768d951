//! A sandbox, a list of its payments, and a journal.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command};

use bambora_sandbox::{Operation, Sandbox};
use serde_json::Value;

use crate::command::{Run, against, at, run};

pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) journal: PathBuf,
    pub(crate) list: PathBuf,
}

pub(crate) fn references(payments: usize) -> Vec<String> {
    (1..=payments).map(|number| format!("ORDER-{number}")).collect()
}

impl Fixture {
    /// So many payments, all of which can be canceled.
    pub(crate) fn new(payments: usize) -> Self {
        let sandbox = Sandbox::builder().log_limits(usize::MAX, usize::MAX).start().unwrap();
        references(payments).iter().for_each(|reference| sandbox.authorize(reference));
        Self::at(sandbox, payments)
    }

    /// A list of so many payments, and this sandbox.
    pub(crate) fn at(sandbox: Sandbox, payments: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (journal, list) = (folder.path().join("night.journal"), folder.path().join("list"));
        fs::write(&list, references(payments).join("\n")).unwrap();
        Self { sandbox, folder, journal, list }
    }

    /// `bambora VERB` with the sandbox's credentials.
    pub(crate) fn command(&self, verb: &str) -> Command {
        let mut command = at(&self.sandbox.base_url());
        command.arg(verb);
        command
    }

    /// `bambora cancel --json --from LIST --journal JOURNAL`
    pub(crate) fn cancel(&self) -> Command {
        let mut command = against(&self.sandbox, "cancel");
        command.arg("--from").arg(&self.list).arg("--journal").arg(&self.journal);
        command
    }

    /// `bambora resume --json JOURNAL`
    pub(crate) fn resume(&self) -> Command {
        let mut command = against(&self.sandbox, "resume");
        command.arg(&self.journal);
        command
    }

    /// What `bambora report` says of each payment, in the journal's order.
    pub(crate) fn rows(&self) -> Vec<Value> {
        let report = run(self.command("report").args(["--json"]).arg(&self.journal));
        assert_eq!(report.code, 0, "{report:?}");
        report.objects()
    }

    /// How many rows have each status.
    pub(crate) fn statuses(&self) -> BTreeMap<String, usize> {
        let mut statuses = BTreeMap::new();
        for row in self.rows() {
            *statuses.entry(row["status"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        statuses
    }

    /// Each row says what is true, and none is open.
    pub(crate) fn check_rows(&self, payments: usize) {
        let rows = self.rows();
        assert_eq!(rows.len(), payments);
        for row in rows {
            let is_canceled = self.sandbox.is_canceled(row["reference"].as_str().unwrap());
            assert_eq!(row["status"], if is_canceled { "canceled" } else { "refused" }, "{row}");
        }
    }

    /// Between two cancel requests for a payment there is a query, and at most one of them had an effect.
    pub(crate) fn check_requests(&self) {
        assert_eq!(self.sandbox.dropped_requests(), 0);
        let mut last = BTreeMap::new();
        for request in self.sandbox.requests() {
            let (operation, reference) = request.operation.unwrap();
            let before = last.insert(reference.clone(), operation);
            assert!(
                (before, operation) != (Some(Operation::Cancel), Operation::Cancel),
                "{reference} was canceled twice without a query between"
            );
        }
        for reference in last.keys() {
            let payment = self.sandbox.payment(reference);
            assert!(payment.is_none_or(|payment| payment.effective_cancels <= 1));
        }
    }
}

/// The events of a command that runs.
pub(crate) struct Events(Lines<BufReader<ChildStdout>>);

impl Events {
    pub(crate) fn of(child: &mut Child) -> Self {
        Self(BufReader::new(child.stdout.take().unwrap()).lines())
    }

    /// Waits for an event of which this holds.
    pub(crate) fn wait_for(&mut self, what: impl Fn(&Value) -> bool) -> Value {
        self.find(what).unwrap()
    }
}

/// A line that is cut off by the end of the process is no event.
impl Iterator for Events {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        serde_json::from_str(&self.0.next()?.ok()?).ok()
    }
}

/// The last event.
pub(crate) fn summary(run: &Run) -> Value {
    let summary = run.objects().pop().unwrap();
    assert_eq!(summary["event"], "summary", "{run:?}");
    assert_eq!(summary["exit_code"], run.code, "{run:?}");
    summary
}
