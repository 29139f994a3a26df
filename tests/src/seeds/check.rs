//! What must hold after every step, whatever goes wrong: cheap, and told by what was planned and what the runtime really has.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{Hash, Hasher},
    time::Duration,
};

use standfast_core::{
    contract::{Action, Cause, Outcome, Planned, RunState},
    id::{ActionId, ContainerName, InstanceId, PodRef, PodUid},
    kubelet::Kubelet,
    sim::Runtime,
    time::Time,
    view::{ContainerView, Phase, PodStage, PodView, StateView},
};

type Key = (PodUid, ContainerName);

/// An invariant that does not hold, in words.
pub type Broken = String;

/// A runtime as far as invariants look into it.
pub trait Containers {
    /// Its containers with their pods and what they do, ordered by pod, name and attempt.
    fn containers(&self) -> impl Iterator<Item = (&InstanceId, &PodRef, &RunState)>;
}

impl Containers for Runtime {
    fn containers(&self) -> impl Iterator<Item = (&InstanceId, &PodRef, &RunState)> {
        Self::containers(self)
    }
}

/// Remembers what must not go back.
#[derive(Clone, Debug, Default)]
pub struct Checker {
    /// Actions that wait for their answer, and since when.
    pending: BTreeMap<ActionId, (Time, Action)>,
    restarts: BTreeMap<Key, u32>,
    exempt: BTreeSet<Key>,
    waits: BTreeMap<Key, (Duration, Time)>,
    /// Waits that begin before this may have begun before the clock jumped.
    trusted: Time,
    /// Pods that this kubelet has started.
    started: BTreeSet<PodUid>,
    /// Whether this kubelet has seen what the runtime has: until then it counts nothing.
    knows: bool,
}

/// What waits for its answer is left out: whoever compares checkers knows it better than by its numbers.
impl Hash for Checker {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { pending: _, restarts, exempt, waits, trusted, started, knows } = self;
        (restarts, exempt, waits, trusted, started, knows).hash(state);
    }
}

impl Checker {
    /// A kubelet starts: it waits for nothing, and its waits begin anew.
    pub fn forget(&mut self) {
        self.pending.clear();
        self.waits.clear();
        self.started.clear();
        self.knows = false;
    }

    /// Somebody takes a container away behind the kubelet's back: its count may begin anew.
    pub fn exempt(&mut self, pod: PodUid, container: ContainerName) {
        self.exempt.insert((pod, container));
    }

    /// The clock jumps to `now` while answers are under way: their waits count from before.
    pub fn jumped(&mut self, now: Time) {
        self.waits.clear();
        self.trusted = now + Duration::from_mins(1);
    }

    /// What was planned.
    pub fn planned(&mut self, now: Time, planned: &Planned, runtime: &impl Containers) -> Result<(), Broken> {
        let again = |(_, waiting): &(Time, Action)| *waiting == planned.action;
        if planned.action.changes_runtime() && self.pending.values().any(again) {
            return Err(format!("asked for again before it was answered: {}", planned.action));
        }
        if self.pending.insert(planned.id, (now, planned.action.clone())).is_some() {
            return Err(format!("two actions are called {}", planned.id));
        }
        match &planned.action {
            Action::CreateContainer { instance, .. }
                if matches!(planned.because, Cause::ContainerExited { .. }) =>
            {
                self.back_off(now, &(instance.pod.clone(), instance.container.clone()), runtime)
            }
            Action::CreateSandbox { spec, .. } => {
                self.started.insert(spec.pod.uid.clone());
                self.start_lock(&spec.pod, runtime)
            }
            _ => Ok(()),
        }
    }

    /// An action is answered.
    pub fn answered(&mut self, id: ActionId, outcome: &Outcome) -> Result<(), Broken> {
        self.knows |= matches!(outcome, Outcome::Runtime(_));
        self.pending.remove(&id).map(drop).ok_or_else(|| format!("{id} is answered, and nobody asked"))
    }

    /// Everything that was asked for long ago is answered.
    pub fn quiet(&self, now: Time) -> Result<(), Broken> {
        let old = self.pending.values().find(|(since, _)| now.since(*since) > Duration::from_mins(2));
        old.map_or(Ok(()), |(_, what)| Err(format!("not answered: {what}")))
    }

    /// The wait of a crash loop is kept. The kubelet may wait longer, for what fails before a container is made counts too.
    fn back_off(&mut self, now: Time, key: &Key, runtime: &impl Containers) -> Result<(), Broken> {
        let newest =
            runtime.containers().filter(|(id, ..)| (&id.pod, &id.container) == (&key.0, &key.1)).last();
        let Some((_, _, RunState::Exited(exit))) = newest else { return Ok(()) };
        let held = self
            .waits
            .get(key)
            .filter(|(_, updated)| exit.finished.since(*updated) < Duration::from_secs(500));
        let held = held.map(|(wait, _)| *wait);
        let waited = now.since(exit.finished);
        let next = held.map_or(Duration::from_secs(10), |wait| (wait * 2).min(Duration::from_secs(300)));
        if now >= self.trusted {
            self.waits.insert(key.clone(), (next, now));
        }
        match held {
            Some(wait) if waited < wait => Err(format!("{} came back after {waited:?}, not {wait:?}", key.1)),
            Some(_) | None => Ok(()),
        }
    }

    /// A pod starts only when no other of its name runs that this kubelet started. What an earlier one left is stopped beside it, as the
    /// kubelet does.
    fn start_lock(&self, pod: &PodRef, runtime: &impl Containers) -> Result<(), Broken> {
        let other = runtime.containers().find(|(_, other, state)| {
            matches!(state, RunState::Running { .. })
                && other.uid != pod.uid
                && self.started.contains(&other.uid)
                && (&other.namespace, &other.name) == (&pod.namespace, &pod.name)
        });
        other.map_or(Ok(()), |(id, ..)| Err(format!("{} starts while {id} still runs", pod.name)))
    }

    /// What the node shows and what the runtime has.
    pub fn step(&mut self, now: Time, kubelet: &Kubelet, runtime: &impl Containers) -> Result<(), Broken> {
        one_at_a_time(runtime)?;
        if !self.knows {
            return Ok(());
        }
        for pod in kubelet.snapshot(now).pods {
            agrees(&pod)?;
            if pod.stage != PodStage::Syncing {
                // A pod that goes before it was started here is not looked into any more.
                continue;
            }
            // Init containers are removed with their counts when a pod gets another sandbox.
            for container in &pod.containers {
                let key = (pod.id.uid.clone(), container.name.clone());
                if self.exempt.contains(&key) {
                    continue;
                }
                let count = self.restarts.entry(key).or_default();
                let alive = runtime
                    .containers()
                    .any(|(id, ..)| id.pod == pod.id.uid && id.container == container.name);
                if container.restart_count < *count && alive {
                    return Err(format!(
                        "{} restarted {} times after {count}",
                        container.name, container.restart_count
                    ));
                }
                *count = container.restart_count;
            }
        }
        Ok(())
    }
}

/// Never two live instances of one container.
fn one_at_a_time(runtime: &impl Containers) -> Result<(), Broken> {
    let mut last = None;
    for (id, ..) in runtime.containers().filter(|(.., state)| matches!(state, RunState::Running { .. })) {
        let key = (&id.pod, &id.container);
        if last == Some(key) {
            return Err(format!("two live instances: {id} and one before"));
        }
        last = Some(key);
    }
    Ok(())
}

/// What a pod's view says of the whole agrees with what it says of the parts.
fn agrees(pod: &PodView) -> Result<(), Broken> {
    let ended = |it: &ContainerView| matches!(&it.state, StateView::Terminated(_));
    let runs = |it: &ContainerView| matches!(it.state, StateView::Running { .. });
    let failed = |why: &str| Err(format!("{} is {} and {why}: {:?}", pod.id.name, pod.phase, pod.containers));
    if pod.reason.is_none() {
        match pod.phase {
            Phase::Succeeded if !pod.containers.iter().all(ended) => return failed("not all have ended"),
            Phase::Failed if pod.containers.iter().any(runs) => return failed("a container runs"),
            Phase::Pending | Phase::Running | Phase::Succeeded | Phase::Failed => {}
        }
    }
    if pod.containers.iter().any(|it| it.ready && !runs(it)) {
        return failed("something ready does not run");
    }
    if pod.ready.0 > pod.ready.1 {
        return failed("more are ready than there are");
    }
    Ok(())
}
