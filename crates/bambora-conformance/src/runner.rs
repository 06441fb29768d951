//! Runs suites as a test harness does: arguments in, trials, an exit code, and a report for machines.

use std::env;
use std::process::{self, ExitCode};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::case::Capability;
use crate::report::{CaseResult, Report, Verdict};
use crate::stage::Failing;
use crate::suite::Suite;
use crate::{cases, close_race, proxy, stage};

/// Cases mostly wait, so that many can at once.
const THREADS: usize = 8;
/// Chooses suites by a part of their names.
const TRANSPORT: &str = "BAMBORA_CONFORMANCE_TRANSPORT";

/// Runs all cases for each suite, with the arguments of the process, as a test harness of cargo's does.
///
/// The exit code is that of failure if a case fails, if a known failure passes, and if no case at all was run. A filter may leave
/// none: cargo gives the one that it was given to every test there is.
///
/// With the variable `BAMBORA_CONFORMANCE_REPORT`, every result is written to that file, too, as one JSON object per line. With
/// `BAMBORA_CONFORMANCE_TRANSPORT`, only suites are run whose name has that in it; with `BAMBORA_CONFORMANCE_RACES`, the race
/// against a closing server has so many requests.
#[must_use]
pub fn run(suites: Vec<Suite>) -> ExitCode {
    let arguments = arguments(env::args().skip(1));
    let may_run_none = arguments.list
        || arguments.filter.is_some()
        || !arguments.skip.is_empty()
        || env::var_os(TRANSPORT).is_some();
    carry_out(suites, arguments, usize::from(!may_run_none))
}

/// Like [`run`], with these arguments, for a program that is nothing else: a filter that leaves no case is a failure, too.
#[must_use]
pub fn run_with(suites: Vec<Suite>, from: Vec<String>) -> ExitCode {
    let arguments = arguments(from);
    let at_least = usize::from(!arguments.list);
    carry_out(suites, arguments, at_least)
}

fn arguments(from: impl IntoIterator<Item = String>) -> Arguments {
    let program = "bambora-conformance".to_owned();
    let mut arguments = Arguments::from_iter(std::iter::once(program).chain(from));
    arguments.test_threads = arguments.test_threads.or(Some(THREADS));
    arguments
}

/// Runs the chosen cases, of which so many must be run `at_least`.
fn carry_out(suites: Vec<Suite>, arguments: Arguments, at_least: usize) -> ExitCode {
    if let Some(code) = proxy::answer_as_child(&suites) {
        return code;
    }
    if let Some(nothing) = suites.iter().find_map(Suite::known_failure_of_no_case) {
        eprintln!("bambora-conformance: {nothing}");
        return ExitCode::FAILURE;
    }
    let report = Arc::new(Report::default());
    let transport = env::var(TRANSPORT).unwrap_or_default();
    let trials = suites
        .into_iter()
        .filter(|suite| suite.name.contains(&transport))
        .flat_map(|suite| trials(suite, &arguments, &report))
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        print!("{}", report.what_is_excused());
    }
    if let Err(error) = report.write() {
        eprintln!("bambora-conformance: cannot write the report: {error}");
        return ExitCode::FAILURE;
    }
    let ran = conclusion.num_passed + conclusion.num_failed;
    if usize::try_from(ran).is_ok_and(|ran| ran < at_least) {
        eprintln!("bambora-conformance: no case was run, which shows nothing");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// Runs all cases for each suite, `at_once` of them at a time, and judges nothing: the results are the caller's to read.
///
/// Most cases wait for most of their time, so that there may be more at once than the machine has cores.
///
/// One case needs another process: it starts this program again, with the same arguments. There, this function makes one call
/// and ends the process, so that it belongs to the beginning of a `main`.
#[must_use]
pub fn examine(suites: Vec<Suite>, at_once: usize) -> Vec<CaseResult> {
    if let Some(code) = proxy::answer_as_child(&suites) {
        process::exit(i32::from(code != ExitCode::SUCCESS));
    }
    let cases = suites
        .iter()
        .flat_map(|suite| all_cases().into_iter().map(move |case| (suite, case)));
    let (open, results) = (Mutex::new(cases), Mutex::new(Vec::new()));
    let take = || lock(&open).next();
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                // In a function of its own, so that the lock is not held while the case runs.
                while let Some((suite, (name, needs, run))) = take() {
                    let result = result(suite, name, &needs, run);
                    lock(&results).push(result);
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

type Run = Box<dyn FnOnce(&Suite) -> Result<(), Failing> + Send>;

/// Every case by name, with what it needs.
pub(crate) fn all_cases() -> Vec<(String, Vec<Capability>, Run)> {
    let mut all: Vec<(String, Vec<Capability>, Run)> = cases::all()
        .into_iter()
        .map(|case| {
            let (name, needs) = (case.name.clone(), case.needs.clone());
            let run: Run = Box::new(move |suite| stage::run(case, &*suite.make));
            (name, needs, run)
        })
        .collect();
    all.push((
        "proxy_env_ignored".to_owned(),
        Vec::new(),
        Box::new(proxy::run),
    ));
    all.push((
        "close_race_stress".to_owned(),
        Vec::new(),
        Box::new(close_race::run),
    ));
    all
}

/// The cases that the suite does not leave out. What it leaves out goes to the report right away.
fn trials(suite: Suite, arguments: &Arguments, report: &Arc<Report>) -> Vec<Trial> {
    let suite = Arc::new(suite);
    let mut trials = Vec::new();
    for (case, needs, run) in all_cases() {
        let name = format!("{}::{case}", suite.name);
        if suite.opt_out_of(&needs).is_none() {
            let (suite, report) = (Arc::clone(&suite), Arc::clone(report));
            trials.push(Trial::ignorable_test(name, move || {
                let result = result(&suite, case, &needs, run);
                let completion = completion(&result.verdict);
                report.add(result);
                completion
            }));
        } else if is_chosen(arguments, name) {
            report.add(result(&suite, case, &needs, run));
        }
    }
    trials
}

fn completion(verdict: &Verdict) -> Result<Completion, Failed> {
    match verdict {
        Verdict::Pass | Verdict::KnownFailure { .. } => Ok(Completion::Completed),
        Verdict::OptedOut { reason } => Ok(Completion::ignored_with(reason)),
        Verdict::Fail { message } => Err(Failed::from(message)),
    }
}

fn is_chosen(arguments: &Arguments, name: String) -> bool {
    !arguments.is_filtered_out(&Trial::test(name, || Ok(())))
}

fn result(suite: &Suite, case: String, needs: &[Capability], run: Run) -> CaseResult {
    let started = Instant::now();
    CaseResult {
        transport: suite.name.clone(),
        verdict: verdict(suite, &case, needs, run),
        case,
        milliseconds: started.elapsed().as_millis(),
    }
}

fn verdict(suite: &Suite, name: &str, needs: &[Capability], run: Run) -> Verdict {
    if let Some(reason) = suite.opt_out_of(needs) {
        return Verdict::OptedOut { reason };
    }
    match (run(suite), suite.known_failure_of(name)) {
        (Ok(()), None) => Verdict::Pass,
        (Ok(()), Some(_)) => Verdict::Fail {
            message: "this is listed as a known failure, and passes: take it off the list"
                .to_owned(),
        },
        (Err(Failing::Impossible(reason)), _) => Verdict::OptedOut {
            reason: format!("not possible on this machine: {reason}"),
        },
        (Err(Failing::Wrong(message)), Some(reason)) => Verdict::KnownFailure {
            reason: reason.to_owned(),
            message,
        },
        (Err(Failing::Wrong(message)), None) => Verdict::Fail { message },
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
