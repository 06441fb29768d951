//! `bambora query`.

use std::error::Error;
use std::slice;

use bambora_core::PaymentReference;
use bambora_hyper::Client;

use crate::arguments::{Options, Query};
use crate::configuration::Configuration;
use crate::exit_status::ExitStatus;
use crate::report::Report;

pub(crate) async fn query(options: &Options, query: &Query) -> Result<ExitStatus, Box<dyn Error>> {
    let reference: PaymentReference = query.reference.parse()?;
    let configuration = Configuration::new(options, slice::from_ref(&reference))?;
    let client = Client::new(configuration.api.clone());
    let result = client.query(&reference).await;
    Ok(Report::of_query(reference, result).print(options.json))
}
