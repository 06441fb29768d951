//! `bambora cancel` and `bambora resume`: the safe cancel, payment by payment.

use std::error::Error;
use std::ops::ControlFlow;

use bambora_core::{
    CancelEvent, CancelFlow, CancelPolicy, Checkpoint, Outcome, Printable, RequestKind,
    TransportError,
};
use bambora_hyper::Client;

use crate::arguments::{Budget, Cancel, Options, Resume};
use crate::checkpoint_file::CheckpointFile;
use crate::configuration::{Configuration, references};
use crate::exit_status::ExitStatus;
use crate::output;
use crate::report::Report;
use crate::stop_signal::StopSignal;

/// How many cancel requests may follow the first, or, after a resume, those that were made before.
const FURTHER_CANCELS: u32 = 2;

pub(crate) async fn cancel(
    options: &Options,
    cancel: &Cancel,
) -> Result<ExitStatus, Box<dyn Error>> {
    if options.sandbox && cancel.checkpoint.is_some() {
        return Err("a sandbox of this process ends with it, so that nothing could be resumed: leave out --checkpoint".into());
    }
    let references = references(&cancel.references)?;
    let further_cancels = if cancel.no_retry { 0 } else { FURTHER_CANCELS };
    let policy = policy(&cancel.budget, further_cancels)?;
    let configuration = Configuration::new(options, &references)?;
    let client = Client::builder()
        .cancel_policy(policy)
        .build(configuration.api.clone())?;
    let flows: Vec<CancelFlow> = references
        .into_iter()
        .map(|reference| client.cancel_flow(reference))
        .collect();
    let checkpoints = flows.iter().map(CancelFlow::checkpoint).collect();
    let file = match &cancel.checkpoint {
        Some(path) => Some(CheckpointFile::create(path, checkpoints)?),
        None => None,
    };
    let cancels = flows
        .into_iter()
        .map(|flow| (client.clone(), flow))
        .collect();
    let run = Run { file, options };
    run.carry_through(cancels).await
}

pub(crate) async fn resume(
    options: &Options,
    resume: &Resume,
) -> Result<ExitStatus, Box<dyn Error>> {
    if options.sandbox {
        return Err(
            "a sandbox of this process cannot know a payment of another one: leave out --sandbox"
                .into(),
        );
    }
    let file = CheckpointFile::open(&resume.file)?;
    let configuration = Configuration::new(options, &[])?;
    let cancels = file
        .unresolved()
        .iter()
        .map(|checkpoint| resumed(&configuration, checkpoint, resume))
        .collect::<Result<Vec<_>, _>>()?;
    let run = Run {
        file: Some(file),
        options,
    };
    run.carry_through(cancels).await
}

/// The requests already made do not count against those of this command: who resumes asks for more.
fn resumed(
    configuration: &Configuration,
    checkpoint: &Checkpoint,
    resume: &Resume,
) -> Result<(Client, CancelFlow), Box<dyn Error>> {
    let made = checkpoint.cancels();
    let further = match (resume.no_retry, made) {
        (true, 0) => 0,
        (true, made) => made - 1,
        (false, made) => made.saturating_add(FURTHER_CANCELS),
    };
    let client = Client::builder()
        .cancel_policy(policy(&resume.budget, further)?)
        .build(configuration.api.clone())?;
    let flow = client.resume_flow(checkpoint.clone())?;
    Ok((client, flow))
}

fn policy(
    budget: &Budget,
    further_cancels: u32,
) -> Result<CancelPolicy, bambora_core::InvalidPolicy> {
    CancelPolicy::builder()
        .further_cancels(further_cancels)
        .deadline(budget.deadline)
        .build()
}

/// One run over some payments.
struct Run<'a> {
    file: Option<CheckpointFile>,
    options: &'a Options,
}

impl Run<'_> {
    /// Carries each cancel through, one after the other. Once it is to stop, none is begun any more.
    async fn carry_through(
        mut self,
        cancels: Vec<(Client, CancelFlow)>,
    ) -> Result<ExitStatus, Box<dyn Error>> {
        let mut stop = StopSignal::catch()?;
        let mut stopped = false;
        let mut worst = ExitStatus::Done;
        for (client, mut flow) in cancels {
            let mut failure = None;
            let outcome = if stopped {
                flow.stop()
            } else {
                let drive = client.drive(&mut flow, |flow, event| {
                    self.observe(flow, event, &mut failure)
                });
                tokio::select! {
                    outcome = drive => Some(outcome),
                    () = stop.requested() => None,
                }
                .unwrap_or_else(|| {
                    stopped = true;
                    output::message(&"bambora: stopped");
                    flow.stop()
                })
            };
            // Told first, and then struck from the file: a crash in between tells it twice, and never not at all.
            let reference = flow.reference().clone();
            let report = Report::of_cancel(reference, outcome.clone(), failure.as_ref());
            worst = worst.max(report.status);
            output::result(&report.text(self.options.json));
            self.note(&outcome, &flow, stopped);
        }
        self.say_what_is_left();
        Ok(worst)
    }

    /// Before a cancel request leaves, the file says that it did: else a crash would make it forgotten.
    fn observe(
        &mut self,
        flow: &CancelFlow,
        event: CancelEvent,
        failure: &mut Option<TransportError>,
    ) -> ControlFlow<()> {
        output::progress(&format_args!(
            "{}: {event} ({})",
            Printable(flow.reference().as_str()),
            flow.evidence()
        ));
        match event {
            CancelEvent::Sending(RequestKind::Cancel) => {
                if let Some(file) = &mut self.file {
                    if let Err(error) = file.update(flow.checkpoint()) {
                        output::message(&format_args!("bambora: {error}; nothing more is sent"));
                        return ControlFlow::Break(());
                    }
                }
            }
            CancelEvent::Failed(error) => *failure = Some(error),
            CancelEvent::Answered(_) => *failure = None,
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// After an outcome, the file holds what is still to be done: what is unknown, and what was not begun.
    fn note(&mut self, outcome: &Outcome, flow: &CancelFlow, stopped: bool) {
        let Some(file) = &mut self.file else {
            return;
        };
        let noted = match outcome {
            Outcome::Unknown(unknown) => file.update(unknown.checkpoint.clone()),
            Outcome::NotSent(_) if stopped => file.update(flow.checkpoint()),
            Outcome::Canceled(_) | Outcome::Refused(_) | Outcome::NotSent(_) => {
                file.resolve(flow.reference())
            }
        };
        if let Err(error) = noted {
            output::message(&format_args!("bambora: {error}"));
        }
    }

    fn say_what_is_left(&self) {
        if let Some(file) = &self.file {
            if !file.unresolved().is_empty() {
                let path = file.path().display();
                output::message(&format_args!(
                    "bambora: what is unresolved is in {path}; go on with: bambora {}resume {path}",
                    self.options_to_say_again()
                ));
            }
        }
    }

    /// What of the command line another command needs too, to reach the same API.
    fn options_to_say_again(&self) -> String {
        let base_url = self.options.base_url.as_ref();
        let credentials = self.options.credentials.as_ref();
        let base_url = base_url.map(|url| format!("--base-url {url} "));
        let credentials = credentials.map(|path| format!("--credentials {} ", path.display()));
        base_url.into_iter().chain(credentials).collect()
    }
}
