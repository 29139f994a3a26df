//! Where a story's chances come from: a seed, or bytes that somebody chose for them.

use standfast_core::rng::Rng;

/// Chances.
#[derive(Clone, Debug)]
pub enum Dice {
    /// As many as one wants, all from one number.
    Seeded(Rng),
    /// One or two bytes each, so that a fuzzer can change one and leave the others; when they are used up, the last choice each time.
    Written {
        /// The bytes.
        bytes: Vec<u8>,
        /// How many are used up.
        used: usize,
    },
}

impl Dice {
    /// Those of a seed.
    #[must_use]
    pub const fn of_seed(seed: u64) -> Self {
        Self::Seeded(Rng::new(seed))
    }

    /// Those that stand in bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::Written { bytes: bytes.to_vec(), used: 0 }
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        match self {
            Self::Seeded(rng) => rng.below(end),
            Self::Written { .. } if end <= 1 => 0,
            Self::Written { .. } if end <= 256 => self.byte().map_or(end - 1, |byte| u64::from(byte) % end),
            Self::Written { .. } => {
                let (high, low) = (self.byte(), self.byte());
                let number = high.zip(low).map(|(high, low)| u64::from(high) << 8 | u64::from(low));
                number.map_or(end - 1, |number| (number * end) >> 16)
            }
        }
    }

    /// A seed for somebody else's chances.
    pub fn seed(&mut self) -> u64 {
        match self {
            Self::Seeded(rng) => rng.next_u64(),
            Self::Written { .. } => self.byte().map_or(0, u64::from),
        }
    }

    /// Whether no chances are left.
    #[must_use]
    pub fn are_used_up(&self) -> bool {
        match self {
            Self::Seeded(_) => false,
            Self::Written { bytes, used } => *used >= bytes.len(),
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let Self::Written { bytes, used } = self else { return None };
        let byte = bytes.get(*used).copied();
        *used += 1;
        byte
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn bytes_are_used_up_one_by_one() {
        let mut dice = Dice::of_bytes(&[3, 255, 128, 0, 9]);
        assert_eq!(dice.below(2), 1);
        assert_eq!(dice.below(100), 55);
        assert_eq!(dice.below(40_000), 20_000, "two bytes for a number that needs them");
        assert_eq!(dice.below(1), 0, "what is no choice takes none");
        assert_eq!(dice.seed(), 9);
        assert!(dice.are_used_up());
        assert_eq!(dice.below(100), 99, "the last choice: nothing goes wrong any more");
    }
}
