//! The numbers of several rounds, which are interleaved with everything that they are compared with, since the machine is never quiet.

/// One number from each round.
#[derive(Default)]
pub(crate) struct Rounds(pub(crate) Vec<f64>);

impl Rounds {
    /// Returns the median: NaN of no rounds, and the mean of the two in the middle of an even number.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let half = sorted.len().saturating_sub(1) / 2;
        let middle = sorted.get(half..sorted.len() - half).unwrap_or_default();
        middle.iter().sum::<f64>() / middle.len() as f64
    }

    /// Returns how far the rounds lie apart, as a share of their median.
    pub(crate) fn spread(&self) -> f64 {
        let most = self.0.iter().copied().fold(f64::MIN, f64::max);
        let least = self.0.iter().copied().fold(f64::MAX, f64::min);
        (most - least) / self.median()
    }

    /// Returns the ratio in each round: what disturbs a round disturbs both sides of it.
    pub(crate) fn over(&self, other: &Self) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        Self(pairs.map(|(one, other)| one / other).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        for (numbers, median) in
            [(vec![3.0], 3.0), (vec![1.0, 9.0], 5.0), (vec![9.0, 1.0, 2.0], 2.0), (vec![9.0, 1.0, 2.0, 4.0], 3.0)]
        {
            assert!((Rounds(numbers).median() - median).abs() < 1e-9);
        }
        assert!(Rounds::default().median().is_nan());
    }

    #[test]
    fn a_ratio_is_of_the_same_round() {
        let (one, other) = (Rounds(vec![2.0, 4.0, 60.0]), Rounds(vec![1.0, 2.0, 30.0]));
        assert!((one.over(&other).median() - 2.0).abs() < 1e-9);
        assert!(one.over(&other).spread().abs() < 1e-9);
    }
}
