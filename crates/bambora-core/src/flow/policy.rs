//! The budgets of a cancel.

use std::time::Duration;

/// The budgets of a [`CancelFlow`](crate::CancelFlow).
///
/// | budget | default |
/// |---|---|
/// | further cancel requests after the first | 2 |
/// | queries | 5 |
/// | wait before the second request, doubling with each | up to 0.5 s |
/// | longest such wait | 8 s |
/// | total time, after which no request is started | 60 s |
///
/// Cancel requests are counted over the whole life of a flow, through every checkpoint; the other budgets start again when a
/// flow is resumed. The transport decides how long one request may take: by default the clients of this family allow 5 s for a
/// connection and 30 s for a whole exchange, so a flow may end that much after its total time.
///
/// ```
/// use std::time::Duration;
/// use bambora_core::CancelPolicy;
///
/// let short = CancelPolicy::builder()
///     .further_cancels(0)
///     .deadline(Duration::from_secs(10))
///     .build()?;
/// # Ok::<(), bambora_core::errors::InvalidPolicy>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelPolicy {
    pub(super) further_cancels: u32,
    pub(super) queries: u32,
    pub(super) first_wait: Duration,
    pub(super) longest_wait: Duration,
    pub(super) deadline: Duration,
}

impl CancelPolicy {
    /// The longest [`deadline`](CancelPolicyBuilder::deadline): 30 days. An authorization usually lasts about a week.
    pub const MAX_DEADLINE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// Starts from the defaults.
    pub fn builder() -> CancelPolicyBuilder {
        CancelPolicyBuilder { policy: Self::default() }
    }
}

impl Default for CancelPolicy {
    fn default() -> Self {
        Self {
            further_cancels: 2,
            queries: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
            deadline: Duration::from_secs(60),
        }
    }
}

/// Sets the budgets of a [`CancelPolicy`].
#[derive(Clone, Debug)]
#[must_use]
pub struct CancelPolicyBuilder {
    policy: CancelPolicy,
}

impl CancelPolicyBuilder {
    /// Sets how many cancel requests may follow the first. 0: never a second one; queries are still made.
    pub fn further_cancels(mut self, requests: u32) -> Self {
        self.policy.further_cancels = requests;
        self
    }

    /// Sets how many queries may be made, at least 1: without a query, nothing can resolve a lost response.
    pub fn queries(mut self, requests: u32) -> Self {
        self.policy.queries = requests;
        self
    }

    /// Sets the longest wait before the second request, and the longest wait at all. The first doubles with each wait up to the
    /// longest; each wait is drawn between zero and that ("full jitter").
    pub fn waits(mut self, first: Duration, longest: Duration) -> Self {
        self.policy.first_wait = first;
        self.policy.longest_wait = longest;
        self
    }

    /// Sets the total time, after which no request is started: more than zero, at most [`CancelPolicy::MAX_DEADLINE`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.policy.deadline = deadline;
        self
    }

    /// Checks the budgets.
    ///
    /// # Errors
    ///
    /// [`InvalidPolicy`] names the budget that is not valid.
    pub fn build(self) -> Result<CancelPolicy, InvalidPolicy> {
        let policy = self.policy;
        if policy.queries == 0 {
            Err(InvalidPolicy::NoQueries)
        } else if policy.first_wait > policy.longest_wait {
            Err(InvalidPolicy::Waits)
        } else if policy.deadline.is_zero() || policy.deadline > CancelPolicy::MAX_DEADLINE {
            Err(InvalidPolicy::Deadline)
        } else {
            Ok(policy)
        }
    }
}

/// Why budgets do not make a [`CancelPolicy`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPolicy {
    /// No query is allowed.
    #[error("a cancel needs at least 1 query in its budget: without one, nothing can resolve a lost response")]
    NoQueries,
    /// The first wait is longer than the longest.
    #[error("the first wait is longer than the longest wait: swap them, or raise the longest")]
    Waits,
    /// There is no time at all, or more than [`CancelPolicy::MAX_DEADLINE`].
    #[error("the deadline must be more than zero and at most 30 days")]
    Deadline,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_budgets_are_refused() {
        let builder = CancelPolicy::builder;
        let second = Duration::from_secs(1);
        for (builder, refusal) in [
            (builder().queries(0), InvalidPolicy::NoQueries),
            (builder().waits(second * 2, second), InvalidPolicy::Waits),
            (builder().deadline(Duration::ZERO), InvalidPolicy::Deadline),
            (builder().deadline(Duration::MAX), InvalidPolicy::Deadline),
        ] {
            assert_eq!(builder.build(), Err(refusal));
        }
        assert_eq!(builder().build(), Ok(CancelPolicy::default()));
    }

    #[test]
    fn the_largest_budgets_are_accepted_and_no_larger_ones() {
        let day = Duration::from_secs(86_400);
        let with_deadline = |deadline| CancelPolicy::builder().deadline(deadline).build();
        assert_eq!(with_deadline(30 * day).unwrap().deadline, 30 * day);
        assert_eq!(with_deadline(30 * day + Duration::from_nanos(1)), Err(InvalidPolicy::Deadline));
        assert!(CancelPolicy::builder().waits(day, day).build().is_ok());
        assert!(CancelPolicy::builder().queries(1).build().is_ok());
    }
}
