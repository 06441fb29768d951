//! How long a durable payment goes on by itself.

use std::time::Duration;

use bambora_core::CancelPolicy;
use bambora_core::errors::InvalidPolicy;
use bambora_core::posting::PostingPolicy;
use serde::{Deserialize, Serialize};

/// The budgets of one payment's flow, as they are stored with its workflow.
///
/// | budget | default |
/// |---|---|
/// | further requests to cancel (or to post, after ones that had no effect) | 100 |
/// | queries | 500 |
/// | wait before the second request, doubling with each | up to 1 s |
/// | longest such wait | 1 h |
/// | total time, after which the payment is *stuck* | 7 days |
///
/// ```
/// use bambora_temporal::Budget;
///
/// let budget = Budget { days: 2.5, ..Budget::default() };
/// assert!(budget.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::exhaustive_structs, reason = "settings are written with ..Budget::default()")]
pub struct Budget {
    /// How many requests may follow the first to cancel or post.
    pub further_requests: u32,
    /// How many queries may be made, at least 1.
    pub queries: u32,
    /// Up to how long to wait before the second request, in seconds.
    pub first_wait: f64,
    /// The longest wait, in seconds.
    pub longest_wait: f64,
    /// The total time, in days: at most 30. An authorization lasts about a week.
    pub days: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { further_requests: 100, queries: 500, first_wait: 1.0, longest_wait: 3_600.0, days: 7.0 }
    }
}

const SECONDS_PER_DAY: f64 = 86_400.0;

impl Budget {
    /// Checks the budgets.
    ///
    /// # Errors
    ///
    /// [`InvalidPolicy`] names the budget that cannot be.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        self.cancel_policy().map(drop)
    }

    pub(crate) fn cancel_policy(&self) -> Result<CancelPolicy, InvalidPolicy> {
        CancelPolicy::builder()
            .further_cancels(self.further_requests)
            .queries(self.queries)
            .waits(
                seconds(self.first_wait).ok_or(InvalidPolicy::Waits)?,
                seconds(self.longest_wait).ok_or(InvalidPolicy::Waits)?,
            )
            .deadline(seconds(self.days * SECONDS_PER_DAY).ok_or(InvalidPolicy::Deadline)?)
            .build()
    }

    pub(crate) fn posting_policy(&self) -> Result<PostingPolicy, InvalidPolicy> {
        self.cancel_policy().map(PostingPolicy::new)
    }

    /// What is left after so much time and so many queries: always enough for a policy, if only for one query and a second.
    pub(crate) fn after(&self, spent: Duration, queries: u32) -> Self {
        let left = self.days * SECONDS_PER_DAY - spent.as_secs_f64();
        let queries = self.queries.saturating_sub(queries).max(1);
        Self { days: left.max(1.0) / SECONDS_PER_DAY, queries, ..self.clone() }
    }

    /// The same for a payment for which so many requests to cancel or post were made: a flow counts them over all its runs.
    pub(crate) fn on_top_of(&self, requests: u32) -> Self {
        Self { further_requests: self.further_requests.saturating_add(requests), ..self.clone() }
    }
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_budgets_are_refused() {
        for (days, queries, first_wait) in [
            (0.0, 1, 1.0),
            (31.0, 1, 1.0),
            (f64::NAN, 1, 1.0),
            (-1.0, 1, 1.0),
            (1.0, 0, 1.0),
            (1.0, 1, 1e9),
            (1.0, 1, -1.0),
        ] {
            let budget = Budget { days, queries, first_wait, ..Budget::default() };
            assert!(budget.check().is_err(), "{budget:?}");
        }
        assert!(Budget::default().check().is_ok());
    }
}
