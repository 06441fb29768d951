//! Stores that the request of a capture or refund may be sent from now on.

use rusqlite::{Connection, params};

use super::error::{Fault, JournalError};
use super::row::Taken;

/// Which row a checkpoint is stored in.
#[derive(Clone, Debug)]
pub(crate) struct StartedRow {
    id: i64,
    reference: bambora_core::PaymentReference,
}

impl From<&Taken> for StartedRow {
    fn from(taken: &Taken) -> Self {
        Self { id: taken.hold.row(), reference: taken.reference().clone() }
    }
}

pub(super) fn store(connection: &Connection, row: StartedRow, checkpoint: &str) -> Result<(), Fault> {
    let changed = connection
        .prepare_cached("update payment set checkpoint = ?2 where id = ?1 and status = 'started'")?
        .execute(params![row.id, checkpoint])?;
    match changed {
        1 => Ok(()),
        _ => Err(JournalError::NotStarted { reference: row.reference, status: "not started".to_owned() }.into()),
    }
}
