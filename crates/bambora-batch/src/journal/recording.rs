//! Writes what came of a row, which has to be *started*.

use bambora_core::PaymentReference;
use rusqlite::{Connection, params};

use super::clock;
use super::error::JournalError;
use super::reading;
use super::row::{Conclusion, Record};
use super::status::Status;

pub(super) fn record(
    connection: &Connection,
    row: i64,
    reference: &PaymentReference,
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
            row,
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
        return Ok(());
    }
    let found = reading::find(connection, reference)?;
    Err(JournalError::NotStarted {
        reference: reference.clone(),
        status: found
            .map_or("removed", |row| row.status.as_str())
            .to_owned(),
    })
}
