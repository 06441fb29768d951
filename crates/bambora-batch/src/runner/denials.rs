//! Payments for which the credentials are not permitted to do what has to be done.

/// After so many in a row, without an outcome of any payment between, nothing else is expected.
const LIMIT: u32 = 20;

/// Counts them, those in doubt apart: they come first in every run, and must not keep the others from their turn.
#[derive(Debug, Default)]
pub(super) struct Denials {
    in_doubt: u32,
    waiting: u32,
    any: bool,
}

impl Denials {
    /// Counts one more. `true` if the others of its kind are not worth a request.
    pub(super) fn add(&mut self, is_in_doubt: bool) -> bool {
        self.any = true;
        let in_a_row = if is_in_doubt { &mut self.in_doubt } else { &mut self.waiting };
        *in_a_row = in_a_row.saturating_add(1);
        *in_a_row >= LIMIT
    }

    /// A payment got its outcome.
    pub(super) fn interrupt(&mut self) {
        (self.in_doubt, self.waiting) = (0, 0);
    }

    pub(super) fn has_any(&self) -> bool {
        self.any
    }
}
