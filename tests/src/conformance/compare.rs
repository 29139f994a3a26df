//! What we say about a manifest, against what was recorded.

use std::collections::BTreeSet;

use standfast_core::id::NodeName;
use standfast_core::manifest::{self, Origin, Parsed, Stage, print};

use super::record::Record;

/// What all comparisons came to.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) records: usize,
    /// Refusals: their texts are compared.
    pub(super) texts: usize,
    pub(super) same_texts: usize,
    pub(super) other_texts: Vec<String>,
    differences: Vec<(String, String)>,
}

impl Sum {
    /// Compares one verdict.
    pub(super) fn add(&mut self, record: &Record, bytes: &[u8]) {
        let node = NodeName::from("node01");
        let parsed = manifest::parse(bytes, &Origin { path: &record.file, node: &node });
        self.records += 1;
        if let Err(difference) = same_verdict(record, &parsed) {
            self.differences.push((record.file.clone(), difference));
        }
        if let Some(theirs) = &record.error {
            self.texts += 1;
            if same_text(record, theirs, &parsed) {
                self.same_texts += 1;
            } else {
                let ours = parsed.error.as_deref().unwrap_or_default();
                self.other_texts.push(format!("{}\n  kubelet: {theirs}\n  ours:    {ours}", record.file));
            }
        }
    }

    /// Fails, with every difference, when one is not listed as an exception.
    pub(super) fn assert_verdicts_agree(&self, exceptions: &str) {
        let listed = listed(exceptions);
        let unlisted = self.differences.iter().filter(|(file, _)| !listed.contains(file.as_str()));
        let unlisted: Vec<String> =
            unlisted.map(|(file, difference)| format!("{file}: {difference}")).collect();
        let (different, all) = (unlisted.len(), self.records);
        assert!(unlisted.is_empty(), "{different} of {all} verdicts differ:\n{}", unlisted.join("\n"));
    }

    /// Fails when a listed exception differs no longer.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn assert_no_exception_is_stale(&self, exceptions: &str) {
        let stale: Vec<&str> = listed(exceptions)
            .into_iter()
            .filter(|listed| !self.differences.iter().any(|(file, _)| file == listed))
            .collect();
        assert!(stale.is_empty(), "these agree now; take them off the list: {stale:?}");
    }
}

fn listed(exceptions: &str) -> BTreeSet<&str> {
    let lines = exceptions.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).map(|(file, _)| file).collect()
}

fn same_verdict(record: &Record, parsed: &Parsed) -> Result<(), String> {
    let stage = stage_name(parsed.stage);
    if stage != record.stage {
        let ours = parsed.error.as_deref().unwrap_or_default();
        return Err(format!("stage `{stage}`, the kubelet's is `{}`; ours: {ours}", record.stage));
    }
    if record.accepted != parsed.pod.is_some() {
        return Err(format!("accepted {}, the kubelet {}", parsed.pod.is_some(), record.accepted));
    }
    let theirs: BTreeSet<(&str, &str)> =
        record.errors.iter().map(|error| (error.field.as_str(), error.kind.as_str())).collect();
    let ours: BTreeSet<(&str, &str)> =
        parsed.errors.iter().map(|error| (&*error.field, error.kind.recorded_name())).collect();
    if theirs != ours {
        let missing: Vec<_> = theirs.difference(&ours).collect();
        let extra: Vec<_> = ours.difference(&theirs).collect();
        return Err(format!("problems missing {missing:?}, problems invented {extra:?}"));
    }
    same_pod(record, parsed)
}

fn same_pod(record: &Record, parsed: &Parsed) -> Result<(), String> {
    let Some(pod) = &parsed.pod else { return Ok(()) };
    let (name, namespace) = (Some(&*pod.id.name), Some(&*pod.id.namespace));
    if (record.name.as_deref(), record.namespace.as_deref()) != (name, namespace) {
        return Err(format!("named {name:?} in {namespace:?}"));
    }
    let Some(theirs) = &record.pod else { return Ok(()) };
    let mut ours = print::to_json(&pod.object.tree());
    if let Some(object) = ours.as_object_mut() {
        // Of a Pod, these two are always the same; the recording leaves them out.
        object.remove("apiVersion");
        object.remove("kind");
    }
    if *theirs == ours {
        Ok(())
    } else {
        Err(format!("the defaulted pod:\n  kubelet: {theirs}\n  ours:    {ours}"))
    }
}

/// The kubelet's whole text, or at least its first problem. Recorded dumps of Go structs are cut to `...{...}`.
fn same_text(record: &Record, theirs: &str, parsed: &Parsed) -> bool {
    let ours = parsed.error.as_deref().unwrap_or_default();
    if let Some((before, _)) = theirs.split_once("{...}") {
        return ours.starts_with(before);
    }
    let first = record.errors.first().map(|error| error.text.as_str());
    theirs == ours
        || first.is_some_and(|first| parsed.errors.first().is_some_and(|ours| ours.to_string() == first))
}

const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Read => "read",
        Stage::Decode => "decode",
        Stage::Kind => "kind",
        Stage::Name => "name",
        Stage::Validate => "validate",
        Stage::Reference => "reference",
        Stage::Ok => "ok",
    }
}
