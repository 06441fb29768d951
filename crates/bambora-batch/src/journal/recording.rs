//! Writes what came of a row, which has to be *started*.

use bambora_core::PaymentReference;
use rusqlite::{Connection, params};

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
    /// Why it was not recorded: [`JournalError::NotStarted`].
    pub error: Option<JournalError>,
}

pub(super) fn record_all(
    connection: &Connection,
    holds: &Holds,
    records: Vec<(Taken, Record)>,
) -> Result<Vec<Recorded>, JournalError> {
    records
        .into_iter()
        .map(|(taken, record)| {
            let reference = taken.reference.clone();
            let error = match self::record(connection, holds, taken, &record) {
                Err(error) if error.undoes_the_commit() => return Err(error),
                result => result.err(),
            };
            Ok(Recorded {
                reference,
                record,
                error,
            })
        })
        .collect()
}

pub(super) fn record(
    connection: &Connection,
    holds: &Holds,
    taken: Taken,
    record: &Record,
) -> Result<(), JournalError> {
    let (status, checkpoint, confirmation) = match &record.conclusion {
        Conclusion::Canceled { confirmation } => (Status::Canceled, None, Some(confirmation)),
        Conclusion::Refused => (Status::Refused, None, None),
        Conclusion::NotSent => (Status::Waiting, None, None),
        Conclusion::Unknown {
            checkpoint,
            stuck: true,
        } => (Status::Stuck, checkpoint.as_ref(), None),
        Conclusion::Unknown {
            checkpoint,
            stuck: false,
        } => (Status::Started, checkpoint.as_ref(), None),
    };
    let changed = connection
        .prepare_cached(
            "update payment set status = ?2, checkpoint = ?3, confirmation = ?4, problem = ?5, message = ?6, \
             attempts = attempts + ?7, queries = queries + ?8, finished = ?9 \
             where id = ?1 and status = 'started'",
        )?
        .execute(params![
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
    if changed == 1 {
        if status == Status::Waiting {
            holds.waits(taken.hold.row());
        }
        return Ok(());
    }
    let found = reading::find(connection, &taken.reference)?;
    Err(JournalError::NotStarted {
        reference: taken.reference,
        status: found
            .map_or("removed", |row| row.status.as_str())
            .to_owned(),
    })
}
