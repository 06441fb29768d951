//! A client talks to the origin of its base URL, and to nothing else.

use std::error::Error as _;
use std::net::{Ipv6Addr, TcpListener};

use bambora_client::Failure;
use bambora_core::{BaseUrl, CancelPayment, Delivery, TransportError};
use bambora_sandbox::Sandbox;
use http::{Request, Version};

use crate::clients::{AnyClient, for_each_client};
use crate::raw_server::{RawServer, api, payment};

fn is_rejected(error: &TransportError) -> bool {
    let failure = error.source().unwrap().downcast_ref();
    error.delivery() == Delivery::NotSent && matches!(failure, Some(Failure::Request(_)))
}

fn cancel() -> CancelPayment {
    CancelPayment::new("A".parse().unwrap())
}

fn clear_text_is_not_sent_if_the_api_is_https<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let request = sandbox.api().request(&cancel());
    let https = format!("https://{}", sandbox.address());
    let https = BaseUrl::new(&https).unwrap();
    let client = C::with_defaults(sandbox.api().with_base_url(https));
    assert!(is_rejected(&client.exchange(request).unwrap_err()));
    assert_eq!(sandbox.connections(), 0);
}

fn another_origin_gets_no_connection<C: AnyClient>() {
    let (ours, other) = (Sandbox::start().unwrap(), Sandbox::start().unwrap());
    for reuse in [false, true] {
        let builder = bambora_client::ClientBuilder::<C>::new().reuse_connections(reuse);
        let client = builder.build(ours.api()).unwrap();
        let error = client.exchange(other.api().request(&cancel())).unwrap_err();
        assert!(is_rejected(&error));
        assert!(error.source().unwrap().to_string().contains("another origin"), "{error:?}");
    }
    assert_eq!((ours.connections(), other.connections()), (0, 0));
}

fn what_would_be_sent_as_something_else_is_not_sent<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let client = C::with_defaults(sandbox.api());
    let address = sandbox.address();
    for url in [
        format!("ftp://{address}/"),
        format!("http://user:pw@{address}/"),
        format!("http://{}:99999/", address.ip()),
        "/payments/A/".to_owned(),
    ] {
        let request = Request::builder().uri(&url).body(Vec::new()).unwrap();
        assert!(is_rejected(&client.exchange(request).unwrap_err()), "{url}");
    }
    for version in [Version::HTTP_09, Version::HTTP_2, Version::HTTP_3] {
        let mut request = sandbox.api().request(&cancel());
        *request.version_mut() = version;
        assert!(is_rejected(&client.exchange(request).unwrap_err()));
    }
    let mut request = sandbox.api().request(&cancel());
    request.body_mut().extend(b"more than it says");
    assert!(is_rejected(&client.exchange(request).unwrap_err()));
    assert_eq!(sandbox.connections(), 0);
}

/// The host as it stands in the base URL, and its port.
fn the_host_header_is_that_of_the_base_url<C: AnyClient>() {
    let server = RawServer::start(|_| Some(payment("A", "Authorized")));
    let port = server.address().port();
    for host in ["127.0.0.1", "LocalHost"] {
        let client = C::with_defaults(api(&format!("http://{host}:{port}")));
        client.query(&"A".parse().unwrap()).unwrap();
        let requests = server.requests();
        let request = requests.last().unwrap();
        assert_eq!(request.header("host"), [format!("{host}:{port}")]);
        assert_eq!(request.first_line(), "GET /payments/A/ HTTP/1.1");
    }
}

/// However a request made by hand writes the origin.
fn the_host_header_does_not_depend_on_the_requests_spelling<C: AnyClient>() {
    let server = RawServer::start(|_| Some(payment("A", "Authorized")));
    let port = server.address().port();
    let client = C::with_defaults(api(&format!("http://localhost:{port}")));
    for authority in [format!("LOCALHOST:{port}"), format!("localhost:0{port}")] {
        let request = Request::get(format!("http://{authority}/")).body(Vec::new());
        client.exchange(request.unwrap()).unwrap();
        let requests = server.requests();
        let sent = requests.last().unwrap().header("host");
        assert_eq!(sent, [format!("localhost:{port}")]);
    }
}

fn an_ipv6_address_keeps_its_brackets<C: AnyClient>() {
    let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
        println!("skipped: this machine has no IPv6");
        return;
    };
    let server = RawServer::start_on(listener, |_| Some(payment("A", "Authorized")));
    let client = C::with_defaults(server.api());
    client.query(&"A".parse().unwrap()).unwrap();
    let port = server.address().port();
    assert_eq!(server.requests()[0].header("host"), [format!("[::1]:{port}")]);
}

for_each_client! {
    clear_text_is_not_sent_if_the_api_is_https,
    another_origin_gets_no_connection,
    what_would_be_sent_as_something_else_is_not_sent,
    the_host_header_is_that_of_the_base_url,
    the_host_header_does_not_depend_on_the_requests_spelling,
    an_ipv6_address_keeps_its_brackets,
}
