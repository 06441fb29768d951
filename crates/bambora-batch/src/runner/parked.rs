//! Payments that wait for a time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::work::Work;

/// Payments whose flows wait, the earliest first. They are no tasks and hold no timers.
#[derive(Debug, Default)]
pub(super) struct Parked {
    waiting: BTreeMap<(Duration, u64), Box<Work>>,
    /// Tells those apart that wait for the same time.
    next_number: u64,
}

impl Parked {
    pub(super) fn park(&mut self, until: Duration, work: Box<Work>) {
        self.waiting.insert((until, self.next_number), work);
        self.next_number += 1;
    }

    /// Takes a payment whose time has come.
    pub(super) fn take(&mut self, now: Duration) -> Option<Box<Work>> {
        let earliest = self.waiting.first_entry()?;
        (earliest.key().0 <= now).then(|| earliest.remove())
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.waiting.first_key_value().map(|((until, _), _)| *until)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes the payments that a test picks out.
    pub(super) fn extract<F: Fn(&Work) -> bool>(&mut self, picks: F) -> impl Iterator<Item = Box<Work>> + use<F> {
        let waiting = std::mem::take(&mut self.waiting);
        let (picked, rest): (BTreeMap<_, _>, _) = waiting.into_iter().partition(|(_, work)| picks(work));
        self.waiting = rest;
        picked.into_values()
    }
}
