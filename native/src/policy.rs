//! Policies as people name them on the command line: `invalid-manifest=kubelet`.

use std::fmt::{self, Write as _};

use standfast_core::config::{BackupFiles, InvalidManifest, Policies, Reaction, StartRetry};

/// What `run --help` says of each policy: name, values with the agent's default first, and what it decides.
const TABLE: [(&str, &str, &str); 4] = [
    (
        "invalid-manifest",
        "keep-last-good | kubelet",
        "what becomes of a running pod whose manifest turns invalid",
    ),
    ("start-retry", "prompt | kubelet", "when a pod that waits for its predecessor's end is tried again"),
    ("reaction", "prompt | kubelet", "how fast a container's death is noticed"),
    ("backup-files", "kubelet | ignore", "what becomes of files that look like an editor's backup"),
];

/// A policy that cannot be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyError {
    /// There is no `=`.
    NoValue(String),
    /// No policy has this name.
    UnknownName(String),
    /// The policy has no such value.
    UnknownValue {
        /// Which policy.
        name: &'static str,
        /// What it was to be.
        value: String,
        /// What it may be.
        values: &'static str,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue(text) => write!(f, "`{text}` names no value: write `name=value`"),
            Self::UnknownName(name) => {
                let names = TABLE.map(|(name, ..)| name).join(", ");
                write!(f, "there is no policy `{name}`; there are: {names}")
            }
            Self::UnknownValue { name, value, values } => {
                write!(f, "policy `{name}` cannot be `{value}`; it can be: {values}")
            }
        }
    }
}

impl std::error::Error for PolicyError {}

/// Sets the policy that `text` names, as `name=value`.
pub fn set(policies: &mut Policies, text: &str) -> Result<(), PolicyError> {
    let (name, value) = text.split_once('=').ok_or_else(|| PolicyError::NoValue(text.to_owned()))?;
    let row = TABLE.iter().find(|(known, ..)| *known == name);
    let &(name, values, _) = row.ok_or_else(|| PolicyError::UnknownName(name.to_owned()))?;
    match (name, value) {
        ("invalid-manifest", "kubelet") => policies.invalid_manifest = InvalidManifest::Kubelet,
        ("invalid-manifest", "keep-last-good") => policies.invalid_manifest = InvalidManifest::KeepLastGood,
        ("start-retry", "kubelet") => policies.start_retry = StartRetry::Kubelet,
        ("start-retry", "prompt") => policies.start_retry = StartRetry::Prompt,
        ("reaction", "kubelet") => policies.reaction = Reaction::Kubelet,
        ("reaction", "prompt") => policies.reaction = Reaction::Prompt,
        ("backup-files", "kubelet") => policies.backup_files = BackupFiles::Kubelet,
        ("backup-files", "ignore") => policies.backup_files = BackupFiles::Ignore,
        _ => return Err(PolicyError::UnknownValue { name, value: value.to_owned(), values }),
    }
    Ok(())
}

/// The policies and their values, the agent's default first: a part of `run --help`.
#[must_use]
pub fn help() -> String {
    let mut text = String::from("Policies, set by --policy name=value (the agent's default comes first):\n");
    for (name, values, about) in TABLE {
        let _ = writeln!(text, "  {name:<17} {values:<25} {about}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_table_can_be_set() {
        for (name, values, _) in TABLE {
            for value in values.split(" | ") {
                set(&mut Policies::AGENT.clone(), &format!("{name}={value}")).unwrap();
            }
        }
    }

    #[test]
    fn the_first_value_is_the_agents_default() {
        let mut policies = Policies::KUBELET;
        for (name, values, _) in TABLE {
            let first = values.split(" | ").next().unwrap();
            set(&mut policies, &format!("{name}={first}")).unwrap();
        }
        assert_eq!(policies, Policies::AGENT);
    }

    #[test]
    fn a_slip_says_what_would_be_right() {
        let error = |text| set(&mut Policies::AGENT.clone(), text).unwrap_err().to_string();
        assert_eq!(error("reaction"), "`reaction` names no value: write `name=value`");
        assert_eq!(error("reaction=fast"), "policy `reaction` cannot be `fast`; it can be: prompt | kubelet");
        assert!(error("speed=1").starts_with("there is no policy `speed`; there are: invalid-manifest, "));
    }
}
