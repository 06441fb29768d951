//! How many allocations building and parsing take, exactly, so that the number cannot creep.

use std::time::Duration;

use allocation_counter::measure;
use bambora_core::flow::{Connection, Step};
use bambora_core::{CancelFlow, CancelPayment, CancelPolicy, OperationExt as _, Outcome, QueryPayment};

use crate::requests::api;

/// The documented response, with values in it.
const CANCELED: &str = r#"{"payment": "ORDER-1001", "currency": "EUR", "state": "Canceled", "operations": [],
    "region": "emea_0", "merchant": "123456789", "comment": "none", "captures": [], "operationInProgress": false,
    "refunds": [], "amount": 100}"#;

#[test]
fn a_cancel_request_takes_three() {
    let api = api();
    let cancel = CancelPayment::new("ORDER-1001".parse().unwrap());
    // The first clone of a shared header or host turns it into a counted one; that is paid once.
    drop(api.request(&cancel));
    let built = measure(|| drop(api.request(&cancel)));
    // The path, and the header map's two tables.
    assert_eq!(built.count_total, 3);
}

#[test]
fn a_payment_takes_one_for_each_of_its_texts() {
    let query = QueryPayment::new("ORDER-1001".parse().unwrap());
    let response = http::Response::new(CANCELED);
    let read = measure(|| drop(query.parse(&response).unwrap()));
    // payment, currency, region, merchant, comment; the state is a known one, the lists are empty.
    assert_eq!(read.count_total, 5);
}

#[test]
fn a_payment_with_lists_takes_one_for_each_of_them_too() {
    let query = QueryPayment::new("ORDER-1001".parse().unwrap());
    let response = http::Response::new(
        r#"{"payment": "ORDER-1001", "state": "Captured", "operations": ["Refund", "Capture"],
        "captures": [{"amount": 60, "comment": "first"}, {"capture": {"amount": 40, "comment": null}}],
        "refunds": [{"amount": 10, "comment": "sorry"}], "amount": 100}"#,
    );
    let read = measure(|| drop(query.parse(&response).unwrap()));
    // The reference, three lists with the texts of their entries, the names of two operations, and two comments; two to find the
    // end of lists of objects; and three to look for members that stand twice, since there is more than one object.
    assert_eq!(read.count_total, 16);
}

#[test]
fn a_flow_without_faults_takes_few_more_than_its_exchange() {
    let api = api();
    let reference: bambora_core::PaymentReference = "ORDER-1001".parse().unwrap();
    let response = http::Response::new(CANCELED);
    let run = || {
        let mut flow = CancelFlow::new(api.merchant().clone(), reference.clone(), CancelPolicy::default(), 7);
        let Step::Send(kind) = flow.step(Duration::ZERO) else {
            panic!("the first step sends");
        };
        drop(kind.request(&api, &reference));
        flow.on_response(&response, Connection::Fresh);
        let Step::Done(Outcome::Canceled(canceled)) = flow.step(Duration::ZERO) else {
            panic!("the response confirmed it");
        };
        drop(canceled);
    };
    run();
    // The exchange takes 8; the rest are the merchant's texts, what was observed, and the outcome with its copy.
    assert_eq!(measure(run).count_total, 14);
}
