//! How a run is to go.

use std::time::Duration;

use super::brakes::Brakes;
use super::flow::Policies;
use super::stop_token::StopToken;
use crate::gate::Gate;
use crate::pacer::{Pacer, Rate};

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) jobs: usize,
    pub(super) rate: Option<Rate>,
    pub(super) policies: Policies,
    pub(super) stuck_after: u32,
    pub(super) any_not_found: bool,
    pub(super) outage_limit: Option<Duration>,
    pub(super) progress_interval: Duration,
    pub(super) stop: StopToken,
}

impl Settings {
    pub(super) fn brakes(&self) -> Brakes {
        Brakes::new(
            self.rate.map_or_else(Pacer::unlimited, Pacer::new),
            if self.any_not_found { Gate::with_any_not_found() } else { Gate::new() },
        )
    }

    /// How many payments may wait between two requests before nothing new is begun.
    pub(super) fn most_parked(&self) -> usize {
        self.jobs.saturating_mul(8).max(1_024)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            jobs: 8,
            rate: None,
            policies: Policies::default(),
            stuck_after: 5,
            any_not_found: false,
            outage_limit: None,
            progress_interval: Duration::from_secs(1),
            stop: StopToken::new(),
        }
    }
}
