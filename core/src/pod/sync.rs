//! Carrying out a plan: stop what must go, make the sandbox, start containers one after the other. Resumable: it never waits, it is told.
//!
//! Follows the kubelet's `SyncPod` (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`).

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{
    AboutPod, Cx, PodEvent,
    plan::{AllAgain, Kill, NewSandbox, Plan, Start},
    spec,
    start::{StartRun, Started, Trouble},
    stop::Stopping,
};
use crate::{
    contract::{Action, Cause, Exit, ExitReason, Outcome, RunState, SandboxReport, SandboxState},
    id::{ActionId, ContainerName, InstanceId, SandboxId},
};

/// The kubelet's words for a container that ran when all of its pod were started anew.
const REMOVED: &str = "The container is removed because RestartAllContainers in place";

/// A plan that is being carried out.
#[derive(Clone, Debug)]
pub struct Sync {
    todo: VecDeque<Todo>,
    doing: Doing,
    /// What could not be done.
    pub troubles: Vec<Trouble>,
}

#[derive(Clone, Debug)]
enum Todo {
    SayThatSandboxChanged,
    StopEverything { because: Cause },
    StopSandboxes { because: Cause },
    Stop(Kill),
    StopForAllAgain(AllAgain),
    Remove { instances: Vec<InstanceId>, because: Cause },
    ForgetInitContainers,
    MakeSandbox(NewSandbox),
    Start(Start),
}

#[derive(Clone, Debug)]
enum Doing {
    Nothing,
    Stopping(Stopping),
    Removing(BTreeSet<ActionId>),
    MakingSandbox,
    Starting(Box<StartRun>),
}

impl Sync {
    /// A plan to carry out; nothing is done yet.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let mut todo = VecDeque::new();
        if plan.sandbox.as_ref().is_some_and(|sandbox| sandbox.changed) {
            todo.push_back(Todo::SayThatSandboxChanged);
        }
        if let Some(because) = plan.kill_pod {
            todo.push_back(Todo::StopEverything { because: because.clone() });
            todo.push_back(Todo::StopSandboxes { because });
        }
        todo.extend(plan.kill.into_iter().map(Todo::Stop));
        todo.extend(plan.all_again.map(Todo::StopForAllAgain));
        if let Some(sandbox) = plan.sandbox {
            todo.push_back(Todo::ForgetInitContainers);
            todo.push_back(Todo::MakeSandbox(sandbox));
        }
        todo.extend(plan.start.into_iter().map(Todo::Start));
        Self { todo, doing: Doing::Nothing, troubles: Vec::new() }
    }

    /// Goes on as far as it can. True when all is done.
    pub fn run(&mut self, cx: &mut Cx<'_>) -> bool {
        loop {
            if cx.stopping {
                self.todo.clear();
                self.give_up_pull(cx);
            }
            match &mut self.doing {
                Doing::Stopping(stopping) => {
                    if !stopping.is_over(cx) {
                        return false;
                    }
                    self.doing = Doing::Nothing;
                }
                Doing::Removing(waiting) if waiting.is_empty() => self.doing = Doing::Nothing,
                Doing::Starting(run) if run.has_slept(cx.now) => self.doing = Doing::Nothing,
                Doing::Removing(_) | Doing::MakingSandbox | Doing::Starting(_) => return false,
                Doing::Nothing => match self.todo.pop_front() {
                    Some(todo) => self.begin(todo, cx),
                    None => return true,
                },
            }
        }
    }

    /// The answer to one of its actions.
    pub fn answered(&mut self, cx: &mut Cx<'_>, id: ActionId, action: &Action, outcome: Outcome) {
        // The answer of a hook that nobody waits for any more.
        if matches!(action, Action::RunHook { .. }) && !self.awaits_hook(id) {
            return;
        }
        match std::mem::replace(&mut self.doing, Doing::Nothing) {
            Doing::Stopping(mut stopping) => {
                if let Err(trouble) = stopping.answered(cx, id, action, &outcome) {
                    self.troubles.push(trouble);
                    self.todo.clear();
                }
                self.doing = Doing::Stopping(stopping);
            }
            Doing::Removing(mut waiting) => {
                waiting.remove(&id);
                if let Action::RemoveContainer { instance } = action {
                    match outcome {
                        // What an init container of another sandbox came to must not count in this one.
                        Outcome::Failed(failure) => {
                            cx.observed.not_removed(instance);
                            let text =
                                format!("failed to remove container \"{}\": {failure}", instance.container);
                            self.troubles.push(Trouble { text, wait: None });
                            self.todo.clear();
                        }
                        Outcome::Done
                        | Outcome::Folder(_)
                        | Outcome::Runtime(_)
                        | Outcome::Image(_)
                        | Outcome::Probed(_)
                        | Outcome::Hooked(_)
                        | Outcome::SandboxReady { .. }
                        | Outcome::Created { .. }
                        | Outcome::Started { .. } => cx.observed.removed(instance),
                    }
                }
                self.doing = Doing::Removing(waiting);
            }
            Doing::MakingSandbox => self.sandbox_answered(cx, action, outcome),
            Doing::Starting(run) => {
                let now = run.answered(cx, action, outcome);
                self.settle(now);
            }
            Doing::Nothing => {}
        }
    }

    fn begin(&mut self, todo: Todo, cx: &mut Cx<'_>) {
        match todo {
            Todo::SayThatSandboxChanged => cx.event(PodEvent::Pod(AboutPod::SandboxChanged)),
            Todo::StopEverything { because } => {
                self.doing = Doing::Stopping(Stopping::containers(cx, &because, None));
            }
            Todo::StopSandboxes { because } => {
                self.doing = Doing::Stopping(Stopping::sandboxes(cx, &because));
            }
            Todo::Stop(kill) => {
                self.doing = Doing::Stopping(Stopping::one(cx, &kill));
            }
            Todo::ForgetInitContainers => {
                for container in &cx.pod.spec.init_containers {
                    cx.memory.ends.remove(&container.name);
                }
                self.remove(cx, cx.init_instances(), &Cause::SandboxNotReady);
            }
            Todo::StopForAllAgain(AllAgain { others, sources, because }) => {
                note_ends(cx);
                let again = |instances| Todo::Remove { instances, because: because.clone() };
                self.todo.extend([again(others), again(sources)]);
                self.doing = Doing::Stopping(Stopping::containers(cx, &because, Some(Duration::ZERO)));
            }
            Todo::Remove { instances, because } => self.remove(cx, instances, &because),
            Todo::MakeSandbox(sandbox) => {
                let id = SandboxId { pod: cx.pod.id.uid.clone(), attempt: sandbox.attempt };
                let spec = Arc::new(spec::sandbox(cx.pod));
                cx.plan(Action::CreateSandbox { sandbox: id, spec }, sandbox.because);
                self.doing = Doing::MakingSandbox;
            }
            Todo::Start(start) => {
                let now = StartRun::begin(start, cx);
                self.settle(now);
            }
        }
    }

    fn remove(&mut self, cx: &mut Cx<'_>, instances: Vec<InstanceId>, because: &Cause) {
        let left: Vec<InstanceId> =
            instances.into_iter().filter(|instance| !cx.observed.is_removing(instance)).collect();
        let ids = left.into_iter().map(|instance| {
            cx.observed.removing(&instance);
            cx.plan(Action::RemoveContainer { instance }, because.clone())
        });
        self.doing = Doing::Removing(ids.collect());
    }

    fn settle(&mut self, started: Started) {
        match started {
            Started::NotYet(run) => self.doing = Doing::Starting(Box::new(run)),
            Started::Yes => self.doing = Doing::Nothing,
            Started::No(trouble) => {
                self.doing = Doing::Nothing;
                self.troubles.push(trouble);
            }
            Started::ButStop(kill, trouble) => {
                self.doing = Doing::Nothing;
                self.troubles.push(trouble);
                self.todo.push_front(Todo::Stop(kill));
            }
        }
    }

    fn sandbox_answered(&mut self, cx: &mut Cx<'_>, action: &Action, outcome: Outcome) {
        let Action::CreateSandbox { sandbox, spec } = action else { return };
        let error = match outcome {
            Outcome::SandboxReady { ip, at, runtime_id } => {
                cx.observed.put_sandbox(SandboxReport {
                    id: sandbox.clone(),
                    pod: cx.pod.id.clone(),
                    runtime_id,
                    state: SandboxState::Ready,
                    created: at,
                    ip,
                    host_network: spec.namespaces.host_network,
                });
                return;
            }
            Outcome::Failed(failure) => failure.to_string(),
            outcome @ (Outcome::Done
            | Outcome::Folder(_)
            | Outcome::Runtime(_)
            | Outcome::Image(_)
            | Outcome::Probed(_)
            | Outcome::Hooked(_)
            | Outcome::Created { .. }
            | Outcome::Started { .. }) => {
                format!("the runtime gave an answer of the wrong kind: {outcome:?}")
            }
        };
        cx.event(PodEvent::Pod(AboutPod::FailedCreatePodSandBox(error.clone())));
        let text = format!(
            "failed to \"CreatePodSandbox\" for \"{}\" with CreatePodSandboxError: {error:?}",
            cx.pod.id
        );
        self.troubles.push(Trouble { text, wait: None });
        self.todo.clear();
    }

    fn awaits_hook(&self, id: ActionId) -> bool {
        match &self.doing {
            Doing::Stopping(stopping) => stopping.awaits(id),
            Doing::Starting(run) => run.awaits_hook(id),
            Doing::Nothing | Doing::Removing(_) | Doing::MakingSandbox => false,
        }
    }

    fn give_up_pull(&mut self, cx: &mut Cx<'_>) {
        if let Doing::Starting(run) = &self.doing
            && run.cancel(cx)
        {
            self.doing = Doing::Nothing;
        }
    }
}

/// How containers ended that are about to be removed though their pod goes on: nothing else will tell.
fn note_ends(cx: &mut Cx<'_>) {
    let reports = cx.observed.containers.iter().rev();
    let ends: Vec<(ContainerName, Exit)> = reports
        .filter_map(|report| {
            let exit = match &report.state {
                RunState::Exited(exit) => exit.clone(),
                RunState::Running { since } => Exit {
                    code: 137,
                    reason: ExitReason::RestartingAllContainers,
                    started: Some(*since),
                    finished: cx.now,
                    message: REMOVED.into(),
                },
                RunState::Created | RunState::Unknown => return None,
            };
            Some((report.instance.container.clone(), exit))
        })
        .collect();
    // Newer instances stand first in the list, so that they come last here.
    for (name, exit) in ends {
        cx.memory.ends.insert(name, exit);
    }
}
