//! How events and failures are told to people.

use std::io;
use std::time::Duration;

use bambora_client::{Failure, FlowEvent, Proxy, ProxyFailure};
use bambora_core::TransportError;
use http::StatusCode;

type Event = FlowEvent<&'static str, ()>;

#[test]
fn an_event_is_told_in_a_few_words() {
    for (event, text) in [
        (Event::Received(StatusCode::PAYMENT_REQUIRED), "received 402"),
        (Event::Failed(TransportError::not_sent("refused")), "not sent"),
        (Event::Failed(TransportError::unknown("reset")), "no response"),
        (Event::Waiting(Duration::from_millis(1_240)), "waiting 1.2 s"),
    ] {
        assert_eq!(event.to_string(), text);
    }
}

#[test]
fn a_proxy_that_wants_credentials_says_so() {
    let text = |status| ProxyFailure::Refused(status).to_string();
    assert_eq!(
        text(StatusCode::PROXY_AUTHENTICATION_REQUIRED),
        "the proxy refused to connect, with status 407: it wants other credentials, or some"
    );
    assert_eq!(text(StatusCode::BAD_GATEWAY), "the proxy refused to connect, with status 502");
}

#[test]
fn what_failed_on_the_way_to_a_proxy_is_the_proxys() {
    let error = || io::Error::from(io::ErrorKind::ConnectionRefused);
    let proxy = Proxy::new("http://127.0.0.1:3128").unwrap();
    let at_proxy = |failure: Failure| match failure.at_hop(Some(&proxy)) {
        Failure::Proxy(failure) => failure.to_string(),
        other => panic!("{other}"),
    };
    assert_eq!(at_proxy(Failure::Lookup(error())), "the look-up of the proxy's name failed");
    assert_eq!(at_proxy(Failure::Connect(error())), "the connection to the proxy failed");
    for timeout in [Failure::LookupTimeout, Failure::ConnectTimeout] {
        assert_eq!(at_proxy(timeout), "the proxy opened no tunnel within the connect timeout");
    }
    assert!(matches!(Failure::TotalTimeout.at_hop(Some(&proxy)), Failure::TotalTimeout));
    assert!(matches!(Failure::ConnectTimeout.at_hop(None), Failure::ConnectTimeout));
}
