//! Copies of a session's world at some moments. They save the way to moments near them, and mean nothing.

use super::Moment;
use crate::{sim::World, trace::TimedInput};

/// How many copies are kept of a small world; of a big one fewer.
const MOST: usize = 40;
const FEWEST: usize = 3;
/// Copies of this many nodes in all.
const NODES: usize = 200;
/// The first distance between two copies, in steps.
pub(super) const SPACING: u64 = 100;

#[derive(Clone, Debug)]
pub(super) struct Marks {
    /// By their moments; the first is the beginning.
    worlds: Vec<World>,
    spacing: u64,
}

impl Marks {
    pub(super) fn from(beginning: World) -> Self {
        Self { worlds: vec![beginning], spacing: SPACING }
    }

    /// The world goes by: perhaps it is time for a copy.
    pub(super) fn pass(&mut self, world: &World) {
        let due = self.worlds.last().is_none_or(|last| world.steps() >= last.steps() + self.spacing);
        if !due {
            return;
        }
        let most = (NODES / world.nodes().count().max(1)).clamp(FEWEST, MOST);
        if self.worlds.len() >= most {
            self.thin_out();
        }
        self.worlds.push(world.clone());
    }

    /// The last copy that is not after a moment.
    pub(super) fn last_before(&self, moment: Moment) -> Option<&World> {
        self.worlds.iter().rev().find(|world| Moment::of(world) <= moment).or_else(|| self.worlds.first())
    }

    /// Forgets the copies that are no part of this course up to a moment.
    pub(super) fn keep_those_of(&mut self, inputs: &[TimedInput], until: Moment) {
        let mut first = true;
        self.worlds.retain(|world| {
            let done = world.inputs();
            let before_next = inputs
                .get(done.len())
                .is_none_or(|next| world.steps() <= next.steps && world.now() <= next.at);
            let is_of_it = before_next && Moment::of(world) <= until && inputs.starts_with(done);
            std::mem::take(&mut first) || is_of_it
        });
    }

    /// Every second copy goes, but not the beginning.
    fn thin_out(&mut self) {
        self.spacing = self.spacing.saturating_mul(2);
        let mut number = 0_usize;
        self.worlds.retain(|_| {
            number += 1;
            number % 2 == 1
        });
    }
}
