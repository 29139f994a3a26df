//! A host at its worst: it tells late, in another order or not at all, its calls fail, and its clock jumps. It can be healed.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use standfast_core::{
    config::{Config, Policies},
    contract::{Action, Entry, EntryKind, Event, Failure, FileContent, Folder, Outcome, Planned},
    id::PodUid,
    kubelet::Kubelet,
    sim::{Ending, Runtime},
    time::Time,
    view::NodeView,
};

use super::{
    check::{Broken, Checker},
    dice::Dice,
};

/// More steps than any story needs: then the node is busy with nothing.
const ENOUGH: u64 = 200_000;

#[derive(Debug)]
enum Job {
    Tell(Event),
    TellFile(String),
    List(Planned),
    Execute(Planned),
}

/// One node with its folder and its runtime.
#[derive(Debug)]
pub struct Host {
    /// What happens in the story.
    pub dice: Dice,
    /// The moment.
    pub now: Time,
    /// Events told.
    pub steps: u64,
    /// Of a hundred hints, answers and calls, how many go wrong.
    pub faults: u64,
    /// What the folder holds.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// The containers.
    pub runtime: Runtime,
    config: Config,
    kubelet: Option<Kubelet>,
    jobs: BTreeMap<(Time, u64), Job>,
    numbers: u64,
    checker: Checker,
}

impl Host {
    /// A node that has started.
    pub fn new(mut dice: Dice) -> Result<Self, Broken> {
        let policies = if dice.below(2) == 0 { Policies::KUBELET } else { Policies::AGENT };
        let config = Config { policies, ..Config::default() };
        let mut runtime = Runtime::new(dice.seed(), config.epoch, 1);
        for image in ["lab:1", "registry.k8s.io/pause:3.10"] {
            runtime.preload(image).map_err(|error| error.to_string())?;
        }
        let mut host = Self {
            dice,
            now: Time::ZERO,
            steps: 0,
            faults: 0,
            files: BTreeMap::new(),
            runtime,
            config,
            kubelet: None,
            jobs: BTreeMap::new(),
            numbers: 0,
            checker: Checker::default(),
        };
        host.start()?;
        Ok(host)
    }

    /// Starts the kubelet, if it does not run.
    pub fn start(&mut self) -> Result<(), Broken> {
        if self.kubelet.is_some() {
            return Ok(());
        }
        let mut kubelet = Kubelet::new(self.config.clone(), self.dice.seed());
        let planned = kubelet.start(self.now);
        self.kubelet = Some(kubelet);
        self.checker.forget();
        self.take(planned)
    }

    /// Kills the kubelet, whatever it waits for. What it had asked for may still happen.
    pub fn stop(&mut self) {
        self.kubelet = None;
        self.jobs.clear();
        self.runtime.forget_client();
    }

    /// Writes a file at once, as a rename does.
    pub fn write(&mut self, file: &str, text: &str) {
        self.files.insert(file.to_owned(), text.as_bytes().into());
        self.hint_file(file);
    }

    /// Removes a file.
    pub fn remove(&mut self, file: &str) {
        if self.files.remove(file).is_some() {
            self.hint_file(file);
        }
    }

    fn hint_file(&mut self, file: &str) {
        if self.kubelet.is_some() && !self.goes_wrong() {
            let delay = Duration::from_millis(1) + self.late();
            self.later(delay, Job::TellFile(file.to_owned()));
        }
    }

    /// Ends a container, takes one away, or kills a sandbox. Gives the name of the pod that was hit.
    pub fn hit(&mut self) -> Option<String> {
        let all: Vec<(PodUid, String, String)> = self
            .runtime
            .containers()
            .map(|(id, pod, _)| (id.pod.clone(), id.container.as_str().to_owned(), pod.name.to_string()))
            .collect();
        let (uid, container, pod) = all.get(usize::try_from(self.dice.below(all.len() as u64)).ok()?)?;
        let done = match self.dice.below(6) {
            0 => {
                self.checker.exempt(uid.clone(), container.as_str().into());
                self.runtime.remove_container(self.now, uid, container)
            }
            1 => self.runtime.kill_sandbox(uid),
            2 => self.runtime.kill(self.now, uid, container, Ending::OutOfMemory),
            3 => self.runtime.kill(self.now, uid, container, Ending::Kill),
            _ => self.runtime.kill(self.now, uid, container, Ending::Exit { code: 1 }),
        };
        done.is_ok().then(|| pod.clone())
    }

    /// The clock jumps, and nobody was there to see what happened meanwhile.
    pub fn jump(&mut self, by: Duration) {
        self.now = self.now + by;
        self.checker.jumped(self.now);
    }

    /// Nothing goes wrong from now on.
    pub fn heal(&mut self) -> Result<(), Broken> {
        self.faults = 0;
        self.runtime.set_down(false);
        self.start()?;
        self.deliver(Event::EdgesLost)
    }

    /// Lets time pass.
    pub fn advance(&mut self, by: Duration) -> Result<(), Broken> {
        let until = self.now + by;
        while self.next_at().is_some_and(|at| at <= until) {
            self.step()?;
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// How the node looks.
    #[must_use]
    pub fn view(&self) -> Option<NodeView> {
        self.kubelet.as_ref().map(|kubelet| kubelet.snapshot(self.now))
    }

    /// The journal's last lines.
    #[must_use]
    pub fn journal(&self) -> String {
        let Some(kubelet) = &self.kubelet else { return "no kubelet runs\n".to_owned() };
        let from = kubelet.next_record().saturating_sub(60);
        let lines = kubelet.records_since(from);
        lines
            .iter()
            .fold(String::new(), |all, it| all + &standfast_core::scenario::line(it, Time::ZERO) + "\n")
    }

    /// Nothing is left unanswered.
    pub fn quiet(&self) -> Result<(), Broken> {
        self.checker.quiet(self.now)
    }

    fn next_at(&self) -> Option<Time> {
        let wakeup = self.kubelet.as_ref().and_then(Kubelet::next_wakeup).map(|wakeup| wakeup.at);
        let job = self.jobs.keys().next().map(|(at, _)| *at);
        [wakeup, job, self.runtime.next_event_at()].into_iter().flatten().min()
    }

    fn step(&mut self) -> Result<(), Broken> {
        let Some(at) = self.next_at() else { return Ok(()) };
        self.now = self.now.max(at);
        if let Some(entry) = self.jobs.first_entry().filter(|entry| entry.key().0 <= self.now) {
            return match entry.remove() {
                Job::Tell(event) => self.deliver(event),
                Job::TellFile(file) => self.tell_file(&file),
                Job::List(planned) => {
                    let outcome = Outcome::Folder(self.folder());
                    self.deliver(Event::Finished { id: planned.id, outcome })
                }
                Job::Execute(planned) => {
                    self.runtime.execute(self.now, planned);
                    Ok(())
                }
            };
        }
        if self.runtime.next_event_at().is_some_and(|at| at <= self.now) {
            return match self.runtime.poll(self.now) {
                Some(event) => self.told(event),
                None => Ok(()),
            };
        }
        self.deliver(Event::Timeout)
    }

    /// What the runtime tells: hints may get lost, and everything may come late.
    fn told(&mut self, event: Event) -> Result<(), Broken> {
        let is_answer = matches!(event, Event::Finished { .. });
        if !is_answer && !matches!(event, Event::EdgesLost) && self.goes_wrong() {
            return Ok(());
        }
        match self.late() {
            Duration::ZERO => self.deliver(event),
            late => {
                self.later(late, Job::Tell(event));
                Ok(())
            }
        }
    }

    fn tell_file(&mut self, file: &str) -> Result<(), Broken> {
        let path: Arc<str> = format!("{}/{file}", self.config.static_pod_path).into();
        match self.files.get(file) {
            Some(bytes) => {
                self.deliver(Event::FileWritten { path, content: FileContent::Bytes(Arc::clone(bytes)) })
            }
            None => self.deliver(Event::FileRemoved { path }),
        }
    }

    fn folder(&self) -> Folder {
        let entry = |(name, bytes): (&String, &Arc<[u8]>)| Entry {
            name: name.as_str().into(),
            kind: EntryKind::File(FileContent::Bytes(Arc::clone(bytes))),
        };
        Folder::Directory(self.files.iter().map(entry).collect())
    }

    fn deliver(&mut self, event: Event) -> Result<(), Broken> {
        let Some(kubelet) = self.kubelet.as_mut() else { return Ok(()) };
        self.steps += 1;
        if self.steps > ENOUGH {
            return Err("it is busy with nothing".to_owned());
        }
        if let Event::Finished { id, outcome } = &event {
            self.checker.answered(*id, outcome)?;
        }
        let planned = kubelet.handle(self.now, event);
        self.take(planned)?;
        match &self.kubelet {
            Some(kubelet) => self.checker.step(self.now, kubelet, &self.runtime),
            None => Ok(()),
        }
    }

    fn take(&mut self, planned: Vec<Planned>) -> Result<(), Broken> {
        for planned in planned {
            self.checker.planned(self.now, &planned, &self.runtime)?;
            if planned.action == Action::ListManifests {
                let late = self.late();
                self.later(Duration::from_millis(1) + late, Job::List(planned));
            } else if !matches!(planned.action, Action::RunHook { .. }) && self.goes_wrong() {
                // A hook that fails is the end of its container, and no trouble of the host.
                let text = "rpc error: code = Unknown desc = something went wrong".to_owned();
                let outcome = Outcome::Failed(Failure::Other(text));
                let late = self.late();
                self.later(late, Job::Tell(Event::Finished { id: planned.id, outcome }));
            } else {
                match self.late() {
                    Duration::ZERO => self.runtime.execute(self.now, planned),
                    late => self.later(late, Job::Execute(planned)),
                }
            }
        }
        Ok(())
    }

    fn later(&mut self, delay: Duration, job: Job) {
        self.numbers += 1;
        self.jobs.insert((self.now + delay, self.numbers), job);
    }

    fn goes_wrong(&mut self) -> bool {
        self.faults > 0 && self.dice.below(100) < self.faults
    }

    fn late(&mut self) -> Duration {
        if self.goes_wrong() { Duration::from_millis(1 + self.dice.below(4_000)) } else { Duration::ZERO }
    }
}
