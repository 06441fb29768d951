//! Which rows are being worked on in this process, so that nobody else here works on them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The rows that are held.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds(Arc<Mutex<HashSet<i64>>>);

impl Holds {
    /// Holds a row until the hold is dropped. `None` if it is held already.
    pub(super) fn hold(&self, row: i64) -> Option<Hold> {
        let new = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(row);
        new.then(|| Hold {
            holds: self.clone(),
            row,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// The right to work on a row.
#[derive(Debug)]
pub(super) struct Hold {
    holds: Holds,
    row: i64,
}

impl Hold {
    pub(super) fn row(&self) -> i64 {
        self.row
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.holds
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.row);
    }
}
