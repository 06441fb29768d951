//! How much a command may do for each payment.

use std::time::Duration;

use bambora_core::CancelPolicy;
use bambora_core::errors::InvalidPolicy;
use clap::Args;

use super::seconds::seconds;

/// How many further cancel, capture or refund requests a command makes for a payment.
const FURTHER_CANCELS: u32 = 2;

#[derive(Args, Debug)]
pub(crate) struct Budget {
    /// Start no request for a payment after this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    deadline: Duration,
    /// Send no second request that changes the payment; a lost response is still followed by queries
    #[arg(long)]
    no_retry: bool,
}

impl Budget {
    /// Allows further requests that change a payment beside those that were `made`, or that the command is for.
    pub(crate) fn policy(&self, made: u32) -> Result<CancelPolicy, InvalidPolicy> {
        let further = if self.no_retry { 0 } else { FURTHER_CANCELS };
        CancelPolicy::builder()
            .further_cancels(made.saturating_add(further).saturating_sub(1))
            .deadline(self.deadline)
            .build()
    }
}
