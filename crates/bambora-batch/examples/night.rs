//! A night's work: cancels a list of payments with a journal, against a sandbox on this machine.
//!
//! ```console
//! $ cargo run -p bambora-batch --example night
//! ```

use std::error::Error;
use std::time::Duration;

use bambora_batch::{Format, InvalidLines, Journal, Rate, References, RunEvent, Runner, Status, StopToken};
use bambora_hyper::Client;
use bambora_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The API on this machine, where a tenth of the requests goes wrong. For the real one: `Api::new(credentials)`.
    let sandbox = Sandbox::start()?;
    let list: String = (1..=500).map(|number| format!("ORDER-{number}\n")).collect();
    list.lines().for_each(|reference| sandbox.authorize(reference));
    sandbox.random_faults(7, 100);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("night.journal");

    // Connections are used again; whatever is in doubt gets a fresh one.
    let client = Client::builder().reuse_connections(true).build(sandbox.api())?;
    let journal = Journal::open(&path, client.api().merchant())?;
    let imported = journal.import(References::new(list.as_bytes(), &Format::Lines)?, InvalidLines::Refuse)?;
    println!("{} payments to cancel", imported.added);

    // A signal handler would trigger it: once to finish, twice to end at once.
    let stop = StopToken::new();
    let summary = Runner::new(&journal, &client)
        .jobs(32)
        .rate(Rate::per_second(2_000.0)?)
        .stop_token(&stop)
        .progress_interval(Duration::from_millis(250))
        .run_with(|event| async move {
            match event {
                RunEvent::Recorded(recorded) if recorded.status() != Status::Canceled => {
                    println!("{}: {}", recorded.reference, recorded.message());
                }
                RunEvent::Progress(progress) => println!(
                    "{} canceled, {} left, {:.0} a second",
                    progress.canceled,
                    progress.left(),
                    progress.per_second
                ),
                _ => {}
            }
        })
        .await?;
    println!("{summary}");
    journal.close().await?;
    Ok(())
}
