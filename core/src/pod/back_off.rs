//! How long to wait before something that failed is tried again: doubling from 10 seconds up to a cap, forgotten after ten quiet minutes.
//!
//! Follows client-go's `util/flowcontrol/backoff.go` as the kubelet uses it for crash loops and image pulls.

use std::{collections::BTreeMap, time::Duration};

use crate::time::Time;

/// The first wait.
pub const INITIAL: Duration = Duration::from_secs(10);
/// An entry that was not used for longer than this starts anew.
pub const FORGET_AFTER: Duration = Duration::from_secs(600);

/// Waits, one for each key.
#[derive(Clone, Debug)]
pub struct BackOffs<K> {
    entries: BTreeMap<K, Entry>,
    max: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    wait: Duration,
    updated: Time,
}

impl<K: Ord + Clone> BackOffs<K> {
    /// None waits yet; none will wait longer than `max`.
    #[must_use]
    pub fn new(max: Duration) -> Self {
        Self { entries: BTreeMap::new(), max }
    }

    /// How much of the wait is left at `now` when the failure happened at `failed`; `None` when it is over.
    #[must_use]
    pub fn remaining(&self, key: &K, failed: Time, now: Time) -> Option<Remaining> {
        let entry = self.entries.get(key).filter(|entry| failed.since(entry.updated) <= FORGET_AFTER)?;
        let left = entry.wait.checked_sub(now.since(failed)).filter(|left| !left.is_zero())?;
        Some(Remaining { wait: entry.wait, left })
    }

    /// How much of the wait since the last [`next`](Self::next) is left.
    #[must_use]
    pub fn remaining_since_update(&self, key: &K, now: Time) -> Option<Remaining> {
        let entry = self.entries.get(key)?;
        self.remaining(key, entry.updated, now)
    }

    /// Notes that it is tried again (or failed again): the next wait is twice as long. Gives the wait that was before.
    pub fn next(&mut self, key: &K, failed: Time, now: Time) -> Option<Duration> {
        let before = self
            .entries
            .get(key)
            .filter(|entry| failed.since(entry.updated) <= FORGET_AFTER)
            .map(|entry| entry.wait);
        let wait = before.map_or(INITIAL, |wait| wait.saturating_mul(2)).min(self.max);
        self.entries.insert(key.clone(), Entry { wait, updated: now });
        before
    }

    /// Drops what has not been used for ten minutes.
    pub fn collect_garbage(&mut self, now: Time) {
        self.entries.retain(|_, entry| now.since(entry.updated) <= FORGET_AFTER);
    }
}

/// A wait that is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// The whole wait.
    pub wait: Duration,
    /// What is left of it.
    pub left: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_zero(Duration::from_secs(seconds))
    }

    #[test]
    fn waits_double_from_ten_seconds_to_the_cap() {
        let mut waits = BackOffs::new(Duration::from_secs(300));
        let mut now = 0;
        let mut seen = Vec::new();
        for _ in 0..8 {
            let left =
                waits.remaining(&"c", at(now), at(now)).map_or(0, |remaining| remaining.left.as_secs());
            seen.push(left);
            now += left;
            waits.next(&"c", at(now), at(now));
        }
        assert_eq!(seen, [0, 10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn the_wait_counts_from_the_end_of_the_run() {
        let mut waits = BackOffs::new(Duration::from_secs(300));
        waits.next(&"c", at(0), at(0));
        let left = waits.remaining(&"c", at(100), at(105)).map(|remaining| remaining.left.as_secs());
        assert_eq!(left, Some(5));
    }

    #[test]
    fn a_run_of_more_than_ten_minutes_starts_anew() {
        let mut waits = BackOffs::new(Duration::from_secs(300));
        waits.next(&"c", at(0), at(0));
        waits.next(&"c", at(20), at(20));
        assert_eq!(waits.remaining(&"c", at(621), at(621)), None);
        assert_eq!(waits.next(&"c", at(621), at(621)), None);
        assert_eq!(
            waits.remaining(&"c", at(622), at(622)).map(|remaining| remaining.wait.as_secs()),
            Some(10)
        );
    }
}
