//! The kubelet against a runtime that answers at once: stories of one node, without a simulator's latencies.

mod bench;
mod chaos;
mod life;

pub(super) use bench::{Node, container, pod, probe};
