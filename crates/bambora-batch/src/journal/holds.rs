//! Which rows are being worked on in this process, and how far the journal was searched for more.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What all handles to a journal know of its rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    held: HashSet<i64>,
    searched: Searched,
    /// Rows that were passed over, and may be taken now.
    freed: Vec<i64>,
}

/// Up to which rows there is nothing more to take: without it, each search would pass all rows in doubt once more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Searched {
    /// By which run. What an older one searches beside it begins anew each time.
    pub(super) run: i64,
    pub(super) waiting: i64,
    /// Of those that wait and have a problem, which come last.
    pub(super) denied: i64,
    pub(super) in_doubt: i64,
    /// Whether a row was passed over, since an earlier one of its payment is not finished.
    pub(super) has_passed_over: bool,
}

impl Holds {
    /// Holds a row until the hold is dropped. `None` if it is held already.
    pub(super) fn hold(&self, row: i64) -> Option<Hold> {
        let new = self.state().held.insert(row);
        new.then(|| Hold { holds: self.clone(), row })
    }

    /// How far a run has searched.
    pub(super) fn searched_by(&self, run: i64) -> Searched {
        let searched = self.state().searched;
        if searched.run == run { searched } else { Searched { run, ..Searched::default() } }
    }

    /// All rows are to be searched again, by this run.
    pub(super) fn begin(&self, run: i64) {
        self.state().searched.run = run;
        self.rewind();
    }

    /// All rows are to be searched again. Those that were passed over still wait for others.
    pub(super) fn rewind(&self) {
        let searched = &mut self.state().searched;
        let Searched { run, has_passed_over, .. } = *searched;
        *searched = Searched { run, has_passed_over, ..Searched::default() };
    }

    /// Whether a run may take rows that were passed over. They are the newest run's.
    pub(super) fn has_freed(&self, run: i64) -> bool {
        let state = self.state();
        state.searched.run == run && !state.freed.is_empty()
    }

    /// Takes a row that was passed over.
    pub(super) fn take_freed(&self, run: i64) -> Option<i64> {
        let mut state = self.state();
        if state.searched.run == run { state.freed.pop() } else { None }
    }

    pub(super) fn set_searched(&self, searched: Searched) {
        let known = &mut self.state().searched;
        if known.run == searched.run {
            *known = searched;
        } else {
            known.has_passed_over |= searched.has_passed_over;
        }
    }

    /// A row waits again.
    pub(super) fn waits(&self, row: i64) {
        let searched = &mut self.state().searched;
        searched.waiting = searched.waiting.min(row - 1);
        searched.denied = searched.denied.min(row - 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to work on a row.
#[derive(Debug)]
pub(super) struct Hold {
    holds: Holds,
    row: i64,
}

impl Hold {
    pub(super) fn row(&self) -> i64 {
        self.row
    }

    /// Whether another row may have been passed over since this one was not finished.
    pub(super) fn may_free(&self) -> bool {
        self.holds.state().searched.has_passed_over
    }

    /// That row may be taken now.
    pub(super) fn free(&self, row: i64) {
        self.holds.state().freed.push(row);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.holds.state().held.remove(&self.row);
    }
}
