//! Standfast's agent: the core, driven by a real folder and real containers.
//!
//! [`agent::run`] owns one kubelet of the core and feeds it: [`folder`] reads and watches the manifests, [`docker::Driver`] executes
//! runtime actions on a Docker engine, [`serve`] shows what the node knows. It decides nothing itself and keeps no state of its own: a killed
//! agent finds everything again by listing.

pub mod agent;
mod answer;
pub mod check;
pub mod cli;
pub mod clock;
pub mod docker;
pub mod folder;
pub mod lives;
pub mod log;
mod machine;
pub mod node;
pub mod objects;
pub mod play;
pub mod policy;
pub(crate) mod probe;
pub mod serve;
pub mod show;
pub mod simulated;
pub mod tar;
pub mod testbed;
#[cfg(test)]
mod testing;
