//! How far a life may be from its recording and still agree.

use std::time::Duration;

/// The kubelet was asked so often how its pods are; what lasted less may not have been seen. A tenth more, because its clock is coarse.
const POLL: Duration = Duration::from_millis(550);
/// A node looks at its containers each second: how long it shows what has ended already is up to chance, and so is whether a poll sees it.
const LOOK: Duration = Duration::from_millis(1050).saturating_add(POLL);

/// How far apart times may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Always: what is seen comes by a relist each second and a poll each half second, and a runtime takes its time.
    pub least: Duration,
    /// After a wait that the kubelet jitters (back-offs and retries last up to a half longer): this much of the shorter wait, in percent.
    pub share: u32,
    /// What was acted out for less than this may be missing in the recording.
    pub blink: Duration,
    /// What was recorded for no longer than this may be missing in the acted life.
    pub glimpse: Duration,
    /// When each side ends, where a life is led once and jitter may bring it to its end sooner or later than the recorded one: what only one
    /// side has may have been to come on the other.
    pub ends: Option<Ends>,
}

/// When two tellings end.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// When the recording ends, or was cut.
    pub recorded: Duration,
    /// When the acted life ends.
    pub acted: Duration,
}

impl Bounds {
    /// In virtual time.
    pub const SIMULATOR: Self =
        Self { least: Duration::from_secs(2), share: 50, blink: POLL, glimpse: POLL, ends: None };

    /// On a real engine. How long it was at work is counted apart.
    #[must_use]
    pub const fn real(ends: Ends) -> Self {
        Self { blink: LOOK, glimpse: LOOK, ends: Some(ends), ..Self::SIMULATOR }
    }

    /// Whether it is the same that something took `recorded`, and `acted` with this much time of waiting for the engine.
    pub(super) fn allow(&self, recorded: Duration, acted: Duration, waits: bool, work: Duration) -> bool {
        let share = if waits { recorded.min(acted) * self.share / 100 } else { Duration::ZERO };
        recorded.abs_diff(acted) <= self.least + share + work
    }
}
