//! Payments in doubt that the credentials are not permitted to ask for.

/// After so many in a row, without an outcome of any payment between, nothing else is expected of the others in doubt.
const LIMIT: u32 = 20;

/// Counts them: they come first in every run, and one must not keep all others from their turn.
#[derive(Debug, Default)]
pub(super) struct Denials {
    in_a_row: u32,
    any: bool,
}

impl Denials {
    /// Counts one more. `true` if the others in doubt are not worth a request.
    pub(super) fn add(&mut self) -> bool {
        self.any = true;
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.in_a_row >= LIMIT
    }

    /// A payment got its outcome.
    pub(super) fn interrupt(&mut self) {
        self.in_a_row = 0;
    }

    pub(super) fn has_any(&self) -> bool {
        self.any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_in_a_row_are_enough_and_an_outcome_between_begins_anew() {
        let mut denials = Denials::default();
        assert!(!denials.has_any());
        for _ in 0..3 {
            assert_eq!((1..LIMIT).find(|_| denials.add()), None);
            assert!(denials.has_any());
            denials.interrupt();
        }
        assert_eq!((1..=LIMIT).find(|_| denials.add()), Some(LIMIT));
        assert!(denials.add());
    }
}
