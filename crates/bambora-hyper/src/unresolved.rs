//! The flows that were dropped before their end.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bambora_client::Drivable;

/// The checkpoints of flows that were dropped before their end, one for each question.
pub(crate) struct Unresolved<F: Drivable>(Mutex<HashMap<F::Id, F::Checkpoint>>);

impl<F: Drivable> Unresolved<F> {
    pub(crate) fn keep(&self, id: F::Id, checkpoint: F::Checkpoint) {
        self.lock().insert(id, checkpoint);
    }

    pub(crate) fn take(&self, id: &F::Id) -> Option<F::Checkpoint> {
        self.lock().remove(id)
    }

    pub(crate) fn take_all(&self) -> Vec<F::Checkpoint> {
        self.lock().drain().map(|(_, checkpoint)| checkpoint).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<F::Id, F::Checkpoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Drivable> Default for Unresolved<F> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<F: Drivable> fmt::Debug for Unresolved<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unresolved").field(&self.lock().len()).finish()
    }
}
