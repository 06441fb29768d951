//! The time to wait before the next request.

use std::time::Duration;

/// Waits whose ceiling doubles up to the longest, each drawn between zero and the ceiling ("full jitter"), so that clients that
/// failed at the same moment do not come back at the same moment.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    ceiling: Duration,
    longest: Duration,
    random: SplitMix64,
}

impl Backoff {
    pub(super) fn new(first: Duration, longest: Duration, seed: u64) -> Self {
        Self { ceiling: first, longest, random: SplitMix64(seed) }
    }

    pub(super) fn next(&mut self) -> Duration {
        let ceiling = self.ceiling;
        self.ceiling = ceiling.saturating_mul(2).min(self.longest);
        let span = u64::try_from(ceiling.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.random.up_to(span))
    }
}

/// Steele, Lea and Flood's generator: three lines, and good enough to spread waits.
#[derive(Clone, Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    /// A number from 0 to `most`.
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let scaled = (u128::from(mixed) * (u128::from(most) + 1)) >> 64;
        u64::try_from(scaled).unwrap_or(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The first outputs of the reference implementation for seed 1234567.
    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = SplitMix64(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| random.up_to(u64::MAX)).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    proptest! {
        #[test]
        fn waits_stay_below_a_ceiling_that_doubles(seed: u64) {
            let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(8), seed);
            for ceiling in [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000] {
                prop_assert!(backoff.next() <= Duration::from_millis(ceiling));
            }
        }

        #[test]
        fn the_same_seed_gives_the_same_waits(seed: u64) {
            let new = || Backoff::new(Duration::from_secs(1), Duration::MAX, seed);
            let (mut one, mut other) = (new(), new());
            for _ in 0..80 {
                prop_assert_eq!(one.next(), other.next());
            }
        }
    }
}
