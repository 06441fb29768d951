//! Cancels a payment whose response is lost, and one that a later run has to resolve.
//!
//! `cargo run -p bambora-blocking --example cancel_blocking`

use std::error::Error;
use std::ops::ControlFlow;

use bambora_blocking::{CancelEvent, CancelPolicy, Checkpoint, Client, Outcome, PaymentReference};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

fn main() -> Result<(), Box<dyn Error>> {
    // The API on this machine. For the real one: `Api::new(credentials)`.
    let sandbox = Sandbox::start()?;
    sandbox.authorize("ORDER-1001");
    sandbox.authorize("ORDER-1002");
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    sandbox.fault(Operation::Cancel, "ORDER-1001", lost);
    sandbox.fault(Operation::Cancel, "ORDER-1002", lost);
    let client = Client::new(sandbox.api());

    // The amount is released, the response is lost, and a query finds out.
    let canceled = client.cancel(&"ORDER-1001".parse()?).into_result()?;
    println!("{}: {canceled}", canceled.reference);

    // A program stores the checkpoint before the request leaves, and stops before it knows more.
    let reference: PaymentReference = "ORDER-1002".parse()?;
    let mut stored = None;
    let outcome = client.cancel_with(&reference, |event| match event {
        CancelEvent::Sending { checkpoint, .. } => {
            stored = Some(checkpoint.to_string());
            ControlFlow::Continue(())
        }
        CancelEvent::Failed(_) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    println!("{reference}: {outcome}");

    // Another program goes on with it.
    let checkpoint: Checkpoint = stored.ok_or("nothing was stored")?.parse()?;
    let patient = CancelPolicy::builder().queries(10).build()?;
    let client = Client::builder().cancel_policy(patient).build(sandbox.api())?;
    let outcome = client.resume(&checkpoint)?;
    println!("{reference}: {outcome}");
    if !matches!(outcome, Outcome::Canceled(_)) || !sandbox.is_canceled("ORDER-1002") {
        return Err("the cancel was not resolved".into());
    }
    Ok(())
}
