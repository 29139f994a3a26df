//! Stopping containers and sandboxes, all at once, and knowing when they have really ended.
//!
//! Each container runs its preStop hook, waits for its turn, and is stopped with what is left of its grace ([`Victim`]).

use std::{collections::BTreeSet, time::Duration};

use super::{
    AboutContainer, AboutPod, Cx, KillReason, PodEvent,
    plan::Kill,
    start::Trouble,
    victim::{Turn, Victim},
};
use crate::{
    contract::{Action, Cause, ContainerReport, Failure, Outcome},
    id::{ActionId, InstanceId},
    kubelet::{Timer, WakeReason},
};

/// Things that are being stopped.
#[derive(Clone, Debug, Default)]
pub struct Stopping {
    sandboxes: BTreeSet<ActionId>,
    victims: Vec<Victim>,
    failed: bool,
    asked_again: bool,
}

impl Stopping {
    /// Stops every container of the pod that may hold a process, within `grace` or what each was made with. Sidecars go last.
    pub fn containers(cx: &mut Cx<'_>, because: &Cause, grace: Option<Duration>) -> Self {
        let mut alive: Vec<ContainerReport> = cx.observed.alive().cloned().collect();
        crate::sort::by(&mut alive, |a, b| (a.created, &a.instance).cmp(&(b.created, &b.instance)));
        let mut stopping = Self::default();
        for report in alive {
            let grace = grace.unwrap_or(report.grace);
            let turn = Turn::of(cx.pod, &report.instance.container);
            cx.killing(&report.instance, KillReason::Stopping);
            stopping.victims.push(Victim::begin(cx, &report, grace, turn, because.clone()));
        }
        stopping.go_on(cx);
        stopping
    }

    /// Stops one container.
    pub fn one(cx: &mut Cx<'_>, kill: &Kill) -> Self {
        let mut stopping = Self::default();
        cx.killing(&kill.instance, kill.reason);
        let grace = kill.grace.unwrap_or_else(|| cx.grace());
        let report = cx.observed.containers.iter().find(|report| report.instance == kill.instance).cloned();
        if let Some(report) = report {
            stopping.victims.push(Victim::begin(cx, &report, grace, Turn::AtOnce, kill.because.clone()));
        }
        stopping.go_on(cx);
        stopping
    }

    /// Stops every sandbox that can hold containers.
    pub fn sandboxes(cx: &mut Cx<'_>, because: &Cause) -> Self {
        let ready: Vec<_> = cx.observed.ready_sandboxes().map(|report| report.id.clone()).collect();
        let sandboxes = ready
            .into_iter()
            .map(|sandbox| cx.plan(Action::StopSandbox { sandbox }, because.clone()))
            .collect();
        Self { sandboxes, ..Self::default() }
    }

    /// Lets each container take its next step: a hook that took too long is left behind, and whose turn has come is stopped.
    fn go_on(&mut self, cx: &mut Cx<'_>) {
        loop {
            let turns: Vec<Turn> =
                self.victims.iter().filter(|it| !it.has_ended()).map(|it| it.turn).collect();
            let free = |turn: Turn| turns.iter().all(|other| !turn.comes_after(*other));
            let mut moved = false;
            for victim in &mut self.victims {
                moved |= victim.step(cx, free(victim.turn));
            }
            if !moved {
                break;
            }
        }
        match self.victims.iter().filter_map(Victim::due).min() {
            Some(at) => cx.desk.timers.set(Timer::Hook(cx.pod.id.uid.clone()), at, WakeReason::Hook),
            None => cx.desk.timers.clear(&Timer::Hook(cx.pod.id.uid.clone())),
        }
    }

    /// Whether it waits for this action.
    pub fn awaits(&self, id: ActionId) -> bool {
        self.sandboxes.contains(&id) || self.victims.iter().any(|victim| victim.awaits(id))
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
        if let Outcome::Hooked(hooked) = outcome {
            if let Some(victim) = self.victims.iter_mut().find(|victim| victim.awaits(id)) {
                victim.hooked(cx, hooked);
            }
            return Ok(());
        }
        self.sandboxes.remove(&id);
        if let Some(victim) = self.victims.iter_mut().find(|victim| victim.awaits(id)) {
            if matches!(action, Action::RunHook { .. }) {
                victim.hooked(cx, &crate::contract::Hooked::failed(format!("{outcome:?}")));
                return Ok(());
            }
            victim.end();
        }
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
            | Outcome::Hooked(_)
            | Outcome::SandboxReady { .. }
            | Outcome::Created { .. }
            | Outcome::Started { .. } => Ok(()),
        }
    }

    /// Whether everything has ended. When all answers are in and a container still seems to run, its end was not told: a list will.
    pub fn is_over(&mut self, cx: &mut Cx<'_>) -> bool {
        self.go_on(cx);
        if !self.sandboxes.is_empty() || !self.victims.iter().all(Victim::has_ended) {
            return false;
        }
        if self.failed {
            return true;
        }
        let lingers = |report: &ContainerReport| self.victims.iter().any(|it| it.instance == report.instance);
        let lingers = cx.observed.alive().any(lingers);
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
