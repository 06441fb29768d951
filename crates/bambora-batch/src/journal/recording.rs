//! Writes what came of a row, which has to be *started*.

use bambora_core::PaymentReference;
use rusqlite::{Connection, Statement, params};

use super::clock;
use super::error::JournalError;
use super::holds::Holds;
use super::reading;
use super::row::{Conclusion, Record, Taken};
use super::status::Status;

/// What was recorded of a payment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// The payment.
    pub reference: PaymentReference,
    /// What came of it.
    pub record: Record,
}

impl Recorded {
    /// Returns the status that the row has now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.record.conclusion.status()
    }

    /// Returns where the payment stands, in a sentence.
    #[must_use]
    pub fn message(&self) -> String {
        let message = self.record.message.clone();
        message.unwrap_or_else(|| reading::sentence(&self.reference, self.status()))
    }
}

const UPDATE: &str = "update payment set status = ?2, checkpoint = ?3, confirmation = ?4, problem = ?5, message = ?6, \
                      attempts = attempts + ?7, queries = queries + ?8, finished = ?9 \
                      where id = ?1 and status = 'started'";

pub(super) fn record(
    connection: &Connection,
    holds: &Holds,
    taken: Taken,
    record: &Record,
) -> Result<(), JournalError> {
    let mut statement = connection.prepare_cached(UPDATE)?;
    match update(&mut statement, holds, &taken, record)? {
        true => Ok(()),
        false => Err(not_started(connection, taken)),
    }
}

pub(super) fn record_all(
    connection: &Connection,
    holds: &Holds,
    records: Vec<(Taken, Record)>,
) -> Result<Vec<Result<Recorded, JournalError>>, JournalError> {
    // Looking a statement up costs about as much as a row.
    let mut statement = connection.prepare_cached(UPDATE)?;
    records
        .into_iter()
        .map(|(taken, record)| {
            Ok(match update(&mut statement, holds, &taken, &record)? {
                true => Ok(Recorded {
                    reference: taken.reference,
                    record,
                }),
                false => Err(not_started(connection, taken)),
            })
        })
        .collect()
}

/// Returns `false` if the row was not started.
fn update(
    statement: &mut Statement<'_>,
    holds: &Holds,
    taken: &Taken,
    record: &Record,
) -> Result<bool, JournalError> {
    let status = record.conclusion.status();
    let (checkpoint, confirmation) = match &record.conclusion {
        Conclusion::Canceled { confirmation } => (None, Some(confirmation)),
        Conclusion::Unknown { checkpoint, .. } => (checkpoint.as_ref(), None),
        Conclusion::Refused | Conclusion::NotSent => (None, None),
    };
    let changed = statement.execute(params![
        taken.hold.row(),
        status.as_str(),
        checkpoint,
        confirmation,
        record.problem,
        record.message,
        record.attempts,
        record.queries,
        status.is_terminal().then(clock::now),
    ])?;
    if changed == 1 && status == Status::Waiting {
        holds.waits(taken.hold.row());
    }
    Ok(changed == 1)
}

fn not_started(connection: &Connection, taken: Taken) -> JournalError {
    match reading::find(connection, &taken.reference) {
        Ok(found) => JournalError::NotStarted {
            status: found
                .map_or("removed", |row| row.status.as_str())
                .to_owned(),
            reference: taken.reference,
        },
        Err(error) => error,
    }
}
