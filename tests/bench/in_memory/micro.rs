//! Measures building a request, reading a response and going through a flow, without a network.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]

mod subjects;

use std::hint::black_box;
use std::time::Duration;

use bambora_core::OperationExt as _;
use criterion::Criterion;
use http::Response;

use crate::subjects::{
    CANCELED, Floor, PROBLEM, api, cancel, flow, naive_request, plain_payment, plain_problem, problem, value,
};

fn requests(criterion: &mut Criterion) {
    let (api, cancel) = (api(), cancel());
    let request = api.request(&cancel);
    let floor = Floor::of(&request);
    for same in [floor.request("ORDER-1001"), naive_request("ORDER-1001")] {
        assert_eq!(request.uri(), same.uri());
        assert_eq!(request.headers(), same.headers());
    }
    let mut group = criterion.benchmark_group("request");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| floor.request(black_box("ORDER-1001")));
    });
    group.bench_function("core", |bencher| {
        bencher.iter(|| api.request(black_box(&cancel)));
    });
    group.bench_function("naive", |bencher| {
        bencher.iter(|| naive_request(black_box("ORDER-1001")));
    });
    group.finish();
}

fn payments(criterion: &mut Criterion) {
    let (cancel, response) = (cancel(), Response::new(CANCELED));
    let mut group = criterion.benchmark_group("payment");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| plain_payment(black_box(CANCELED)));
    });
    group.bench_function("core", |bencher| {
        bencher.iter(|| cancel.parse(black_box(&response)).unwrap());
    });
    group.bench_function("naive", |bencher| {
        bencher.iter(|| value(black_box(CANCELED)));
    });
    group.finish();
}

fn problems(criterion: &mut Criterion) {
    let (cancel, problem) = (cancel(), problem());
    let mut group = criterion.benchmark_group("problem");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| plain_problem(black_box(PROBLEM)));
    });
    group.bench_function("core", |bencher| {
        bencher.iter(|| cancel.parse(black_box(&problem)).unwrap_err());
    });
    group.bench_function("naive", |bencher| {
        bencher.iter(|| value(black_box(PROBLEM)));
    });
    group.finish();
}

fn flows(criterion: &mut Criterion) {
    let (api, cancel, response) = (api(), cancel(), Response::new(CANCELED));
    let (reference, now) = ("ORDER-1001".parse().unwrap(), Duration::ZERO);
    let mut group = criterion.benchmark_group("flow");
    // A single exchange: what a flow without faults consists of.
    group.bench_function("floor", |bencher| {
        bencher.iter(|| {
            drop(black_box(api.request(black_box(&cancel))));
            cancel.parse(black_box(&response)).unwrap()
        });
    });
    group.bench_function("core", |bencher| {
        bencher.iter(|| flow(&api, &reference, black_box(&response), now));
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(700))
        .without_plots()
        .configure_from_args();
    requests(&mut criterion);
    payments(&mut criterion);
    problems(&mut criterion);
    flows(&mut criterion);
    criterion.final_summary();
}
