//! The one owner of the machine room, its clock and the open file.

mod files;

use std::{collections::BTreeMap, rc::Rc, sync::Arc};

use standfast_core::{
    config::Config,
    id::{ContainerName, NodeName},
    sim::{Ending, Fault, SimError, World},
};

use super::{Buffer, Feed, FileKey, Line, Msg, Notice, Pace, Pane, PodKey, Snapshot, Tab, example};

/// Everything the screen shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screen {
    /// All nodes.
    pub snapshot: Rc<Snapshot>,
    /// What happened.
    pub feed: Feed,
    /// Whether and how fast time passes.
    pub pace: Pace,
    /// The open file.
    pub buffer: Option<Rc<Buffer>>,
    /// The inspected pod.
    pub selected: Option<PodKey>,
    /// The node shown where only one fits.
    pub node: Option<NodeName>,
    /// The pane shown where only one fits.
    pub pane: Pane,
    /// The tab of the feed.
    pub tab: Tab,
    /// What the page has to say about the last thing that was done.
    pub notice: Option<Notice>,
}

/// The one owner of the machine room. Give it a [`Msg`], draw its [`Screen`].
#[derive(Debug)]
pub struct Playground {
    world: World,
    screen: Screen,
    seen: BTreeMap<NodeName, u64>,
    deleted: Option<(FileKey, Arc<[u8]>)>,
    generation: u32,
}

/// A step gives up after so many events that nobody can see.
const STEP_LIMIT: usize = 500;
/// More nodes than this are not offered.
const MOST_NODES: usize = 99;

impl Playground {
    /// The starting example: two nodes with a few files. Time is held.
    #[must_use]
    pub fn example(seed: u64) -> Self {
        let mut world = World::of_nodes(seed);
        let mut notice = None;
        for node in example::NODES {
            told(&mut notice, world.add_node(Config { node: node.into(), ..Config::default() }));
        }
        for (node, name, text) in example::FILES {
            told(&mut notice, world.write(&node.into(), name, text.as_bytes()));
        }
        let selected = Some(example::selected());
        let screen = Screen { notice, selected, node: Some(example::NODES[0].into()), ..Screen::default() };
        let mut playground = Self { world, screen, seen: BTreeMap::new(), deleted: None, generation: 0 };
        playground.refresh();
        playground.open(example::opened(), None);
        playground
    }

    /// What to draw.
    #[must_use]
    pub const fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Does what the message says; true when there is something new to draw. Long work ends early once `out_of_time` says so.
    pub fn update(&mut self, msg: Msg, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        if !matches!(msg, Msg::Frame(_)) {
            self.screen.notice = None;
        }
        match msg {
            Msg::Frame(millis) => return self.frame(millis, out_of_time),
            Msg::PlayPause => self.screen.pace.set_playing(!self.screen.pace.playing()),
            Msg::Step => self.step(),
            Msg::Speed(speed) => self.screen.pace.set_speed(speed),

            Msg::Open(file) => self.open(file, None),
            Msg::OpenAt(file, byte) => self.open(file, Some(byte)),
            Msg::Edited(text) => self.edit(&text),
            Msg::Save => self.save(),
            Msg::Revert => self.reopen(),
            Msg::NewFile(file) => self.create(file),
            Msg::Upload(file, bytes) => self.upload(file, &bytes),
            Msg::Rename(file, to) => self.rename(&file, &to),
            Msg::Delete(file) => self.delete(&file),
            Msg::UndoDelete => self.undo_delete(),

            Msg::AddNode => self.add_node(),
            Msg::RestartKubelet(node) => {
                told(&mut self.screen.notice, self.world.restart_kubelet(&node));
            }
            Msg::KillContainer(pod, container) => self.kill(&pod, &container),

            Msg::Select(pod) => self.select(pod),
            Msg::ShowNode(node) => self.screen.node = Some(node),
            Msg::ShowPane(pane) => self.screen.pane = pane,
            Msg::ShowTab(tab) => self.screen.tab = tab,
        }
        self.refresh();
        true
    }
}

/// Nodes, pods and time.
impl Playground {
    fn frame(&mut self, millis: f64, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        let budget = self.screen.pace.frame(millis);
        if budget.is_zero() {
            return false;
        }
        let until = self.world.now() + budget;
        while self.world.next_at().is_some_and(|next| next <= until) {
            if out_of_time() {
                self.refresh();
                return true;
            }
            self.world.step();
        }
        self.world.advance(until.since(self.world.now()));
        self.refresh();
        true
    }

    /// Goes on until something that people can see has changed.
    fn step(&mut self) {
        self.screen.pace.set_playing(false);
        for _ in 0..STEP_LIMIT {
            let before = (Rc::clone(&self.screen.snapshot), self.screen.feed.version());
            if self.world.step().is_none() {
                return;
            }
            self.refresh();
            let same = before.0.nodes == self.screen.snapshot.nodes && before.1 == self.screen.feed.version();
            if !same {
                return;
            }
        }
    }

    fn add_node(&mut self) {
        let taken = |name: &NodeName| self.screen.snapshot.node(name).is_some();
        let names = (1..=MOST_NODES).map(|number| NodeName::from(format!("node{number:02}")));
        if let Some(node) = names.into_iter().find(|name| !taken(name)) {
            let added = self.world.add_node(Config { node, ..Config::default() });
            self.screen.node = told(&mut self.screen.notice, added).or(self.screen.node.take());
        }
    }

    fn kill(&mut self, pod: &PodKey, container: &ContainerName) {
        if let Some(view) = self.screen.snapshot.pod(pod) {
            let fault = Fault::Kill {
                pod: Arc::clone(&view.id.name),
                container: container.as_str().into(),
                how: Ending::Kill,
            };
            told(&mut self.screen.notice, self.world.inject(&pod.node, &fault));
        }
    }

    fn select(&mut self, pod: Option<PodKey>) {
        if let Some(pod) = &pod {
            self.screen.node = Some(pod.node.clone());
        }
        self.screen.selected = pod;
    }

    /// Takes views and journals from the world.
    fn refresh(&mut self) {
        let view = self.world.view();
        let list = |node: &NodeName| {
            let names = self.world.list(node).unwrap_or_default();
            names.iter().map(|name| Rc::from(&**name)).collect()
        };
        self.screen.snapshot = Rc::new(self.screen.snapshot.next(view.now, &view.nodes, list));
        let mut lines = Vec::new();
        for node in &self.screen.snapshot.nodes {
            let seen = self.seen.entry(node.name.clone()).or_default();
            for record in self.world.records_since(&node.name, *seen).unwrap_or_default() {
                *seen = record.seq + 1;
                lines.push(Line { node: node.name.clone(), epoch: node.epoch, record });
            }
        }
        self.screen.feed.append(lines);
    }
}

/// What the world gave; when it refused, the person is told why.
fn told<T>(notice: &mut Option<Notice>, result: Result<T, SimError>) -> Option<T> {
    result.map_err(|error| *notice = Some(Notice::Refused(error))).ok()
}
