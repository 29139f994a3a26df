//! From frames of the screen to virtual time. It holds no clock: frames bring their own time.

use std::time::Duration;

/// How fast virtual time passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speed {
    /// As in life.
    #[default]
    X1,
    /// Twice.
    X2,
    /// Five times.
    X5,
    /// Twenty times.
    X20,
    /// As fast as the machine can.
    Max,
}

impl Speed {
    /// All, slowest first.
    pub const ALL: [Self; 5] = [Self::X1, Self::X2, Self::X5, Self::X20, Self::Max];

    /// How many virtual seconds a real one has; none for as many as possible.
    #[must_use]
    pub const fn factor(self) -> Option<u32> {
        match self {
            Self::X1 => Some(1),
            Self::X2 => Some(2),
            Self::X5 => Some(5),
            Self::X20 => Some(20),
            Self::Max => None,
        }
    }
}

/// Whether and how fast time passes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    playing: bool,
    speed: Speed,
    last_frame: Option<f64>,
}

/// A frame counts for no more than this: a tab that slept an hour does not wake to an hour of work.
const LONGEST_FRAME: Duration = Duration::from_millis(250);
/// What a frame may cover at [`Speed::Max`].
const MAX_PER_FRAME: Duration = Duration::from_mins(1);

impl Pace {
    /// Whether time passes.
    #[must_use]
    pub const fn playing(&self) -> bool {
        self.playing
    }

    /// How fast it passes.
    #[must_use]
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether things happen slowly enough to be read aloud.
    #[must_use]
    pub fn calm(&self) -> bool {
        !self.playing || self.speed == Speed::X1
    }

    /// Lets time pass, or holds it.
    pub const fn set_playing(&mut self, playing: bool) {
        self.playing = playing;
        self.last_frame = None;
    }

    /// Sets how fast it passes.
    pub const fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
    }

    /// How much virtual time a frame at `millis` may cover.
    pub fn frame(&mut self, millis: f64) -> Duration {
        let before = self.last_frame.replace(millis);
        if !self.playing {
            return Duration::ZERO;
        }
        let elapsed = before.map_or(0.0, |before| (millis - before).max(0.0));
        let elapsed = Duration::try_from_secs_f64(elapsed / 1000.0).unwrap_or_default().min(LONGEST_FRAME);
        self.speed.factor().map_or(MAX_PER_FRAME, |factor| elapsed * factor)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn frames_become_virtual_time() {
        let mut pace = Pace::default();
        assert_eq!(pace.frame(10.0), Duration::ZERO, "held at first");
        pace.set_playing(true);
        assert_eq!(pace.frame(1000.0), Duration::ZERO, "the first frame only sets the mark");
        assert_eq!(pace.frame(1016.0), Duration::from_millis(16));
        pace.set_speed(Speed::X20);
        assert_eq!(pace.frame(1026.0), Duration::from_millis(200));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn time_held_or_slept_is_not_made_up_for() {
        let mut pace = Pace::default();
        pace.set_playing(true);
        pace.frame(0.0);
        assert_eq!(pace.frame(3_600_000.0), LONGEST_FRAME);
        pace.set_playing(false);
        pace.frame(3_700_000.0);
        pace.set_playing(true);
        assert_eq!(pace.frame(3_800_000.0), Duration::ZERO);
        assert_eq!(pace.frame(3_799_000.0), Duration::ZERO, "a clock that goes back is no time at all");
        assert_eq!(pace.frame(f64::NAN), Duration::ZERO);
    }
}
