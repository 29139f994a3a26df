//! What each code means and what to do about it, in a sentence or two: the beginning of its page in the reference.

use super::Code;

impl Code {
    /// All codes, errors first.
    pub const ALL: [Self; 21] = [
        Self::Syntax,
        Self::Unreadable,
        Self::WrongType,
        Self::UnknownKind,
        Self::NotAPod,
        Self::NameMissing,
        Self::Required,
        Self::Invalid,
        Self::NotSupported,
        Self::Duplicate,
        Self::Forbidden,
        Self::NotFound,
        Self::TooLong,
        Self::ApiReference,
        Self::UnknownField,
        Self::WrongCase,
        Self::DuplicateKey,
        Self::SecondDocument,
        Self::BackupFile,
        Self::DuplicatePod,
        Self::YamlCoercion,
    ];

    /// What it means and what to do about it.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Syntax => {
                "The file is neither YAML nor JSON. Mostly it is the indentation, a tab, or a value that needs quotes."
            }
            Self::Unreadable => {
                "The file could not be read, or has 10 MiB or more. Check its permissions and its size."
            }
            Self::WrongType => {
                "The field takes another type. One such value refuses the whole file: put texts in quotes, leave numbers and booleans without."
            }
            Self::UnknownKind => {
                "The file does not say what it is. A Pod has `apiVersion: v1` and `kind: Pod`."
            }
            Self::NotAPod => {
                "Only Pods can be static; every other kind needs an API server. Of a Deployment or a DaemonSet, take the pod out of its template."
            }
            Self::NameMissing => "A static pod needs `metadata.name`; `generateName` is not enough.",
            Self::Required => "The field must be there and must not be empty.",
            Self::Invalid => "The value breaks a rule of its field; the message says which.",
            Self::NotSupported => "The field takes only the values that the message lists.",
            Self::Duplicate => "The value may be there once; give one of the two another.",
            Self::Forbidden => "The field may not be set here, or not together with another; take it away.",
            Self::NotFound => {
                "The name must be that of something in this manifest: mostly a volume of `spec.volumes`."
            }
            Self::TooLong => "The value is longer than its field allows.",
            Self::ApiReference => {
                "A static pod has no API server to ask for Secrets, ConfigMaps, service accounts or claims. Put what it needs into the pod or into files on the node."
            }
            Self::UnknownField => {
                "The kubelet drops fields that it does not know without a word. Mostly it is a slip of the finger or the indentation."
            }
            Self::WrongCase => {
                "Field names have one spelling, upper and lower case included; any other is dropped without a word."
            }
            Self::DuplicateKey => {
                "Of a key that is there twice, the last wins and the first is dropped without a word."
            }
            Self::SecondDocument => {
                "Only the first document of a file is read. Put each pod into a file of its own."
            }
            Self::BackupFile => {
                "The kubelet reads every file of the folder whose name does not begin with a dot, backups included. Keep them elsewhere."
            }
            Self::DuplicatePod => {
                "Two files hold a pod of the same name and namespace. One of them runs, and an edit of the other can replace it."
            }
            Self::YamlCoercion => {
                "YAML 1.1 reads some words and numbers as something else: `yes` as true, `010` as 8. Quotes keep what is written."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_explained_once() {
        let texts: BTreeSet<&str> = Code::ALL.iter().map(|code| code.explain()).collect();
        let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!((texts.len(), names.len()), (Code::ALL.len(), Code::ALL.len()));
    }
}
