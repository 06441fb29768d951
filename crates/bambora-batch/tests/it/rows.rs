//! What can become of a row, and what cannot.

use bambora_batch::{Conclusion, JournalError, Record, Status, Take, Taken};
use bambora_core::Checkpoint;

use super::temporary::{Folder, merchant, open, reference};

fn canceled() -> Record {
    Record::new(Conclusion::Canceled { confirmation: "response".to_owned() })
}

fn unknown(checkpoint: &str, stuck: bool) -> Record {
    Record::new(Conclusion::Unknown { checkpoint: Some(checkpoint.to_owned()), stuck })
}

fn names(taken: &[Taken]) -> Vec<&str> {
    taken.iter().map(|taken| taken.reference().as_str()).collect()
}

#[test]
fn rows_are_claimed_once_and_in_order() {
    let folder = Folder::new();
    let journal = folder.journal(5);
    let run = journal.begin_run().wait().unwrap();
    let first = journal.claim(run, 2).wait().unwrap();
    assert_eq!(names(&first), ["ORDER-0", "ORDER-1"]);
    assert!(first.iter().all(|taken| !taken.is_in_doubt() && taken.runs() == 1));
    assert_eq!(journal.counts().wait().unwrap().to_string(), "3 waiting, 2 started, 0 canceled, 0 refused, 0 stuck");
    assert_eq!(names(&journal.claim(run, 10).wait().unwrap()), ["ORDER-2", "ORDER-3", "ORDER-4"]);
    assert!(journal.claim(run, 10).wait().unwrap().is_empty());
    assert!(journal.claim_in_doubt(run, 10).wait().unwrap().is_empty());
}

#[test]
fn what_a_run_left_started_is_in_doubt_for_the_next_run_only() {
    let folder = Folder::new();
    let journal = folder.journal(3);
    let run = journal.begin_run().wait().unwrap();
    let mut taken = journal.claim(run, 3).wait().unwrap();
    journal.record(taken.remove(0), unknown("where it stood", false)).wait().unwrap();
    drop(taken);
    assert!(journal.claim_in_doubt(run, 10).wait().unwrap().is_empty());

    let next = journal.begin_run().wait().unwrap();
    let doubtful = journal.claim_in_doubt(next, 2).wait().unwrap();
    assert_eq!(names(&doubtful), ["ORDER-0", "ORDER-1"]);
    assert_eq!(doubtful[0].checkpoint(), Some("where it stood"));
    assert_eq!(doubtful[1].checkpoint(), None);
    assert!(doubtful.iter().all(Taken::is_in_doubt));
    // The run that was broken off does not count.
    assert_eq!(doubtful.iter().map(Taken::runs).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(names(&journal.claim_in_doubt(next, 2).wait().unwrap()), ["ORDER-2"]);
}

/// Of two rows, one with a problem, which is searched for apart from the others.
#[test]
fn a_row_that_is_released_is_claimed_again_in_the_same_run() {
    let folder = Folder::new();
    let journal = folder.journal(3);
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap().remove(0);
    let mut denied = Record::new(Conclusion::NotSent);
    denied.problem = Some("403: not permitted".to_owned());
    journal.record(taken, denied).wait().unwrap();

    let run = journal.begin_run().wait().unwrap();
    for _ in 0..3 {
        let [waiting, denied] = [9, 9].map(|most| journal.claim(run, most).wait().unwrap());
        assert_eq!(names(&waiting), ["ORDER-1", "ORDER-2"]);
        assert_eq!(names(&denied), ["ORDER-0"]);
        assert!(journal.claim(run, 9).wait().unwrap().is_empty());
        journal.release(waiting.into_iter().chain(denied).collect()).wait().unwrap();
    }
}

/// Whether the search for rows has passed it already makes no difference.
#[test]
fn a_row_that_is_given_back_waits_for_the_next_run() {
    for is_searched in [false, true] {
        let folder = Folder::new();
        let journal = folder.journal(2);
        journal.begin_run().wait().unwrap();
        let Take::Taken(taken) = journal.take(reference("ORDER-0")).wait().unwrap() else { panic!("it waits") };
        let run = journal.begin_run().wait().unwrap();
        let claimed = if is_searched { journal.claim(run, 9).wait().unwrap() } else { Vec::new() };
        journal.record(taken, Record::new(Conclusion::NotSent)).wait().unwrap();
        drop(claimed);
        let expected: &[&str] = if is_searched { &[] } else { &["ORDER-1"] };
        assert_eq!(names(&journal.claim(run, 9).wait().unwrap()), expected);
        let next = journal.begin_run().wait().unwrap();
        assert_eq!(names(&journal.claim(next, 9).wait().unwrap()), ["ORDER-0"]);
    }
}

#[test]
fn a_terminal_row_never_reopens() {
    let folder = Folder::new();
    let journal = folder.journal(2);
    for record in [canceled(), Record::new(Conclusion::Refused)] {
        let run = journal.begin_run().wait().unwrap();
        let taken = journal.claim(run, 1).wait().unwrap().remove(0);
        let name = taken.reference().clone();
        journal.record(taken, record).wait().unwrap();
        let row = journal.find(name.clone()).wait().unwrap().unwrap();
        assert!(row.status.is_terminal() && row.finished >= row.started);

        assert_eq!(journal.add(vec![name.clone()]).wait().unwrap().duplicates, 1);
        assert!(matches!(
            journal.take(name.clone()).wait().unwrap(),
            Take::Finished(finished) if *finished == row
        ));
        let next = journal.begin_run().wait().unwrap();
        assert!(journal.claim_in_doubt(next, 9).wait().unwrap().is_empty());
        assert_eq!(journal.retry_stuck().wait().unwrap(), 0);
        assert_eq!(journal.find(name).wait().unwrap().unwrap(), row);
    }
}

#[test]
fn a_second_record_of_a_row_is_an_error_and_changes_nothing() {
    let folder = Folder::new();
    let path = folder.join("night.journal");
    let journal = folder.journal(1);
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap().remove(0);
    journal.close().wait().unwrap();

    // The row gets its outcome from somebody else, in spite of the lock.
    let intruder = rusqlite::Connection::open(&path).unwrap();
    intruder.execute("update payment set status = 'refused'", []).unwrap();
    drop(intruder);

    let journal = open(&path).unwrap();
    let error = journal.record(taken, canceled()).wait().unwrap_err();
    assert!(matches!(error, JournalError::NotStarted { .. }), "{error}");
    assert!(error.to_string().contains("ORDER-0 as refused"), "{error}");
    assert_eq!(journal.counts().wait().unwrap().of(Status::Refused), 1);
    assert_eq!(journal.add(vec![reference("other")]).wait().unwrap().added, 1);
}

#[test]
fn a_row_for_which_nothing_was_sent_waits_again() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap().remove(0);
    journal.record(taken, Record::new(Conclusion::NotSent)).wait().unwrap();
    // It has had its turn in this run.
    assert!(journal.claim(run, 1).wait().unwrap().is_empty());
    let run = journal.begin_run().wait().unwrap();
    let again = journal.claim(run, 1).wait().unwrap().remove(0);
    assert!(!again.is_in_doubt());
    assert_eq!(again.runs(), 1);
}

#[test]
fn a_stuck_row_is_left_alone_until_somebody_asks_for_it() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap().remove(0);
    journal.record(taken, unknown("where it stood", true)).wait().unwrap();
    let next = journal.begin_run().wait().unwrap();
    assert!(journal.claim_in_doubt(next, 9).wait().unwrap().is_empty());
    assert!(matches!(
        journal.take(reference("ORDER-0")).wait().unwrap(),
        Take::Finished(row) if row.status == Status::Stuck
    ));
    assert_eq!(journal.retry_stuck().wait().unwrap(), 1);
    let taken = journal.claim_in_doubt(next, 9).wait().unwrap().remove(0);
    assert_eq!((taken.checkpoint(), taken.runs()), (Some("where it stood"), 1));
}

#[test]
fn one_payment_has_one_owner_in_the_process() {
    let folder = Folder::new();
    let journal = folder.journal(0);
    let Take::Taken(taken) = journal.take(reference("A")).wait().unwrap() else {
        panic!("not taken");
    };
    assert!(!taken.is_in_doubt());
    assert!(matches!(journal.take(reference("A")).wait().unwrap(), Take::Held));
    let run = journal.begin_run().wait().unwrap();
    assert!(journal.claim_in_doubt(run, 9).wait().unwrap().is_empty());

    // Its owner gives up without a record.
    drop(taken);
    let Take::Taken(taken) = journal.take(reference("A")).wait().unwrap() else {
        panic!("not taken");
    };
    assert!(taken.is_in_doubt());
}

#[test]
fn rows_are_read_as_a_stream_and_summed_up() {
    let folder = Folder::new();
    let journal = folder.journal(2_500);
    let run = journal.begin_run().wait().unwrap();
    for (number, taken) in journal.claim(run, 30).wait().unwrap().into_iter().enumerate() {
        let mut record = Record::new(Conclusion::Refused);
        record.problem = Some(["payment_not_found", "cannot_cancel"][usize::from(number < 10)].to_owned());
        record.message = Some(format!("{} is refused", taken.reference()));
        (record.attempts, record.queries) = (1, 2);
        journal.record(taken, record).wait().unwrap();
    }
    let waiting: Vec<_> = journal.rows(&[Status::Waiting]).map(|row| row.unwrap().reference.to_string()).collect();
    let first = journal.rows(&[Status::Waiting]).next().unwrap().unwrap();
    assert!(first.message.contains("ORDER-30 waits"), "{first:?}");
    assert_eq!(waiting.len(), 2_470);
    assert_eq!(waiting[0], "ORDER-30");
    let mut all = journal.rows(&Status::ALL);
    assert_eq!(all.by_ref().count(), 2_500);
    journal.add(vec![reference("LATER")]).wait().unwrap();
    assert!(all.next().is_none(), "it has ended");
    let refused = journal.rows(&[Status::Refused]).next().unwrap().unwrap();
    assert_eq!((refused.attempts, refused.queries), (1, 2));
    assert_eq!(refused.message, "ORDER-0 is refused");
    let reasons: Vec<_> =
        journal.reasons(5).wait().unwrap().into_iter().map(|reason| (reason.problem, reason.count)).collect();
    assert_eq!(reasons, [("payment_not_found".to_owned(), 20), ("cannot_cancel".to_owned(), 10)]);
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[test]
fn a_row_says_when_it_was_added_started_and_finished() {
    let folder = Folder::new();
    let times = [now()];
    let journal = folder.journal(1);
    let times = [times[0], now()];
    let row = || journal.find(reference("ORDER-0")).wait().unwrap().unwrap();
    assert!((times[0]..=times[1]).contains(&row().added), "{:?}", row());
    assert_eq!((row().started, row().finished), (None, None));
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap().remove(0);
    let started = row().started.unwrap();
    assert!((times[1]..=now()).contains(&started), "{:?}", row());
    journal.record(taken, canceled()).wait().unwrap();
    assert_eq!(row().started, Some(started));
    assert!((started..=now()).contains(&row().finished.unwrap()), "{:?}", row());
}

#[test]
fn many_records_at_once_change_no_row_but_their_own() {
    let folder = Folder::new();
    let journal = folder.journal(5);
    let run = journal.begin_run().wait().unwrap();
    let mut taken = journal.claim(run, 5).wait().unwrap();
    let path = folder.join("night.journal");
    journal.close().wait().unwrap();
    // One row gets its outcome from somebody else, in spite of the lock.
    let intruder = rusqlite::Connection::open(&path).unwrap();
    intruder.execute("update payment set status = 'refused', finished = 1 where reference = 'ORDER-2'", []).unwrap();
    drop(intruder);

    // All the same but one, in no order; the second row, between them, is somebody else's.
    let journal = open(&path).unwrap();
    let _held = taken.remove(1);
    taken.reverse();
    let mut records: Vec<_> = taken.into_iter().map(|taken| (taken, canceled())).collect();
    records[0].1.message = Some("in its own words".to_owned());
    let results = journal.record_all(records).wait().unwrap();
    let mut told: Vec<_> =
        results.iter().map(|result| result.as_ref().map_or("", |recorded| recorded.reference.as_str())).collect();
    told.sort_unstable();
    assert_eq!(told, ["", "ORDER-0", "ORDER-3", "ORDER-4"]);
    let failed: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(matches!(failed[..], [JournalError::NotStarted { reference, .. }] if reference.as_str() == "ORDER-2"));
    let rows: Vec<_> = journal.rows(&Status::ALL).map(|row| row.unwrap().status.as_str()).collect();
    assert_eq!(rows, ["canceled", "started", "refused", "canceled", "canceled"]);
    let last = journal.find(reference("ORDER-4")).wait().unwrap().unwrap();
    assert_eq!(last.message, "in its own words");
}

#[test]
fn rows_that_are_given_back_are_claimed_again_in_the_same_run() {
    let folder = Folder::new();
    let journal = folder.journal(4);
    let run = journal.begin_run().wait().unwrap();
    let mut taken = journal.claim(run, 3).wait().unwrap();
    journal.release(vec![taken.remove(0), taken.remove(1)]).wait().unwrap();
    let row = journal.find(reference("ORDER-0")).wait().unwrap().unwrap();
    assert_eq!((row.status, row.runs, row.started), (Status::Waiting, 0, None));
    assert_eq!(names(&journal.claim(run, 9).wait().unwrap()), ["ORDER-0", "ORDER-2", "ORDER-3"]);
    assert!(journal.claim(run, 9).wait().unwrap().is_empty());
}

#[test]
fn a_cancel_is_resumed_with_its_whole_budget() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    let run = journal.begin_run().wait().unwrap();
    let taken = journal.claim(run, 1).wait().unwrap().remove(0);
    assert!(taken.resume_from(&merchant()).is_none());
    let checkpoint = Checkpoint::new(merchant(), reference("ORDER-0"), 3).to_string();
    journal.record(taken, unknown(&checkpoint, false)).wait().unwrap();
    let Take::Taken(taken) = journal.take(reference("ORDER-0")).wait().unwrap() else {
        panic!("not taken");
    };
    assert_eq!(taken.resume_from(&merchant()), Some(Checkpoint::new(merchant(), reference("ORDER-0"), 1)));
    assert!(taken.resume_posting_from(&merchant()).is_none());
}

#[tokio::test]
async fn an_async_program_awaits_what_a_blocking_one_waits_for() {
    let folder = Folder::new();
    let journal = folder.journal(100);
    let run = journal.begin_run().await.unwrap();
    let mut tasks = Vec::new();
    for taken in journal.claim(run, 100).await.unwrap() {
        let journal = journal.clone();
        tasks.push(tokio::spawn(async move {
            journal.record(taken, canceled()).await.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(journal.counts().await.unwrap().of(Status::Canceled), 100);
    assert_eq!(format!("{:?}", journal.counts()), "Pending { .. }");
    journal.clone().close().await.unwrap();
    assert!(matches!(journal.counts().await, Err(JournalError::Closed)));
}

#[tokio::test]
async fn waiting_in_a_task_does_not_wait_for_the_task_itself() {
    let journal = Folder::new().journal(1);
    for _ in 0..1_000 {
        journal.counts().wait().unwrap();
    }
}

#[test]
fn dropping_the_journal_waits_for_nobody_who_has_not_asked() {
    let folder = Folder::new();
    let journal = folder.journal(1);
    let (unasked, counts) = (journal.begin_run(), journal.counts());
    drop(journal);
    assert!(matches!(unasked.wait(), Err(JournalError::Closed)));
    assert!(matches!(counts.wait(), Err(JournalError::Closed)));
    assert!(open(&folder.join("night.journal")).is_ok());
}
