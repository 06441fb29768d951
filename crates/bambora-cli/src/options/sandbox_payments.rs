//! The payments of a sandbox inside this process.

use std::error::Error;

use bambora_core::{PaymentReference, PaymentState};
use bambora_sandbox::Sandbox;
use clap::Args;

#[derive(Args, Debug)]
pub(crate) struct SandboxPayments {
    /// With --sandbox: the state that a payment is in instead of Authorized, for example ORDER-1002=Captured
    #[arg(long, value_name = "REF[=STATE]", help_heading = "Trying it out", requires = "sandbox", value_parser = payment)]
    payment: Vec<(String, PaymentState)>,
}

impl SandboxPayments {
    /// Checks that each payment is one that the command is about.
    pub(crate) fn check(&self, references: &[PaymentReference]) -> Result<(), Box<dyn Error>> {
        let is_named = |reference: &str| references.iter().any(|named| named.as_str() == reference);
        match self.payment.iter().find(|(reference, _)| !is_named(reference)) {
            Some((reference, _)) => {
                Err(format!("--payment is about {reference}, which the command does not name: correct one of the two")
                    .into())
            }
            None => Ok(()),
        }
    }

    /// Makes the payments of a command.
    pub(crate) fn make(&self, sandbox: &Sandbox, references: &[PaymentReference]) {
        for reference in references {
            sandbox.authorize(reference.as_str());
        }
        self.insert_named(sandbox);
    }

    /// Makes those that are named with a state.
    pub(crate) fn insert_named(&self, sandbox: &Sandbox) {
        for (reference, state) in &self.payment {
            sandbox.insert(reference, state.clone());
        }
    }
}

/// Reads `REF`, which is authorized, or `REF=STATE`. The reference may have a `=` itself.
pub(crate) fn payment(text: &str) -> Result<(String, PaymentState), String> {
    let (reference, state) = text.rsplit_once('=').unwrap_or((text, "Authorized"));
    let state = PaymentState::from(state);
    if matches!(state, PaymentState::Other(_)) {
        return Err(
            "write REF=STATE, for example ORDER-1002=Captured; states: None, Authorized, \"Authorization Expired\", \
             Declined, Voided, Captured, Refunded, Settled, Canceled"
                .to_owned(),
        );
    }
    let reference = PaymentReference::new(reference).map_err(|error| error.to_string())?;
    Ok((reference.into(), state))
}
