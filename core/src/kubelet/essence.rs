//! What a node's further behaviour depends on, as text: two nodes of one essence do the same from now on, whatever they are told.
//!
//! For a suite that visits every state of a small world once, and so must know which states are one. Left out is what nothing is decided by:
//! the journal and what it remembers of events, since when conditions are as they are, and the numbers that only tell one event or action from
//! another. Actions that wait for their answers are named by what they are, in an order that does not depend on how the state was reached.

use std::fmt::{self, Write as _};

use super::{Desk, Kubelet, Owner};
use crate::{
    id::{ActionId, PodUid},
    manifest::Pod,
};

/// What a node's further behaviour depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Essence {
    /// As text, in which actions are named by their place in `waiting`.
    pub text: String,
    /// The actions that wait for their answers.
    pub waiting: Vec<ActionId>,
}

impl Kubelet {
    /// What the node's further behaviour depends on, its settings and what is due before `now` excepted: these a host knows.
    #[must_use]
    pub fn essence(&self) -> Essence {
        let mut waiting = self.waiting();
        waiting.sort();
        let waiting: Vec<ActionId> = waiting.into_iter().map(|(_, id)| id).collect();
        let mut text = String::with_capacity(16_384);
        // A string takes whatever is written to it.
        let _ = self.write_essence(&mut text);
        Essence { text: with_places(&text, &waiting), waiting }
    }

    /// Each action that waits, with what it is. Of a list counts which pods were touched since it was asked for, not when that was.
    fn waiting(&self) -> Vec<(String, ActionId)> {
        let name = |(id, pending): (&ActionId, &super::Pending)| {
            let what = match &pending.owner {
                Owner::Relist { asked } => {
                    let touched: Vec<&PodUid> =
                        self.touched.iter().filter(|(_, at)| *at > asked).map(|(uid, _)| uid).collect();
                    format!("list {touched:?}")
                }
                Owner::Folder => "folder".to_owned(),
                owner @ (Owner::Worker(_) | Owner::Garbage(_) | Owner::Api(_)) => {
                    format!("{owner:?} {:?}", pending.action)
                }
            };
            (what, *id)
        };
        self.desk.pending().map(name).collect()
    }

    fn write_essence(&self, f: &mut String) -> fmt::Result {
        for (what, id) in self.waiting() {
            writeln!(f, "{id:?} {what}")?;
        }
        self.desk.write_essence(f)?;
        self.source.write_essence(f)?;
        for observed in self.observed.values() {
            writeln!(f, "{observed:?}")?;
        }
        for worker in self.workers.values() {
            worker.write_essence(f)?;
        }
        writeln!(f, "{:?} {:?}", self.unlisted, self.held)?;
        let Self { source_ready, runtime_known, locks, untidy, room_for, shutdown, shortages, api, .. } =
            self;
        writeln!(
            f,
            "{source_ready} {runtime_known} {locks:?} {untidy:?} {room_for:?} {shutdown:?} {shortages:?} {api:?}"
        )
    }
}

impl Desk {
    fn write_essence(&self, f: &mut String) -> fmt::Result {
        let Self { rng, timers, lists_after, crash_back_off, image_back_off, pulls, started, .. } = self;
        writeln!(
            f,
            "{rng:?} {lists_after:?} {timers:?} {crash_back_off:?} {image_back_off:?} {pulls:?} {started:?}"
        )
    }
}

/// A pod as far as anything is decided by it.
pub(crate) fn write_pod(f: &mut String, pod: &Pod) -> fmt::Result {
    writeln!(f, "{} {} {:?} {:?}", pod.id, pod.file, pod.id.uid, pod.spec)
}

/// The text with each number of an action replaced by its place among those that wait.
fn with_places(text: &str, waiting: &[ActionId]) -> String {
    const NAME: &str = "ActionId(";
    let mut parts = text.split(NAME);
    let mut all = String::with_capacity(text.len());
    all.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (number, rest) = part.split_once(')').unwrap_or((part, ""));
        let id = number.parse().ok().map(ActionId);
        let place = waiting.iter().position(|known| Some(*known) == id);
        let _ = match place {
            Some(place) => write!(all, "#{place}{rest}"),
            None => write!(all, "#gone{rest}"),
        };
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_actions_do_not_count() {
        let names =
            |a, b| with_places(&format!("x ActionId({a}) y ActionId({b}) z"), &[ActionId(b), ActionId(a)]);
        assert_eq!(names(7, 3), "x #1 y #0 z");
        assert_eq!(names(7, 3), names(11, 12));
    }
}
