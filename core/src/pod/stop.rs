//! Stopping containers and sandboxes, all at once, and knowing when they have really ended.

use std::{collections::BTreeSet, time::Duration};

use super::{AboutContainer, AboutPod, Cx, KillReason, PodEvent, plan::Kill, start::Trouble};
use crate::{
    contract::{Action, Cause, Failure, Outcome},
    id::{ActionId, InstanceId},
};

/// Whatever a manifest says, a runtime gives a container this long to end.
pub const MINIMUM_GRACE: Duration = Duration::from_secs(2);

/// Things that are being stopped.
#[derive(Clone, Debug, Default)]
pub struct Stopping {
    waiting: BTreeSet<ActionId>,
    containers: Vec<InstanceId>,
    failed: bool,
    asked_again: bool,
}

impl Stopping {
    /// Stops every container of the pod that may hold a process, within `grace` or what each was made with.
    pub fn containers(cx: &mut Cx<'_>, because: &Cause, grace: Option<Duration>) -> Self {
        let mut alive: Vec<_> = cx
            .observed
            .alive()
            .map(|report| (report.created, report.instance.clone(), grace.unwrap_or(report.grace)))
            .collect();
        crate::sort::by(&mut alive, Ord::cmp);
        let mut stopping = Self::default();
        for (_, instance, grace) in alive {
            cx.killing(&instance, KillReason::Stopping);
            stopping.stop(cx, instance, grace, because);
        }
        stopping
    }

    /// Stops one container.
    pub fn one(cx: &mut Cx<'_>, kill: &Kill) -> Self {
        let mut stopping = Self::default();
        cx.killing(&kill.instance, kill.reason);
        let grace = kill.grace.unwrap_or_else(|| cx.grace());
        stopping.stop(cx, kill.instance.clone(), grace, &kill.because);
        stopping
    }

    /// Stops every sandbox that can hold containers.
    pub fn sandboxes(cx: &mut Cx<'_>, because: &Cause) -> Self {
        let ready: Vec<_> = cx.observed.ready_sandboxes().map(|report| report.id.clone()).collect();
        let waiting = ready
            .into_iter()
            .map(|sandbox| cx.plan(Action::StopSandbox { sandbox }, because.clone()))
            .collect();
        Self { waiting, ..Self::default() }
    }

    fn stop(&mut self, cx: &mut Cx<'_>, instance: InstanceId, grace: Duration, because: &Cause) {
        let action = Action::StopContainer { instance: instance.clone(), grace: grace.max(MINIMUM_GRACE) };
        self.waiting.insert(cx.plan(action, because.clone()));
        self.containers.push(instance);
    }

    /// The answer to one of its actions.
    ///
    /// # Errors
    /// When something could not be stopped.
    pub fn answered(
        &mut self,
        cx: &mut Cx<'_>,
        id: ActionId,
        action: &Action,
        outcome: &Outcome,
    ) -> Result<(), Trouble> {
        self.waiting.remove(&id);
        match outcome {
            Outcome::Failed(Failure::NotFound(_)) | Outcome::Done => {
                if let Action::StopSandbox { sandbox } = action {
                    cx.observed.sandbox_stopped(sandbox);
                }
                Ok(())
            }
            Outcome::Failed(failure) => {
                self.failed = true;
                cx.event(PodEvent::Pod(AboutPod::FailedKillPod(failure.to_string())));
                Err(Trouble { text: format!("error killing pod: {failure}"), wait: None })
            }
            Outcome::Folder(_)
            | Outcome::Runtime(_)
            | Outcome::Image(_)
            | Outcome::Probed(_)
            | Outcome::SandboxReady { .. }
            | Outcome::Created { .. }
            | Outcome::Started { .. } => Ok(()),
        }
    }

    /// Whether everything has ended. When all answers are in and a container still seems to run, its end was not told: a list will.
    pub fn is_over(&mut self, cx: &mut Cx<'_>) -> bool {
        if !self.waiting.is_empty() {
            return false;
        }
        if self.failed {
            return true;
        }
        let lingers = cx.observed.alive().any(|report| self.containers.contains(&report.instance));
        if lingers && !self.asked_again {
            self.asked_again = true;
            cx.ask_for_list();
        }
        !lingers
    }

    /// Whether something could not be stopped.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.failed
    }
}

impl Cx<'_> {
    fn killing(&mut self, instance: &InstanceId, reason: KillReason) {
        let init = self.is_init(&instance.container);
        let event = PodEvent::container(&instance.container, init, AboutContainer::Killing(reason));
        self.event(event);
    }
}
