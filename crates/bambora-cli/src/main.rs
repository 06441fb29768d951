//! The `bambora` command: cancels payments, and tells what truly became of each.

mod arguments;
mod cancel_command;
mod configuration;
mod credential_source;
mod exit_status;
mod output;
mod query_command;
mod references;
mod report;
mod request_command;
mod resume_source;
mod sandbox_command;
mod shell_word;
mod stop_token;

use std::error::Error;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::{CommandFactory as _, Parser as _};
use exit_status::ExitStatus;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            output::message_lines(&error.render().to_string());
            return ExitStatus::Usage.into();
        }
        Err(help_or_version) => help_or_version.exit(),
    };
    // A worker thread besides this one: signals are handled even while this one waits for a reader of its output.
    let status = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Box::from)
        .and_then(|runtime| runtime.block_on(run(arguments)));
    status
        .unwrap_or_else(|error| {
            output::message(&format!("bambora: {}", output::one_line(error.as_ref())));
            ExitStatus::Usage
        })
        .into()
}

/// Runs the command. Nothing was sent if it fails: what became of requests is reported.
async fn run(arguments: Arguments) -> Result<ExitStatus, Box<dyn Error>> {
    let Arguments { options, command } = arguments;
    match command {
        Command::Cancel(cancel) => cancel_command::cancel(&options, &cancel).await,
        Command::Resume(resume) => cancel_command::resume(&options, &resume).await,
        Command::Query(query) => query_command::query(&options, &query).await,
        Command::Request(request) => request_command::print(&options, &request),
        Command::Sandbox(sandbox) => sandbox_command::serve(&options, sandbox).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "bambora", &mut script);
            Ok(output::print_script(&script))
        }
    }
}
