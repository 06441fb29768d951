//! Runs suites as a test harness does: it reads arguments, runs the cases as tests, writes a report, and returns an exit code.

use std::env;
use std::process::{self, ExitCode};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::case::{Case, group};
use crate::cases;
use crate::child_process::run_as_child;
use crate::report::{CaseOutcome, CaseResult, Report};
use crate::run_case::{CaseError, run_case};
use crate::suite::Suite;

/// More than there are cores, since most cases wait for most of their time.
const THREADS: usize = 8;
/// Selects suites by a part of their names.
const TRANSPORT: &str = "BAMBORA_CONFORMANCE_TRANSPORT";

/// Runs all cases for each suite, with the arguments of the process, as a cargo test with `harness = false`.
///
/// The exit code is a failure if a case fails, if a known failure passes, or if no case was run. If there is a filter, no case
/// need match it, since cargo passes its filter to every test.
///
/// These environment variables are read:
///
/// - `BAMBORA_CONFORMANCE_REPORT`: a file for the results, one JSON object per line.
/// - `BAMBORA_CONFORMANCE_TRANSPORT`: only suites whose name contains this are run.
/// - `BAMBORA_CONFORMANCE_RACES`: the number of requests in the race against a closing server.
#[must_use]
pub fn run(suites: Vec<Suite>) -> ExitCode {
    let arguments = Arguments::from_args();
    let may_run_none =
        arguments.list || arguments.filter.is_some() || !arguments.skip.is_empty() || env::var_os(TRANSPORT).is_some();
    run_all(suites, arguments, may_run_none)
}

/// Like [`run`], but with these arguments, for a program of its own. A filter that matches no case is a failure, too.
#[must_use]
pub fn run_with(suites: Vec<Suite>, arguments: Arguments) -> ExitCode {
    let may_run_none = arguments.list;
    run_all(suites, arguments, may_run_none)
}

impl Suite {
    /// Runs all cases, with the arguments of the process, as a cargo test with `harness = false`. See [`run`].
    #[must_use]
    pub fn run(self) -> ExitCode {
        run(vec![self])
    }
}

fn run_all(suites: Vec<Suite>, mut arguments: Arguments, may_run_none: bool) -> ExitCode {
    arguments.test_threads = arguments.test_threads.or(Some(THREADS));
    if let Some(code) = run_as_child(&suites) {
        return code;
    }
    if let Some((suite, name)) = suites.iter().find_map(failure_of_no_case) {
        eprintln!("bambora-conformance: {suite}: there is no case {name:?} to be known to fail");
        return ExitCode::FAILURE;
    }
    let report = Arc::new(Report::default());
    let transport = env::var(TRANSPORT).unwrap_or_default();
    let suites = suites.into_iter().map(Arc::new);
    let trials = suites
        .filter(|suite| suite.name.contains(&transport))
        .flat_map(|suite| trials(&suite, &report, arguments.filter.as_deref()))
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        print!("{}{}", report.excuses(), report.hints());
    }
    if let Err(error) = report.write() {
        eprintln!("bambora-conformance: cannot write the report: {error}");
        return ExitCode::FAILURE;
    }
    if conclusion.num_passed + conclusion.num_failed == 0 && !may_run_none {
        eprintln!("bambora-conformance: no case was run, which shows nothing");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// Runs all cases for each suite, `threads` of them at a time, and returns the results instead of judging them.
///
/// Most cases wait for most of their time, so there may be more threads than cores.
///
/// One case starts this program again with the same arguments. In that process, this function makes one call and exits, so it
/// should be called early in `main`.
#[must_use]
pub fn examine(suites: Vec<Suite>, threads: usize) -> Vec<CaseResult> {
    if let Some(code) = run_as_child(&suites) {
        process::exit(i32::from(code != ExitCode::SUCCESS));
    }
    let cases = suites.iter().flat_map(|suite| cases::all().into_iter().map(move |case| (suite, case)));
    let (cases, report) = (Mutex::new(cases), Report::default());
    // A closure of its own, so that the lock is not held while the case runs.
    let next = || cases.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((suite, case)) = next() {
                    report.add(result(suite, &case));
                }
            });
        }
    });
    report.into_results()
}

/// Returns a known failure that names no case and so could never be found to pass.
fn failure_of_no_case(suite: &Suite) -> Option<(&str, &str)> {
    let cases = cases::all();
    let names = |case: &Case, name: &str| case.name == name || group(&case.name) == name;
    let exists = |name: &str| cases.iter().any(|case| names(case, name));
    let name = suite.known_failures.keys().find(|name| !exists(name))?;
    Some((&suite.name, name))
}

/// A case that the transport opted out of is no test: it is told after the tests, and does not count as one.
fn trials(suite: &Arc<Suite>, report: &Arc<Report>, filter: Option<&str>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for case in cases::all() {
        let name = format!("{}::{}", suite.name, case.name);
        if suite.opt_out_of(&case.needs).is_none() {
            trials.push(trial(name, case, suite, report));
        } else if filter.is_none_or(|filter| name.contains(filter)) {
            report.add(result(suite, &case));
        }
    }
    trials
}

fn trial(name: String, case: Case, suite: &Arc<Suite>, report: &Arc<Report>) -> Trial {
    let (suite, report) = (Arc::clone(suite), Arc::clone(report));
    Trial::ignorable_test(name, move || {
        let result = result(&suite, &case);
        report.add(result.clone());
        match result.outcome {
            CaseOutcome::Pass | CaseOutcome::KnownFailure => Ok(Completion::Completed),
            // Only this machine can be the reason.
            CaseOutcome::OptedOut => Ok(Completion::ignored_with(result.reason)),
            CaseOutcome::Fail => Err(Failed::from(result.message)),
        }
    })
}

fn result(suite: &Suite, case: &Case) -> CaseResult {
    let started = Instant::now();
    let known = suite.known_failure_of(&case.name).cloned();
    let (outcome, reason, message) = match (run_case(case, suite), known) {
        (Ok(()), None) => (CaseOutcome::Pass, None, None),
        (Ok(()), Some(_)) => {
            let message = "this is listed as a known failure, but passes: remove it from the list";
            (CaseOutcome::Fail, None, Some(message.to_owned()))
        }
        (Err(CaseError::LeftOut(reason)), _) => (CaseOutcome::OptedOut, Some(reason), None),
        (Err(CaseError::Wrong(message)), None) => (CaseOutcome::Fail, None, Some(message)),
        (Err(CaseError::Wrong(message)), known) => (CaseOutcome::KnownFailure, known, Some(message)),
    };
    CaseResult {
        transport: suite.name.clone(),
        case: case.name.clone(),
        outcome,
        reason: reason.unwrap_or_default(),
        message: message.unwrap_or_default(),
        milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}
