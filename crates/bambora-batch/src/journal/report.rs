//! What a journal has, in numbers.

use std::fmt;

use super::status::Status;

/// How many rows have each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Status::ALL.len()]);

impl Counts {
    /// Returns how many rows have a status.
    #[must_use]
    pub fn of(&self, status: Status) -> u64 {
        self.iter().find(|(other, _)| *other == status).map_or(0, |(_, count)| count)
    }

    /// Returns each status with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Status, u64)> + '_ {
        Status::ALL.into_iter().zip(self.0)
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Returns how many rows a run would work on.
    #[must_use]
    pub fn unfinished(&self) -> u64 {
        self.of(Status::Waiting) + self.of(Status::Started)
    }

    pub(super) fn set(&mut self, status: Status, count: u64) {
        for (slot, other) in self.0.iter_mut().zip(Status::ALL) {
            if other == status {
                *slot = count;
            }
        }
    }
}

/// `3 waiting, 0 started, 12 canceled, 1 refused, 0 stuck`, with captured and refunded rows if there are any.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_shown = |(status, count): &(Status, u64)| match status {
            Status::Captured | Status::Refunded => *count > 0,
            _ => true,
        };
        for (position, (status, count)) in self.iter().filter(is_shown).enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{count} {status}")?;
        }
        Ok(())
    }
}

/// A problem that rows share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// The status of those rows.
    pub status: Status,
    /// The problem, in a few words.
    pub problem: String,
    /// How many rows have it.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_kept_for_each_status() {
        let mut counts = Counts::default();
        counts.set(Status::Waiting, 3);
        counts.set(Status::Canceled, 12);
        counts.set(Status::Started, 1);
        assert_eq!(counts.of(Status::Canceled), 12);
        assert_eq!((counts.total(), counts.unfinished()), (16, 4));
        assert_eq!(counts.to_string(), "3 waiting, 1 started, 12 canceled, 0 refused, 0 stuck");
        counts.set(Status::Refunded, 2);
        assert_eq!(counts.to_string(), "3 waiting, 1 started, 12 canceled, 2 refunded, 0 refused, 0 stuck");
    }
}
