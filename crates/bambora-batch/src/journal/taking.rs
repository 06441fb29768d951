//! Takes rows to work on. Each is *started* on the disk before the caller has it.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::adding;
use super::clock;
use super::error::Fault;
use super::holds::{Hold, Holds};
use super::reading;
use super::row::{Take, Taken, UNSENT};
use super::schema;
use super::status::Status;
use crate::order::Order;

/// The meta entry that numbers the runs.
pub(super) const RUNS: &str = "runs";

/// One passage through the journal's rows. A row is claimed once in a run, unless it was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run(pub(super) i64);

pub(super) fn begin_run(connection: &Connection, holds: &Holds) -> Result<Run, Fault> {
    let run = last_run(connection)? + 1;
    schema::set(connection, RUNS, &run.to_string())?;
    holds.begin(run);
    Ok(Run(run))
}

fn last_run(connection: &Connection) -> Result<i64, Fault> {
    let text = schema::get(connection, RUNS)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// From when on a capture or refund is in doubt, should the process end. A cancel is so from its start: it can be sent again
/// after a query, but a capture or refund in doubt cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Its request may be sent as soon as the row is started.
    FromStart,
    /// A checkpoint is stored in the row before its request is sent.
    FromCheckpoint,
}

impl Doubt {
    /// What a row has for a checkpoint once it is started.
    fn checkpoint(self) -> Option<&'static str> {
        match self {
            Self::FromStart => None,
            Self::FromCheckpoint => Some(UNSENT),
        }
    }
}

/// Takes the next rows that wait. Those that an earlier run has given back with a problem come last, so that they cannot keep the
/// others from their turn.
pub(super) fn claim(
    connection: &Connection,
    holds: &Holds,
    (run, doubt): (Run, Doubt),
    most: u32,
) -> Result<Vec<Taken>, Fault> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut taken = Vec::new();
    // One that still has to wait for another is freed again by that one.
    while taken.len() < most
        && let Some(row) = holds.take_freed(run.0)
    {
        let rows = Rows { after: row - 1, last: row, have_problem: None };
        taken.extend(claim_of(connection, holds, (run, doubt), rows, 1)?.taken);
    }
    for have_problem in [false, true] {
        if !taken.is_empty() {
            break;
        }
        let mut searched = holds.searched_by(run.0);
        let after = if have_problem { &mut searched.denied } else { &mut searched.waiting };
        let rows = Rows { after: *after, last: i64::MAX, have_problem: Some(have_problem) };
        let found = claim_of(connection, holds, (run, doubt), rows, most)?;
        *after = found.last;
        searched.has_passed_over |= found.has_passed_over;
        holds.set_searched(searched);
        taken = found.taken;
    }
    Ok(taken)
}

/// Which rows are searched.
#[derive(Clone, Copy)]
struct Rows {
    after: i64,
    last: i64,
    have_problem: Option<bool>,
}

struct Found {
    taken: Vec<Taken>,
    last: i64,
    /// Whether an earlier row of the same payment is not finished.
    has_passed_over: bool,
}

fn claim_of(
    connection: &Connection,
    holds: &Holds,
    (run, doubt): (Run, Doubt),
    rows: Rows,
    most: usize,
) -> Result<Found, Fault> {
    let found = waiting(connection, holds, run, rows, most)?;
    let mut update = connection.prepare_cached(&format!(
        "update payment set status = 'started', run = ?1, started = coalesce(started, ?5), \
         checkpoint = iif(operation = 'cancel', null, ?6) where {WAITING}"
    ))?;
    // One range takes half the time of a list: between the first and the last nothing else waits.
    let at_once = if found.has_passed_over { 1 } else { found.taken.len().max(1) };
    for part in found.taken.chunks(at_once) {
        if let (Some(first), Some(last)) = (part.first(), part.last()) {
            let (after, last) = (first.hold.row() - 1, last.hold.row());
            let changed =
                update.execute(params![run.0, after, last, rows.have_problem, clock::now(), doubt.checkpoint()])?;
            if changed != part.len() {
                return Err(rusqlite::Error::StatementChangedRows(changed).into());
            }
        }
    }
    Ok(found)
}

/// Which rows wait and were not given back in this run.
const WAITING: &str = "finished is null and status = 'waiting' and run < ?1 and id > ?2 and id <= ?3 \
                       and ifnull((problem is not null) = ?4, true)";

/// Whether an earlier order of the payment is not finished. They are found by the index, of which the reference is the first column.
const HAS_EARLIER: &str = "exists (select 1 from payment as earlier where earlier.reference = payment.reference \
                           and +earlier.id < payment.id and earlier.status in ('waiting', 'started'))";

/// The next rows that wait, as they will be once they are started.
fn waiting(connection: &Connection, holds: &Holds, run: Run, rows: Rows, most: usize) -> Result<Found, Fault> {
    let mut statement = connection.prepare_cached(&format!(
        "select id, runs + 1, {HAS_EARLIER}, {} from payment where {WAITING} order by id",
        reading::ORDER
    ))?;
    let mut next = statement.query(params![run.0, rows.after, rows.last, rows.have_problem])?;
    let mut found = Found { taken: Vec::new(), last: rows.after, has_passed_over: false };
    while found.taken.len() < most
        && let Some(row) = next.next()?
    {
        found.last = row.get(0)?;
        // A row that waits is never held.
        match holds.hold(found.last).filter(|_| matches!(row.get(2), Ok(false))) {
            Some(hold) => {
                let order = reading::order(row, 3)?;
                found.taken.push(Taken { hold, order, in_doubt: false, checkpoint: None, runs: row.get(1)? });
            }
            None => found.has_passed_over = true,
        }
    }
    Ok(found)
}

/// Takes the next rows that earlier runs left in doubt.
pub(super) fn claim_in_doubt(
    connection: &Connection,
    holds: &Holds,
    (run, doubt): (Run, Doubt),
    most: u32,
) -> Result<Vec<Taken>, Fault> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut searched = holds.searched_by(run.0);
    // Whatever is in doubt can be queried. What may be sent again, or was not sent yet, has to wait its turn: in an adopted journal,
    // several orders of one payment are in doubt.
    let mut statement = connection.prepare_cached(&format!(
        "select id, checkpoint, {} from payment \
         where finished is null and status = 'started' and run < ?1 and id > ?2 \
         and not ((operation = 'cancel' or checkpoint is ?3) and {HAS_EARLIER}) order by id",
        reading::ORDER
    ))?;
    let mut candidates = statement.query(params![run.0, searched.in_doubt, UNSENT])?;
    let mut found = Vec::new();
    while found.len() < most
        && let Some(row) = candidates.next()?
    {
        searched.in_doubt = row.get(0)?;
        // If it is held, somebody works on it already.
        if let Some(hold) = holds.hold(searched.in_doubt) {
            found.push((hold, reading::order(row, 2)?, row.get(1)?));
        }
    }
    holds.set_searched(searched);
    found
        .into_iter()
        .map(|(hold, order, checkpoint)| {
            start_again(connection, hold, order, (Status::Started, checkpoint), (run, doubt))
        })
        .collect()
}

/// Takes one row, which is added if the journal does not have it.
pub(super) fn take(connection: &Connection, holds: &Holds, order: Order, doubt: Doubt) -> Result<Take, Fault> {
    adding::add(connection, std::slice::from_ref(&order))?;
    let row = reading::find(connection, &order)?;
    let row = row.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    if row.status.is_terminal() || row.status == Status::Stuck {
        return Ok(Take::Finished(Box::new(row)));
    }
    let Some(hold) = holds.hold(row.position) else {
        return Ok(Take::Held);
    };
    let run = Run(last_run(connection)?);
    start_again(connection, hold, order, (row.status, row.checkpoint), (run, doubt)).map(Take::Taken)
}

/// Starts one row that waits or is started.
fn start_again(
    connection: &Connection,
    hold: Hold,
    order: Order,
    (status, checkpoint): (Status, Option<String>),
    (run, doubt): (Run, Doubt),
) -> Result<Taken, Fault> {
    let is_unsent = checkpoint.as_deref() == Some(UNSENT);
    let in_doubt = status == Status::Started && !is_unsent;
    let checkpoint = checkpoint.filter(|_| in_doubt);
    let stored = match order {
        Order::Posting(_) if !in_doubt => doubt.checkpoint(),
        _ => checkpoint.as_deref(),
    };
    let runs = connection
        .prepare_cached(
            "update payment set status = 'started', run = ?2, started = coalesce(started, ?3), checkpoint = ?5 \
             where id = ?1 and status = ?4 returning runs + 1",
        )?
        .query_row(params![hold.row(), run.0, clock::now(), status.as_str(), stored], |row| row.get(0))
        .optional()?;
    // The row was read in this transaction.
    let runs = runs.ok_or(rusqlite::Error::StatementChangedRows(0))?;
    Ok(Taken { hold, order, in_doubt, checkpoint, runs })
}

/// Undoes the taking of rows for which nothing was sent since.
pub(super) fn release(connection: &Connection, holds: &Holds, taken: Vec<Taken>) -> Result<(), Fault> {
    let mut update = connection.prepare_cached(
        "update payment set status = ?2, started = iif(runs = 0 and ?2 = 'waiting', null, started), \
         checkpoint = iif(?2 = 'waiting', null, checkpoint), run = iif(?2 = 'waiting', 0, run) \
         where id = ?1 and status = 'started'",
    )?;
    for taken in taken {
        let status = if taken.in_doubt { Status::Started } else { Status::Waiting };
        update.execute(params![taken.hold.row(), status.as_str()])?;
        if !taken.in_doubt {
            holds.waits(taken.hold.row());
        }
    }
    Ok(())
}

/// Puts stuck rows back in doubt, for the next run.
pub(super) fn retry_stuck(connection: &Connection, holds: &Holds) -> Result<u64, Fault> {
    holds.rewind();
    let changed = connection.execute(
        "update payment set status = 'started', run = 0, runs = 0 where finished is null and status = 'stuck'",
        [],
    )?;
    Ok(changed as u64)
}

/// In a copy, or if changes are lost, whatever was not sent may have been sent all the same.
pub(super) fn doubt_what_was_not_sent(connection: &Connection) -> Result<(), Fault> {
    connection.execute(
        "update payment set status = 'started', started = coalesce(started, ?1), checkpoint = null \
         where finished is null and (status = 'waiting' or checkpoint = ?2)",
        params![clock::now(), UNSENT],
    )?;
    Ok(())
}
