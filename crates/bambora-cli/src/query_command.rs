//! `bambora query`.

use std::error::Error;
use std::slice;

use bambora_core::PaymentReference;
use bambora_hyper::Client;

use crate::arguments::{Options, Query};
use crate::configuration::Configuration;
use crate::exit_status::ExitStatus;
use crate::output;
use crate::report::Report;

pub(crate) async fn query(options: &Options, query: &Query) -> Result<ExitStatus, Box<dyn Error>> {
    if !options.sandbox_fault.is_empty() {
        return Err(
            "--sandbox-fault is about cancel requests, and a query makes none: leave it out".into(),
        );
    }
    let reference: PaymentReference = query.reference.parse()?;
    let configuration = Configuration::new(options, slice::from_ref(&reference))?;
    let client = Client::new(configuration.api.clone());
    let result = client.query(&reference).await;
    let report = Report::of_query(reference, result);
    let status = report.status;
    output::answer(&report.text(options.json))?;
    Ok(status)
}
