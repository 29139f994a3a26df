//! The part of a node's [essence](crate::kubelet::Essence) that a pod's worker holds.

use std::fmt::{self, Write as _};

use super::Worker;
use crate::kubelet::write_pod;

impl Worker {
    /// What is decided by; left out is what is only shown.
    pub(crate) fn write_essence(&self, f: &mut String) -> fmt::Result {
        let Self {
            id: _,
            pod,
            orphan,
            desired,
            restart_requested,
            stage,
            first_seen,
            started,
            memory,
            seen,
            weight: _,
            told,
            dropped,
            view: _,
        } = self;
        write_pod(f, pod)?;
        if let Some(again) = restart_requested {
            write_pod(f, again)?;
        }
        writeln!(f, "{orphan} {desired} {stage:?} {first_seen:?} {started:?} {memory:?} {told:?} {dropped}")?;
        seen.write_essence(f)
    }
}
