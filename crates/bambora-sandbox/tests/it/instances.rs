//! Many at once, and their end.

use std::net::TcpStream;

use bambora_core::{PaymentState, QueryPayment};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
#[cfg(unix)]
use socket2::{Domain, Socket, Type};

use crate::raw::{AUTHORIZATION, cancel, exchange, query};

#[test]
fn many_in_one_process_know_nothing_of_each_other() {
    let sandboxes: Vec<_> = (0..10).map(|_| Sandbox::start().unwrap()).collect();
    sandboxes[0].authorize("A");
    assert_eq!(exchange(&sandboxes[0], &cancel("A")).status, 200);
    for other in &sandboxes[1..] {
        assert_eq!(exchange(other, &cancel("A")).status, 404);
        assert_eq!(other.requests().len(), 1);
    }
}

#[test]
fn a_dropped_one_refuses_connections_and_lets_its_port_be_had_again() {
    let sandbox = Sandbox::start().unwrap();
    let address = sandbox.address();
    assert!(address.ip().is_loopback());
    drop(sandbox);
    assert!(TcpStream::connect(address).is_err());
    let again = Sandbox::builder().listen_on(address).start().unwrap();
    assert_eq!(again.address(), address);
}

#[test]
fn a_stopped_one_keeps_its_books() {
    let mut sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    exchange(&sandbox, &cancel("A"));
    sandbox.stop();
    sandbox.stop();
    assert!(sandbox.is_canceled("A"));
    assert_eq!(sandbox.requests().len(), 1);
    assert!(TcpStream::connect(sandbox.address()).is_err());
}

#[cfg(unix)]
#[test]
fn a_stopped_one_keeps_its_port() {
    let mut sandbox = Sandbox::start().unwrap();
    let address = sandbox.address();
    sandbox.stop();
    // As for port 0, the system gives a port to two only if both say so.
    let other = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
    assert!(other.bind(&address.into()).is_err());
    assert!(TcpStream::connect(address).is_err());
    let again = Sandbox::builder().listen_on(address).start().unwrap();
    again.authorize("A");
    assert_eq!(exchange(&again, &cancel("A")).status, 200);
}

#[test]
fn other_machines_are_kept_out_unless_that_is_said_loudly() {
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let error = Sandbox::builder().listen_on(everywhere).start().unwrap_err();
    assert!(error.to_string().contains("loopback"), "{error}");
}

#[test]
fn an_idle_connection_does_not_keep_it_from_stopping() {
    let sandbox = Sandbox::start().unwrap();
    let _idle = TcpStream::connect(sandbox.address()).unwrap();
    drop(sandbox);
}

#[test]
fn requests_on_one_connection_are_answered_in_order() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let two = cancel("A") + &cancel("A");
    let response = exchange(&sandbox, &two);
    assert_eq!(response.status, 200);
    assert!(response.body.contains("HTTP/1.1 422"), "{response:?}");
    assert_eq!(sandbox.connections(), 1);
}

#[test]
fn only_its_own_credentials_are_accepted() {
    let sandbox = Sandbox::builder().accept_credentials("1", "token", "secret").start().unwrap();
    sandbox.authorize("A");
    assert_eq!(exchange(&sandbox, &query("A")).status, 401, "the published ones are others");
    let authorization =
        sandbox.api().request(&QueryPayment::new("A".parse().unwrap())).headers()["authorization"].clone();
    let own = |scheme: &str| {
        let value = authorization.to_str().unwrap().replace("Basic", scheme);
        exchange(&sandbox, &query("A").replace(AUTHORIZATION, &format!("Authorization: {value}\r\n"))).status
    };
    assert_eq!(["Basic", "basic", "BASIC", "Basix", "Bearer"].map(own), [200, 200, 200, 401, 401]);
    let error = Sandbox::builder().accept_credentials("1", "to:ken", "secret").start().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(!error.to_string().is_empty());
}

#[test]
fn its_base_url_is_where_it_listens() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let base_url = sandbox.base_url();
    assert_eq!(base_url.trim_end_matches('/'), format!("http://{}", sandbox.address()));
    let uri = sandbox.api().request(&QueryPayment::new("A".parse().unwrap())).uri().to_string();
    assert!(uri.starts_with(base_url.trim_end_matches('/')), "{uri}");
}

#[test]
fn one_that_other_machines_reach_has_a_page_on_this_one() {
    let page = |address: &str| {
        let builder = Sandbox::builder().listen_on(address.parse().unwrap());
        let sandbox = builder.dangerously_reachable_from_other_machines().start().ok()?;
        let port = sandbox.address().port();
        let url = sandbox.page_url().unwrap();
        assert_eq!(exchange(&sandbox, &query("A")).status, 404);
        Some(url.replace(&port.to_string(), "PORT"))
    };
    assert_eq!(page("0.0.0.0:0").as_deref(), Some("http://127.0.0.1:PORT/"));
    // A system may have no IPv6, and no other loopback addresses.
    for (address, url) in [
        ("[::]:0", "http://[::1]:PORT/"),
        ("127.0.0.2:0", "http://127.0.0.2:PORT/"),
        ("[::ffff:127.0.0.1]:0", "http://[::ffff:127.0.0.1]:PORT/"),
    ] {
        assert!(page(address).is_none_or(|page| page == url), "{address}");
    }
}

#[test]
fn a_reset_forgets_everything_but_the_numbers_of_requests() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault_always(Operation::Query, Fault::new(Effect::Skip, FaultResponse::Drop));
    exchange(&sandbox, &cancel("A"));
    sandbox.reset();
    assert_eq!((sandbox.payment("A"), sandbox.requests().len()), (None, 0));
    assert_eq!(exchange(&sandbox, &query("A")).status, 404);
    assert_eq!(sandbox.requests()[0].number, 1);
}

#[test]
fn somebody_else_puts_a_payment_into_another_state() {
    let sandbox = Sandbox::start().unwrap();
    assert!(!sandbox.set_state("A", PaymentState::Captured));
    assert!(!sandbox.cancel_in_back_office("A"));
    assert_eq!(sandbox.payment("A"), None);
    sandbox.authorize("A");
    let mut states = Vec::new();
    for state in ["Captured", "Settled", "Refunded", "Refunded", "AuthorizationExpired"] {
        assert!(sandbox.set_state("A", PaymentState::from(state)));
        let shown = exchange(&sandbox, &query("A")).json()["state"].clone();
        states.push((shown, sandbox.captures("A").len(), sandbox.refunds("A").len()));
    }
    // Postings are made if a state needs them, and only once.
    assert_eq!(
        states,
        [("Captured", 1, 0), ("Settled", 1, 0), ("Refunded", 1, 1), ("Refunded", 1, 1), ("AuthorizationExpired", 1, 1)]
            .map(|(state, captures, refunds)| (state.into(), captures, refunds))
    );
}
