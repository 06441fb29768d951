//! The API, or a sandbox inside this process.

use std::error::Error;

use bambora_core::{Api, PaymentReference, PaymentState};
use bambora_sandbox::Sandbox;
use clap::Args;

use super::connection::Connection;
use super::endpoint::embedded_sandbox;

/// What is said of another API than the sandbox. An option that requires --sandbox has to conflict with these too: if --sandbox is
/// ruled out, it is not required any more.
pub(crate) const OF_ANOTHER_API: [&str; 6] =
    ["base_url", "proxy", "cacert", "system_roots", "client_cert", "client_key"];

#[derive(Args, Debug)]
pub(crate) struct Target {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Run against a sandbox inside this process, in which the named payments are made first; needs no credentials
    #[arg(long, help_heading = "Trying it out", conflicts_with_all = OF_ANOTHER_API)]
    pub(crate) sandbox: bool,
    /// With --sandbox: the state that a payment is in instead of Authorized, for example ORDER-1002=Captured
    #[arg(long, value_name = "REF[=STATE]", help_heading = "Trying it out", requires = "sandbox", value_parser = payment,
        conflicts_with_all = OF_ANOTHER_API)]
    payment: Vec<(String, PaymentState)>,
}

impl Target {
    /// Returns the API. A sandbox is prepared first.
    pub(crate) fn api(&self, prepare: impl FnOnce(&Sandbox)) -> Result<Api, Box<dyn Error>> {
        match self.sandbox {
            true => embedded_sandbox(self.connection.endpoint.credentials.as_deref(), prepare),
            false => self.connection.endpoint.api(),
        }
    }

    /// Checks that each payment of --payment is one that the command is about.
    pub(crate) fn check_payments(&self, references: &[PaymentReference]) -> Result<(), Box<dyn Error>> {
        let is_named = |reference: &str| references.iter().any(|named| named.as_str() == reference);
        match self.payment.iter().find(|(reference, _)| !is_named(reference)) {
            Some((reference, _)) => {
                Err(format!("--payment is about {reference}, which the command does not name: correct one of the two")
                    .into())
            }
            None => Ok(()),
        }
    }

    /// Makes the payments of a command in a sandbox.
    pub(crate) fn make_payments(&self, sandbox: &Sandbox, references: &[PaymentReference]) {
        for reference in references {
            sandbox.authorize(reference.as_str());
        }
        self.insert_payments(sandbox);
    }

    /// Makes those that are named with a state.
    pub(crate) fn insert_payments(&self, sandbox: &Sandbox) {
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
