//! Captures and refunds as users see them.

mod flow;
mod keys;
mod operations;
mod outcomes;
#[cfg(feature = "serde")]
mod serialization;
mod texts;

use std::time::Duration;

use bambora_core::posting::{PostingKey, PostingOrder, PostingPolicy};
use bambora_core::{Amount, BaseUrl, CancelPolicy, Merchant, MerchantNumber, TransportError};
use http::Response;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The posting that is asked for, as a list of postings has it.
const OURS: &str = r#"{"amount":60,"comment":"INVOICE-7"}"#;

fn order() -> PostingOrder {
    let key = PostingKey::new("INVOICE-7").unwrap();
    PostingOrder::capture("ORDER-1001".parse().unwrap(), Amount::from(60), key)
}

fn policy() -> PostingPolicy {
    let budgets = CancelPolicy::builder().queries(4).waits(Duration::ZERO, Duration::ZERO).deadline(HOUR * 24);
    PostingPolicy::new(budgets.build().unwrap())
}

fn merchant() -> Merchant {
    Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap())
}

fn response(status: u16, body: impl Into<Vec<u8>>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.into()).unwrap()
}

/// A payment with these captures.
fn payment(status: u16, state: &str, captures: &str) -> Response<Vec<u8>> {
    response(status, format!(r#"{{"payment":"ORDER-1001","state":"{state}","captures":[{captures}]}}"#))
}

fn problem(status: u16, name: &str) -> Response<Vec<u8>> {
    response(
        status,
        format!(
            r#"{{"type":"https://api.bambora.com/definitions/payments/{name}","title":"","detail":"","status":{status}}}"#
        ),
    )
}

fn lost() -> TransportError {
    TransportError::unknown("reset")
}
