//! Orders of one payment are carried out one after another, as they were added.

use bambora_batch::{Conclusion, NextStep, Order, Record, RunEnd, RunEvent, Status, StopToken, Take, Taken};
use bambora_core::posting::PostingKind::{Capture, Refund};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation};

use super::fixture::Fixture;
use super::mixed::posting;
use super::temporary::{Folder, adopt, open, reference};

const KEY: &str = "INVOICE-7";

fn fixture(payments: usize, orders: Vec<Order>) -> Fixture {
    let fixture = Fixture::with_nothing_authorized(0);
    (0..payments).for_each(|number| fixture.sandbox.authorize_amount(&format!("ORDER-{number}"), 300, "EUR"));
    fixture.journal.add_orders(orders).wait().unwrap();
    fixture
}

fn capture(number: usize) -> Order {
    posting(Capture, &format!("ORDER-{number}"), 100, KEY).into()
}

/// It can only be made once that capture is.
fn refund(number: usize) -> Order {
    posting(Refund, &format!("ORDER-{number}"), 100, KEY).into()
}

#[tokio::test]
async fn a_refund_comes_after_the_capture_that_was_added_before() {
    for two_lists in [false, true] {
        let orders = match two_lists {
            true => (0..1_000).map(capture).chain((0..1_000).map(refund)).collect(),
            false => (0..1_000).flat_map(|number| [capture(number), refund(number)]).collect(),
        };
        let fixture = fixture(1_000, orders);
        let summary = fixture.runner().jobs(16).run().await.unwrap();
        assert!(matches!(summary.end, RunEnd::Complete), "{summary}");
        assert_eq!((summary.progress.captured, summary.progress.refunded), (1_000, 1_000), "{summary}");
        let operations = fixture.operations(&reference("ORDER-0"));
        assert_eq!(operations, [Operation::Query, Operation::Capture, Operation::Query, Operation::Refund]);
    }
}

/// Only one that was passed over before comes out of its turn.
#[test]
fn rows_are_claimed_in_their_order() {
    let cancel = |number: usize| reference(&format!("ORDER-{number}")).into();
    let fixture = fixture(0, vec![capture(0), cancel(1), cancel(0)]);
    let journal = &fixture.journal;
    let run = journal.begin_run().wait().unwrap();
    for expected in [capture(0), cancel(1), cancel(0)] {
        let taken = journal.claim(run, 1).wait().unwrap().remove(0);
        assert_eq!(*taken.order(), expected);
        journal.record(taken, Record::new(Conclusion::Refused)).wait().unwrap();
    }
}

/// In a copy, each of them is in doubt.
#[test]
fn an_adopted_cancel_waits_for_a_capture_that_is_in_doubt() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let cancel = || Order::from(reference("ORDER-0"));
    let journal = open(&path).unwrap();
    journal.add_orders(vec![capture(0), cancel(), capture(1)]).wait().unwrap();
    journal.close().wait().unwrap();
    let journal = adopt(&path).unwrap();
    let claim = || {
        let run = journal.begin_run().wait().unwrap();
        journal.claim_in_doubt(run, 9).wait().unwrap()
    };
    let claimed = claim();
    assert_eq!(claimed.iter().map(Taken::order).collect::<Vec<_>>(), [&capture(0), &capture(1)]);
    journal
        .record_all(claimed.into_iter().map(|taken| (taken, Record::new(Conclusion::Refused))).collect())
        .wait()
        .unwrap();
    assert_eq!(claim().iter().map(Taken::order).collect::<Vec<_>>(), [&cancel()]);
}

/// What the older one has passed is not lost for the newer one.
#[test]
fn two_runs_of_one_journal_search_by_themselves() {
    let folder = Folder::new();
    let journal = folder.journal(3);
    let older = journal.begin_run().wait().unwrap();
    let first = journal.claim(older, 1).wait().unwrap().remove(0);
    journal.record(first, Record::new(Conclusion::NotSent)).wait().unwrap();
    let newer = journal.begin_run().wait().unwrap();
    let names = |taken: &[Taken]| taken.iter().map(|taken| taken.reference().to_string()).collect::<Vec<_>>();
    let second = journal.claim(older, 1).wait().unwrap();
    assert_eq!(names(&second), ["ORDER-1"]);
    assert_eq!(names(&journal.claim(newer, 9).wait().unwrap()), ["ORDER-0", "ORDER-2"]);
    assert_eq!(names(&journal.claim(older, 9).wait().unwrap()), [""; 0]);
}

#[tokio::test]
async fn an_order_that_waits_is_not_forgotten_when_others_look_at_the_journal() {
    let fixture = fixture(1, vec![capture(0), refund(0)]);
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    fixture.sandbox.fault(Operation::Capture, "ORDER-0", held);
    let run = tokio::spawn(fixture.runner().run());
    fixture.wait_for_held(1).await;
    fixture.journal.retry_stuck().await.unwrap();
    fixture.sandbox.release();
    let summary = run.await.unwrap().unwrap();
    assert_eq!((summary.progress.captured, summary.progress.refunded), (1, 1), "{summary}");
}

#[test]
fn a_claim_takes_no_more_than_it_is_asked_for() {
    let cancel = |number: usize| reference(&format!("ORDER-{number}")).into();
    let fixture = fixture(0, (0..3).flat_map(|number| [cancel(number), capture(number)]).collect());
    let journal = &fixture.journal;
    let run = journal.begin_run().wait().unwrap();
    for taken in journal.claim(run, 9).wait().unwrap() {
        journal.record(taken, Record::new(Conclusion::Refused)).wait().unwrap();
    }
    // All three captures are free now.
    for (most, expected) in [(0, 0), (1, 1), (1, 1), (9, 1)] {
        assert_eq!(journal.claim(run, most).wait().unwrap().len(), expected);
    }
}

/// Two rows become free, of which one has to wait for another still.
#[test]
fn a_claim_finds_each_row_that_can_be_claimed() {
    let cancel = |number: usize| reference(&format!("ORDER-{number}")).into();
    let third: Order = posting(Capture, "ORDER-0", 100, "INVOICE-8").into();
    let fixture = fixture(0, vec![cancel(0), capture(0), third.clone(), cancel(1), capture(1)]);
    let journal = &fixture.journal;
    let run = journal.begin_run().wait().unwrap();
    let Take::Taken(third) = journal.take_order(third).wait().unwrap() else { panic!("it waits") };
    let [_first, other] = <[_; 2]>::try_from(journal.claim(run, 9).wait().unwrap()).unwrap();
    for taken in [other, third] {
        journal.record(taken, Record::new(Conclusion::Refused)).wait().unwrap();
    }
    let orders = |taken: &[Taken]| taken.iter().map(|taken| taken.order().clone()).collect::<Vec<_>>();
    assert_eq!(orders(&journal.claim(run, 1).wait().unwrap()), [capture(1)]);
    assert_eq!(orders(&journal.claim(run, 9).wait().unwrap()), []);
}

#[tokio::test]
async fn no_fault_and_no_stop_lets_a_refund_overtake_its_capture() {
    let fixture = fixture(200, (0..200).flat_map(|number| [capture(number), refund(number)]).collect());
    fixture.sandbox.random_faults(11, 200);
    for stop_after in [20, 100, usize::MAX] {
        let stop = StopToken::new();
        let mut recorded = 0;
        let run = fixture.runner().jobs(16).stop_token(&stop).run_with(|event| {
            recorded += usize::from(matches!(event, RunEvent::Recorded(_)));
            if recorded == stop_after {
                stop.trigger();
            }
            std::future::ready(())
        });
        run.await.unwrap();
    }
    fixture.sandbox.recover();
    fixture.runner().run().await.unwrap();
    let rows = fixture.journal.page(&Status::ALL, 0, 1_000).await.unwrap();
    for pair in rows.chunks(2) {
        let statuses = [pair[0].status, pair[1].status];
        // A request that was lost on the way is not sent again.
        let expected = match pair[0].status {
            Status::Captured if pair[1].status == Status::Started => [Status::Captured, Status::Started],
            Status::Captured => [Status::Captured, Status::Refunded],
            _ => [Status::Started, Status::Waiting],
        };
        assert_eq!(statuses, expected, "{pair:?}");
    }
}

#[tokio::test]
async fn an_order_waits_as_long_as_an_earlier_one_of_its_payment_waits_or_is_in_doubt() {
    let again = posting(Capture, "ORDER-0", 100, "INVOICE-8");
    let fixture = fixture(1, vec![capture(0), again.into()]);
    let garbage = Fault::new(Effect::Skip, FaultResponse::Garbage);
    (0..40).for_each(|_| fixture.sandbox.fault(Operation::Query, "ORDER-0", garbage));
    fixture.sandbox.fault(Operation::Capture, "ORDER-0", Fault::new(Effect::Skip, FaultResponse::Drop));
    let runner = fixture.runner().stuck_after(2);
    // First the earlier one waits, since no query of it succeeds; then it is in doubt; then it is stuck.
    for (earlier, later) in
        [(Status::Waiting, Status::Waiting), (Status::Started, Status::Waiting), (Status::Stuck, Status::Captured)]
    {
        let summary = runner.clone().run().await.unwrap();
        assert!(matches!(summary.end, RunEnd::Complete), "{summary}");
        assert_eq!(summary.to_string().contains("but for those that wait"), later == Status::Waiting, "{summary}");
        let is_done = later == Status::Captured;
        assert_eq!(summary.next_step(), if is_done { NextStep::LookAtStuck } else { NextStep::GoOn });
        let rows = fixture.journal.page(&Status::ALL, 0, 9).await.unwrap();
        assert_eq!([rows[0].status, rows[1].status], [earlier, later]);
    }
    assert_eq!(fixture.sandbox.captured("ORDER-0"), 100);
}

#[tokio::test]
async fn an_order_goes_on_though_an_earlier_one_of_its_payment_is_refused() {
    let too_much = posting(Capture, "ORDER-0", 400, "INVOICE-6");
    let fixture = fixture(1, vec![too_much.into(), capture(0), reference("ORDER-0").into()]);
    fixture.runner().run().await.unwrap();
    let rows = fixture.journal.page(&Status::ALL, 0, 9).await.unwrap();
    let statuses: Vec<_> = rows.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [Status::Refused, Status::Captured, Status::Refused]);
}

#[tokio::test]
async fn many_orders_of_one_payment_are_carried_out_in_their_order() {
    let orders = (0..200).map(|number| posting(Capture, "ORDER-0", 1, &format!("INVOICE-{number}")).into());
    let fixture = fixture(1, orders.collect());
    let summary = fixture.runner().jobs(16).run().await.unwrap();
    assert_eq!(summary.progress.captured, 200, "{summary}");
    let keys: Vec<_> = fixture.sandbox.captures("ORDER-0").into_iter().map(|posting| posting.comment).collect();
    let expected: Vec<_> = (0..200).map(|number| Some(format!("INVOICE-{number}"))).collect();
    assert_eq!(keys, expected);
}
