//! Payments that wait for a time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::work::Work;

/// Payments whose flows wait, the earliest first. They are no tasks and hold no timers.
#[derive(Debug, Default)]
pub(super) struct Parked(BinaryHeap<Entry>);

#[derive(Debug)]
struct Entry {
    until: Duration,
    work: Box<Work>,
}

impl Parked {
    pub(super) fn park(&mut self, until: Duration, work: Box<Work>) {
        self.0.push(Entry { until, work });
    }

    /// Takes a payment whose time has come.
    pub(super) fn take(&mut self, now: Duration) -> Option<Box<Work>> {
        let earliest = self.0.peek_mut()?;
        if earliest.until > now {
            return None;
        }
        Some(std::collections::binary_heap::PeekMut::pop(earliest).work)
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.0.peek().map(|entry| entry.until)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the payments that a test picks out.
    pub(super) fn extract<F: FnMut(&Work) -> bool>(
        &mut self,
        mut picks: F,
    ) -> impl Iterator<Item = Box<Work>> + use<F> {
        let (picked, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.0).into_vec().into_iter().partition(|entry| picks(&entry.work));
        self.0 = rest.into();
        picked.into_iter().map(|entry| entry.work)
    }
}

/// The heap has its greatest on top, so the earliest is the greatest.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.until.cmp(&self.until)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.until == other.until
    }
}

impl Eq for Entry {}
