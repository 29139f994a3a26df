//! A pod's probes: when each is run, what its results add up to, and what they mean for the container.
//!
//! Follows `pkg/kubelet/prober/worker.go` and `prober_manager.go`: one ticker for each probe, from the pod's first sync on; results
//! belong to one instance of a container and start anew with the next.

use std::time::Duration;

use super::{AboutContainer, Cx, Observed, handler, restart};
use crate::{
    contract::{Action, Cause, ContainerReport, Outcome, ProbeKind, Probed, RunState},
    id::{ActionId, ContainerName, InstanceId},
    kubelet::{Desk, Timer, WakeReason},
    manifest::{Container, Pod, Probe},
    small::SmallMap,
    time::Time,
};

/// How often a probe that could not find anything out is tried again at once.
const TRIES: u32 = 3;

/// All probes of a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Probers(SmallMap<(ContainerName, ProbeKind), Prober>);

/// One probe of one container.
#[derive(Clone, Debug, PartialEq)]
struct Prober {
    instance: Option<InstanceId>,
    /// What the results so far add up to; `None` when nothing is known.
    verdict: Option<bool>,
    /// The last result, and how often it came in a row.
    streak: (bool, u32),
    /// It has said all it has to say about this instance.
    on_hold: bool,
    waiting: Option<(ActionId, u32)>,
}

/// What the probes of one container say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// It counts as started.
    pub started: bool,
    /// It counts as ready.
    pub ready: bool,
    /// The probe that wants it restarted.
    pub failed: Option<ProbeKind>,
}

impl Probers {
    /// What is known of the running instance of a container.
    #[must_use]
    pub fn health(&self, container: &Container, instance: &InstanceId) -> Health {
        let verdict = |kind: ProbeKind| match (
            probe_of(container, kind),
            self.0.get(&(container.name.clone(), kind)),
        ) {
            (None, _) => Some(true),
            (Some(_), Some(prober)) if prober.instance.as_ref() == Some(instance) => prober.verdict,
            (Some(_), _) => initial(kind),
        };
        let started = verdict(ProbeKind::Startup) == Some(true);
        let failed =
            [ProbeKind::Liveness, ProbeKind::Startup].into_iter().find(|kind| verdict(*kind) == Some(false));
        Health { started, ready: started && verdict(ProbeKind::Readiness) == Some(true), failed }
    }

    /// What a status says of the running instance of a container. Until its startup probe has met it, it counts as started when the one
    /// before was, as in the kubelet 1.36.
    #[must_use]
    pub fn shown(&self, container: &Container, instance: &InstanceId) -> Health {
        let health = self.health(container, instance);
        if !self.is_stale(&container.name, instance) {
            return health;
        }
        let readiness = self.0.get(&(container.name.clone(), ProbeKind::Readiness));
        let ready = readiness
            .filter(|it| it.instance.as_ref() == Some(instance))
            .map_or(container.probes.readiness.is_none(), |it| it.verdict == Some(true));
        Health { started: true, ready, ..health }
    }

    /// Whether a startup probe has passed for another instance than this one, and has not met this one.
    pub(super) fn is_stale(&self, name: &ContainerName, instance: &InstanceId) -> bool {
        self.0.get(&(name.clone(), ProbeKind::Startup)).is_some_and(|it| {
            it.verdict == Some(true) && it.instance.as_ref().is_some_and(|met| met != instance)
        })
    }

    /// Meets all running containers at once, so that nothing is said of them that was found out of others.
    pub(super) fn meet_all(&mut self, pod: &Pod, observed: &Observed) {
        for (container, kind, _) in all(pod) {
            if let Some(report) = observed.newest(&container.name)
                && matches!(report.state, RunState::Running { .. })
                && let Some(prober) = self.0.get_mut(&(container.name.clone(), kind))
            {
                prober.meet(report, kind);
            }
        }
    }

    /// Sees to it that each probe of the pod has its ticker. Right after the kubelet's start they begin at random, so that not all pods
    /// are probed at once.
    pub(super) fn ensure(cx: &mut Cx<'_>) {
        let pod = cx.pod.clone();
        for (container, kind, probe) in all(&pod) {
            let key = (container.name.clone(), kind);
            if cx.memory.probers.0.contains_key(&key) {
                continue;
            }
            cx.memory.probers.0.insert(key, Prober::new());
            let fresh = cx.now.since(cx.desk.started) < probe.period;
            let adopted = cx.observed.newest(&container.name).is_some();
            let wait = if fresh && adopted { random_below(cx, probe.period) } else { Duration::ZERO };
            let at = cx.now + wait;
            cx.desk.timers.set(timer(&pod, &container.name, kind), at, WakeReason::Probe);
        }
    }

    /// A readiness probe of a container that has started and is not ready runs out of turn each time the pod is looked at.
    pub(super) fn hurry(cx: &mut Cx<'_>) {
        let pod = cx.pod.clone();
        for (container, kind, _) in all(&pod).filter(|(_, kind, _)| *kind == ProbeKind::Readiness) {
            let Some(instance) = running(cx.observed, &container.name) else { continue };
            let health = cx.memory.probers.health(container, &instance);
            if health.started && !health.ready {
                let now = cx.now;
                cx.desk.timers.set(timer(&pod, &container.name, kind), now, WakeReason::Probe);
            }
        }
    }

    /// Stops the tickers of a pod that is being stopped. Whether it can serve is asked until its containers have ended.
    pub(super) fn stop(pod: &Pod, desk: &mut Desk) {
        for (container, kind, _) in all(pod).filter(|(_, kind, _)| *kind != ProbeKind::Readiness) {
            desk.timers.clear(&timer(pod, &container.name, kind));
        }
    }

    /// Stops all tickers of a pod.
    pub(super) fn stop_all(pod: &Pod, desk: &mut Desk) {
        for (container, kind, _) in all(pod) {
            desk.timers.clear(&timer(pod, &container.name, kind));
        }
    }

    /// Whether the startup probe of a container is due now too.
    pub(super) fn startup_is_due(pod: &Pod, name: &ContainerName, desk: &Desk, now: Time) -> bool {
        desk.timers.get(&timer(pod, name, ProbeKind::Startup)).is_some_and(|wakeup| wakeup.at <= now)
    }

    /// A probe's tick. `status` is what the pod's status was made from, which is all that the kubelet's probes know of a container: one that
    /// has ended since is probed once more. True when what is known of the container has changed.
    pub(super) fn tick(
        cx: &mut Cx<'_>,
        status: Option<(&Observed, &Self)>,
        name: &ContainerName,
        kind: ProbeKind,
    ) -> bool {
        let pod = cx.pod.clone();
        let Some((container, _, probe)) = all(&pod).find(|(c, k, _)| &c.name == name && *k == kind) else {
            return false;
        };
        let next = cx.now + probe.period;
        cx.desk.timers.set(timer(&pod, name, kind), next, WakeReason::Probe);
        let observed = status.map_or(&*cx.observed, |(observed, _)| observed);
        let Some(report) = observed.newest(name).cloned() else { return false };
        let RunState::Running { since } = report.state else { return false };
        let stale = kind == ProbeKind::Startup && cx.memory.probers.is_stale(name, &report.instance);
        let Some(prober) = cx.memory.probers.0.get_mut(&(name.clone(), kind)) else { return false };
        prober.meet(&report, kind);
        if prober.on_hold || prober.waiting.is_some() || cx.now.since(since) < probe.initial_delay {
            return stale;
        }
        let probers = status.map_or(&cx.memory.probers, |(_, probers)| probers);
        if probers.shown(container, &report.instance).started != (kind == ProbeKind::Startup) {
            run(cx, container, probe, kind, &report.instance, 1);
        }
        stale
    }

    /// A probe's answer. True when it changes what is known of the container.
    pub(super) fn answered(cx: &mut Cx<'_>, id: ActionId, action: &Action, outcome: Outcome) -> bool {
        let Action::RunProbe { instance, kind, .. } = action else { return false };
        let pod = cx.pod.clone();
        let found = all(&pod).find(|(c, k, _)| c.name == instance.container && k == kind);
        let Some((container, _, probe)) = found else { return false };
        let key = (container.name.clone(), *kind);
        let Some(prober) = cx.memory.probers.0.get_mut(&key) else { return false };
        let Some((waiting, tries)) = prober.waiting else { return false };
        if waiting != id {
            return false;
        }
        prober.waiting = None;
        let gone = prober.instance.as_ref() != Some(instance);
        let result = match outcome {
            Outcome::Probed(it) => it,
            Outcome::Failed(failure) => Probed::Error(failure.to_string().into()),
            other @ (Outcome::Done
            | Outcome::Folder(_)
            | Outcome::Runtime(_)
            | Outcome::Image(_)
            | Outcome::Hooked(_)
            | Outcome::SandboxReady { .. }
            | Outcome::Created { .. }
            | Outcome::Started { .. }) => {
                Probed::Error(format!("an answer of the wrong kind: {other:?}").into())
            }
        };
        let init = cx.is_init(&container.name);
        let mut say = |what| {
            let event = super::PodEvent::container(&container.name, init, what);
            cx.event(event);
        };
        let success = match result {
            Probed::Success => true,
            Probed::Warning(text) => {
                say(AboutContainer::ProbeWarning { kind: *kind, text });
                true
            }
            Probed::Failure(text) => {
                say(AboutContainer::Unhealthy { kind: *kind, text });
                false
            }
            Probed::Error(text) if tries < TRIES && !gone => {
                drop(text);
                let instance = instance.clone();
                run(cx, container, probe, *kind, &instance, tries + 1);
                return false;
            }
            Probed::Error(text) => {
                say(AboutContainer::ProbeErrored { kind: *kind, text });
                return false;
            }
        };
        let Some(prober) = cx.memory.probers.0.get_mut(&key).filter(|_| !gone) else { return false };
        prober.take(success, probe, *kind)
    }
}

fn random_below(cx: &mut Cx<'_>, period: Duration) -> Duration {
    Duration::from_millis(cx.desk.rng.below(u64::try_from(period.as_millis()).unwrap_or(u64::MAX).max(1)))
}

fn timer(pod: &Pod, container: &ContainerName, kind: ProbeKind) -> Timer {
    Timer::Probe(pod.id.uid.clone(), container.clone(), kind)
}

fn run(
    cx: &mut Cx<'_>,
    container: &Container,
    probe: &Probe,
    kind: ProbeKind,
    instance: &InstanceId,
    tries: u32,
) {
    let key = (container.name.clone(), kind);
    let ip = cx.observed.ready_sandboxes().next().and_then(|sandbox| sandbox.ip.clone());
    // Only what the manifest itself says can be put into a command; the environment is the container's own.
    let vars = super::env::literal(container);
    let id = match handler::check(container, &probe.handler, ip.as_ref(), &vars) {
        Ok(check) => {
            let check = Box::new(check);
            let timeout = probe.timeout;
            cx.plan(Action::RunProbe { instance: instance.clone(), kind, check, timeout }, Cause::ProbeDue)
        }
        Err(error) => {
            let init = cx.is_init(&container.name);
            let what = AboutContainer::ProbeErrored { kind, text: error.into() };
            let event = super::PodEvent::container(&container.name, init, what);
            return cx.event(event);
        }
    };
    if let Some(prober) = cx.memory.probers.0.get_mut(&key) {
        prober.waiting = Some((id, tries));
    }
}

impl Prober {
    const fn new() -> Self {
        Self { instance: None, verdict: None, streak: (false, 0), on_hold: false, waiting: None }
    }

    /// Starts anew when the container has another instance.
    fn meet(&mut self, report: &ContainerReport, kind: ProbeKind) {
        if self.instance.as_ref() != Some(&report.instance) {
            *self = Self { instance: Some(report.instance.clone()), verdict: initial(kind), ..Self::new() };
        }
    }

    /// Counts a result. True when the verdict changes.
    fn take(&mut self, success: bool, probe: &Probe, kind: ProbeKind) -> bool {
        self.streak = if self.streak.0 == success { (success, self.streak.1 + 1) } else { (success, 1) };
        let threshold = if success { probe.success_threshold } else { probe.failure_threshold };
        if self.streak.1 < threshold {
            return false;
        }
        let changed = self.verdict != Some(success);
        self.verdict = Some(success);
        // The container will be restarted, or has started for good: nothing more to find out about this instance.
        let last_word = match kind {
            ProbeKind::Liveness => !success,
            ProbeKind::Startup => true,
            ProbeKind::Readiness => false,
        };
        if last_word {
            self.on_hold = true;
            self.streak = (success, 0);
        }
        changed
    }
}

/// What counts until a probe has said something.
const fn initial(kind: ProbeKind) -> Option<bool> {
    match kind {
        ProbeKind::Liveness => Some(true),
        ProbeKind::Readiness => Some(false),
        ProbeKind::Startup => None,
    }
}

fn running(observed: &Observed, name: &ContainerName) -> Option<InstanceId> {
    let newest = observed.newest(name)?;
    matches!(newest.state, RunState::Running { .. }).then(|| newest.instance.clone())
}

/// Regular containers and sidecars have probes.
fn all(pod: &Pod) -> impl Iterator<Item = (&Container, ProbeKind, &Probe)> {
    let sidecars = pod.spec.init_containers.iter().filter(|c| restart::is_sidecar(c));
    sidecars.chain(&pod.spec.containers).flat_map(|container| {
        [ProbeKind::Startup, ProbeKind::Liveness, ProbeKind::Readiness]
            .into_iter()
            .filter_map(move |kind| probe_of(container, kind).map(|probe| (container, kind, probe)))
    })
}

/// One of a container's probes.
#[must_use]
pub fn probe_of(container: &Container, kind: ProbeKind) -> Option<&Probe> {
    match kind {
        ProbeKind::Liveness => container.probes.liveness.as_ref(),
        ProbeKind::Readiness => container.probes.readiness.as_ref(),
        ProbeKind::Startup => container.probes.startup.as_ref(),
    }
}
