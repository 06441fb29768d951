//! `bambora man`.

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Command};

use crate::exit_status::ExitStatus;

/// Write man pages, one for each command
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// An existing folder
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl Man {
    pub(crate) fn run(&self, command: Command) -> Result<ExitStatus, Box<dyn Error>> {
        clap_mangen::generate_to(command, &self.folder)
            .map_err(|error| format!("cannot write man pages to {}: {error}", self.folder.display()))?;
        Ok(ExitStatus::Done)
    }
}
