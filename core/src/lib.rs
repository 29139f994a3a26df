//! Standfast's core: what a node does with a folder of Pod manifests.
//!
//! A folder goes in, running pods come out. [`Kubelet`](kubelet::Kubelet) is one node: feed it an
//! [`Event`](contract::Event), get [`Planned`](contract::Planned) actions, execute each, feed its answer back. [`World`](sim::World) is
//! a simulated machine room that does exactly that in virtual time; an agent does it with real containers.
//!
//! It is deliberately **not** a runtime: there is no clock (every call takes `now`), no I/O, no async, no threads, and no randomness
//! but an injected seed. Equal inputs give equal outputs on every target.
//!
//! 1. **The core decides, hosts do.**
//! 2. **Edges are hints, lists are truth.** A host may lose events and come back: it lists, and the core goes on.
//! 3. **Every action has a typed cause and gets exactly one answer.**
//! 4. **Status is derived, never stored.**
//! 5. **Nothing panics on any input.** A broken manifest is data.
//! 6. **Faithful first, then kinder.** A kinder policy is a named setting.
//! 7. **Cost follows change.**

#![forbid(unsafe_code)]

pub mod admission;
pub mod cluster;
pub mod config;
pub mod console;
pub mod contract;
mod correlator;
pub mod id;
pub mod journal;
pub mod kubelet;
pub mod lives;
pub mod manifest;
pub mod mirror;
pub mod pod;
pub mod rng;
pub mod scenario;
pub mod session;
pub mod sim;
mod small;
mod sort;
pub mod source;
pub mod time;
pub mod trace;
pub mod view;
