//! How much is fuzzed, and how.

use clap::Args;

#[derive(Args)]
pub(crate) struct Options {
    /// Runs each target for so many seconds.
    #[arg(long, default_value_t = SECONDS)]
    pub(super) seconds: u64,
    /// Ends a target after so many executions, if that comes first.
    #[arg(long)]
    pub(super) executions: Option<u64>,
    /// Runs this target only.
    #[arg(long, value_name = "NAME")]
    pub(super) target: Option<String>,
    /// Chooses inputs with this seed, and does not begin with what earlier runs have found: each run is the same.
    #[arg(long)]
    pub(super) seed: Option<u32>,
    /// Runs so many targets at once.
    #[arg(long, default_value_t = JOBS)]
    pub(super) jobs: usize,
}

const SECONDS: u64 = 30;
const JOBS: usize = 2;

impl Options {
    /// A change is not to fail for an input that happened to be found today.
    pub(crate) fn of_ci() -> Self {
        Self { seconds: SECONDS, executions: None, target: None, seed: Some(1), jobs: JOBS }
    }
}
