//! A few payments without a journal, one after the other.

use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::pin;

use bambora_client::{Drivable, Driver, Due, FlowEvent};
use bambora_core::Api;
use bambora_hyper::Client;

use crate::exit_status::ExitStatus;
use crate::options::{Connection, Hints, RunOptions, Target};
use crate::outcome_report::OutcomeReport;
use crate::output;
use crate::stop_token::{STOPPING, StopToken};

/// One run over some payments.
pub(crate) struct SingleRun {
    client: Client,
    hints: Hints,
    stop: StopToken,
    json: bool,
    /// Goes on with the checkpoint lines.
    resume_command: Option<String>,
    /// The worst of the outcomes.
    worst: ExitStatus,
    /// Whether stdout took them all.
    written: ExitStatus,
    /// Which option may help.
    hint: Option<&'static str>,
}

impl SingleRun {
    /// A run against a target. Nobody can go on with a sandbox, which ends with this process.
    pub(crate) fn of(target: &Target, api: Api, run: &RunOptions) -> Result<Self, Box<dyn Error>> {
        let connection = &target.connection;
        let resume_command = (!target.sandbox).then(|| connection.resume_command(run, Path::new("-")));
        Ok(Self::new(connection.client(api, false)?, connection, run.json, resume_command)?)
    }

    pub(crate) fn new(
        client: Client,
        connection: &Connection,
        json: bool,
        resume_command: Option<String>,
    ) -> io::Result<Self> {
        let hints = connection.hints(&client);
        let (stop, worst, written) = (StopToken::install()?, ExitStatus::Done, ExitStatus::Done);
        Ok(Self { client, hints, stop, json, resume_command, worst, written, hint: None })
    }

    /// Drives a flow to its outcome, and tells it.
    pub(crate) async fn drive<F>(&mut self, mut driver: Driver<F>)
    where
        F: Drivable<Id: Display>,
        for<'a> OutcomeReport: From<&'a F::Outcome>,
    {
        let outcome = self.run(&mut driver).await;
        let report = OutcomeReport::from(&outcome);
        self.written = self.written.max(output::result(&report.text(self.json)));
        self.worst = self.worst.max(report.status);
        self.hint = self.hint.or_else(|| report.hint(self.hints));
    }

    /// Says how to go on, if there is something to go on with.
    pub(crate) fn end(self) -> ExitStatus {
        self.hint.into_iter().for_each(output::message);
        if let (ExitStatus::Unknown, Some(command)) = (self.worst, &self.resume_command) {
            output::message(&format!("to go on, give the checkpoint lines to: {command}"));
        }
        self.worst.max(self.written)
    }

    /// Drives one flow. Once the process was asked to stop, nothing new is sent.
    async fn run<F: Drivable<Id: Display>>(&self, driver: &mut Driver<F>) -> F::Outcome {
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
                    progress(driver, &FlowEvent::Waiting(duration));
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
        output::message(STOPPING);
        tokio::select! {
            result = &mut under_way => Some(result),
            () = self.stop.triggered(2) => None,
        }
    }
}

fn progress<F: Drivable<Id: Display>>(driver: &Driver<F>, event: &FlowEvent<F::Kind, F::Checkpoint>) {
    output::progress(&format!("{}: {event}", driver.flow().id()));
}
