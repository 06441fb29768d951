//! `bambora sandbox`: the sandbox as a server.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

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
    /// The fault that every cancel request meets, for example apply-then-drop
    #[arg(long, value_name = "FAULT")]
    fault: Option<Fault>,
    /// Leave out the page to look at, and the control API
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
        for (reference, state) in self.payment {
            sandbox.insert(&reference, state);
        }
        if let Some(fault) = self.fault {
            sandbox.fault_always(Operation::Cancel, fault);
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
}
