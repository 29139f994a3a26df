//! Things to do, by time; of two at one time the one that was planned first.

use std::collections::BTreeMap;

use crate::time::Time;

#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    due: BTreeMap<(Time, u64), T>,
    next: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { due: BTreeMap::new(), next: 0 }
    }
}

impl<T> Queue<T> {
    pub(super) fn push(&mut self, at: Time, thing: T) {
        self.due.insert((at, self.next), thing);
        self.next += 1;
    }

    pub(super) fn next_at(&self) -> Option<Time> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn pop(&mut self, now: Time) -> Option<T> {
        let due = self.due.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(due.remove())
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.due.values_mut()
    }
}
