//! The budgets of a capture or a refund.

use std::time::Duration;

use crate::flow::CancelPolicy;

/// The budgets of a [`PostingFlow`](crate::posting::PostingFlow): those of a cancel, and whether a posting that was never seen may be posted
/// once more. By default it may not.
///
/// Of the budgets, [`further_cancels`](crate::flow::CancelPolicyBuilder::further_cancels) is how many postings may be tried after
/// one that is known to have had no effect: one that was not sent, or was turned away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostingPolicy {
    pub(super) budgets: CancelPolicy,
    pub(super) post_again_after: Option<Duration>,
}

impl PostingPolicy {
    /// The shortest time for [`dangerously_post_again_after`](PostingPolicy::dangerously_post_again_after): an hour.
    pub const MIN_POST_AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

    /// Creates a policy with these budgets, which never posts again while in doubt.
    #[must_use]
    pub fn new(budgets: CancelPolicy) -> Self {
        Self { budgets, post_again_after: None }
    }

    /// Lets the flow post **once more** if the posting was not seen for `unseen` after the last moment at which the request may
    /// have been sent. At least an hour; a shorter time counts as an hour.
    ///
    /// Once in the life of a flow, through its checkpoints. A flow that is resumed counts the time anew. A checkpoint from before the
    /// further request does not know of it: resume the newest only, and one at a time.
    ///
    /// **This can capture or refund twice.** No document says how late a request can take effect, or that a query shows every
    /// posting. It is for merchants who would rather post twice than not at all, and who compare the ledgers afterwards. Without it
    /// a flow that stays in doubt ends as unknown, and a person decides.
    #[must_use]
    pub fn dangerously_post_again_after(mut self, unseen: Duration) -> Self {
        self.post_again_after = Some(unseen.max(Self::MIN_POST_AGAIN_AFTER));
        self
    }
}
