//! Takes rows to work on. Each is *started* on the disk before whoever asked has it.

use bambora_core::PaymentReference;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::adding::require_whole_list;
use super::clock;
use super::error::JournalError;
use super::holds::Holds;
use super::reading;
use super::row::{Take, Taken};
use super::schema;
use super::status::Status;

/// The meta entry that numbers the runs.
const RUNS: &str = "runs";

/// One passage through the journal's rows. A row is taken once in a run, unless nothing was sent for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run(pub(super) i64);

pub(super) fn begin_run(connection: &Connection) -> Result<Run, JournalError> {
    let run = last_run(connection)? + 1;
    schema::set(connection, RUNS, &run.to_string())?;
    Ok(Run(run))
}

fn last_run(connection: &Connection) -> Result<i64, JournalError> {
    let text = schema::get(connection, RUNS)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Takes the next rows that wait.
pub(super) fn claim(
    connection: &Connection,
    holds: &Holds,
    run: Run,
    most: u32,
) -> Result<Vec<Taken>, JournalError> {
    require_whole_list(connection)?;
    let mut taken = connection
        .prepare_cached(
            "update payment set status = 'started', run = ?1, runs = runs + 1, started = coalesce(started, ?2) \
             where id in (select id from payment where status = 'waiting' order by id limit ?3) and status = 'waiting' \
             returning id, reference, runs",
        )?
        .query_map(params![run.0, clock::now(), most], |row| {
            Ok((row.get(0)?, reading::reference(row, 1)?, row.get(2)?))
        })?
        .filter_map(|row| {
            row.map(|(row, reference, runs)| {
                // A row that waits is never held.
                holds.hold(row).map(|hold| Taken {
                    hold,
                    reference,
                    in_doubt: false,
                    checkpoint: None,
                    runs,
                })
            })
            .transpose()
        })
        .collect::<rusqlite::Result<Vec<_>>>()?;
    taken.sort_unstable_by_key(|taken| taken.hold.row());
    Ok(taken)
}

/// Takes the next rows that earlier runs left in doubt.
pub(super) fn claim_in_doubt(
    connection: &Connection,
    holds: &Holds,
    run: Run,
    most: u32,
) -> Result<Vec<Taken>, JournalError> {
    require_whole_list(connection)?;
    let held = u32::try_from(holds.len()).unwrap_or(u32::MAX);
    let candidates = connection
        .prepare_cached(
            "select id, reference, checkpoint from payment where status = 'started' and run < ?1 \
             order by run, id limit ?2",
        )?
        .query_map(params![run.0, most.saturating_add(held)], |row| {
            Ok((row.get(0)?, reading::reference(row, 1)?, row.get(2)?))
        })?
        .collect::<rusqlite::Result<Vec<(i64, _, _)>>>()?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut taken = Vec::new();
    for (row, reference, checkpoint) in candidates {
        if taken.len() >= most {
            break;
        }
        if let Some(hold) = holds.hold(row) {
            taken.push(Taken {
                runs: start_again(connection, row, Status::Started, run)?,
                hold,
                reference,
                in_doubt: true,
                checkpoint,
            });
        }
    }
    Ok(taken)
}

/// Takes one payment, which is added if the journal does not have it.
pub(super) fn take(
    connection: &Connection,
    holds: &Holds,
    reference: PaymentReference,
) -> Result<Take, JournalError> {
    require_whole_list(connection)?;
    connection
        .prepare_cached(
            "insert into payment (reference, added) values (?1, ?2) on conflict (reference) do nothing",
        )?
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
fn start_again(
    connection: &Connection,
    row: i64,
    status: Status,
    run: Run,
) -> Result<u32, JournalError> {
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

/// Puts stuck rows back in doubt, for the next run.
pub(super) fn retry_stuck(connection: &Connection) -> Result<u64, JournalError> {
    let changed = connection.execute(
        "update payment set status = 'started', runs = 0 where status = 'stuck'",
        [],
    )?;
    Ok(changed as u64)
}
