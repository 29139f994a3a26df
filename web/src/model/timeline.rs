//! What was seen of each pod over time: the lanes of the timeline. It is **not** where the past is kept, only what was drawn of it: the session
//! leads there again.

use std::rc::Rc;

use standfast_core::{
    id::NodeName,
    time::Time,
    trace::{Input, TimedInput},
};

use super::{PodKey, Shape, Snapshot};

/// More lanes than these help nobody.
const MOST_LANES: usize = 200;
/// A pod that changes more often has its oldest spans forgotten.
const MOST_SPANS: usize = 2000;

/// A pod's lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Whose: by name, so that a pod that replaces another goes on in its lane.
    pub pod: PodKey,
    /// What it was, in the order of time.
    pub spans: Vec<Span>,
}

/// How long a pod was what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// From when.
    pub from: Time,
    /// Until when; none while it goes on.
    pub to: Option<Time>,
    /// Its shape.
    pub shape: Shape,
    /// Its status as kubectl prints it.
    pub status: Rc<str>,
}

/// Something that a person did.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// When.
    pub at: Time,
    /// To which node.
    pub node: NodeName,
    /// What.
    pub what: DeedKind,
}

/// What a person did, in as few kinds as have marks of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeedKind {
    /// A file was written, renamed, touched.
    File(Rc<str>),
    /// A file or the folder was removed.
    Removed(Rc<str>),
    /// The world was meddled with.
    Fault,
    /// Something was asked of the API server.
    Asked,
}

/// All lanes. Cheap to compare and to clone.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    lanes: Rc<Vec<Lane>>,
    /// What people did.
    deeds: Rc<[Deed]>,
    inputs: usize,
    /// Until when the lanes are known.
    seen: Time,
    version: u64,
}

impl PartialEq for Timeline {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl Timeline {
    /// The lanes, by node and name.
    #[must_use]
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// What people did.
    #[must_use]
    pub fn deeds(&self) -> &[Deed] {
        &self.deeds
    }

    /// The last time before `now` at which something changed or was done.
    #[must_use]
    pub fn change_before(&self, now: Time) -> Option<Time> {
        let spans = self.lanes.iter().flat_map(|lane| lane.spans.iter().map(|span| span.from));
        spans.chain(self.deeds.iter().map(|deed| deed.at)).filter(|at| *at < now).max()
    }

    /// Whether nobody has seen the world at this time.
    pub(super) fn is_new(&self, at: Time) -> bool {
        at >= self.seen
    }

    /// Takes in how the world looks, when nobody has seen it that far.
    pub(super) fn observe(&mut self, before: &Snapshot, snapshot: &Snapshot) {
        let now = snapshot.now;
        if now < self.seen {
            return;
        }
        self.seen = now;
        for node in &snapshot.nodes {
            let same = before.nodes.iter().any(|other| Rc::ptr_eq(other, node));
            if same {
                continue;
            }
            let mut changes: Vec<(PodKey, Option<Span>)> = Vec::new();
            for pod in &node.pods {
                let key = PodKey {
                    node: node.name.clone(),
                    namespace: (*pod.id.namespace).into(),
                    name: (*pod.id.name).into(),
                };
                let span =
                    Span { from: now, to: None, shape: Shape::of_pod(pod), status: (*pod.status).into() };
                // Of two pods with one name the one that runs counts; the other is going.
                match changes.iter_mut().find(|(other, _)| *other == key) {
                    Some((_, other)) if span.shape != Shape::Terminating => *other = Some(span),
                    Some(_) => {}
                    None => changes.push((key, Some(span))),
                }
            }
            let of_node = self.lanes.iter().filter(|lane| lane.pod.node == node.name);
            let gone = of_node.filter(|lane| lane.spans.last().is_some_and(|span| span.to.is_none()));
            let gone: Vec<PodKey> = gone.map(|lane| lane.pod.clone()).collect();
            for key in gone {
                if !changes.iter().any(|(other, _)| *other == key) {
                    changes.push((key, None));
                }
            }
            for (key, span) in changes {
                self.change(key, span, now);
            }
        }
    }

    fn change(&mut self, key: PodKey, span: Option<Span>, now: Time) {
        let place = self.lanes.binary_search_by(|lane| order(&lane.pod).cmp(&order(&key)));
        let last = place.ok().and_then(|at| self.lanes.get(at)).and_then(|lane| lane.spans.last());
        let open = last.filter(|last| last.to.is_none());
        let same = match (open, &span) {
            (Some(open), Some(span)) => open.shape == span.shape && open.status == span.status,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same || (place.is_err() && self.lanes.len() >= MOST_LANES) {
            return;
        }
        self.version = next_version();
        let lanes = Rc::make_mut(&mut self.lanes);
        let at = place.unwrap_or_else(|at| {
            lanes.insert(at, Lane { pod: key, spans: Vec::new() });
            at
        });
        let Some(lane) = lanes.get_mut(at) else { return };
        if let Some(open) = lane.spans.last_mut() {
            open.to = open.to.or(Some(now));
        }
        if lane.spans.len() >= MOST_SPANS {
            lane.spans.drain(..MOST_SPANS / 2);
        }
        lane.spans.extend(span);
    }

    /// Another course begins: what was seen after `at` is not so, and this is what was done.
    pub(super) fn cut(&mut self, at: Time) {
        if at >= self.seen {
            return;
        }
        self.seen = at;
        self.version = next_version();
        let lanes = Rc::make_mut(&mut self.lanes);
        for lane in lanes.iter_mut() {
            lane.spans.retain(|span| span.from <= at);
            for span in &mut lane.spans {
                span.to = span.to.filter(|to| *to <= at);
            }
        }
        lanes.retain(|lane| !lane.spans.is_empty());
    }

    /// What was done in the course, so far as it is not known yet.
    pub(super) fn set_inputs(&mut self, inputs: &[TimedInput], changed: bool) {
        if changed || inputs.len() != self.inputs {
            self.inputs = inputs.len();
            self.deeds = inputs.iter().filter_map(deed).collect();
            self.version = next_version();
        }
    }
}

fn order(pod: &PodKey) -> (&str, &str, &str) {
    (pod.node.as_str(), &pod.namespace, &pod.name)
}

fn deed(input: &TimedInput) -> Option<Deed> {
    let what = match &input.input {
        Input::AddNode { .. } | Input::Preload { .. } => return None,
        Input::Write { file, .. } | Input::Touch { file } | Input::Rename { to: file, .. } => {
            DeedKind::File((**file).into())
        }
        Input::Remove { file } => DeedKind::Removed((**file).into()),
        Input::RemoveFolder | Input::MakeFolder => DeedKind::Removed("".into()),
        Input::Api { .. } => DeedKind::Asked,
        Input::Inject { .. }
        | Input::Exec { .. }
        | Input::Shutdown { .. }
        | Input::Pressure { .. }
        | Input::StopKubelet
        | Input::StartKubelet
        | Input::Host { .. }
        | Input::Power { .. }
        | Input::Cut { .. }
        | Input::ApiServer { .. } => DeedKind::Fault,
    };
    (!input.at.since_zero().is_zero()).then(|| Deed { at: input.at, node: input.node.clone(), what })
}

/// Two timelines of one page never have the same number unless they are the same.
fn next_version() -> u64 {
    use std::cell::Cell;
    thread_local!(static LAST: Cell<u64> = const { Cell::new(0) });
    LAST.with(|last| {
        last.set(last.get() + 1);
        last.get()
    })
}
