//! The words that nearly every status has: each is kept once, however many pods say it.

use std::sync::{Arc, OnceLock};

const WORDS: [&str; 16] = [
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
    "ContainersNotReady",
    "ContainersNotInitialized",
    "PodCompleted",
    "Running",
    "Pending",
    "Completed",
    "BestEffort",
    "Burstable",
    "Guaranteed",
    "looks again",
    "",
];

/// The word as shared text.
pub(super) fn word(text: &str) -> Arc<str> {
    static SHARED: OnceLock<[Arc<str>; WORDS.len()]> = OnceLock::new();
    let shared = SHARED.get_or_init(|| WORDS.map(Arc::from));
    let known = WORDS.iter().position(|known| *known == text).and_then(|at| shared.get(at));
    known.map_or_else(|| text.into(), Arc::clone)
}
