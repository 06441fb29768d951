//! `bambora sandbox`: the sandbox as a server.

use std::error::Error;

use bambora_sandbox::Operation;
use serde_json::json;

use crate::arguments::{self, Options};
use crate::configuration::sandbox_builder;
use crate::exit_status::ExitStatus;
use crate::output;
use crate::stop_token::StopToken;

pub(crate) async fn serve(options: &Options, arguments: arguments::Sandbox) -> Result<ExitStatus, Box<dyn Error>> {
    if options.sandbox || options.base_url.is_some() {
        return Err("the sandbox command runs a sandbox itself: leave out --sandbox and --base-url".into());
    }
    let listen = arguments.listen;
    let mut builder = sandbox_builder(options)?.listen_on(listen);
    if arguments.dangerously_reachable_from_other_machines {
        builder = builder.dangerously_reachable_from_other_machines();
    }
    let stop = StopToken::install()?;
    let sandbox = builder.start().map_err(|error| format!("cannot start the sandbox on {listen}: {error}"))?;
    for (reference, state) in arguments.payment {
        sandbox.insert(&reference, state);
    }
    if let Some(fault) = arguments.fault {
        sandbox.fault_always(Operation::Cancel, fault);
    }
    let base_url = sandbox.base_url();
    let text = match options.json {
        true => output::json_line(&json!({ "base_url": base_url })),
        false => base_url,
    };
    let written = output::print(&text);
    output::message("bambora: the sandbox is running; use it with --base-url, stop it with Ctrl-C");
    stop.triggered(1).await;
    Ok(written)
}
