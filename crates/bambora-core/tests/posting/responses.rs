//! The responses of the API and of what stands before it.

use bambora_core::posting::{PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, BaseUrl, Merchant, MerchantNumber};
use http::Response;

/// The payment that is captured or refunded.
pub(crate) const REFERENCE: &str = "ORDER-1001";

pub(crate) const KINDS: [PostingKind; 2] = [PostingKind::Capture, PostingKind::Refund];

/// The posting, as a list of postings has it.
pub(crate) const OURS: &str = r#"{"amount":100,"comment":"INVOICE-7"}"#;
/// Somebody else's posting of the same amount.
pub(crate) const FOREIGN: &str = r#"{"amount":100,"comment":null}"#;
/// A part, by another key.
pub(crate) const PARTIAL: &str = r#"{"amount":40,"comment":"INVOICE-8"}"#;
/// The key, used for something else.
pub(crate) const OTHER_AMOUNT: &str = r#"{"amount":40,"comment":"INVOICE-7"}"#;

pub(crate) fn merchant() -> Merchant {
    Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap())
}

pub(crate) fn order(kind: PostingKind) -> PostingOrder {
    let key = PostingKey::new("INVOICE-7").unwrap();
    PostingOrder::new(kind, REFERENCE.parse().unwrap(), Amount::from(100), key)
}

/// A payment object with these postings of the kind.
pub(crate) fn payment(
    status: u16,
    kind: PostingKind,
    reference: &str,
    state: &str,
    in_progress: bool,
    postings: &[&str],
) -> Response<Vec<u8>> {
    let list = match kind {
        PostingKind::Capture => "captures",
        PostingKind::Refund => "refunds",
    };
    let postings = postings.join(",");
    let body = format!(
        r#"{{"payment":"{reference}","state":"{state}","operationInProgress":{in_progress},"amount":300,"{list}":[{postings}]}}"#
    );
    response(status, body)
}

/// What a query shows, with nothing in progress.
pub(crate) fn shown(kind: PostingKind, state: &str, postings: &[&str]) -> Response<Vec<u8>> {
    payment(200, kind, REFERENCE, state, false, postings)
}

/// A problem document of the API.
pub(crate) fn problem(status: u16, name: &str) -> Response<Vec<u8>> {
    typed(status, &format!("https://api.bambora.com/definitions/payments/{name}"))
}

/// A problem document of a type that the API does not define, from a gateway or a framework.
pub(crate) fn foreign_problem(status: u16) -> Response<Vec<u8>> {
    typed(status, "https://gateway.example/errors/upstream")
}

fn typed(status: u16, type_uri: &str) -> Response<Vec<u8>> {
    let body = format!(r#"{{"type":"{type_uri}","title":"A title","detail":"","status":{status}}}"#);
    response(status, body)
}

pub(crate) fn response(status: u16, body: impl Into<Vec<u8>>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.into()).unwrap()
}
