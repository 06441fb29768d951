//! `bambora sandbox`: the sandbox as a server of its own.

use std::error::Error;

use bambora_core::{PaymentReference, PaymentState};
use bambora_sandbox::{Operation, Sandbox};
use serde_json::json;

use crate::arguments::{self, Options};
use crate::configuration::{not_a_state, payment_and_state, with_credentials};
use crate::exit_status::ExitStatus;
use crate::output;
use crate::stop_signal::StopSignal;

pub(crate) async fn serve(
    options: &Options,
    arguments: arguments::Sandbox,
) -> Result<ExitStatus, Box<dyn Error>> {
    if options.sandbox || options.base_url.is_some() {
        return Err(
            "the sandbox command runs a sandbox itself: leave out --sandbox and --base-url".into(),
        );
    }
    let payments = arguments
        .payment
        .iter()
        .map(|text| payment(text))
        .collect::<Result<Vec<_>, _>>()?;
    let mut builder = with_credentials(Sandbox::builder(), options)?.listen_on(arguments.listen);
    if arguments.dangerously_reachable_from_other_machines {
        builder = builder.dangerously_reachable_from_other_machines();
    }
    let mut stop = StopSignal::catch()?;
    let listen = arguments.listen;
    let sandbox = builder
        .start()
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    for (reference, state) in payments {
        sandbox.insert(&reference, state);
    }
    if let Some(fault) = arguments.fault {
        sandbox.fault_always(Operation::Cancel, fault);
    }
    if options.json {
        output::answer(&json!({ "base_url": sandbox.base_url() }))?;
    } else {
        output::answer(&sandbox.base_url())?;
    }
    output::message(
        &"bambora: the sandbox is running; use it with --base-url, stop it with Ctrl-C",
    );
    stop.requested().await;
    Ok(ExitStatus::Done)
}

/// Reads `REF` or `REF=STATE`. A reference that ends in `=` and something else than a state is taken as it is.
fn payment(text: &str) -> Result<(String, PaymentState), Box<dyn Error>> {
    if let Some(payment) = payment_and_state(text) {
        return Ok(payment);
    }
    if text.contains('=') {
        return Err(not_a_state(text).into());
    }
    let reference: PaymentReference = text.parse()?;
    Ok((reference.as_str().to_owned(), PaymentState::Authorized))
}
