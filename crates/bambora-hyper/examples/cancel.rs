//! Cancels a payment under a timeout that is too short, and finds out afterwards.
//!
//! `cargo run -p bambora-hyper --example cancel`

use std::error::Error;
use std::time::Duration;

use bambora_hyper::{Client, Outcome, PaymentReference};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The API on this machine. For the real one: `Api::new(credentials)`.
    let sandbox = Sandbox::start()?;
    sandbox.authorize("ORDER-1001");
    // The amount is released, and the response never comes.
    let hang = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    sandbox.fault(Operation::Cancel, "ORDER-1001", hang);
    let client = Client::new(sandbox.api());
    let reference: PaymentReference = "ORDER-1001".parse()?;

    let cancel = client.cancel(&reference);
    match tokio::time::timeout(Duration::from_millis(500), cancel).await {
        Ok(outcome) => println!("{reference}: {outcome}"),
        // The cancel was dropped, and the client remembers that a request may have arrived.
        Err(_) => println!("{reference}: not resolved in time"),
    }

    // The next cancel of the same payment starts with a query.
    let outcome = client.cancel(&reference).await;
    println!("{reference}: {outcome}");
    if !matches!(outcome, Outcome::Canceled(_)) || !sandbox.is_canceled("ORDER-1001") {
        return Err("the cancel was not resolved".into());
    }
    Ok(())
}
