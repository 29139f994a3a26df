//! One pod's life: what it needs ([`plan()`]), how that is done ([`Sync`]), how it ends, and how it looks.
//!
//! A pod is several containers at once, so no enum names its state; what a worker is doing with it is one ([`Stage`]).

mod back_off;
mod env;
mod essence;
mod events;
mod handler;
mod image;
mod memory;
mod notice;
mod observed;
mod plan;
mod prober;
mod resources;
mod restart;
mod spec;
mod start;
mod status;
mod stop;
mod sync;
mod terminate;
mod told;
mod victim;
mod volumes;
mod worker;

pub use back_off::{BackOffs, Remaining};
pub use events::{AboutContainer, AboutPod, KillReason, PodEvent};
pub use image::{InvalidReference, check as check_image_reference};
pub use memory::{Memory, Reason, WaitingReason};
pub use observed::{Observed, vanished};
pub use plan::{AllAgain, Kill, NewSandbox, Plan, Start, plan};
pub use prober::{Health, Probers, probe_of};
pub use resources::qos_class;
pub use spec::grace;
pub use start::Trouble;
pub use status::PodFailure;
pub(crate) use status::columns;
pub use sync::Sync;
pub use terminate::Termination;
pub use told::Told;
pub use worker::{Stage, Worker};

use std::{sync::Arc, time::Duration};

use crate::{
    contract::{Action, Cause},
    id::{ActionId, ContainerName, InstanceId},
    kubelet::{Desk, Owner, Timer, WakeReason},
    manifest::{Container, Pod},
    time::Time,
};

/// Everything at hand while a pod is worked on.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The moment.
    pub now: Time,
    /// When the node first saw it.
    pub first_seen: Time,
    /// What the pod should be.
    pub pod: &'a Arc<Pod>,
    /// What the runtime has of it.
    pub observed: &'a mut Observed,
    /// What the node remembers of it.
    pub memory: &'a mut Memory,
    /// What the node shares.
    pub desk: &'a mut Desk,
    /// It is being stopped: what is under way is finished, nothing new begins.
    pub stopping: bool,
}

impl Cx<'_> {
    fn plan(&mut self, action: Action, because: Cause) -> ActionId {
        self.desk.plan(self.now, Owner::Worker(self.observed.pod.clone()), action, because)
    }

    fn event(&mut self, event: PodEvent) {
        let pod = self.observed.pod.clone();
        self.desk.event(self.now, &pod, event);
    }

    fn container_event(&mut self, start: &Start, what: AboutContainer) {
        self.event(PodEvent::container(&start.container, start.init, what));
    }

    fn container(&self, name: &ContainerName) -> Option<Container> {
        let spec = &self.pod.spec;
        spec.init_containers.iter().chain(&spec.containers).find(|container| &container.name == name).cloned()
    }

    fn is_init(&self, name: &ContainerName) -> bool {
        self.pod.spec.init_containers.iter().any(|container| &container.name == name)
    }

    fn init_instances(&self) -> Vec<InstanceId> {
        let init = |report: &&crate::contract::ContainerReport| self.is_init(&report.instance.container);
        self.observed.containers.iter().filter(init).map(|report| report.instance.clone()).collect()
    }

    fn grace(&self) -> Duration {
        spec::grace(self.pod)
    }

    fn ask_for_list(&mut self) {
        self.desk.timers.set_by(Timer::Relist, self.now, WakeReason::Relist);
    }
}
