//! `bambora query`.

use std::error::Error;
use std::slice;

use bambora_hyper::Client;

use crate::arguments::{Options, Query};
use crate::configuration::api;
use crate::exit_status::ExitStatus;
use crate::output;
use crate::references::reference;
use crate::report::Report;

pub(crate) async fn query(options: &Options, query: &Query) -> Result<ExitStatus, Box<dyn Error>> {
    if !options.sandbox_fault.is_empty() {
        return Err("--sandbox-fault applies to cancel requests, and a query makes none: leave it out".into());
    }
    let reference = reference(&query.reference)?;
    let client = Client::new(api(options, slice::from_ref(&reference))?);
    let report = Report::of_query(&reference, client.query(&reference).await);
    let written = output::print(&report.text(options.json));
    Ok(report.status.max(written))
}
