//! What a flow of a row that is in doubt resumes from.

use bambora_core::posting::PostingCheckpoint;
use bambora_core::{Checkpoint, Merchant};

use crate::journal::Taken;
use crate::order::Order;

impl Taken {
    /// Returns the checkpoint that a cancel has to resume from. `None` if nothing was sent for the payment before, or if the
    /// [order](Taken::order) is no cancel.
    ///
    /// It counts one request, whatever was sent before: each run, and each call, has the whole budget of further requests. The
    /// row's [`attempts`](crate::Row::attempts) count all.
    #[must_use]
    pub fn resume_from(&self, merchant: &Merchant) -> Option<Checkpoint> {
        match self.order() {
            Order::Cancel(reference) if self.is_in_doubt() => {
                Some(Checkpoint::new(merchant.clone(), reference.clone(), 1))
            }
            _ => None,
        }
    }

    /// Returns the checkpoint that a capture or refund has to resume from. `None` if its request was not sent before, or if the
    /// [order](Taken::order) is a cancel.
    #[must_use]
    pub fn resume_posting_from(&self, merchant: &Merchant) -> Option<PostingCheckpoint> {
        let Order::Posting(order) = self.order() else {
            return None;
        };
        let stored = self.checkpoint().and_then(|text| text.parse().ok());
        let fits = |checkpoint: &PostingCheckpoint| checkpoint.merchant() == merchant && checkpoint.order() == order;
        let anew = || PostingCheckpoint::new(merchant.clone(), order.clone(), 1);
        self.is_in_doubt().then(|| stored.filter(fits).unwrap_or_else(anew))
    }
}
