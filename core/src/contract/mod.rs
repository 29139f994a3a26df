//! The door of the core: [`Event`]s in, [`Planned`] actions out.
//!
//! These enums are the whole contract between the core and whoever executes its decisions; there is no trait and no callback. A host
//! executes each planned action and answers it **exactly once** with [`Event::Finished`], in any order. Everything else it has to say
//! (a file was written, a container died) is a hint that makes the node faster; full lists make it right. So a host may lose hints, crash and
//! come back at any point.

mod action;
mod api;
mod cause;
mod event;
mod hook;
mod probe;
mod report;
mod spec;

pub use action::{Action, Planned};
pub use api::{ApiAction, ApiEvent, ApiPod, ApiPodKind};
pub use cause::Cause;
pub use event::{Entry, EntryKind, Event, Failure, FileContent, Folder, Outcome, Pressure};
pub use hook::{Hook, HookKind, Hooked};
pub use probe::{Check, ProbeKind, Probed};
pub use report::{
    ContainerReport, Exit, ExitReason, ImageInfo, RunState, RuntimeState, SandboxReport, SandboxState,
    last_of_log,
};
pub use spec::{
    Confinement, ContainerSpec, Dns, HostAlias, Mount, MountSource, Namespaces, OutOfMemory, PortMapping,
    Propagation, Protocol, ReadOnlyBelow, Resources, SandboxSpec, Security, VolumeFile,
};
