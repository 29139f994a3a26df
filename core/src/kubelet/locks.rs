//! One static pod at a time may hold a full name; the others wait in line.
//!
//! Follows `allowStaticPodStart` (`pkg/kubelet/pod_workers.go`).

use std::collections::{BTreeMap, VecDeque};

use crate::id::{PodRef, PodUid};

/// Who holds each full name, and who waits for it.
#[derive(Clone, Debug, Default)]
pub struct StartLocks(BTreeMap<String, Line>);

#[derive(Clone, Debug, Default)]
struct Line {
    holder: Option<PodUid>,
    waiting: VecDeque<PodUid>,
}

impl Line {
    fn wait(&mut self, pod: &PodRef) {
        if !self.waiting.contains(&pod.uid) {
            self.waiting.push_back(pod.uid.clone());
        }
    }
}

impl StartLocks {
    /// Takes the name for the pod, or puts it at the end of the line. True when it may start.
    pub fn take(&mut self, pod: &PodRef) -> bool {
        let line = self.0.entry(pod.full_name()).or_default();
        if line.holder.as_ref() == Some(&pod.uid) {
            return true;
        }
        line.wait(pod);
        if line.holder.is_some() || line.waiting.front() != Some(&pod.uid) {
            return false;
        }
        line.holder = line.waiting.pop_front();
        if line.waiting.is_empty() {
            // Most lines are never waited in again.
            line.waiting = VecDeque::new();
        }
        true
    }

    /// Puts the pod at the end of the line, and leaves the name to whoever still runs under it.
    pub fn wait(&mut self, pod: &PodRef) {
        self.0.entry(pod.full_name()).or_default().wait(pod);
    }

    /// Gives the name back, or leaves the line. Gives the pod that may try next.
    pub fn release(&mut self, pod: &PodRef) -> Option<PodUid> {
        let name = pod.full_name();
        let line = self.0.get_mut(&name)?;
        line.waiting.retain(|uid| uid != &pod.uid);
        if line.holder.as_ref() == Some(&pod.uid) {
            line.holder = None;
        }
        let next = if line.holder.is_none() { line.waiting.front().cloned() } else { None };
        if line.holder.is_none() && line.waiting.is_empty() {
            self.0.remove(&name);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(uid: &str) -> PodRef {
        PodRef::new(uid, "default", "web-node01")
    }

    #[test]
    fn pods_of_one_name_start_in_the_order_they_came() {
        let mut locks = StartLocks::default();
        assert!(locks.take(&pod("a")));
        assert!(!locks.take(&pod("b")));
        assert!(!locks.take(&pod("c")));
        assert_eq!(locks.release(&pod("b")), None);
        assert_eq!(locks.release(&pod("a")), Some("c".into()));
        assert!(locks.take(&pod("c")));
        assert_eq!(locks.release(&pod("c")), None);
        assert!(locks.take(&pod("d")));
    }
}
