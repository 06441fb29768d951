//! Counts the allocations of each way, and prints them as one JSON object.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]

mod subjects;

use std::time::Duration;

use allocation_counter::measure;
use bambora_core::OperationExt as _;
use http::Response;
use serde_json::json;

use crate::subjects::{
    CANCELED, Floor, PROBLEM, api, cancel, flow, naive_request, plain_payment, plain_problem, problem, value,
};

fn count<T>(work: impl Fn() -> T) -> u64 {
    // The first call does not count, since it may allocate what lives on.
    drop(work());
    measure(|| drop(work())).count_total
}

fn main() {
    let (api, cancel, now) = (api(), cancel(), Duration::ZERO);
    let (response, problem) = (Response::new(CANCELED), problem());
    let reference = "ORDER-1001".parse().unwrap();
    let floor = Floor::of(&api.request(&cancel));
    println!(
        "{}",
        json!({
            "request": {
                "floor": count(|| floor.request("ORDER-1001")),
                "core": count(|| api.request(&cancel)),
                "naive": count(|| naive_request("ORDER-1001")),
            },
            "payment": {
                "floor": count(|| plain_payment(CANCELED)),
                "core": count(|| cancel.parse(&response).unwrap()),
                "naive": count(|| value(CANCELED)),
            },
            "problem": {
                "floor": count(|| plain_problem(PROBLEM)),
                "core": count(|| cancel.parse(&problem).unwrap_err()),
                "naive": count(|| value(PROBLEM)),
            },
            "flow": {
                "floor": count(|| (api.request(&cancel), cancel.parse(&response).unwrap())),
                "core": count(|| flow(&api, &reference, &response, now)),
            },
        })
    );
}
