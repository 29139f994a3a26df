//! The digest of everything that a world plans and tells.

use super::{Checkpoint, Fnv};
use crate::{contract::Planned, id::NodeName, time::Time, view::RecordView};

/// Takes the digest of what is planned and told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracer {
    on: bool,
    hash: Fnv,
    lines: u64,
    last: Time,
    checkpoints: Vec<Checkpoint>,
}

impl Tracer {
    /// Lines between two checkpoints.
    const EVERY: u64 = 100;

    pub(crate) fn turn_on(&mut self) {
        self.on = true;
    }

    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    pub(crate) fn planned(&mut self, node: &NodeName, now: Time, planned: &[Planned]) {
        for Planned { id, action, because } in planned {
            let pod = action.pod().map_or("", |uid| uid.as_str());
            self.line(now, &format!("{node} {now} {id} {pod} {action}: {because}"));
        }
    }

    pub(crate) fn records(&mut self, node: &NodeName, records: &[RecordView]) {
        for record in records {
            let pod = record.pod.as_ref().map_or("", |pod| pod.uid.as_str());
            let because = record.because.as_deref().unwrap_or_default();
            let line = format!(
                "{node} {} {} {pod} {:?} {}: {because}",
                record.at, record.seq, record.kind, record.text
            );
            self.line(record.at, &line);
        }
    }

    pub(crate) fn checkpoint(&mut self, now: Time) {
        if self.on && self.checkpoints.last().is_none_or(|last| last.lines != self.lines) {
            self.checkpoints.push(self.current(now));
        }
    }

    pub(crate) fn checkpoints(&self) -> Vec<Checkpoint> {
        let end = self.on.then(|| self.current(self.last));
        let last = self.checkpoints.last();
        self.checkpoints
            .iter()
            .cloned()
            .chain(end.filter(|end| last.is_none_or(|it| it.lines != end.lines)))
            .collect()
    }

    pub(crate) fn digest(&self) -> u64 {
        self.hash.finish()
    }

    fn line(&mut self, now: Time, line: &str) {
        self.hash.write(line.as_bytes());
        self.hash.write(b"\n");
        self.lines += 1;
        self.last = self.last.max(now);
        if self.lines.is_multiple_of(Self::EVERY) {
            self.checkpoint(now);
        }
    }

    fn current(&self, at: Time) -> Checkpoint {
        Checkpoint { at, lines: self.lines, digest: format!("{:016x}", self.hash.finish()).into() }
    }
}
