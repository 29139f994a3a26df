//! Recorded lives: what a running kubelet did with a pod, second by second, and whether a node of ours leads the same life.
//!
//! A [`Life`] is read from the texts of a recording. [`act()`] leads it again in a [`Testbed`](crate::scenario::Testbed), and [`compare()`]
//! says where the two differ first. Nothing here reads files.
//!
//! # What is compared
//!
//! Events by type, reason, place and message; and as tracks over time, for each pod: its phase with reason and message, each condition
//! with reason and message, each container with state, reason, exit code, message, readiness, restarts and last state, whether it has an
//! address, its quality of service, and whether it is listed at all.
//!
//! # How closely
//!
//! The kubelet was asked each half second, so what lasted less may be missing, on one side at a time: a wrong state can never stand in for
//! a right one. Times are compared from one change to the next (or from what was done last), within [`Bounds`].

mod act;
mod bounds;
mod compare;
mod read;
#[cfg(test)]
mod tests;
mod track;

use std::{sync::Arc, time::Duration};

pub use act::act;
pub use bounds::{Bounds, Ends};
pub use compare::{Difference, compare};
pub use read::{LifeError, Texts};
pub use track::{Course, Entry, Said, Told};

/// A recorded life of one pod.
#[derive(Clone, Debug)]
pub struct Life {
    /// Its name, and that of its manifest.
    pub name: Arc<str>,
    /// What was done, and when.
    pub deeds: Vec<(Duration, Deed)>,
    /// The manifest.
    pub manifest: Arc<[u8]>,
    /// The manifest that took its place, if one did.
    pub second: Option<Arc<[u8]>>,
    /// What the kubelet told.
    pub told: Told,
    /// When the recording ends.
    pub end: Duration,
}

/// What was done to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The manifest came.
    Add,
    /// Another took its place.
    Replace,
    /// It went.
    Remove,
    /// Its file was renamed.
    Rename,
    /// The kubelet was stopped.
    StopKubelet,
    /// The kubelet was started.
    StartKubelet,
    /// The main process was killed.
    KillMain,
    /// The sandbox's process was killed.
    KillSandbox,
    /// The main container was removed.
    RemoveContainer,
}

impl Life {
    /// Leaves out what was told and done after `end`.
    pub fn cut(&mut self, end: Duration) {
        if self.end > end {
            self.end = end;
            self.deeds.retain(|(at, _)| *at < end);
            self.told.cut(end);
        }
    }

    /// The images that were on the recorded machine.
    #[must_use]
    pub fn images(&self) -> Vec<Arc<str>> {
        let of = |said: &Said| {
            let (_, rest) = said.line.split_once("Container image \"")?;
            rest.split_once('"').filter(|(_, rest)| rest.starts_with(" already")).map(|(name, _)| name.into())
        };
        let mut images: Vec<Arc<str>> = self.told.said.iter().filter_map(of).collect();
        crate::sort::by(&mut images, Ord::cmp);
        images.dedup();
        images
    }
}
