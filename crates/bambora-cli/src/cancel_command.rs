//! `bambora cancel` and `bambora resume`: the safe cancel, payment by payment.

use std::error::Error;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::pin;

use bambora_client::{CancelEvent, Driver, Due};
use bambora_core::errors::InvalidPolicy;
use bambora_core::{Api, CancelPolicy, Outcome};
use bambora_hyper::Client;

use crate::arguments::{Budget, Cancel, Options, Resume};
use crate::configuration::api;
use crate::exit_status::ExitStatus;
use crate::output;
use crate::references::references;
use crate::report::Report;
use crate::resume_source::read_checkpoints;
use crate::shell_word::shell_word;
use crate::stop_token::StopToken;

/// How many further cancel requests a command makes for a payment.
const FURTHER_CANCELS: u32 = 2;

pub(crate) async fn cancel(options: &Options, cancel: &Cancel) -> Result<ExitStatus, Box<dyn Error>> {
    let references = references(&cancel.references)?;
    let policy = policy(&cancel.budget, 1)?;
    let api = api(options, &references)?;
    let drivers = references.into_iter().map(|reference| Driver::begin(api.clone(), reference, policy.clone()));
    let drivers = drivers.collect();
    Ok(Run::new(options, Path::new("-"), api)?.run_all(drivers).await)
}

pub(crate) async fn resume(options: &Options, resume: &Resume) -> Result<ExitStatus, Box<dyn Error>> {
    if options.sandbox {
        return Err(
            "a sandbox inside this process does not know the payments of another one: leave out --sandbox".into()
        );
    }
    let checkpoints = read_checkpoints(&resume.file)?;
    let api = api(options, &[])?;
    let mut drivers = Vec::with_capacity(checkpoints.len());
    for checkpoint in &checkpoints {
        let policy = policy(&resume.budget, checkpoint.cancels())?;
        drivers.push(Driver::resume(api.clone(), checkpoint, policy)?);
    }
    Ok(Run::new(options, &resume.file, api)?.run_all(drivers).await)
}

/// Allows further cancel requests for a payment beside those that were `made`, or that the command is for.
fn policy(budget: &Budget, made: u32) -> Result<CancelPolicy, InvalidPolicy> {
    let further = if budget.no_retry { 0 } else { FURTHER_CANCELS };
    CancelPolicy::builder()
        .further_cancels(made.saturating_add(further).saturating_sub(1))
        .deadline(budget.deadline)
        .build()
}

/// One run over some payments.
struct Run<'a> {
    client: Client,
    stop: StopToken,
    options: &'a Options,
    /// The file to resume from, if something stays unknown. `-` is stdin.
    source: &'a Path,
}

impl<'a> Run<'a> {
    fn new(options: &'a Options, source: &'a Path, api: Api) -> io::Result<Self> {
        Ok(Self { client: Client::new(api), stop: StopToken::install()?, options, source })
    }

    /// Drives each cancel to its outcome, one after the other, and tells it.
    async fn run_all(&self, drivers: Vec<Driver>) -> ExitStatus {
        let mut worst = ExitStatus::Done;
        let mut is_unknown = false;
        for mut driver in drivers {
            let outcome = self.run(&mut driver).await;
            is_unknown |= matches!(outcome, Outcome::Unknown(_));
            let report = Report::of_cancel(&outcome);
            let written = output::result(&report.text(self.options.json));
            worst = worst.max(report.status).max(written);
        }
        if is_unknown && !self.options.sandbox {
            self.print_resume_hint();
        }
        worst
    }

    /// Drives one cancel. Once the process was asked to stop, nothing new is sent.
    async fn run(&self, driver: &mut Driver) -> Outcome {
        while !self.stop.is_triggered() {
            match driver.due() {
                Due::Exchange(exchange, request) => {
                    progress(driver, &driver.sending(exchange));
                    let under_way = self.client.exchange_on(request, exchange.connection);
                    let Some(result) = self.finish(under_way).await else {
                        break;
                    };
                    let event = driver.finish(exchange, result);
                    progress(driver, &event);
                }
                Due::Pause(duration) => {
                    progress(driver, &CancelEvent::Waiting(duration));
                    tokio::select! {
                        () = tokio::time::sleep(duration) => {}
                        () = self.stop.triggered(1) => {}
                    }
                }
                Due::Done(outcome) => return outcome,
            }
        }
        driver.stop()
    }

    /// Gives an exchange its time, unless the process is asked to stop twice.
    async fn finish<T>(&self, under_way: impl Future<Output = T>) -> Option<T> {
        let mut under_way = pin!(under_way);
        tokio::select! {
            biased;
            result = &mut under_way => return Some(result),
            () = self.stop.triggered(1) => {}
        }
        output::message(
            "bambora: stopping: nothing new is sent, and the request under way gets its time; once more to end at once",
        );
        tokio::select! {
            result = &mut under_way => Some(result),
            () = self.stop.triggered(2) => None,
        }
    }

    fn print_resume_hint(&self) {
        let mut command = "bambora".to_owned();
        // Whatever it takes to reach the same API.
        if let Some(base_url) = &self.options.base_url {
            command.push_str(&format!(" --base-url {}", shell_word(base_url)));
        }
        if let Some(path) = &self.options.credentials {
            command.push_str(&format!(" --credentials {}", shell_word(path)));
        }
        let source = shell_word(self.source);
        output::message(&format!("bambora: to go on, give the checkpoint lines to: {command} resume {source}"));
    }
}

fn progress(driver: &Driver, event: &CancelEvent) {
    let reference = driver.flow().reference();
    output::progress(&format!("{reference}: {event}"));
}
