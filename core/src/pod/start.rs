//! Starting one container: wait out its back-off, get its image, make it, start it. One action at a time.
//!
//! Follows `startContainer` (`pkg/kubelet/kuberuntime/kuberuntime_container.go`) and `EnsureImageExists` (`pkg/kubelet/images`).

use std::{sync::Arc, time::Duration};

use super::{
    AboutContainer, Cx, KillReason, PodEvent,
    env::Facts,
    handler, image,
    memory::{Reason, WaitingReason},
    plan::{Kill, Start},
    spec,
};
use crate::{
    contract::{
        Action, Cause, ContainerReport, ContainerSpec, Failure, Hook, HookKind, Hooked, ImageInfo, Outcome,
        RunState,
    },
    id::{ActionId, InstanceId},
    kubelet::{CrashKey, Ticket, Timer, WakeReason},
    manifest::{Container, ImagePullPolicy},
    time::{GoDuration, Time},
};

/// A container on its way to run.
#[derive(Clone, Debug)]
pub struct StartRun {
    start: Start,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Inspecting,
    Pulling {
        asked: Time,
    },
    Creating {
        image: ImageInfo,
        spec: Arc<ContainerSpec>,
    },
    Starting,
    /// Its postStart hook runs, or the container is left alone until then.
    Hook {
        hook: Hook,
        id: Option<ActionId>,
        until: Option<Time>,
    },
}

/// How far a start has come.
#[derive(Clone, Debug)]
pub enum Started {
    /// It waits for an answer.
    NotYet(StartRun),
    /// It runs.
    Yes,
    /// It does not, and the reason is remembered.
    No(Trouble),
    /// It runs and must be stopped again.
    ButStop(Kill, Trouble),
}

/// What a sync could not do, and when to try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The kubelet's words.
    pub text: String,
    /// What is left of a wait, when it is one.
    pub wait: Option<Duration>,
}

impl StartRun {
    /// Begins to start a container, unless it must wait.
    pub fn begin(start: Start, cx: &mut Cx<'_>) -> Started {
        let Some(container) = cx.container(&start.container) else { return Started::Yes };
        let mut start = start;
        if let Some(instance) = made_already(cx, &container) {
            cx.plan(Action::StartContainer { instance }, start.because.clone());
            return Started::NotYet(Self { start, stage: Stage::Starting });
        }
        if let Some(failed) = start.failed {
            let key = crash_key(cx, &container);
            if let Some(remaining) = cx.desk.crash_back_off.remaining(&key, failed, cx.now) {
                let pod = cx.pod.id.clone();
                cx.container_event(&start, AboutContainer::BackOff(pod.clone()));
                let message = format!(
                    "back-off {} restarting failed container={} pod={pod}",
                    GoDuration(remaining.wait),
                    container.name
                );
                return refuse(&start, cx, WaitingReason::CrashLoopBackOff, message, Some(remaining.left));
            }
            if let Some(waited) = cx.desk.crash_back_off.next(&key, failed, cx.now) {
                start.because = Cause::BackOffElapsed { waited };
            }
        }
        if let Err(why) = image::check(&container.image) {
            let image = &container.image;
            let message = format!(
                "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {why}"
            );
            return refuse_image(&start, cx, WaitingReason::InvalidImageName, message);
        }
        cx.plan(Action::InspectImage { image: container.image.clone() }, start.because.clone());
        Started::NotYet(Self { start, stage: Stage::Inspecting })
    }

    /// Whether what it waits for has not begun and can be given up.
    pub fn cancel(&self, cx: &mut Cx<'_>) -> bool {
        matches!(self.stage, Stage::Pulling { .. }) && cx.desk.cancel_pull(&cx.pod.id.uid)
    }

    /// Whether this is the hook that it waits for.
    pub fn awaits_hook(&self, id: ActionId) -> bool {
        matches!(self.stage, Stage::Hook { id: Some(waiting), .. } if waiting == id)
    }

    /// Whether its hook was to leave the container alone for a while, and that while is over.
    pub fn has_slept(&self, now: Time) -> bool {
        matches!(self.stage, Stage::Hook { until: Some(until), .. } if until <= now)
    }

    /// The answer it waited for.
    pub fn answered(self, cx: &mut Cx<'_>, action: &Action, outcome: Outcome) -> Started {
        let Some(container) = cx.container(&self.start.container) else { return Started::Yes };
        let Self { start, stage } = self;
        match (stage, outcome) {
            (Stage::Inspecting, Outcome::Image(present)) => on_inspected(start, cx, &container, present),
            (Stage::Pulling { asked }, Outcome::Image(Some(image))) => {
                let took = cx.desk.pull_done(cx.now);
                let (name, size) = (container.image.clone(), image.size);
                let with_waiting = cx.now.since(asked);
                cx.container_event(&start, AboutContainer::Pulled { image: name, took, with_waiting, size });
                create(start, cx, &container, image)
            }
            (Stage::Pulling { .. }, Outcome::Failed(failure)) => {
                cx.desk.pull_done(cx.now);
                on_pull_failed(&start, cx, &container, &failure)
            }
            (Stage::Creating { image, spec }, Outcome::Created { runtime_id }) => {
                let Action::CreateContainer { instance, sandbox, .. } = action else { return NOT_OURS };
                cx.observed.put_container(ContainerReport {
                    instance: instance.clone(),
                    pod: cx.pod.id.clone(),
                    sandbox: sandbox.attempt,
                    runtime_id,
                    image: container.image.clone(),
                    image_id: image.id,
                    hash: spec.hash,
                    grace: spec.grace,
                    pre_stop: spec.pre_stop.clone(),
                    created: cx.now,
                    state: RunState::Created,
                });
                cx.memory.unclear.remove(&container.name);
                cx.memory.attempts.insert(container.name.clone(), instance.attempt);
                cx.container_event(&start, AboutContainer::Created);
                if cx.stopping {
                    return cancelled();
                }
                cx.plan(Action::StartContainer { instance: instance.clone() }, start.because.clone());
                Started::NotYet(Self { start, stage: Stage::Starting })
            }
            (Stage::Starting, Outcome::Started { at }) => {
                let Action::StartContainer { instance } = action else { return NOT_OURS };
                cx.observed.set_state(instance, RunState::Running { since: at });
                cx.memory.reasons.remove(&container.name);
                cx.memory.unclear.remove(&container.name);
                cx.container_event(&start, AboutContainer::Started);
                post_start(start, cx, &container, instance)
            }
            (Stage::Hook { hook, .. }, outcome) => {
                let Action::RunHook { instance, .. } = action else { return NOT_OURS };
                let hooked = match outcome {
                    Outcome::Hooked(hooked) => hooked,
                    Outcome::Failed(failure) => Hooked::failed(failure.to_string()),
                    outcome => Hooked::failed(unexpected(&outcome)),
                };
                on_hooked(&start, cx, instance, &hook, &hooked)
            }
            (Stage::Starting, Outcome::Failed(failure)) => {
                if let (Failure::StartFailed { exit }, Action::StartContainer { instance }) =
                    (&failure, action)
                {
                    cx.observed.set_state(instance, RunState::Exited(exit.clone()));
                }
                if is_unclear(&failure) {
                    cx.memory.unclear.insert(container.name.clone(), ());
                }
                fail(&start, cx, WaitingReason::RunContainerError, failure.to_string())
            }
            (Stage::Creating { .. }, Outcome::Failed(failure)) => {
                fail(&start, cx, WaitingReason::CreateContainerError, failure.to_string())
            }
            (Stage::Inspecting, Outcome::Failed(failure)) => {
                let message = format!("Failed to inspect image \"\": {failure}");
                refuse_image(&start, cx, WaitingReason::ImageInspectError, message)
            }
            (Stage::Pulling { .. }, outcome) => {
                cx.desk.pull_done(cx.now);
                fail(&start, cx, WaitingReason::ErrImagePull, unexpected(&outcome))
            }
            (Stage::Inspecting, outcome) => {
                fail(&start, cx, WaitingReason::ImageInspectError, unexpected(&outcome))
            }
            (Stage::Creating { .. }, outcome) => {
                fail(&start, cx, WaitingReason::CreateContainerError, unexpected(&outcome))
            }
            (Stage::Starting, outcome) => {
                fail(&start, cx, WaitingReason::RunContainerError, unexpected(&outcome))
            }
        }
    }
}

/// The instance that was made for this very sandbox and is not known to have been started: because the kubelet ended in between, or because
/// nobody can tell what came of its start. Another instance might run beside it.
fn made_already(cx: &Cx<'_>, container: &Container) -> Option<InstanceId> {
    let newest = cx.observed.newest(&container.name)?;
    let sandbox = cx.observed.ready_sandboxes().next()?;
    let fits = newest.state == RunState::Created
        && newest.sandbox == sandbox.id.attempt
        && newest.hash == spec::container_hash(container)
        && (!cx.memory.reasons.contains_key(&container.name)
            || cx.memory.unclear.contains_key(&container.name));
    fits.then(|| newest.instance.clone())
}

/// Whether the container may run all the same: the answer was lost, or an earlier kubelet had asked for the same.
const fn is_unclear(failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable(_) | Failure::Other(_) => true,
        Failure::InvalidImageName(_)
        | Failure::ImageNotFound(_)
        | Failure::NotFound(_)
        | Failure::Conflict(_)
        | Failure::StartFailed { .. }
        | Failure::Unsupported(_) => false,
    }
}

/// An answer that belongs to no action of this start; there is nothing to do for it.
const NOT_OURS: Started = Started::Yes;

/// The pod is being stopped, so nothing further is started.
fn cancelled() -> Started {
    Started::No(Trouble { text: "context canceled".to_owned(), wait: None })
}

fn unexpected(outcome: &Outcome) -> String {
    format!("the runtime gave an answer of the wrong kind: {outcome:?}")
}

fn crash_key(cx: &Cx<'_>, container: &Container) -> CrashKey {
    CrashKey {
        pod: cx.pod.id.uid.clone(),
        container: container.name.clone(),
        image: container.image.clone(),
        resources: [container.requests.clone(), container.limits.clone()],
    }
}

fn on_inspected(start: Start, cx: &mut Cx<'_>, container: &Container, present: Option<ImageInfo>) -> Started {
    let image = container.image.clone();
    match (container.image_pull_policy, present) {
        (ImagePullPolicy::IfNotPresent | ImagePullPolicy::Never, Some(info)) => {
            cx.container_event(&start, AboutContainer::AlreadyPresent(image));
            create(start, cx, container, info)
        }
        (ImagePullPolicy::Never, None) => {
            cx.container_event(&start, AboutContainer::ImageNeverPull(image.clone()));
            let message = format!("Container image \"{image}\" is not present with pull policy of Never");
            refuse_plain(&start, cx, WaitingReason::ErrImageNeverPull, message)
        }
        (ImagePullPolicy::Always, _) | (ImagePullPolicy::IfNotPresent, None) => pull(start, cx, image),
    }
}

fn pull(start: Start, cx: &mut Cx<'_>, image: Arc<str>) -> Started {
    if cx.stopping {
        return cancelled();
    }
    let key = (cx.pod.id.uid.clone(), image.clone());
    if cx.desk.image_back_off.remaining_since_update(&key, cx.now).is_some() {
        cx.container_event(&start, AboutContainer::BackOffPull(image.clone()));
        let last = cx.memory.pull_errors.get(&image).cloned().unwrap_or_default();
        let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {last}");
        return refuse_plain(&start, cx, WaitingReason::ImagePullBackOff, message);
    }
    cx.container_event(&start, AboutContainer::Pulling(image.clone()));
    let because = Cause::ImageNeeded { container: start.container.clone() };
    let (now, pod) = (cx.now, cx.pod.id.clone());
    cx.desk.pull(now, Ticket { pod, image, because });
    Started::NotYet(StartRun { start, stage: Stage::Pulling { asked: now } })
}

fn on_pull_failed(start: &Start, cx: &mut Cx<'_>, container: &Container, failure: &Failure) -> Started {
    let image = container.image.clone();
    let error = failure.to_string();
    let key = (cx.pod.id.uid.clone(), image.clone());
    cx.desk.image_back_off.next(&key, cx.now, cx.now);
    cx.memory.pull_errors.insert(image.clone(), error.clone());
    cx.container_event(start, AboutContainer::FailedPull { image, error: error.clone() });
    refuse_plain(start, cx, WaitingReason::ErrImagePull, error)
}

fn create(start: Start, cx: &mut Cx<'_>, container: &Container, image: ImageInfo) -> Started {
    if cx.stopping {
        return cancelled();
    }
    let Some(sandbox) = cx.observed.ready_sandboxes().next() else {
        return fail(&start, cx, WaitingReason::CreateContainerError, "the pod's sandbox is gone".to_owned());
    };
    let (sandbox, ip) = (sandbox.id.clone(), sandbox.ip.clone());
    let config = &cx.desk.config;
    let seen = config.epoch.nanos_at(cx.first_seen);
    let facts = Facts {
        pod_ip: ip.as_ref(),
        node: config.node.as_str(),
        seen: &seen,
        host_ip: config.node_ip.as_ref(),
        seccomp_default: config.seccomp_default,
        allocatable: Some(&config.allocatable),
    };
    match spec::container(cx.pod, container, &image, facts) {
        Ok(spec) => {
            let attempt = next_attempt(cx, container);
            let instance =
                InstanceId { pod: cx.pod.id.uid.clone(), container: container.name.clone(), attempt };
            let spec = Arc::new(spec);
            let action = Action::CreateContainer { instance, sandbox, spec: Arc::clone(&spec) };
            cx.plan(action, start.because.clone());
            Started::NotYet(StartRun { start, stage: Stage::Creating { image, spec } })
        }
        Err(error) => fail(&start, cx, WaitingReason::CreateContainerConfigError, error.to_string()),
    }
}

/// Begins with its postStart hook, if it has one; until that is over nothing else of the pod goes on.
fn post_start(start: Start, cx: &mut Cx<'_>, container: &Container, instance: &InstanceId) -> Started {
    let Some(wanted) = &container.lifecycle.post_start else { return Started::Yes };
    let ip = cx.observed.ready_sandboxes().next().and_then(|sandbox| sandbox.ip.as_ref());
    let hook = handler::hook(container, wanted, ip);
    let (id, until) = match &hook {
        Hook::Run(check) => {
            let action = Action::RunHook {
                instance: instance.clone(),
                kind: HookKind::PostStart,
                check: Box::new(check.clone()),
                patience: None,
            };
            (Some(cx.plan(action, Cause::ContainerStarted)), None)
        }
        Hook::Sleep(duration) => {
            let until = cx.now + *duration;
            cx.desk.timers.set(Timer::Hook(cx.pod.id.uid.clone()), until, WakeReason::Hook);
            (None, Some(until))
        }
        Hook::Impossible(error) => {
            return on_hooked(&start, cx, instance, &hook, &Hooked::failed(error.clone()));
        }
    };
    Started::NotYet(StartRun { start, stage: Stage::Hook { hook, id, until } })
}

/// A container whose postStart hook failed is stopped; its restart policy decides what follows.
fn on_hooked(start: &Start, cx: &mut Cx<'_>, instance: &InstanceId, hook: &Hook, hooked: &Hooked) -> Started {
    if let Hooked::Fallback(address) = hooked {
        cx.event(PodEvent::fallback(address));
    }
    let Some(message) = handler::failed(hook, hooked, start.container.as_str(), &cx.pod.id) else {
        return Started::Yes;
    };
    cx.container_event(start, AboutContainer::FailedPostStartHook);
    let trouble = remember(start, cx, WaitingReason::PostStartHookError, message, None);
    let kill = Kill {
        instance: instance.clone(),
        init: start.init,
        reason: KillReason::PostStartHook,
        because: Cause::HookFailed,
        grace: None,
    };
    Started::ButStop(kill, trouble)
}

/// One more than the newest instance, or than the newest ever known when all have been removed.
fn next_attempt(cx: &Cx<'_>, container: &Container) -> u32 {
    let newest = cx.observed.newest(&container.name).map(|report| report.instance.attempt);
    newest.max(cx.memory.attempts.get(&container.name).copied()).map_or(0, |attempt| attempt + 1)
}

/// A failure with an event of its own; `Failed` follows with the reason alone.
fn refuse_plain(start: &Start, cx: &mut Cx<'_>, reason: WaitingReason, message: String) -> Started {
    cx.container_event(start, AboutContainer::Failed(reason.to_string()));
    refuse(start, cx, reason, message, None)
}

fn refuse_image(start: &Start, cx: &mut Cx<'_>, reason: WaitingReason, message: String) -> Started {
    cx.container_event(start, AboutContainer::InspectFailed(message.clone()));
    refuse_plain(start, cx, reason, message)
}

/// A failure whose event carries its text.
fn fail(start: &Start, cx: &mut Cx<'_>, reason: WaitingReason, message: String) -> Started {
    cx.container_event(start, AboutContainer::Failed(message.clone()));
    refuse(start, cx, reason, message, None)
}

fn refuse(
    start: &Start,
    cx: &mut Cx<'_>,
    reason: WaitingReason,
    message: String,
    wait: Option<Duration>,
) -> Started {
    Started::No(remember(start, cx, reason, message, wait))
}

fn remember(
    start: &Start,
    cx: &mut Cx<'_>,
    reason: WaitingReason,
    message: String,
    wait: Option<Duration>,
) -> Trouble {
    let text = format!("failed to \"StartContainer\" for \"{}\" with {reason}: {message:?}", start.container);
    cx.memory.reasons.insert(start.container.clone(), Reason { reason, message: message.into() });
    Trouble { text, wait }
}
