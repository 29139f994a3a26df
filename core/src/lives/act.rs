//! Leads a recorded life again: the same things are done at the same times, and what the node tells is written down.

use std::{sync::Arc, time::Duration};

use super::{
    Deed, Life, Said, Told,
    track::{Look, comparable},
};
use crate::{
    scenario::{BedError, Testbed},
    sim::{Ending, Fault},
    time::Time,
    trace::Input,
    view::{self, NodeView, RecordKind},
};

/// Leads `life` in a place with one fresh node; `beside` is a life that has begun there already, when the pod needs one.
///
/// # Errors
/// When the place cannot do what was done.
pub fn act(life: &Life, beside: Option<&Life>, bed: &mut dyn Testbed) -> Result<Told, BedError> {
    if let Some(other) = beside {
        bed.apply(&write(&other.name, &other.manifest))?;
        let settled = bed.now() + Duration::from_secs(2);
        while bed.advance(settled) < settled {}
    }
    let others = bed.view().pods.iter().map(|pod| Arc::clone(&pod.id.name)).collect();
    let first = bed.records_since(0).len() as u64;
    let begin = bed.now();
    let mut actor =
        Actor { life, bed, begin, others, told: Told::default(), file: None, pod: None, up: true };
    for (at, deed) in &life.deeds {
        actor.wait(*at);
        actor.act(*deed)?;
        let now = actor.now();
        actor.told.deeds.push(now);
        actor.look();
    }
    actor.wait(life.end);
    Ok(actor.finish(first))
}

struct Actor<'a> {
    life: &'a Life,
    bed: &'a mut dyn Testbed,
    begin: Time,
    /// Pods of another life.
    others: Vec<Arc<str>>,
    told: Told,
    /// The file that holds the manifest now.
    file: Option<Arc<str>>,
    /// The name of the pod as last seen.
    pod: Option<Arc<str>>,
    /// Whether the kubelet runs.
    up: bool,
}

fn file_of(name: &str) -> Arc<str> {
    format!("{name}.yaml").into()
}

fn write(name: &str, manifest: &Arc<[u8]>) -> Input {
    Input::Write { file: file_of(name), bytes: Arc::clone(manifest) }
}

impl Actor<'_> {
    fn now(&mut self) -> Duration {
        self.bed.now().since(self.begin)
    }

    fn wait(&mut self, until: Duration) {
        let until = self.begin + until;
        while self.bed.now() < until {
            self.bed.advance(until);
            self.look();
        }
    }

    fn act(&mut self, deed: Deed) -> Result<(), BedError> {
        let own = file_of(&self.life.name);
        let main: Arc<str> = "main".into();
        let pod = self.pod.clone().unwrap_or_else(|| Arc::clone(&self.life.name));
        let fault = |fault| Input::Inject { fault };
        let input = match deed {
            Deed::Add => {
                self.file = Some(own);
                write(&self.life.name, &self.life.manifest)
            }
            Deed::Replace => write(&self.life.name, self.life.second.as_ref().unwrap_or(&self.life.manifest)),
            Deed::Remove => Input::Remove { file: self.file.take().unwrap_or(own) },
            Deed::Rename => {
                let from = self.file.replace("renamed.yaml".into()).unwrap_or(own);
                Input::Rename { from, to: "renamed.yaml".into() }
            }
            Deed::StopKubelet => Input::StopKubelet,
            Deed::StartKubelet => Input::StartKubelet,
            Deed::KillMain => fault(Fault::Kill { pod, container: main, how: Ending::Kill }),
            Deed::KillSandbox => fault(Fault::KillSandbox { pod }),
            Deed::RemoveContainer => fault(Fault::RemoveContainer { pod, container: main }),
        };
        match deed {
            Deed::StopKubelet => self.up = false,
            Deed::StartKubelet => self.up = true,
            Deed::Add
            | Deed::Replace
            | Deed::Remove
            | Deed::Rename
            | Deed::KillMain
            | Deed::KillSandbox
            | Deed::RemoveContainer => {}
        }
        self.bed.apply(&input)
    }

    /// Writes down how the pods look that a kubelet would list: those that a manifest asks for.
    fn look(&mut self) {
        if !self.up {
            return;
        }
        let now = self.now();
        let NodeView { files, pods, .. } = self.bed.view();
        let mut listed = Vec::new();
        for pod in pods.iter().filter(|pod| !self.others.contains(&pod.id.name)) {
            let asks = |file: &&Arc<crate::view::FileView>| file.wins && file.pod.as_ref() == Some(&pod.id);
            if files.iter().any(|file| asks(&file)) {
                self.told.course(pod.id.uid.as_str()).see(now, Look::of(pod));
                self.pod = Some(Arc::clone(&pod.id.name));
                listed.push(pod.id.uid.clone());
            }
        }
        for course in self.told.pods.iter_mut().filter(|course| course.is_listed()) {
            if !listed.iter().any(|uid| uid.as_str() == course.uid()) {
                course.gone(now);
            }
        }
    }

    fn finish(mut self, first: u64) -> Told {
        let begin = self.begin;
        let own = |pod: &crate::id::PodRef| !self.others.contains(&pod.name);
        let mut working = None;
        for record in self.bed.records_since(first) {
            if record.pod.as_ref().is_some_and(own) {
                let at = record.at.since(begin);
                // A work is over when the pod's next line comes.
                self.told.work.extend(working.take().map(|since| (since, at)));
                working = record.deed.as_ref().is_some_and(is_engines).then_some(at);
            }
            let RecordKind::Event { warning, reason, field_path } = &record.kind else { continue };
            if record.pod.as_ref().is_some_and(own) {
                let kind = if *warning { "Warning" } else { "Normal" };
                let line = comparable(&format!("{kind} {reason} [{field_path}] {}", record.text));
                self.told.said.push(Said { at: record.at.since(begin), line });
            }
        }
        self.told
    }
}

/// Whether how long this takes is up to the engine alone.
const fn is_engines(deed: &view::Deed) -> bool {
    matches!(
        deed,
        view::Deed::CreateSandbox { .. }
            | view::Deed::StopSandbox { .. }
            | view::Deed::CreateContainer { .. }
            | view::Deed::StartContainer { .. }
    )
}
