//! What a flow of a row that is in doubt resumes from.

use bambora_core::posting::PostingCheckpoint;
use bambora_core::{Checkpoint, Merchant};

use crate::journal::Taken;
use crate::order::Order;

impl Taken {
    /// Returns the checkpoint that a cancel has to resume from. `None` if nothing was sent for the payment before, or if the
    /// [order](Taken::order) is no cancel.
    ///
    /// A row that is in doubt without a checkpoint was claimed by a run that ended before it could store one: one request
    /// may have been sent.
    #[must_use]
    pub fn resume_from(&self, merchant: &Merchant) -> Option<Checkpoint> {
        let Order::Cancel(reference) = self.order() else {
            return None;
        };
        let stored = self.checkpoint().and_then(|text| text.parse().ok());
        let fits = |checkpoint: &Checkpoint| checkpoint.merchant() == merchant && checkpoint.reference() == reference;
        let anew = || Checkpoint::new(merchant.clone(), reference.clone(), 1);
        self.is_in_doubt().then(|| stored.filter(fits).unwrap_or_else(anew))
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
