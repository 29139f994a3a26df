//! The only randomness there is: a small generator (`SplitMix64`) that gives the same numbers for the same seed on every target.

use std::time::Duration;

/// A seeded stream of numbers. Not for secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng(u64);

impl Rng {
    /// The stream of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.next_u64()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// `d` made longer by a part of it, at least 0 and less than `factor`: what Kubernetes' `wait.Jitter` does.
    pub fn jitter(&mut self, d: Duration, factor: f64) -> Duration {
        let longest = u64::try_from(d.mul_f64(factor.max(0.0)).as_nanos()).unwrap_or(u64::MAX);
        d + Duration::from_nanos(self.below(longest))
    }

    /// An independent stream, so that one user's draws do not move another's.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        let mut rng = Rng::new(1_234_567);
        assert_eq!(rng.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn jitter_stays_in_its_bounds() {
        let mut rng = Rng::new(7);
        let ten = Duration::from_secs(10);
        for _ in 0..1000 {
            let jittered = rng.jitter(ten, 0.5);
            assert!(jittered >= ten && jittered < Duration::from_secs(15), "{jittered:?}");
        }
        assert_eq!(rng.jitter(ten, 0.0), ten);
        assert_eq!(rng.below(0), 0);
    }
}
