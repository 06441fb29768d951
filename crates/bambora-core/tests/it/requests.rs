//! The requests, part by part, as a user's own test would assert on them.

use bambora_core::operations::{AuthorizeTokenPayment, CardToken, Comment};
use bambora_core::{
    Amount, Api, BaseUrl, CancelPayment, Credentials, MerchantNumber, MerchantSecret, MerchantToken, QueryPayment,
};
use http::Method;

/// As the published example has it.
pub(crate) fn api() -> Api {
    Api::new(Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    ))
}

fn headers(request: &http::Request<Vec<u8>>) -> Vec<(&str, &str)> {
    let mut headers: Vec<_> =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    headers.sort_unstable();
    headers
}

const AUTHORIZATION: (&str, &str) = ("authorization", "Basic YWJjZGVmZ0AxMjM0NTY3ODk6N0FRdTdGR0IyS3dt");

#[test]
fn a_cancel_is_one_post_without_a_body() {
    let request = api().request(&CancelPayment::new("ORDER-1001".parse().unwrap()));
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "https://api-beta.bambora.com/payments/ORDER-1001/cancel/");
    assert_eq!(headers(&request), [("accept", "*/*"), ("api-version", "1"), AUTHORIZATION, ("content-length", "0")]);
    assert!(request.headers()["authorization"].is_sensitive());
    assert_eq!(request.body(), b"");
}

#[test]
fn a_query_is_one_get() {
    let query = QueryPayment::new("ORDER-1001".parse().unwrap());
    let request = api().request(&query);
    assert_eq!(request.method(), Method::GET);
    assert_eq!(request.uri(), "https://api-beta.bambora.com/payments/ORDER-1001/");
    let of_another = query.for_merchant(MerchantNumber::new("987 654").unwrap());
    let request = api().request(&of_another);
    assert_eq!(request.uri(), "https://api-beta.bambora.com/payments/ORDER-1001/?merchant=987%20654");
}

#[test]
fn an_authorization_has_a_body_of_the_length_it_says() {
    let authorize = AuthorizeTokenPayment::new(
        "ORDER-1001".parse().unwrap(),
        "EUR".parse().unwrap(),
        Amount::from_minor_units(100).unwrap(),
        CardToken::new("tok").unwrap(),
    )
    .with_comment("row 5".parse().unwrap());
    let request = api().request(&authorize);
    assert_eq!(request.uri(), "https://api-beta.bambora.com/payments/ORDER-1001/card_token_authorization/");
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body, serde_json::json!({"currency": "EUR", "amount": 100, "token": "tok", "comment": "row 5"}));
    let length = request.body().len().to_string();
    assert_eq!(
        headers(&request),
        [
            ("accept", "*/*"),
            ("api-version", "1"),
            AUTHORIZATION,
            ("content-length", length.as_str()),
            ("content-type", "application/json"),
        ]
    );
}

#[test]
fn a_prefix_is_kept_with_and_without_a_trailing_slash() {
    for base in ["https://gateway.example/bambora", "https://gateway.example/bambora/"] {
        let api = api().with_base_url(BaseUrl::new(base).unwrap());
        let request = api.request(&CancelPayment::new("A".parse().unwrap()));
        assert_eq!(request.uri(), "https://gateway.example/bambora/payments/A/cancel/");
    }
}

#[test]
fn what_the_api_would_refuse_cannot_be_said() {
    assert!(Comment::new("é".repeat(256)).is_ok());
    let error = Comment::new("é".repeat(257)).unwrap_err().to_string();
    assert!(error.contains("257 characters"), "{error}");
    assert!(CardToken::new("").is_err());
}
