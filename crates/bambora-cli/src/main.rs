//! The `bambora` command: cancels, captures and refunds payments, and tells what truly became of each.

mod arguments;
mod batch;
mod checkpoint_lines;
mod command;
mod counted;
mod exit_status;
mod options;
mod outcome_report;
mod output;
mod references;
mod shell_word;
mod single_run;
mod stop_token;

use std::error::Error;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use bambora_core::posting::PostingKind;
use clap::{CommandFactory as _, Parser as _};
use exit_status::ExitStatus;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            return output::usage_error(error.render().to_string().trim_start_matches("error: ")).into();
        }
        Err(help_or_version) => return output::told(help_or_version.print()).into(),
    };
    // A worker thread besides this one: signals are handled even while this one waits for a reader of its output.
    let status = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Box::from)
        .and_then(|runtime| runtime.block_on(run(arguments)));
    status.unwrap_or_else(|error| output::usage_error(&output::one_line(error.as_ref()))).into()
}

/// Runs the command. Nothing was sent if it fails: what became of requests is reported.
async fn run(arguments: Arguments) -> Result<ExitStatus, Box<dyn Error>> {
    match arguments.command {
        Command::Cancel(cancel) => cancel.run().await,
        Command::Capture(capture) => capture.run(PostingKind::Capture).await,
        Command::Refund(refund) => refund.run(PostingKind::Refund).await,
        Command::Resume(resume) => resume.run().await,
        Command::Report(report) => report.run(),
        Command::Query(query) => query.run().await,
        Command::Request(request) => request.run(),
        Command::Sandbox(sandbox) => sandbox.run().await,
        Command::Completions(completions) => Ok(completions.run(Arguments::command())),
        Command::Man(man) => man.run(Arguments::command()),
    }
}
