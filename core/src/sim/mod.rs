//! A machine room in virtual time: nodes with their manifest folders, and a simulated container runtime on each.
//!
//! [`Runtime`] executes [`Planned`](crate::contract::Planned) actions and gives the events they lead to, as a driver of a real engine does; it is
//! sans-IO, so a test or a [`World`] says what time it is. Its containers run small interpreters of common commands, and the image
//! [`lab`] behaves as its arguments say. It is **not** an emulator: no instruction set, no network packets, no kernel.

mod api;
mod container;
mod control;
mod disk;
mod fault;
mod folder;
mod host;
mod images;
mod inputs;
pub mod lab;
mod node;
mod queue;
mod runtime;
mod settings;
mod shell;
#[cfg(test)]
mod tests;
mod world;
#[cfg(test)]
mod world_tests;

pub(crate) use self::host::{BOOTSTRAP, CONFIG, ETCD_DATA, FLAGS, KUBECONFIG};
pub use self::{
    fault::{Ending, Fault, SimError},
    host::HostDeed,
    runtime::{Executed, Runtime},
    shell::{LogLine, Signal, Stream},
    world::{KnownPod, World, WorldView},
};
