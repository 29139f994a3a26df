//! What the runtime has of one pod, as far as the node knows: kept by answers and hints, corrected by lists.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{
    contract::{ContainerReport, Exit, ExitReason, RunState, SandboxReport, SandboxState},
    id::{ContainerName, InstanceId, PodRef, SandboxId},
    time::Time,
};

/// The kubelet's words for a container that vanished. The two blanks are its own.
const VANISHED: &str =
    "The container could not be located when the pod was deleted.  The container used to be Running";
/// How often the kubelet looks at its containers.
const RELIST: Duration = Duration::from_secs(1);

/// One pod in the runtime.
///
/// A container that vanished without the node having removed it stays as one that ended with [`ExitReason::ContainerStatusUnknown`], until
/// newer instances push it out.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Whose.
    pub pod: PodRef,
    /// Newest first. Shared with what was last seen of them.
    pub sandboxes: Arc<Vec<SandboxReport>>,
    /// Newest first.
    pub containers: Arc<Vec<ContainerReport>>,
    /// Instances whose removal was planned and is not answered: they are still there.
    removing: BTreeSet<InstanceId>,
}

impl Observed {
    /// Nothing of `pod` in the runtime.
    #[must_use]
    pub fn nothing(pod: PodRef) -> Self {
        Self { pod, sandboxes: Arc::default(), containers: Arc::default(), removing: BTreeSet::new() }
    }

    /// Whether the runtime has nothing of the pod.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sandboxes.is_empty() && self.containers.iter().all(vanished)
    }

    /// Whether there is something to see that was not there at an earlier look: a sandbox or a container in another state. What has gone
    /// since is no news, and neither is what a list tells more exactly than an answer did.
    #[must_use]
    pub fn has_news(&self, seen: &Self) -> bool {
        let sandboxes =
            |of: &Self| -> Vec<_> { of.sandboxes.iter().map(|s| (s.id.attempt, s.state)).collect() };
        let known = |report: &ContainerReport| {
            seen.containers
                .iter()
                .any(|old| old.instance == report.instance && is_like(&old.state, &report.state))
        };
        sandboxes(self) != sandboxes(seen) || !self.containers.iter().all(known)
    }

    /// Whether the node knows of this instance and is not removing it.
    #[must_use]
    pub fn has(&self, instance: &InstanceId) -> bool {
        !self.is_removing(instance)
            && self.containers.iter().any(|report| &report.instance == instance && !vanished(report))
    }

    /// When an instance was made.
    #[must_use]
    pub fn created_at(&self, instance: &InstanceId) -> Option<Time> {
        self.containers.iter().find(|report| &report.instance == instance).map(|report| report.created)
    }

    /// How an instance ended, when it has.
    #[must_use]
    pub fn exit_of(&self, instance: &InstanceId) -> Option<&Exit> {
        self.containers.iter().filter(|report| &report.instance == instance).find_map(|report| match &report
            .state
        {
            RunState::Exited(exit) => Some(exit),
            RunState::Created | RunState::Running { .. } | RunState::Unknown => None,
        })
    }

    /// The instances of a container, newest first.
    pub fn instances<'a>(&'a self, name: &'a ContainerName) -> impl Iterator<Item = &'a ContainerReport> {
        self.containers.iter().filter(move |report| &report.instance.container == name)
    }

    /// The newest instance of a container.
    #[must_use]
    pub fn newest<'a>(&'a self, name: &'a ContainerName) -> Option<&'a ContainerReport> {
        self.instances(name).next()
    }

    /// How the newest instance that ran to its end ended; one that vanished does not count.
    #[must_use]
    pub fn newest_exit<'a>(&'a self, name: &'a ContainerName) -> Option<&'a Exit> {
        self.instances(name).filter(|report| !vanished(report)).find_map(|report| match &report.state {
            RunState::Exited(exit) => Some(exit),
            RunState::Created | RunState::Running { .. } | RunState::Unknown => None,
        })
    }

    /// Containers that may hold a process.
    pub fn alive(&self) -> impl Iterator<Item = &ContainerReport> {
        self.containers
            .iter()
            .filter(|report| matches!(report.state, RunState::Running { .. } | RunState::Unknown))
    }

    /// Sandboxes that can hold containers, newest first.
    pub fn ready_sandboxes(&self) -> impl Iterator<Item = &SandboxReport> {
        self.sandboxes.iter().filter(|report| report.state == SandboxState::Ready)
    }

    /// Whether anything of the pod runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.alive().next().is_some() || self.ready_sandboxes().next().is_some()
    }

    /// Dead instances beyond the newest dead one of each container, and instances that never started beyond the newest instance.
    pub fn superfluous(&self) -> impl Iterator<Item = &InstanceId> {
        self.containers.iter().enumerate().filter_map(|(at, report)| {
            let dead =
                |report: &ContainerReport| matches!(report.state, RunState::Exited(_) | RunState::Created);
            let newer = self.containers[..at]
                .iter()
                .any(|other| other.instance.container == report.instance.container && dead(other));
            (dead(report) && newer && !vanished(report) && !self.is_removing(&report.instance))
                .then_some(&report.instance)
        })
    }

    /// A sandbox was made or changed.
    pub fn put_sandbox(&mut self, report: SandboxReport) {
        let sandboxes = Arc::make_mut(&mut self.sandboxes);
        sandboxes.retain(|other| other.id != report.id);
        // Mostly there is one: room for three more would be wasted on each pod.
        sandboxes.reserve_exact(1);
        sandboxes.push(report);
        crate::sort::by_key(sandboxes, |report| std::cmp::Reverse(report.id.attempt));
    }

    /// A container was made or changed.
    pub fn put_container(&mut self, report: ContainerReport) {
        let containers = Arc::make_mut(&mut self.containers);
        containers.retain(|other| other.instance != report.instance);
        containers.reserve_exact(1);
        containers.push(report);
        self.sort();
    }

    /// A container's state became known. False when it is none of the pod's, or nothing new.
    pub fn set_state(&mut self, instance: &InstanceId, state: RunState) -> bool {
        // An end is final: a late `Started` must not bring the dead back.
        let changes =
            |report: &ContainerReport| report.state != state && !matches!(report.state, RunState::Exited(_));
        match self.containers.iter().position(|report| &report.instance == instance) {
            Some(at) if changes(&self.containers[at]) => {
                Arc::make_mut(&mut self.containers)[at].state = state;
                true
            }
            Some(_) | None => false,
        }
    }

    /// A sandbox stopped. False when it had, or is none of the pod's.
    pub fn sandbox_stopped(&mut self, id: &SandboxId) -> bool {
        let ready = |report: &SandboxReport| &report.id == id && report.state == SandboxState::Ready;
        match self.sandboxes.iter().position(ready) {
            Some(at) => {
                Arc::make_mut(&mut self.sandboxes)[at].state = SandboxState::NotReady;
                true
            }
            None => false,
        }
    }

    /// The node is about to remove a container.
    pub fn removing(&mut self, instance: &InstanceId) {
        self.removing.insert(instance.clone());
    }

    /// Whether the node is removing a container already.
    #[must_use]
    pub fn is_removing(&self, instance: &InstanceId) -> bool {
        self.removing.contains(instance)
    }

    /// The node tried to remove a container, and it is still there.
    pub fn not_removed(&mut self, instance: &InstanceId) {
        self.removing.remove(instance);
    }

    /// The node removed a container.
    pub fn removed(&mut self, instance: &InstanceId) {
        self.removing.remove(instance);
        Arc::make_mut(&mut self.containers).retain(|report| &report.instance != instance);
    }

    /// The node removed a sandbox.
    pub fn sandbox_removed(&mut self, id: &SandboxId) {
        Arc::make_mut(&mut self.sandboxes).retain(|report| &report.id != id);
    }

    /// Somebody else removed a container. False when the node knew of none.
    pub fn vanish(&mut self, instance: &InstanceId, now: Time) -> bool {
        let Some(at) = self.containers.iter().position(|report| &report.instance == instance) else {
            return false;
        };
        let containers = Arc::make_mut(&mut self.containers);
        let report = &mut containers[at];
        // Whoever removes a running container kills it first: a relist sees neither an end nor a container.
        let was_running = match &report.state {
            RunState::Running { since } => Some(*since),
            RunState::Exited(exit) if now.since(exit.finished) < RELIST => exit.started,
            RunState::Created | RunState::Exited(_) | RunState::Unknown => None,
        };
        match (&report.state, was_running) {
            (RunState::Exited(_), _) if vanished(report) => false,
            (_, Some(started)) => {
                report.state = RunState::Exited(Exit {
                    code: 137,
                    reason: ExitReason::ContainerStatusUnknown,
                    started: Some(started),
                    finished: now,
                    message: VANISHED.into(),
                });
                true
            }
            (
                RunState::Created | RunState::Running { .. } | RunState::Exited(_) | RunState::Unknown,
                None,
            ) => {
                containers.remove(at);
                true
            }
        }
    }

    /// Whether a full list says of the pod just what is known.
    #[must_use]
    pub fn is_listed_as(&self, sandboxes: &[SandboxReport], containers: &[ContainerReport]) -> bool {
        self.sandboxes.len() == sandboxes.len()
            && self.containers.len() == containers.len()
            && sandboxes.iter().all(|listed| self.sandboxes.iter().any(|known| known.says(listed)))
            && containers.iter().all(|listed| self.containers.iter().any(|known| known.says(listed)))
    }

    /// Takes over what a full list says of the pod. Gives the instances that are missing from it although the node had not removed them.
    pub fn correct(&mut self, listed: &Self, now: Time) -> Vec<InstanceId> {
        let missing: Vec<InstanceId> = self
            .containers
            .iter()
            .filter(|known| !vanished(known))
            .filter(|known| !listed.containers.iter().any(|report| report.instance == known.instance))
            .map(|known| known.instance.clone())
            .collect();
        let missing = missing.into_iter().filter(|instance| self.vanish(instance, now)).collect();
        let containers = Arc::make_mut(&mut self.containers);
        containers.retain(vanished);
        containers.extend(listed.containers.iter().cloned());
        self.sort();
        let before = std::mem::replace(&mut self.sandboxes, Arc::clone(&listed.sandboxes));
        let sandboxes = Arc::make_mut(&mut self.sandboxes);
        for sandbox in sandboxes.iter_mut().filter(|sandbox| sandbox.ip.is_none()) {
            // An engine may forget the address of a sandbox that has ended; the kubelet keeps it.
            let known = before.iter().find(|known| known.id == sandbox.id);
            sandbox.ip = known.and_then(|known| known.ip.clone());
        }
        crate::sort::by_key(sandboxes, |report| std::cmp::Reverse(report.id.attempt));
        missing
    }

    fn sort(&mut self) {
        let containers = Arc::make_mut(&mut self.containers);
        crate::sort::by(containers, |a, b| {
            (&a.instance.container, b.instance.attempt).cmp(&(&b.instance.container, a.instance.attempt))
        });
        // Of what vanished, only what can still be the state before the newest one is worth remembering.
        let kept: Vec<bool> = (0..containers.len())
            .map(|at| {
                let report = &containers[at];
                let newer =
                    containers[..at].iter().filter(|o| o.instance.container == report.instance.container);
                !vanished(report) || newer.count() < 2
            })
            .collect();
        let mut kept = kept.into_iter();
        containers.retain(|_| kept.next().unwrap_or(true));
    }
}

/// Whether two states are the same but for times and texts.
fn is_like(a: &RunState, b: &RunState) -> bool {
    match (a, b) {
        (RunState::Exited(a), RunState::Exited(b)) => a.code == b.code && a.reason == b.reason,
        (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

/// Whether this is what is left of a container that vanished.
#[must_use]
pub fn vanished(report: &ContainerReport) -> bool {
    matches!(&report.state, RunState::Exited(exit) if exit.reason == ExitReason::ContainerStatusUnknown)
}
