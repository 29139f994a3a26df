//! What the kubelet takes without a word and people regret, beyond what reading and the schema notice on their way.

use std::{collections::BTreeMap, sync::Arc};

use super::{Code, Diagnostic, Parsed, Severity};
use crate::source::looks_like_backup;

/// So many other files are named.
const MOST_NAMED: usize = 3;

/// What there is to say about a file's name.
pub(super) fn file_name(path: &str) -> Option<Diagnostic> {
    let name = path.rsplit('/').next().unwrap_or(path);
    looks_like_backup(name).then(|| Diagnostic {
        code: Code::BackupFile,
        severity: Severity::Warning,
        message: format!(
            "`{name}` looks like a backup or an editor's leftover, and is read like any other file"
        ),
        field: "".into(),
        span: None,
        help: Some("keep copies outside of the folder, or begin their names with a dot".into()),
    })
}

/// Which of several files hold a pod of the same name: for each such file, its index and what to say.
#[must_use]
pub fn duplicate_pods(files: &[(&str, &Parsed)]) -> Vec<(usize, Diagnostic)> {
    let mut holders: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, (_, parsed)) in files.iter().enumerate() {
        if let Some(pod) = &parsed.pod {
            holders.entry((&pod.id.namespace, &pod.id.name)).or_default().push(index);
        }
    }
    let mut found = Vec::new();
    for ((namespace, name), indexes) in holders.into_iter().filter(|(_, indexes)| indexes.len() > 1) {
        for index in &indexes {
            let others = indexes.iter().filter(|other| *other != index).filter_map(|other| files.get(*other));
            let mut others: Vec<&str> = others.map(|(path, _)| *path).collect();
            let more = others.len().saturating_sub(MOST_NAMED);
            others.truncate(MOST_NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let field: Arc<str> = "metadata.name".into();
            found.push((
                *index,
                Diagnostic {
                    code: Code::DuplicatePod,
                    severity: Severity::Warning,
                    message: format!(
                        "pod {name} of namespace {namespace} is also in {}{more}; only one of them runs",
                        others.join(", ")
                    ),
                    field,
                    span: None,
                    help: Some("give each pod a name of its own".into()),
                },
            ));
        }
    }
    crate::sort::by_key(&mut found, |(index, _)| *index);
    found
}
