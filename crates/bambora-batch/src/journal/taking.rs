//! Takes rows to work on. Each is *started* on the disk before whoever asked has it.

use bambora_core::PaymentReference;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::clock;
use super::error::JournalError;
use super::holds::{Holds, Searched};
use super::reading;
use super::row::{Take, Taken};
use super::schema;
use super::status::Status;

/// The meta entry that numbers the runs.
const RUNS: &str = "runs";

/// One passage through the journal's rows. A row is taken once in a run, unless nothing was sent for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run(pub(super) i64);

pub(super) fn begin_run(connection: &Connection, holds: &Holds) -> Result<Run, JournalError> {
    holds.set_searched(Searched::default());
    let run = last_run(connection)? + 1;
    schema::set(connection, RUNS, &run.to_string())?;
    Ok(Run(run))
}

fn last_run(connection: &Connection) -> Result<i64, JournalError> {
    let text = schema::get(connection, RUNS)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Takes the next rows that wait.
pub(super) fn claim(connection: &Connection, holds: &Holds, run: Run, most: u32) -> Result<Vec<Taken>, JournalError> {
    let mut searched = holds.searched();
    let taken = waiting(connection, holds, searched.waiting, most)?;
    let [Some(first), Some(last)] = [taken.first(), taken.last()].map(|taken| taken.map(|taken| taken.hold.row()))
    else {
        return Ok(taken);
    };
    // One range takes half the time of a list: between the first and the last nothing else waits.
    let changed = connection
        .prepare_cached(
            "update payment set status = 'started', run = ?1, runs = runs + 1, started = coalesce(started, ?2) \
             where id between ?3 and ?4 and status = 'waiting' and operation = 'cancel'",
        )?
        .execute(params![run.0, clock::now(), first, last])?;
    if changed != taken.len() {
        return Err(rusqlite::Error::StatementChangedRows(changed).into());
    }
    searched.waiting = last;
    holds.set_searched(searched);
    Ok(taken)
}

/// The next rows that wait, as they will be once they are started.
fn waiting(connection: &Connection, holds: &Holds, after: i64, most: u32) -> Result<Vec<Taken>, JournalError> {
    let mut statement = connection.prepare_cached(
        "select id, reference, runs + 1 from payment \
         where finished is null and status = 'waiting' and operation = 'cancel' and id > ?1 order by id limit ?2",
    )?;
    let mut rows = statement.query(params![after, most])?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        // A row that waits is never held.
        if let Some(hold) = holds.hold(row.get(0)?) {
            let reference = reading::reference(row, 1)?;
            waiting.push(Taken { hold, reference, in_doubt: false, checkpoint: None, runs: row.get(2)? });
        }
    }
    Ok(waiting)
}

/// Takes the next rows that earlier runs left in doubt.
pub(super) fn claim_in_doubt(
    connection: &Connection,
    holds: &Holds,
    run: Run,
    most: u32,
) -> Result<Vec<Taken>, JournalError> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut searched = holds.searched();
    let mut statement = connection.prepare_cached(
        "select id, reference, checkpoint from payment \
         where finished is null and status = 'started' and operation = 'cancel' and run < ?1 and id > ?2 order by id",
    )?;
    let mut candidates = statement.query(params![run.0, searched.in_doubt])?;
    let mut found = Vec::new();
    while found.len() < most
        && let Some(row) = candidates.next()?
    {
        searched.in_doubt = row.get(0)?;
        // Whoever holds it works on it already.
        if let Some(hold) = holds.hold(searched.in_doubt) {
            found.push((hold, reading::reference(row, 1)?, row.get(2)?));
        }
    }
    holds.set_searched(searched);
    found
        .into_iter()
        .map(|(hold, reference, checkpoint)| {
            Ok(Taken {
                runs: start_again(connection, hold.row(), Status::Started, run)?,
                hold,
                reference,
                in_doubt: true,
                checkpoint,
            })
        })
        .collect()
}

/// Takes one payment, which is added if the journal does not have it.
pub(super) fn take(connection: &Connection, holds: &Holds, reference: PaymentReference) -> Result<Take, JournalError> {
    connection
        .prepare_cached("insert into payment (reference, added) values (?1, ?2) on conflict do nothing")?
        .execute(params![reference.as_str(), clock::now()])?;
    let row = reading::find(connection, &reference)?;
    let row = row.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    if row.status.is_terminal() || row.status == Status::Stuck {
        return Ok(Take::Finished(Box::new(row)));
    }
    let Some(hold) = holds.hold(row.position) else {
        return Ok(Take::Held);
    };
    let run = Run(last_run(connection)?);
    Ok(Take::Taken(Taken {
        runs: start_again(connection, row.position, row.status, run)?,
        hold,
        reference,
        in_doubt: row.status == Status::Started,
        checkpoint: row.checkpoint,
    }))
}

/// Starts one row that has this status, and returns how many runs have done so.
fn start_again(connection: &Connection, row: i64, status: Status, run: Run) -> Result<u32, JournalError> {
    let runs = connection
        .prepare_cached(
            "update payment set status = 'started', run = ?2, runs = runs + 1, started = coalesce(started, ?3) \
             where id = ?1 and status = ?4 returning runs",
        )?
        .query_row(params![row, run.0, clock::now(), status.as_str()], |row| row.get(0))
        .optional()?;
    // The row was read in this transaction.
    runs.ok_or_else(|| rusqlite::Error::StatementChangedRows(0).into())
}

/// Undoes the taking of rows for which nothing was sent since.
pub(super) fn release(connection: &Connection, holds: &Holds, taken: Vec<Taken>) -> Result<(), JournalError> {
    let mut update = connection.prepare_cached(
        "update payment set status = ?2, runs = runs - 1, started = iif(runs = 1 and ?2 = 'waiting', null, started) \
         where id = ?1 and status = 'started'",
    )?;
    for taken in taken {
        let status = match taken.in_doubt {
            true => Status::Started,
            false => Status::Waiting,
        };
        update.execute(params![taken.hold.row(), status.as_str()])?;
        if !taken.in_doubt {
            holds.waits(taken.hold.row());
        }
    }
    Ok(())
}

/// Puts stuck rows back in doubt, for the next run.
pub(super) fn retry_stuck(connection: &Connection, holds: &Holds) -> Result<u64, JournalError> {
    holds.set_searched(Searched::default());
    let changed = connection.execute(
        "update payment set status = 'started', run = 0, runs = 0 where finished is null and status = 'stuck'",
        [],
    )?;
    Ok(changed as u64)
}
