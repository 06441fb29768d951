//! The cancels that were dropped before their end.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bambora_core::{Checkpoint, PaymentReference};

/// The checkpoints of cancels that were dropped before their end, one for each payment.
#[derive(Default)]
pub(crate) struct Unresolved(Mutex<HashMap<PaymentReference, Checkpoint>>);

impl Unresolved {
    pub(crate) fn keep(&self, checkpoint: Checkpoint) {
        self.lock()
            .insert(checkpoint.reference().clone(), checkpoint);
    }

    pub(crate) fn take(&self, reference: &PaymentReference) -> Option<Checkpoint> {
        self.lock().remove(reference)
    }

    pub(crate) fn take_all(&self) -> Vec<Checkpoint> {
        self.lock()
            .drain()
            .map(|(_, checkpoint)| checkpoint)
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PaymentReference, Checkpoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
