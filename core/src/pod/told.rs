//! What a pod's worker was told while it could not look, and so when it looks again.
//!
//! Follows `pkg/kubelet/pleg/generic.go` and `podWorkerLoop` (`pkg/kubelet/pod_workers.go`). In the kubelet, one loop lists all containers each
//! second and tells of what changed, and each pod's worker looks when it is told something. A worker that is busy remembers that it was told,
//! not how often or what; and it never looks again before there is a list that is newer than its last look. Here nobody lists: of each change is
//! known which of these lists will show it.

use crate::time::Time;

/// What a worker was told since it looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// When the last look was over.
    since: Option<Time>,
    /// It was told something while it was busy: one more look follows.
    again: bool,
    /// A look waits for a newer list.
    waits: bool,
    /// The first and the last of the lists that will show what changed since the last one.
    lists: Option<(Time, Time)>,
}

impl Told {
    /// Something was told.
    pub fn something(&mut self) {
        self.again = true;
    }

    /// The pod's containers changed, and the list at `list` will show it.
    pub fn change(&mut self, list: Time) {
        let (first, newest) = self.lists.unwrap_or((list, list));
        self.lists = Some((first.min(list), newest.max(list)));
    }

    /// Whether a look must wait for a list that is newer than the last one; `next` gives the first list after a moment.
    pub fn wait_for(&mut self, now: Time, next: impl Fn(Time) -> Time) -> Option<Time> {
        let list = next(self.since?);
        if list <= now {
            return None;
        }
        self.again |= self.waits;
        self.waits = true;
        Some(list)
    }

    /// A look begins. One that waited for this list is told of what the list shows while it begins, and so is followed by another.
    pub fn begin(&mut self, now: Time) {
        let shown = self.shown(now);
        if self.waits {
            self.again = shown;
        }
        self.waits = false;
    }

    /// A look is over, and what was planned was done: the pod alone is listed at once, and looked at again.
    pub fn done(&mut self, now: Time) {
        self.again |= self.shown(now);
        self.lists = None;
        self.since = Some(now);
    }

    /// A look is over. Gives the list after which the next one follows, if one does; `next` is the first list that is yet to come.
    pub fn end(&mut self, now: Time, next: Time) -> Option<Time> {
        self.again |= self.shown(now);
        self.since = Some(now);
        if std::mem::take(&mut self.again) {
            self.waits = true;
            return Some(next);
        }
        self.lists.map(|(first, _)| first)
    }

    /// Takes what lists up to `now` have shown. True when there was something.
    fn shown(&mut self, now: Time) -> bool {
        let Some((_, last)) = self.lists.filter(|(first, _)| *first <= now) else { return false };
        self.lists = (last > now).then_some((last, last));
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(millis: u64) -> Time {
        Time::from_zero(Duration::from_millis(millis))
    }

    /// The container ends while its start's hook fails: the list shows the start during the sync and the end after it, and two looks follow.
    #[test]
    fn a_busy_worker_looks_twice_more() {
        let mut told = Told::default();
        told.begin(at(2200));
        told.change(at(3200));
        told.change(at(4200));
        assert_eq!(told.end(at(3380), at(4200)), Some(at(4200)));
        told.begin(at(4200));
        assert_eq!(told.end(at(4200), at(5200)), Some(at(5200)));
        told.begin(at(5200));
        assert_eq!(told.end(at(5200), at(6200)), None);
    }

    #[test]
    fn what_an_idle_worker_is_told_needs_one_look() {
        let mut told = Told::default();
        told.begin(at(0));
        told.change(at(500));
        told.done(at(330));
        told.begin(at(330));
        assert_eq!(told.end(at(330), at(500)), None);
        told.change(at(500));
        told.begin(at(500));
        assert_eq!(told.end(at(500), at(1500)), None);
    }

    #[test]
    fn a_probe_waits_for_a_list_that_is_newer_than_the_last_look() {
        let next = |from: Time| from.next_tick(at(500), Duration::from_secs(1));
        let mut told = Told::default();
        assert_eq!(told.wait_for(at(100), next), None);
        told.begin(at(100));
        told.end(at(100), at(500));
        assert_eq!(told.wait_for(at(200), next), Some(at(500)));
        assert_eq!(told.wait_for(at(300), next), Some(at(500)));
        told.begin(at(500));
        assert_eq!(told.end(at(500), at(1500)), None, "the list showed nothing new");
        assert_eq!(told.wait_for(at(2000), next), None);
    }
}
