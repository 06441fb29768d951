//! `bambora resume`.

use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bambora_client::Driver;
use bambora_core::CancelFlow;
use bambora_core::posting::{PostingFlow, PostingPolicy};
use clap::Args;

use crate::batch::Batch;
use crate::checkpoint_lines::{CheckpointLine, read_checkpoints};
use crate::exit_status::ExitStatus;
use crate::options::{Connection, RunOptions};
use crate::single_run::SingleRun;

/// Go on with a journal, or with checkpoint lines
#[derive(Args, Debug)]
pub(crate) struct Resume {
    /// A journal; or a file of checkpoint lines, as `cancel`, `capture` and `refund` print them without a journal, or - for
    /// stdin: such a file is not changed
    #[arg(value_name = "JOURNAL|FILE")]
    journal: PathBuf,
    #[command(flatten)]
    run: RunOptions,
    #[command(flatten)]
    connection: Connection,
}

impl Resume {
    pub(crate) async fn run(&self) -> Result<ExitStatus, Box<dyn Error>> {
        if is_journal(&self.journal) {
            return Batch::open(&self.journal, false, &self.run, &self.connection)?.run().await;
        }
        self.run.check_no_journal().map_err(|error| format!("{} is not a journal: {error}", self.journal.display()))?;
        self.run_checkpoint_lines().await
    }

    async fn run_checkpoint_lines(&self) -> Result<ExitStatus, Box<dyn Error>> {
        let lines = read_checkpoints(&self.journal)?;
        let api = self.connection.endpoint.api()?;
        let mut cancels = Vec::new();
        let mut postings = Vec::new();
        for line in &lines {
            match line {
                CheckpointLine::Cancel(checkpoint) => {
                    let policy = self.run.policy(checkpoint.cancels())?;
                    cancels.push(Driver::<CancelFlow>::resume(api.clone(), checkpoint, policy)?);
                }
                CheckpointLine::Posting(checkpoint) => {
                    let policy = PostingPolicy::new(self.run.policy(checkpoint.posts())?);
                    postings.push(Driver::<PostingFlow>::resume(api.clone(), checkpoint, policy)?);
                }
            }
        }
        let client = self.connection.client(api, false)?;
        // The file has the old checkpoints; the new ones are on stdout.
        let resume_command = self.connection.resume_command(&self.run, Path::new("-"));
        let mut run = SingleRun::new(client, &self.connection, self.run.json, Some(resume_command))?;
        for driver in cancels {
            run.drive(driver).await;
        }
        for driver in postings {
            run.drive(driver).await;
        }
        Ok(run.end())
    }
}

/// Whether it is a file of SQLite's. A pipe is not looked into: what was read of it would be missing later.
fn is_journal(path: &Path) -> bool {
    const BEGINNING: [u8; 16] = *b"SQLite format 3\0";
    let mut beginning = [0; BEGINNING.len()];
    let mut read = || File::open(path).and_then(|mut file| file.read_exact(&mut beginning));
    path.is_file() && read().is_ok() && beginning == BEGINNING
}
