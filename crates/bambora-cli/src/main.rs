//! The `bambora` command: cancels payments and says truly what became of it.

mod arguments;
mod cancel_command;
mod checkpoint_file;
mod checkpoint_lock;
mod configuration;
mod credential_source;
mod exit_status;
mod output;
mod query_command;
mod report;
mod request_command;
mod sandbox_command;
mod stop_signal;

use std::error::Error;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::{CommandFactory as _, Parser as _};
use exit_status::ExitStatus;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let status = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Box::from)
        .and_then(|runtime| runtime.block_on(run(arguments)));
    match status {
        Ok(status) => status.into(),
        Err(error) => {
            output::message(&format_args!("bambora: {}", one_line(error.as_ref())));
            ExitStatus::Usage.into()
        }
    }
}

/// Everything that fails here has sent nothing: what becomes of requests is reported, not failed.
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
            output::answer(&String::from_utf8_lossy(&script).trim_end())?;
            Ok(ExitStatus::Done)
        }
    }
}

/// An error and its causes in one line, with nothing in it that a terminal could obey.
fn one_line(error: &dyn Error) -> String {
    let mut line = bambora_core::Printable(error.to_string()).to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = bambora_core::Printable(error.to_string()).to_string();
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    line
}
