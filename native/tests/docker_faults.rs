//! The agent on a real engine while everything around it fails: it is killed at every question that it asks, its engine is slow, hung, cut
//! off and restarted, and others meddle with its containers. In the end each pod of the folder runs once, and nothing else is left.
//!
//! Engines that are stopped and killed are the suites' own: `dockerd` must be there, or `STANDFAST_NO_DOCKERD=1` says that it is not.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "docker_faults/behind.rs"]
mod behind;
#[path = "docker_faults/daemon.rs"]
mod daemon;
#[path = "docker_faults/killed.rs"]
mod killed;
#[path = "docker_faults/proxy.rs"]
mod proxy;
mod support;
#[path = "docker_faults/tape.rs"]
mod tape;
