//! `bambora sandbox`: the sandbox as a server.

use std::error::Error;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;

use bambora_batch::{Entry, Format, References};
use bambora_core::PaymentState;
use bambora_sandbox::{Fault, Operation};
use clap::Args;
use serde_json::json;

use crate::exit_status::ExitStatus;
use crate::options::{payment, sandbox_builder};
use crate::output;
use crate::stop_token::StopToken;

/// Run the sandbox as a server, until it is stopped
#[derive(Args, Debug)]
pub(crate) struct Sandbox {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A payment that exists from the start, in state Authorized or in another one
    #[arg(long, value_name = "REF[=STATE]", value_parser = payment)]
    payment: Vec<(String, PaymentState)>,
    /// A file with a reference on each line: each is a payment that exists from the start, in state Authorized
    #[arg(long, value_name = "FILE")]
    payments_from: Option<PathBuf>,
    /// The fault that the first cancel, capture or refund request for each of these payments meets, for example
    /// apply-then-drop; given again, the second, and so on
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Fault>,
    /// How many of 1,000 requests meet a random fault
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(..=1_000))]
    random_faults: Option<u16>,
    /// Other random faults for another seed
    #[arg(long, value_name = "N", default_value = "2016", requires = "random_faults")]
    seed: u64,
    /// Leave out the page for the browser, and the control API
    #[arg(long)]
    no_page: bool,
    /// Accept the credentials in this file, instead of those in the environment or the published example
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Print the base URL as JSON
    #[arg(long)]
    json: bool,
    /// Listen on an address that other machines can reach: it speaks clear text
    #[arg(long)]
    dangerously_reachable_from_other_machines: bool,
}

impl Sandbox {
    pub(crate) async fn run(self) -> Result<ExitStatus, Box<dyn Error>> {
        let payments = self.payments()?;
        let listen = self.listen;
        let mut builder = sandbox_builder(self.credentials.as_deref())?.listen_on(listen);
        if self.dangerously_reachable_from_other_machines {
            builder = builder.dangerously_reachable_from_other_machines();
        }
        if self.no_page {
            builder = builder.no_page();
        }
        let stop = StopToken::install()?;
        let sandbox = builder.start().map_err(|error| format!("cannot start the sandbox on {listen}: {error}"))?;
        for (reference, state) in payments {
            sandbox.insert(&reference, state);
            for &fault in &self.fault {
                for operation in [Operation::Cancel, Operation::Capture, Operation::Refund] {
                    sandbox.fault(operation, &reference, fault);
                }
            }
        }
        if let Some(per_mille) = self.random_faults {
            sandbox.random_faults(self.seed, per_mille);
        }
        let base_url = sandbox.base_url();
        let text = match self.json {
            true => output::json_line(&json!({ "base_url": base_url })),
            false => base_url,
        };
        let written = output::print(&text);
        output::message("the sandbox is running; use it with --base-url, stop it with Ctrl-C");
        if let Some(page) = sandbox.page_url() {
            output::message(&format!("look at it in a browser: {page}"));
        }
        stop.triggered(1).await;
        Ok(written)
    }

    /// The payments that exist from the start.
    fn payments(&self) -> Result<Vec<(String, PaymentState)>, Box<dyn Error>> {
        let mut payments = Vec::new();
        if let Some(path) = &self.payments_from {
            let cannot_read = |error| format!("cannot read {}: {error}", path.display());
            for entry in References::new(File::open(path).map_err(cannot_read)?, &Format::Lines)? {
                let Entry { line, reference, .. } = entry?;
                let reference = reference.map_err(|error| format!("line {line} of {}: {error}", path.display()))?;
                payments.push((reference.into(), PaymentState::Authorized));
            }
        }
        payments.extend(self.payment.iter().cloned());
        if payments.is_empty() && !self.fault.is_empty() {
            return Err("--fault is for payments that exist from the start, and there are none: name some with \
                        --payment or --payments-from"
                .into());
        }
        Ok(payments)
    }
}
