//! The newest lines of all nodes' journals, in the order of time.

use std::{collections::VecDeque, rc::Rc};

use standfast_core::{
    id::NodeName,
    time::UnixSeconds,
    view::{RecordKind, RecordView},
};

use super::Tab;

/// A line of a node's journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Whose journal.
    pub node: NodeName,
    /// The wall clock at zero.
    pub epoch: UnixSeconds,
    /// The line.
    pub record: RecordView,
}

impl Line {
    /// The tab that shows it.
    #[must_use]
    pub const fn tab(&self) -> Tab {
        match &self.record.kind {
            RecordKind::Log { .. } => Tab::Log,
            RecordKind::Planned
            | RecordKind::Failed
            | RecordKind::Event { .. }
            | RecordKind::Observed { .. } => Tab::Events,
        }
    }
}

/// How many lines are kept of each tab.
const KEPT: usize = 300;

/// The newest lines. Cheap to compare: `version` changes with every line.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    events: VecDeque<Rc<Line>>,
    log: VecDeque<Rc<Line>>,
    version: u64,
}

impl Feed {
    /// Appends lines; older ones than the kept number are forgotten.
    pub fn append(&mut self, mut lines: Vec<Line>) {
        lines.sort_by(|a, b| (a.record.at, &a.node, a.record.seq).cmp(&(b.record.at, &b.node, b.record.seq)));
        for line in lines {
            self.version += 1;
            let kept = match line.tab() {
                Tab::Events => &mut self.events,
                Tab::Log => &mut self.log,
            };
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(Rc::new(line));
        }
    }

    /// The lines of a tab, oldest first.
    #[must_use]
    pub fn lines(&self, tab: Tab) -> impl DoubleEndedIterator<Item = &Rc<Line>> {
        match tab {
            Tab::Events => self.events.iter(),
            Tab::Log => self.log.iter(),
        }
    }

    /// Changes whenever a line was appended.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }
}

impl PartialEq for Feed {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}
