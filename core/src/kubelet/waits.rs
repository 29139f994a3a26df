//! What a node waits for, counted by whom it concerns: nobody has to look through all actions that are not answered.

use std::collections::{BTreeMap, BTreeSet};

use super::Owner;
use crate::{contract::Action, id::PodUid};

/// What was planned and is not answered.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    folder: i32,
    /// When lists were asked for: the node's event count at that time.
    lists: Vec<u64>,
    pods: BTreeMap<PodUid, OfPod>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct OfPod {
    /// Actions that change something in the runtime.
    changes: i32,
    /// Those of the clean-up.
    garbage: i32,
}

impl Waits {
    /// Whether the folder is being listed.
    #[must_use]
    pub const fn for_folder(&self) -> bool {
        self.folder > 0
    }

    /// Whether a list of the runtime is under way that was asked for when so many events were handled, or later.
    #[must_use]
    pub fn for_list(&self, since: u64) -> bool {
        self.lists.iter().any(|asked| *asked >= since)
    }

    /// Whether the clean-up waits for something of a pod.
    #[must_use]
    pub fn for_garbage(&self, pod: &PodUid) -> bool {
        self.pods.get(pod).is_some_and(|waits| waits.garbage > 0)
    }

    /// Whether the runtime is changing something of a pod.
    #[must_use]
    pub fn for_changes(&self, pod: &PodUid) -> bool {
        self.pods.get(pod).is_some_and(|waits| waits.changes > 0)
    }

    /// The pods of which the runtime is changing something.
    #[must_use]
    pub fn busy_pods(&self) -> BTreeSet<PodUid> {
        let busy = self.pods.iter().filter(|(_, waits)| waits.changes > 0);
        crate::sort::set(busy.map(|(uid, _)| uid.clone()))
    }

    pub(super) fn count(&mut self, owner: &Owner, action: &Action, times: i32) {
        let (pod, garbage) = match owner {
            Owner::Folder => {
                self.folder += times;
                return;
            }
            Owner::Relist { asked } if times > 0 => return self.lists.push(*asked),
            Owner::Relist { asked } => {
                if let Some(at) = self.lists.iter().position(|known| known == asked) {
                    self.lists.swap_remove(at);
                }
                return;
            }
            Owner::Api(_) => return,
            Owner::Worker(pod) => (pod, 0),
            Owner::Garbage(pod) => (pod, times),
        };
        let changes = if action.changes_runtime() { times } else { 0 };
        if (changes, garbage) == (0, 0) {
            return;
        }
        let of = self.pods.entry(pod.uid.clone()).or_default();
        (of.changes, of.garbage) = (of.changes + changes, of.garbage + garbage);
        if *of == OfPod::default() {
            self.pods.remove(&pod.uid);
        }
    }
}
