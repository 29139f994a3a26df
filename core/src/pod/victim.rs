//! One container on its way to its end: hook, turn, stop.
//!
//! Follows `killContainer` and `terminationOrdering` (`pkg/kubelet/kuberuntime`): whole seconds of the hook and of the wait come off the grace.

use std::{sync::Arc, time::Duration};

use super::{AboutContainer, Cx, PodEvent, handler, restart};
use crate::{
    contract::{Action, Cause, ContainerReport, Hook, HookKind, Hooked},
    id::{ActionId, ContainerName, InstanceId},
    manifest::Pod,
    time::Time,
};

/// Whatever a manifest says, a runtime gives a container this long to end.
pub const MINIMUM_GRACE: Duration = Duration::from_secs(2);

/// When a container of a pod may be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// At once.
    AtOnce,
    /// A sidecar: after all that are no sidecars, and after the sidecars that stand later in the manifest.
    Sidecar {
        /// Where it stands.
        at: usize,
    },
}

impl Turn {
    /// When this container may be stopped.
    pub fn of(pod: &Pod, name: &ContainerName) -> Self {
        let at = pod.spec.init_containers.iter().position(|it| &it.name == name && restart::is_sidecar(it));
        at.map_or(Self::AtOnce, |at| Self::Sidecar { at })
    }

    /// Whether it waits for one that has `other`.
    pub fn comes_after(self, other: Self) -> bool {
        match (self, other) {
            (Self::AtOnce, _) => false,
            (Self::Sidecar { .. }, Self::AtOnce) => true,
            (Self::Sidecar { at }, Self::Sidecar { at: other }) => other > at,
        }
    }
}

/// A container on its way to its end.
#[derive(Clone, Debug)]
pub struct Victim {
    /// Which.
    pub instance: InstanceId,
    /// When it may be stopped.
    pub turn: Turn,
    because: Cause,
    /// What is left of its grace.
    left: Duration,
    step: Step,
}

#[derive(Clone, Debug)]
enum Step {
    /// Its hook runs, or it is left alone for a while.
    Hook {
        since: Time,
        until: Time,
        id: Option<ActionId>,
    },
    /// Others must end first.
    Waiting {
        since: Time,
    },
    Stopping(ActionId),
    Ended,
}

impl Victim {
    /// Begins with its hook, when it has one and time for it.
    pub fn begin(
        cx: &mut Cx<'_>,
        report: &ContainerReport,
        grace: Duration,
        turn: Turn,
        because: Cause,
    ) -> Self {
        let instance = report.instance.clone();
        let step = match hook_of(cx, report) {
            Some(hook) if grace >= Duration::from_secs(1) => {
                begin_hook(cx, &instance, &hook, grace, because.clone())
            }
            Some(_) | None => Step::Waiting { since: cx.now },
        };
        Self { instance, turn, because, left: grace, step }
    }

    /// Takes the next step, if it can. `free`: none that must end first is left.
    pub fn step(&mut self, cx: &mut Cx<'_>, free: bool) -> bool {
        match self.step {
            Step::Hook { since, until, .. } if until <= cx.now => {
                // A hook that takes too long is left behind; it ends with its container.
                self.left = less(self.left, cx.now.since(since));
                self.step = Step::Waiting { since: cx.now };
                true
            }
            Step::Waiting { since } if free || since + self.left <= cx.now => {
                let left = less(self.left, cx.now.since(since));
                let grace = left.max(MINIMUM_GRACE);
                let action = Action::StopContainer { instance: self.instance.clone(), grace };
                self.step = Step::Stopping(cx.plan(action, self.because.clone()));
                true
            }
            Step::Hook { .. } | Step::Waiting { .. } | Step::Stopping(_) | Step::Ended => false,
        }
    }

    /// When it takes its next step whatever others do.
    pub fn due(&self) -> Option<Time> {
        match self.step {
            Step::Hook { until, .. } => Some(until),
            Step::Waiting { since } => Some(since + self.left),
            Step::Stopping(_) | Step::Ended => None,
        }
    }

    /// Whether this is the action that it waits for.
    pub fn awaits(&self, id: ActionId) -> bool {
        match self.step {
            Step::Hook { id: waiting, .. } => waiting == Some(id),
            Step::Stopping(waiting) => waiting == id,
            Step::Waiting { .. } | Step::Ended => false,
        }
    }

    /// Its hook is over.
    pub fn hooked(&mut self, cx: &mut Cx<'_>, hooked: &Hooked) {
        if let Step::Hook { since, .. } = self.step {
            report(cx, &self.instance, hooked);
            self.left = less(self.left, cx.now.since(since));
            self.step = Step::Waiting { since: cx.now };
        }
    }

    /// Its stop was answered.
    pub fn end(&mut self) {
        self.step = Step::Ended;
    }

    /// Whether its stop was answered.
    pub const fn has_ended(&self) -> bool {
        matches!(self.step, Step::Ended)
    }
}

/// What is left of a grace: whole seconds count.
fn less(grace: Duration, elapsed: Duration) -> Duration {
    grace.saturating_sub(Duration::from_secs(elapsed.as_secs()))
}

/// What the manifest says now, or what the container was made with when no manifest has it any more.
fn hook_of(cx: &Cx<'_>, report: &ContainerReport) -> Option<Arc<Hook>> {
    match cx.container(&report.instance.container) {
        Some(container) => {
            let ip = cx.observed.ready_sandboxes().next().and_then(|sandbox| sandbox.ip.as_ref());
            let pre_stop = container.lifecycle.pre_stop.as_ref()?;
            Some(Arc::new(handler::hook(&container, pre_stop, ip)))
        }
        None => report.pre_stop.clone(),
    }
}

fn begin_hook(cx: &mut Cx<'_>, instance: &InstanceId, hook: &Hook, grace: Duration, because: Cause) -> Step {
    let since = cx.now;
    match hook {
        Hook::Run(check) => {
            let action = Action::RunHook {
                instance: instance.clone(),
                kind: HookKind::PreStop,
                check: Box::new(check.clone()),
                patience: Some(grace),
            };
            Step::Hook { since, until: since + grace, id: Some(cx.plan(action, because)) }
        }
        Hook::Sleep(duration) => Step::Hook { since, until: since + grace.min(*duration), id: None },
        Hook::Impossible(error) => {
            report(cx, instance, &Hooked::failed(error.clone()));
            Step::Waiting { since }
        }
    }
}

fn report(cx: &mut Cx<'_>, instance: &InstanceId, hooked: &Hooked) {
    let what = match hooked {
        Hooked::Success => return,
        Hooked::Fallback(address) => return cx.event(PodEvent::fallback(address)),
        Hooked::Failure { .. } => AboutContainer::FailedPreStopHook,
    };
    let init = cx.is_init(&instance.container);
    cx.event(PodEvent::container(&instance.container, init, what));
}
