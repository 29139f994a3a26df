//! One state of a small world: a node, its runtime and its folder, all that is under way between them, and how much may still go wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use standfast_core::{
    config::{Config, Policies},
    contract::{
        Action, Entry, EntryKind, Event, FileContent, Folder, Outcome, Planned, RunState, SandboxState,
    },
    id::{ActionId, InstanceId, PodUid, SandboxId},
    kubelet::{Essence, Kubelet},
    time::Time,
    view::Phase,
};

use super::runtime::Runtime;
use crate::seeds::check::{Broken, Checker};

/// The one file of the folder.
const FILE: &str = "web.yaml";
/// Far longer than any wait that one crash can cause.
const PATIENCE: Duration = Duration::from_mins(10);

/// What may still happen, how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// The manifest becomes another one, or goes.
    pub edits: u8,
    /// A container or the sandbox dies.
    pub crashes: u8,
    /// An event is never told.
    pub losses: u8,
    /// The agent dies, with all it waits for, and comes back.
    pub restarts: u8,
    /// Time passes to the next wakeup although an answer is under way.
    pub slow: u8,
    /// Time passes to the next wakeup.
    pub waits: u8,
}

/// Something on its way.
#[derive(Clone, Debug)]
pub enum Flight {
    /// It was asked for and is not done yet.
    Asked(Planned),
    /// It is done, and the answer was not told yet.
    Answer(ActionId, Outcome),
    /// An event.
    Hint(Event),
    /// A file was written or removed; what it holds is read when that is told.
    FileHint,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An action is done, and its answer sent.
    Do(u64),
    /// An answer or an event is told.
    Tell(u64),
    /// An event is lost.
    Lose(u64),
    /// A container ends with code 1.
    Crash(InstanceId),
    /// A sandbox is killed.
    KillSandbox(SandboxId),
    /// The file becomes this; nothing removes it.
    Edit(Option<&'static str>),
    /// The agent dies and is started again.
    Restart,
    /// Time passes to the next wakeup.
    Wait,
}

/// One state.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) left: Budget,
    pub(super) broken: Option<Broken>,
    edits: &'static [Option<&'static str>],
    now: Time,
    config: Arc<Config>,
    file: Option<&'static str>,
    kubelet: Kubelet,
    runtime: Runtime,
    flights: BTreeMap<u64, Flight>,
    numbers: u64,
    checker: Checker,
    /// The actions that wait, as the fingerprint names them.
    places: Vec<ActionId>,
    print: u64,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.print.hash(state);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl World {
    pub(super) fn new(
        policies: Policies,
        left: Budget,
        file: &'static str,
        edits: &'static [Option<&'static str>],
    ) -> Self {
        let config = Config { policies, ..Config::default() };
        let mut world = Self {
            left,
            broken: None,
            edits,
            now: Time::ZERO,
            file: Some(file),
            kubelet: Kubelet::new(config.clone(), 1),
            config: Arc::new(config),
            runtime: Runtime::default(),
            flights: BTreeMap::new(),
            numbers: 0,
            checker: Checker::default(),
            places: Vec::new(),
            print: 0,
        };
        let planned = world.kubelet.start(world.now);
        world.broken = world.take(planned).err();
        world.take_fingerprint();
        world
    }

    /// Everything that can happen next.
    pub(super) fn steps(&self, steps: &mut Vec<Step>) {
        if self.broken.is_some() {
            return;
        }
        // Of two that are the same in every way, one stands for both.
        let mut known = BTreeSet::new();
        for (number, flight) in &self.flights {
            if !known.insert(self.name(flight)) {
                continue;
            }
            match flight {
                Flight::Asked(_) => steps.push(Step::Do(*number)),
                Flight::Answer(..) => steps.push(Step::Tell(*number)),
                Flight::Hint(_) | Flight::FileHint => {
                    steps.push(Step::Tell(*number));
                    if self.left.losses > 0 {
                        steps.push(Step::Lose(*number));
                    }
                }
            }
        }
        if self.left.crashes > 0 {
            let runs = |state: &RunState| matches!(state, RunState::Running { .. });
            let running = self.runtime.containers.values().filter(|report| runs(&report.state));
            steps.extend(running.map(|report| Step::Crash(report.instance.clone())));
            let ready = self.runtime.sandboxes.values().filter(|report| report.state == SandboxState::Ready);
            steps.extend(ready.map(|report| Step::KillSandbox(report.id.clone())));
        }
        if self.left.edits > 0 {
            steps.extend(self.edits.iter().filter(|edit| **edit != self.file).map(|edit| Step::Edit(*edit)));
        }
        if self.left.restarts > 0 {
            steps.push(Step::Restart);
        }
        let may_wait = if self.flights.is_empty() { self.left.waits > 0 } else { self.left.slow > 0 };
        if may_wait {
            steps.push(Step::Wait);
        }
    }

    /// The state after a step.
    pub(super) fn after(&self, step: &Step) -> Self {
        let mut next = self.clone();
        next.broken = next.take_step(step).err();
        next.take_fingerprint();
        next
    }

    fn take_step(&mut self, step: &Step) -> Result<(), Broken> {
        match step {
            Step::Do(number) => self.do_it(*number),
            Step::Tell(number) => self.tell(*number),
            Step::Lose(number) => {
                self.left.losses -= 1;
                self.flights.remove(number);
                Ok(())
            }
            Step::Crash(instance) => {
                self.left.crashes -= 1;
                let hint = self.runtime.end(self.now, instance, 1);
                self.hint(hint);
                Ok(())
            }
            Step::KillSandbox(sandbox) => {
                self.left.crashes -= 1;
                let mut hints = Vec::new();
                self.runtime.stop_sandbox(self.now, sandbox, &mut hints);
                self.hint(hints);
                Ok(())
            }
            Step::Edit(file) => {
                self.left.edits -= 1;
                self.file = *file;
                self.send(Flight::FileHint);
                Ok(())
            }
            Step::Restart => {
                self.left.restarts -= 1;
                self.flights.clear();
                self.kubelet = Kubelet::new((*self.config).clone(), 1);
                self.checker.forget();
                let planned = self.kubelet.start(self.now);
                self.take(planned)
            }
            Step::Wait => {
                let budget = if self.flights.is_empty() { &mut self.left.waits } else { &mut self.left.slow };
                *budget -= 1;
                self.wait()
            }
        }
    }

    fn wait(&mut self) -> Result<(), Broken> {
        match self.kubelet.next_wakeup() {
            Some(wakeup) => {
                self.now = self.now.max(wakeup.at);
                self.deliver(Event::Timeout)
            }
            None => Err("nothing will ever wake it".to_owned()),
        }
    }

    fn do_it(&mut self, number: u64) -> Result<(), Broken> {
        let Some(Flight::Asked(planned)) = self.flights.remove(&number) else { return Ok(()) };
        let (outcome, hints) = match &planned.action {
            Action::ListManifests => (Outcome::Folder(self.folder()), Vec::new()),
            action => self.runtime.execute(self.now, action),
        };
        self.hint(hints);
        if is_constant(&planned.action) || (planned.action == Action::ListManifests && self.left.edits == 0) {
            return self.deliver(Event::Finished { id: planned.id, outcome });
        }
        self.send(Flight::Answer(planned.id, outcome));
        Ok(())
    }

    fn tell(&mut self, number: u64) -> Result<(), Broken> {
        match self.flights.remove(&number) {
            Some(Flight::Answer(id, outcome)) => self.deliver(Event::Finished { id, outcome }),
            Some(Flight::Hint(event)) => self.deliver(event),
            Some(Flight::FileHint) => {
                let path: Arc<str> = format!("{}/{FILE}", self.config.static_pod_path).into();
                self.deliver(match self.file {
                    Some(text) => {
                        Event::FileWritten { path, content: FileContent::Bytes(text.as_bytes().into()) }
                    }
                    None => Event::FileRemoved { path },
                })
            }
            Some(Flight::Asked(_)) | None => Ok(()),
        }
    }

    fn deliver(&mut self, event: Event) -> Result<(), Broken> {
        if let Event::Finished { id, outcome } = &event {
            self.checker.answered(*id, outcome)?;
        }
        let planned = self.kubelet.handle(self.now, event);
        self.take(planned)?;
        self.checker.step(self.now, &self.kubelet, &self.runtime)
    }

    fn take(&mut self, planned: Vec<Planned>) -> Result<(), Broken> {
        for planned in planned {
            self.checker.planned(self.now, &planned, &self.runtime)?;
            self.send(Flight::Asked(planned));
        }
        Ok(())
    }

    fn hint(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            self.send(Flight::Hint(event));
        }
    }

    fn send(&mut self, flight: Flight) {
        self.numbers += 1;
        self.flights.insert(self.numbers, flight);
    }

    fn folder(&self) -> Folder {
        let entry = |text: &str| Entry {
            name: FILE.into(),
            kind: EntryKind::File(FileContent::Bytes(text.as_bytes().into())),
        };
        Folder::Directory(self.file.map(entry).into_iter().collect())
    }

    /// Two states of one fingerprint have the same future.
    fn take_fingerprint(&mut self) {
        let Essence { mut text, waiting } = self.kubelet.essence();
        self.places = waiting;
        let mut flights: Vec<String> = self.flights.values().map(|flight| self.name(flight)).collect();
        flights.sort();
        for flight in flights {
            text.push_str(&flight);
            text.push('\n');
        }
        self.runtime.write_essence(&mut text);
        // A string takes whatever is written to it.
        let _ = write!(text, "{:?} {:?} {:?}", self.now, self.left, self.broken);
        let mut hasher = DefaultHasher::new();
        (text, self.file).hash(&mut hasher);
        self.checker.hash(&mut hasher);
        self.print = hasher.finish();
    }

    /// What a flight is, whatever its numbers.
    fn name(&self, flight: &Flight) -> String {
        let place = |id: &ActionId| self.places.iter().position(|known| known == id);
        match flight {
            Flight::Asked(planned) => format!("asked {:?}", place(&planned.id)),
            Flight::Answer(id, outcome) => format!("answer {:?} {outcome:?}", place(id)),
            Flight::Hint(event) => format!("{event:?}"),
            Flight::FileHint => "file".to_owned(),
        }
    }

    /// Whether nothing is under way and all is as the folder says: the pod runs once, and nothing else is there.
    pub(super) fn is_as_the_folder_says(&self) -> bool {
        let view = self.kubelet.snapshot(self.now);
        let pods: Vec<_> = view.pods.iter().collect();
        let wanted = usize::from(self.file.is_some());
        let pod = pods.first().filter(|_| pods.len() == 1);
        let right = |uid: &PodUid| pod.is_some_and(|pod| pod.id.uid == *uid);
        let runs = self.runtime.containers.values().filter(|it| matches!(it.state, RunState::Running { .. }));
        let ready = self.runtime.sandboxes.values().filter(|it| it.state == SandboxState::Ready);
        self.flights.is_empty()
            && pods.len() == wanted
            && pods.iter().all(|pod| pod.phase == Phase::Running && pod.ready == (2, 2))
            && self.runtime.containers.keys().all(|id| right(&id.pod))
            && self.runtime.sandboxes.keys().all(|id| right(&id.pod))
            && runs.count() == 2 * wanted
            && ready.count() == wanted
    }

    /// What happened, as far as the last agent knows.
    pub(super) fn journal(&self) -> String {
        let line = |record| standfast_core::scenario::line(record, Time::ZERO) + "\n";
        self.kubelet.records_since(0).iter().map(line).collect()
    }

    /// Lets things go their way in order, until all is as the folder says.
    pub(super) fn settle(&self) -> Result<(), Broken> {
        let mut world = self.clone();
        while !world.is_as_the_folder_says() {
            if world.now.since(self.now) > PATIENCE {
                let Self { file, runtime, .. } = &world;
                let view = world.kubelet.snapshot(world.now);
                return Err(format!(
                    "it never becomes what the folder says: {file:?}\n{runtime:#?}\n{view:#?}"
                ));
            }
            match world.flights.first_key_value() {
                Some((number, Flight::Asked(_))) => world.do_it(*number)?,
                Some((number, _)) => world.tell(*number)?,
                None => world.wait()?,
            }
        }
        Ok(())
    }
}

/// Whether an action gives the same answer whenever it is done, and changes nothing: then doing and answering it is one step.
const fn is_constant(action: &Action) -> bool {
    match action {
        Action::InspectImage { .. } | Action::PullImage { .. } | Action::RemovePodData { .. } => true,
        Action::ListManifests
        | Action::Api(_)
        | Action::ListRuntime
        | Action::CreateSandbox { .. }
        | Action::StopSandbox { .. }
        | Action::RemoveSandbox { .. }
        | Action::CreateContainer { .. }
        | Action::StartContainer { .. }
        | Action::StopContainer { .. }
        | Action::RunProbe { .. }
        | Action::RunHook { .. }
        | Action::RemoveContainer { .. } => false,
    }
}
