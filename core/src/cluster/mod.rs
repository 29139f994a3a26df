//! The simulated API server: its objects, its store, its rules, and what happens around it.
//!
//! [`ApiServer`] keeps [`Object`]s under resource versions; whoever watches reads [`Change`]s. Rules that decide whether an object may be are in
//! `admission` and `validation`; each refusal is an [`ApiError`] whose `Display` is the real server's words. It is **not** a network service: a
//! [`World`](crate::sim::World) says who can reach it, and when.

mod admission;
mod controllers;
mod defaults;
mod error;
mod event;
mod kind;
pub mod kubeadm;
pub mod meta;
mod object;
pub mod patch;
mod quota;
mod request;
mod run;
mod selector;
mod server;
mod table;
#[cfg(test)]
mod tests;
mod validation;

pub use self::{
    controllers::{Controllers, Running},
    error::{ApiError, Refusal},
    event::{EventBody, EventSource, Involved},
    kind::Kind,
    meta::{Deletion, Meta, Owner, Pairs},
    object::{Body, Object, PodBody, PodReport, PodSpecBody, PodStatusBody},
    patch::PatchKind,
    request::{ApiAnswer, ApiRequest, LAST_APPLIED},
    run::as_run,
    selector::Selector,
    server::{ApiServer, DeleteOptions, Deleted, User},
    table::{Change, ChangeKind, Key},
};
