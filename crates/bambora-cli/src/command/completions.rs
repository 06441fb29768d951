//! `bambora completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit_status::ExitStatus;
use crate::output;

/// Print the completions for a shell
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, mut command: Command) -> ExitStatus {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "bambora", &mut script);
        output::print_script(&script)
    }
}
