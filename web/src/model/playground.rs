//! The one owner of the machine room, its clock and the open file.

mod files;
mod sharing;
mod time;

use std::{collections::BTreeMap, rc::Rc, sync::Arc};

use standfast_core::{
    config::Config,
    id::{ContainerName, NodeName},
    session::{Moment, Session},
    sim::{Ending, Fault, SimError, World},
    time::Time,
};

use super::{Buffer, Feed, FileKey, Line, Msg, Notice, Pace, Pane, PodKey, Snapshot, Tab, Timeline, example};

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
    /// What each pod was, and when.
    pub timeline: Timeline,
    /// The moments that were seen, and what can be undone.
    pub past: Past,
}

/// Where in what was seen the moment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// At its end.
    #[default]
    Latest,
    /// Before that.
    Earlier,
    /// The page is on its way to another moment.
    OnTheWay,
}

/// Where the moment stands in its course.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The furthest moment that was seen.
    pub end: Time,
    /// Where in it the moment is.
    pub place: Place,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether something was undone.
    pub can_redo: bool,
}

/// The one owner of the machine room. Give it a [`Msg`], draw its [`Screen`].
#[derive(Debug)]
pub struct Playground {
    session: Session,
    screen: Screen,
    seen: BTreeMap<NodeName, u64>,
    deleted: Option<(FileKey, Arc<[u8]>)>,
    generation: u32,
    /// The file to open once the session is at its moment.
    to_open: Option<FileKey>,
}

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
        let session = Session::new(world);
        let mut playground =
            Self { session, screen, seen: BTreeMap::new(), deleted: None, generation: 0, to_open: None };
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
            Msg::StepBack => self.step_back(out_of_time),
            Msg::Seek(at) => self.seek(at, out_of_time),
            Msg::Undo => self.undo(out_of_time),
            Msg::Redo => self.redo(out_of_time),
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
                self.act(|world| world.restart_kubelet(&node));
            }
            Msg::KillContainer(pod, container) => self.kill(&pod, &container),

            Msg::OpenSession(shared) => self.open_session(*shared, out_of_time),
            Msg::StartOver => *self = Self::example(self.session.world().seed()),
            Msg::Tell(notice) => self.screen.notice = Some(notice),

            Msg::Select(pod) => self.select(pod),
            Msg::ShowNode(node) => self.screen.node = Some(node),
            Msg::ShowPane(pane) => self.screen.pane = pane,
            Msg::ShowTab(tab) => self.screen.tab = tab,
        }
        self.refresh();
        true
    }
}

/// Nodes and pods.
impl Playground {
    fn world(&self) -> &World {
        self.session.world()
    }

    /// Does something to the world; when it refuses, the person is told why.
    fn act<T>(&mut self, deed: impl FnOnce(&mut World) -> Result<T, SimError>) -> Option<T> {
        if self.session.is_seeking() {
            self.screen.notice = Some(Notice::Busy);
            return None;
        }
        let (before, moment) = (self.session.inputs().len(), self.session.moment());
        let done = self.session.act(deed);
        if moment.inputs != self.session.moment().inputs || before != self.session.inputs().len() {
            self.another_course(moment);
        }
        told(&mut self.screen.notice, done)
    }

    /// What was seen after a moment is not so any more.
    fn another_course(&mut self, since: Moment) {
        self.screen.timeline.cut(since.at);
        self.screen.timeline.set_inputs(self.session.inputs(), true);
    }

    fn add_node(&mut self) {
        let taken = |name: &NodeName| self.screen.snapshot.node(name).is_some();
        let names = (1..=MOST_NODES).map(|number| NodeName::from(format!("node{number:02}")));
        if let Some(node) = names.into_iter().find(|name| !taken(name)) {
            let added = self.act(|world| world.add_node(Config { node, ..Config::default() }));
            self.screen.node = added.or(self.screen.node.take());
        }
    }

    fn kill(&mut self, pod: &PodKey, container: &ContainerName) {
        if let Some(view) = self.screen.snapshot.pod(pod) {
            let fault = Fault::Kill {
                pod: Arc::clone(&view.id.name),
                container: container.as_str().into(),
                how: Ending::Kill,
            };
            self.act(|world| world.inject(&pod.node, &fault));
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
        self.look();
        let mut lines = Vec::new();
        for node in &self.screen.snapshot.nodes {
            let seen = self.seen.entry(node.name.clone()).or_default();
            for record in self.session.world().records_since(&node.name, *seen).unwrap_or_default() {
                *seen = record.seq + 1;
                lines.push(Line { node: node.name.clone(), epoch: node.epoch, record });
            }
        }
        self.screen.feed.append(lines);
        self.screen.timeline.set_inputs(self.session.inputs(), false);
        self.screen.past = Past {
            end: self.session.end().at,
            place: self.place(),
            can_undo: self.session.can_undo(),
            can_redo: self.session.can_redo(),
        };
    }

    fn place(&self) -> Place {
        match (self.session.is_seeking(), self.session.is_past()) {
            (true, _) => Place::OnTheWay,
            (false, true) => Place::Earlier,
            (false, false) => Place::Latest,
        }
    }

    /// Takes views from the world.
    fn look(&mut self) {
        let world = self.session.world();
        let view = world.view();
        let list = |node: &NodeName| {
            let names = world.list(node).unwrap_or_default();
            names.iter().map(|name| Rc::from(&**name)).collect()
        };
        let next = Rc::new(self.screen.snapshot.next(view.now, &view.nodes, list));
        let before = std::mem::replace(&mut self.screen.snapshot, Rc::clone(&next));
        self.screen.timeline.observe(&before, &next);
    }
}

/// What the world gave; when it refused, the person is told why.
fn told<T>(notice: &mut Option<Notice>, result: Result<T, SimError>) -> Option<T> {
    result.map_err(|error| *notice = Some(Notice::Refused(error))).ok()
}
