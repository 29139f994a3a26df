//! What a client that sends events makes of many alike: it counts the same, combines the similar, and drops what one pod says too often.
//!
//! Follows client-go's `tools/record/events_cache.go` with the kubelet's own numbers. The log has every event; this is what `kubectl get
//! events` would show of it. All of it is forgotten when the kubelet is restarted.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use crate::{id::PodUid, pod::PodEvent, time::Time, trace::Fnv, view::SeriesView};

/// How many different messages with one reason are sent as they are, less one.
const SIMILAR: usize = 10;
/// Messages that come further apart than this are not combined.
const QUIET: Duration = Duration::from_secs(600);
/// How many events a pod may have at once.
const BURST: u32 = 25;
/// How long it takes until it may have one more.
const REFILL: Duration = Duration::from_secs(300);
/// How much of each kind is remembered.
const KEPT: usize = 4096;

/// Counts, combines and drops.
#[derive(Clone, Debug, Default)]
pub struct Correlator {
    similar: Recent<u64, Similar>,
    counts: Recent<u64, Count>,
    budgets: Recent<PodUid, Budget>,
}

#[derive(Clone, Debug)]
struct Similar {
    /// In order.
    messages: Vec<u64>,
    last: Time,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    count: u32,
    first: Time,
}

#[derive(Clone, Copy, Debug)]
struct Budget {
    /// Time that was saved up: each event costs [`REFILL`].
    saved: Duration,
    at: Time,
}

impl Correlator {
    /// Takes in an event about a pod, and says what becomes of it.
    pub fn take(&mut self, now: Time, pod: &PodUid, event: &PodEvent) -> SeriesView {
        let kind = hash(|text| write!(text, "{pod} {} {}", event.is_warning(), event.reason()));
        let message = hash(|text| write!(text, "{event}"));
        let combined = self.is_one_of_many(now, kind, message);
        let key = if combined {
            kind
        } else {
            hash(|text| write!(text, "{kind} {message} {}", event.field_path()))
        };
        let known = self.counts.get(&key).copied();
        let count = Count {
            count: known.map_or(1, |known| known.count.saturating_add(1)),
            first: known.map_or(now, |known| known.first),
        };
        self.counts.put(key, count);
        SeriesView { count: count.count, first: count.first, combined, dropped: !self.may_say(now, pod) }
    }

    fn is_one_of_many(&mut self, now: Time, kind: u64, message: u64) -> bool {
        let known = self.similar.get(&kind).filter(|known| now.since(known.last) <= QUIET).cloned();
        let mut similar = known.unwrap_or(Similar { messages: Vec::new(), last: now });
        if let Err(at) = similar.messages.binary_search(&message) {
            similar.messages.reserve_exact(1);
            similar.messages.insert(at, message);
        }
        similar.last = now;
        let many = similar.messages.len() >= SIMILAR;
        if many {
            similar.messages.remove(0);
        }
        self.similar.put(kind, similar);
        many
    }

    fn may_say(&mut self, now: Time, pod: &PodUid) -> bool {
        let full = REFILL * BURST;
        let known = self.budgets.get(pod).map_or(full, |known| (known.saved + now.since(known.at)).min(full));
        let left = known.checked_sub(REFILL);
        self.budgets.put(pod.clone(), Budget { saved: left.unwrap_or(known), at: now });
        left.is_some()
    }
}

fn hash(write: impl FnOnce(&mut String) -> std::fmt::Result) -> u64 {
    let mut text = String::new();
    // Writing into text does not fail.
    let _ = write(&mut text);
    let mut hash = Fnv::default();
    hash.write(text.as_bytes());
    hash.finish()
}

/// The values that were put in last.
#[derive(Clone, Debug)]
struct Recent<K, V> {
    values: BTreeMap<K, (u64, V)>,
    order: BTreeMap<u64, K>,
    next: u64,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { values: BTreeMap::new(), order: BTreeMap::new(), next: 0 }
    }
}

impl<K: Ord + Clone, V> Recent<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key).map(|(_, value)| value)
    }

    fn put(&mut self, key: K, value: V) {
        if let Some((at, _)) = self.values.insert(key.clone(), (self.next, value)) {
            self.order.remove(&at);
        }
        self.order.insert(self.next, key);
        self.next += 1;
        if self.values.len() > KEPT
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.values.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pod::{AboutPod, PodEvent};

    fn at(seconds: u64) -> Time {
        Time::from_zero(Duration::from_secs(seconds))
    }

    fn event(text: &str) -> PodEvent {
        PodEvent::Pod(AboutPod::FailedKillPod(text.to_owned()))
    }

    #[test]
    fn the_same_is_counted_from_the_first() {
        let mut correlator = Correlator::default();
        let pod: PodUid = "a".into();
        for second in 1..=3 {
            let series = correlator.take(at(second), &pod, &event("x"));
            assert_eq!((u64::from(series.count), series.first, series.combined), (second, at(1), false));
        }
        assert_eq!(correlator.take(at(4), &pod, &event("y")).count, 1);
        assert_eq!(correlator.take(at(4), &"b".into(), &event("x")).count, 1);
    }

    #[test]
    fn from_the_tenth_message_on_they_are_combined_until_it_is_quiet() {
        let mut correlator = Correlator::default();
        let pod: PodUid = "a".into();
        let mut take = |second, text: &str| correlator.take(at(second), &pod, &event(text));
        for message in 1..=9 {
            assert!(!take(message, &message.to_string()).combined);
        }
        assert_eq!((take(10, "10").combined, take(11, "11").count), (true, 2));
        assert!(!take(11 + 601, "12").combined);
    }

    #[test]
    fn a_pod_that_says_too_much_is_heard_once_in_five_minutes() {
        let mut correlator = Correlator::default();
        let pod: PodUid = "a".into();
        let mut dropped = |second| correlator.take(at(second), &pod, &event("x")).dropped;
        assert!((0..25).all(|_| !dropped(0)));
        assert!(dropped(0) && dropped(299) && !dropped(300) && dropped(301));
        assert!(!correlator.take(at(301), &"b".into(), &event("x")).dropped);
    }
}
