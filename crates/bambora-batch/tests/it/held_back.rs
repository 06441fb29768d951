//! Outages and storms.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bambora_batch::{Journal, Pause, Progress, Rate, RunEnd, RunEvent, Runner, Status, Summary};
use bambora_core::CancelPolicy;
use bambora_core::posting::PostingKind;
use bambora_hyper::Client;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use super::fixture::Fixture;
use super::mixed::posting;
use super::temporary::{Folder, references};

#[tokio::test]
async fn an_outage_in_the_middle_leaves_payments_waiting_and_the_run_goes_on() {
    let mut fixture = Fixture::new(300);
    let address = fixture.sandbox.address();
    let server = Arc::new(Mutex::new(Arc::try_unwrap(fixture.sandbox).unwrap()));
    fixture.sandbox = Arc::new(Sandbox::start().unwrap());
    // The connections that are there already would survive.
    let client = Client::new(fixture.client.api().clone());
    let runner = Fixture::quick(Runner::new(&fixture.journal, &client));
    let journal = fixture.journal.clone();
    // In the middle, the server holds a response in each slot back until it is gone.
    for number in 100..108 {
        let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
        let reference = format!("ORDER-{number}");
        server.lock().unwrap().fault(Operation::Cancel, &reference, held);
    }
    let mut is_stopped = false;
    let mut restarted = None;
    let mut looks = 0;
    let run = runner.run_with(|event| {
        if let RunEvent::Progress(progress) = event {
            let mut server = server.lock().unwrap();
            if !is_stopped && server.wait_for_held(8, Duration::ZERO) {
                server.stop();
                is_stopped = true;
            }
            let is_unreachable = matches!(progress.pause, Some(Pause::Unreachable { .. }));
            if restarted.is_none() && is_unreachable {
                // Those whose connections broke are in doubt, and one may be taken to try the server with.
                let counts = journal.counts().wait().unwrap();
                if counts.of(Status::Started) <= 9 && counts.of(Status::Waiting) >= 191 {
                    restarted = Some(restart(&server, address));
                }
                looks += 1;
                assert!(looks < 1_000, "{counts}");
            }
        }
        std::future::ready(())
    });
    let summary = run.await.unwrap();
    assert!(matches!(summary.end, RunEnd::Complete), "{summary}");
    assert_eq!(summary.progress.canceled, 300, "{summary}");
    let restarted = restarted.unwrap();
    for reference in references(300) {
        assert!(restarted.is_canceled(reference.as_str()));
    }
}

/// The same server at the same address, with what is known of its payments.
fn restart(server: &Sandbox, address: std::net::SocketAddr) -> Sandbox {
    let again = Sandbox::builder().listen_on(address).start().unwrap();
    for reference in references(300) {
        if let Some(payment) = server.payment(reference.as_str()) {
            again.insert(reference.as_str(), payment.state);
        }
    }
    again
}

/// Runs, and restarts the server once it cannot be reached, or as soon as the progress is like this.
async fn run_until_it_is_back(fixture: &Fixture, server: &Mutex<Sandbox>, is_time: fn(&Progress) -> bool) -> Summary {
    let address = server.lock().unwrap().address();
    let mut restarted = None;
    let client = Client::new(fixture.client.api().clone());
    let run = Fixture::quick(Runner::new(&fixture.journal, &client)).run_with(|event| {
        if let RunEvent::Progress(progress) = event {
            let mut server = server.lock().unwrap();
            if server.wait_for_held(1, Duration::ZERO) {
                server.stop();
            }
            let is_time = is_time(&progress) || matches!(progress.pause, Some(Pause::Unreachable { .. }));
            if restarted.is_none() && is_time {
                restarted = Some(restart(&server, address));
            }
        }
        std::future::ready(())
    });
    run.await.unwrap()
}

#[tokio::test]
async fn payments_that_waited_for_a_server_are_canceled_once_it_is_back() {
    let mut fixture = Fixture::new(40);
    let mut server = Arc::try_unwrap(fixture.sandbox).unwrap();
    server.stop();
    fixture.sandbox = Arc::new(Sandbox::start().unwrap());
    let summary = run_until_it_is_back(&fixture, &Mutex::new(server), |_| false).await;
    assert_eq!((summary.progress.canceled, summary.progress.in_doubt), (40, 0), "{summary}");
}

#[tokio::test]
async fn a_request_that_was_not_sent_is_not_counted() {
    let mut fixture = Fixture::new(1);
    let mut server = Arc::try_unwrap(fixture.sandbox).unwrap();
    server.stop();
    fixture.sandbox = Arc::new(Sandbox::start().unwrap());
    let is_time = |progress: &Progress| progress.between_requests == 1;
    let summary = run_until_it_is_back(&fixture, &Mutex::new(server), is_time).await;
    assert_eq!((summary.progress.canceled, summary.progress.requests), (1, 1), "{summary}");
    let row = fixture.journal.page(&Status::ALL, 0, 1).await.unwrap().remove(0);
    assert_eq!((row.attempts, row.queries, row.runs), (1, 0, 1));
}

/// Its query was lost with the server, and its request was not sent yet.
#[tokio::test]
async fn a_capture_that_waited_for_a_server_is_made_once_it_is_back() {
    let mut fixture = Fixture::with_nothing_authorized(0);
    let capture = posting(PostingKind::Capture, "ORDER-0", 60, "INVOICE-7");
    fixture.journal.add_orders(vec![capture.into()]).await.unwrap();
    let server = Arc::try_unwrap(fixture.sandbox).unwrap();
    server.authorize("ORDER-0");
    server.fault(Operation::Query, "ORDER-0", Fault::new(Effect::Skip, FaultResponse::Ok).held());
    fixture.sandbox = Arc::new(Sandbox::start().unwrap());
    let summary = run_until_it_is_back(&fixture, &Mutex::new(server), |_| false).await;
    assert_eq!((summary.progress.captured, summary.progress.in_doubt), (1, 0), "{summary}");
}

#[tokio::test]
async fn a_payment_in_doubt_is_asked_for_again_once_the_server_is_back() {
    let mut fixture = Fixture::new(1);
    let server = Arc::try_unwrap(fixture.sandbox).unwrap();
    server.fault(Operation::Cancel, "ORDER-0", Fault::new(Effect::Apply, FaultResponse::Ok).held());
    fixture.sandbox = Arc::new(Sandbox::start().unwrap());
    let summary = run_until_it_is_back(&fixture, &Mutex::new(server), |_| false).await;
    assert_eq!((summary.progress.canceled, summary.progress.in_doubt), (1, 0), "{summary}");
    let row = fixture.journal.page(&Status::ALL, 0, 1).await.unwrap().remove(0);
    assert_eq!((row.attempts, row.confirmation.as_deref()), (1, Some("query")));
}

/// Nobody speaks TLS there, so each connection takes its time, and does not come about.
#[tokio::test]
async fn the_time_of_a_payment_in_doubt_stands_still_while_no_connection_comes_about() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let api = Fixture::api(&format!("https://{}", silent.local_addr().unwrap()));
    let client = Client::builder().connect_timeout(Duration::from_millis(40)).build(api).unwrap();
    let folder = Folder::new();
    let journal = Journal::open(folder.join("night.journal"), client.api().merchant()).unwrap();
    journal.add(references(1)).await.unwrap();
    let run = journal.begin_run().await.unwrap();
    drop(journal.claim(run, 1).await.unwrap());
    let deadline = CancelPolicy::builder().deadline(Duration::from_millis(100)).build().unwrap();
    let runner = Runner::new(&journal, &client).policy(deadline).outage_limit(Duration::from_millis(100));
    let summary = runner.run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Unreachable { .. }), "{summary}");
    let row = journal.page(&[Status::Started], 0, 1).await.unwrap().remove(0);
    assert_eq!((row.runs, row.queries, summary.progress.in_doubt), (0, 0, 0), "{summary}");
}

#[tokio::test]
async fn a_server_that_stays_away_ends_the_run_if_there_is_a_limit() {
    let mut fixture = Fixture::new(40);
    Arc::get_mut(&mut fixture.sandbox).unwrap().stop();
    let runner = fixture.runner().outage_limit(Duration::from_millis(200));
    let summary = runner.run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Unreachable { .. }), "{summary}");
    assert!(summary.progress.elapsed >= Duration::from_millis(200), "{summary}");
    assert_eq!(summary.progress.requests, 0);
    assert_eq!(fixture.counts().await.of(Status::Waiting), 40);
    let rows = fixture.journal.page(&Status::ALL, 0, 100).await.unwrap();
    assert!(rows.iter().all(|row| row.runs == 0 && row.started.is_none()));
}

#[tokio::test]
async fn a_server_that_breaks_everything_is_not_sent_the_whole_list() {
    let fixture = Fixture::new(300);
    let gone = Fault::new(Effect::Skip, FaultResponse::ServerError(503));
    fixture.sandbox.fault_always(Operation::Cancel, gone);
    fixture.sandbox.fault_always(Operation::Query, gone);
    let runner = fixture.runner().outage_limit(Duration::from_millis(200));
    let summary = runner.run().await.unwrap();
    assert!(matches!(summary.end, RunEnd::Unreachable { .. }), "{summary}");
    assert!(fixture.counts().await.of(Status::Waiting) >= 270);

    fixture.sandbox.recover();
    fixture.runner().run().await.unwrap();
    fixture.check_rows();
}

#[tokio::test]
async fn a_throttled_request_pauses_all_and_costs_no_payment_its_outcome() {
    let fixture = Fixture::new(60);
    let throttled = Fault::new(Effect::Skip, FaultResponse::Throttled);
    for number in 20..36 {
        let reference = format!("ORDER-{number}");
        fixture.sandbox.fault(Operation::Cancel, &reference, throttled);
        fixture.sandbox.fault(Operation::Query, &reference, throttled);
    }
    let mut pauses = 0;
    let run = fixture.runner().run_with(|event| {
        if let RunEvent::Progress(progress) = event {
            pauses += usize::from(matches!(progress.pause, Some(Pause::Asked { .. })));
        }
        std::future::ready(())
    });
    let summary = run.await.unwrap();
    assert_eq!(summary.progress.canceled, 60, "{summary}");
    assert!(summary.progress.elapsed >= Duration::from_secs(1));
    assert!(pauses > 10, "{pauses}");
    fixture.check_rows();
}

#[tokio::test]
async fn the_rate_covers_queries_too() {
    let fixture = Fixture::new(20);
    for reference in references(20) {
        let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
        fixture.sandbox.fault(Operation::Cancel, reference.as_str(), lost);
    }
    let rate = Rate::per_second(100.0).unwrap();
    let summary = fixture.runner().rate(rate).run().await.unwrap();
    assert_eq!((summary.progress.requests, summary.progress.canceled), (40, 20));
    assert!(summary.progress.elapsed >= Duration::from_millis(380));
}

/// Reads a request from the next connection, and responds to it.
fn respond(server: &TcpListener, response: &str) -> Instant {
    let mut connection = server.accept().unwrap().0;
    let mut request = Vec::new();
    // A cancel has no body.
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).unwrap();
        request.extend(byte);
    }
    let time = Instant::now();
    connection.write_all(response.as_bytes()).unwrap();
    time
}

#[tokio::test]
async fn a_server_that_asks_for_no_pause_gets_one() {
    let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let client = Client::new(Fixture::api(&format!("http://{}", server.local_addr().unwrap())));
    let times = std::thread::spawn(move || {
        let body = r#"{"payment":"ORDER-0","state":"Canceled"}"#;
        let canceled = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        ["HTTP/1.1 429 No\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n", &canceled].map(|text| respond(&server, text))
    });
    let folder = Folder::new();
    let journal = Journal::open(folder.join("night.journal"), client.api().merchant()).unwrap();
    journal.add(references(1)).await.unwrap();
    let summary = Runner::new(&journal, &client).run().await.unwrap();
    assert_eq!(summary.progress.canceled, 1, "{summary}");
    let [first, second] = times.join().unwrap();
    assert!(second - first >= Duration::from_secs(1));
}

/// Its time is over when the response comes, which asks to come back.
#[tokio::test]
async fn of_a_request_that_was_turned_away_nobody_says_that_it_was_not_made() {
    let fixture = Fixture::new(1);
    fixture.sandbox.fault(Operation::Cancel, "ORDER-0", Fault::new(Effect::Skip, FaultResponse::Throttled));
    let client = Client::new(fixture.client.api().clone());
    let policy = CancelPolicy::builder().deadline(Duration::from_nanos(1)).build().unwrap();
    Runner::new(&fixture.journal, &client).policy(policy).run().await.unwrap();
    let row = fixture.journal.page(&Status::ALL, 0, 1).await.unwrap().remove(0);
    assert_eq!((row.status, row.attempts, row.problem.as_deref()), (Status::Waiting, 1, Some("turned away")));
    assert!(row.message.ends_with("waits: no request for it had an effect"), "{row:?}");
}

#[tokio::test]
async fn a_request_that_was_turned_away_leaves_no_doubt() {
    let fixture = Fixture::new(1);
    let throttled = Fault::new(Effect::Skip, FaultResponse::Throttled);
    (0..2).for_each(|_| fixture.sandbox.fault(Operation::Cancel, "ORDER-0", throttled));
    // On a connection of its own, the response can be of no other request.
    let client = Client::new(fixture.client.api().clone());
    // It does not count towards the requests that the policy allows.
    let once = CancelPolicy::builder().further_cancels(0).build().unwrap();
    let summary = Runner::new(&fixture.journal, &client).policy(once).run().await.unwrap();
    assert_eq!(summary.progress.canceled, 1, "{summary}");
    assert_eq!(fixture.operations(&references(1)[0]), [Operation::Cancel; 3]);
}
