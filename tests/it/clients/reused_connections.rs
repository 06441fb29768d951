//! A server or gateway that owes a response to an earlier request of the same connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bambora_client::ClientBuilder;
use bambora_core::flow::Confirmation;
use bambora_core::{CancelPolicy, Error, Outcome, PaymentReference, ProblemType};

use crate::clients::{AnyClient, for_each_client};
use crate::raw_server::{RawRequest, RawServer, not_found, payment};

fn reusing_client<C: AnyClient>(server: &RawServer) -> C {
    let policy = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO).build().unwrap();
    ClientBuilder::<C>::new().reuse_connections(true).cancel_policy(policy).build(server.api()).unwrap()
}

fn reference(text: &str) -> PaymentReference {
    text.parse().unwrap()
}

/// The connection and the first line of each request.
fn log(server: &RawServer) -> Vec<(usize, String)> {
    let line = |request: &RawRequest| (request.connection, request.first_line().to_owned());
    server.requests().iter().map(line).collect()
}

fn query_another<C: AnyClient>(client: &C) {
    let error = client.query(&reference("MISSING")).unwrap_err();
    let Error::Response(error) = error else {
        panic!("{error}");
    };
    let problem = error.problem().unwrap();
    assert_eq!(problem.kind(), ProblemType::PaymentNotFound);
}

fn a_duplicate_404_of_another_request_is_no_refusal<C: AnyClient>() {
    let canceled = AtomicBool::new(false);
    let server = RawServer::start(move |request| {
        let line = request.first_line();
        Some(match line {
            _ if line.contains("/MISSING/") => not_found(),
            "POST /payments/A/cancel/ HTTP/1.1" => {
                canceled.store(true, Ordering::SeqCst);
                // The duplicate comes first: the response that was asked for is behind it.
                let duplicate = (request.connection == 0).then(not_found);
                duplicate.unwrap_or_default() + &payment("A", "Canceled")
            }
            _ if canceled.load(Ordering::SeqCst) => payment("A", "Canceled"),
            _ => payment("A", "Authorized"),
        })
    });
    let client = reusing_client::<C>(&server);
    query_another(&client);
    let outcome = client.cancel(&reference("A"));
    let Outcome::Canceled(canceled) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(canceled.confirmation, Confirmation::Query);
    assert_eq!(
        log(&server),
        [
            (0, "GET /payments/MISSING/ HTTP/1.1".to_owned()),
            (0, "POST /payments/A/cancel/ HTTP/1.1".to_owned()),
            (1, "GET /payments/A/ HTTP/1.1".to_owned()),
        ]
    );
}

fn a_404_on_a_fresh_connection_too_is_a_refusal<C: AnyClient>() {
    let server = RawServer::start(|_| Some(not_found()));
    let client = reusing_client::<C>(&server);
    query_another(&client);
    let outcome = client.cancel(&reference("A"));
    let Outcome::Refused(refused) = outcome else {
        panic!("{outcome}");
    };
    let problem = refused.problem.unwrap();
    assert_eq!(problem.kind(), ProblemType::PaymentNotFound);
    assert_eq!(
        log(&server),
        [
            (0, "GET /payments/MISSING/ HTTP/1.1".to_owned()),
            (0, "POST /payments/A/cancel/ HTTP/1.1".to_owned()),
            (1, "GET /payments/A/ HTTP/1.1".to_owned()),
        ]
    );
}

/// What came before it was asked for belongs to no request at all.
fn a_duplicate_that_is_there_already_costs_the_connection<C: AnyClient>() {
    let server = RawServer::start(|request| {
        Some(match request.first_line() {
            line if line.contains("/MISSING/") => not_found() + &not_found(),
            _ => payment("A", "Canceled"),
        })
    });
    let client = reusing_client::<C>(&server);
    query_another(&client);
    let outcome = client.cancel(&reference("A"));
    let Outcome::Canceled(canceled) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(canceled.confirmation, Confirmation::Response);
    assert_eq!(server.requests().last().unwrap().connection, 1);
}

fn a_confirmation_on_a_reused_connection_is_one<C: AnyClient>() {
    let server = RawServer::start(|request| {
        Some(match request.first_line() {
            line if line.contains("/MISSING/") => not_found(),
            _ => payment("A", "Canceled"),
        })
    });
    let client = reusing_client::<C>(&server);
    query_another(&client);
    let outcome = client.cancel(&reference("A"));
    let Outcome::Canceled(canceled) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(canceled.confirmation, Confirmation::Response);
    assert_eq!(server.requests().last().unwrap().connection, 0);
}

for_each_client! {
    a_duplicate_404_of_another_request_is_no_refusal,
    a_404_on_a_fresh_connection_too_is_a_refusal,
    a_duplicate_that_is_there_already_costs_the_connection,
    a_confirmation_on_a_reused_connection_is_one,
}
