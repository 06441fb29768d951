//! The longest request that core can make arrives whole, byte for byte.

use bambora_client::ClientBuilder;
use bambora_core::operations::{AuthorizeTokenPayment, CardToken, Comment};
use bambora_core::{
    Amount, Api, BaseUrl, CancelPayment, Credentials, MerchantNumber, MerchantSecret, MerchantToken, Operation,
    Payment, PaymentReference,
};
use http::{Method, Request};

use crate::clients::{AnyClient, for_each_client};
use crate::raw_server::{RawRequest, RawServer, response};

fn long(characters: usize) -> String {
    "🙂".repeat(characters)
}

/// The base URL, and everything that a request has of the credentials, as long as may be.
fn longest_api(server: &RawServer) -> Api {
    let credentials = Credentials::new(
        MerchantNumber::new(long(256)).unwrap(),
        MerchantToken::new(long(1_000)).unwrap(),
        MerchantSecret::new(long(1_000)).unwrap(),
    );
    let mut base_url = format!("http://{}/", server.address());
    base_url += &"p".repeat(BaseUrl::MAX_BYTES - base_url.len());
    Api::new(credentials).with_base_url(BaseUrl::new(&base_url).unwrap())
}

fn longest_reference() -> PaymentReference {
    PaymentReference::new(long(PaymentReference::MAX_CHARACTERS)).unwrap()
}

/// Everything of `expected`, as it is, and of the rest nothing but what the client has to add.
fn compare(sent: &RawRequest, expected: &Request<Vec<u8>>, server: &RawServer, user_agent: &str) {
    let path = expected.uri().path_and_query().unwrap();
    let line = format!("{} {path} HTTP/1.1", expected.method());
    assert_eq!(sent.first_line(), line);
    for (name, value) in expected.headers() {
        assert_eq!(sent.header(name.as_str()), [value.to_str().unwrap()]);
    }
    assert_eq!(sent.header("host"), [server.address().to_string()]);
    assert_eq!(sent.header("user-agent"), [user_agent]);
    let lines = sent.head.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, 1 + expected.headers().len() + 2 + 1);
    assert_eq!(sent.body, *expected.body());
}

fn send_and_compare<C: AnyClient, O: Operation + Sync>(reuse: bool, operation: &O) {
    let server = RawServer::start(|_| Some(response(500, "")));
    let api = longest_api(&server);
    let user_agent = "a".repeat(1_000);
    let client =
        ClientBuilder::<C>::new().reuse_connections(reuse).user_agent(user_agent.clone()).build(api.clone()).unwrap();
    for _ in 0..2 {
        client.send(operation).map(|payment: Payment| payment.state).unwrap_err();
    }
    let expected = api.request(operation);
    for sent in server.requests() {
        compare(&sent, &expected, &server, &user_agent);
    }
    let connections = if reuse { 1 } else { 2 };
    assert_eq!(server.requests()[1].connection + 1, connections);
}

fn the_longest_cancel<C: AnyClient>() {
    let cancel = CancelPayment::new(longest_reference());
    send_and_compare::<C, _>(false, &cancel);
    send_and_compare::<C, _>(true, &cancel);
}

fn the_longest_authorization<C: AnyClient>() {
    let authorize = AuthorizeTokenPayment::new(
        longest_reference(),
        "EUR".parse().unwrap(),
        Amount::try_from(i64::MAX).unwrap(),
        CardToken::new(long(100_000)).unwrap(),
    )
    .with_comment(Comment::new(long(Comment::MAX_CHARACTERS)).unwrap())
    .for_merchant(MerchantNumber::new(long(256)).unwrap());
    assert_eq!(AuthorizeTokenPayment::METHOD, Method::POST);
    send_and_compare::<C, _>(false, &authorize);
    send_and_compare::<C, _>(true, &authorize);
}

/// A request that was made by hand: every header that is set more than once stays so.
fn repeated_headers_stay_as_they_are<C: AnyClient>() {
    let server = RawServer::start(|_| Some(response(200, "{}")));
    let client = C::with_defaults(server.api());
    let mut request = Request::get(format!("http://{}/x?y=%20&z", server.address())).body(Vec::new()).unwrap();
    for value in ["1", "2"] {
        request.headers_mut().append("x-trace", value.parse().unwrap());
        request.headers_mut().append("authorization", value.parse().unwrap());
    }
    client.exchange(request).unwrap();
    let sent = &server.requests()[0];
    assert_eq!(sent.first_line(), "GET /x?y=%20&z HTTP/1.1");
    assert_eq!(sent.header("x-trace"), ["1", "2"]);
    assert_eq!(sent.header("authorization"), ["1", "2"]);
}

for_each_client! {
    the_longest_cancel,
    the_longest_authorization,
    repeated_headers_stay_as_they_are,
}
