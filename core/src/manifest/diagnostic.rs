//! What there is to say about a manifest: for people ([`Diagnostic`]) and in the kubelet's own terms ([`FieldError`]).

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// A place in a file, in bytes from its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// How far a manifest came. The kubelet's order; names as the conformance data has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The file could not be read, or is too big.
    Read,
    /// It is no YAML, no JSON, or no object with the fields of its kind.
    Decode,
    /// It is an object of another kind.
    Kind,
    /// It has no name.
    Name,
    /// It breaks a rule of the Pod API.
    Validate,
    /// It refers to an API object, which static pods may not.
    Reference,
    /// It was accepted.
    Ok,
}

/// One thing to say about a manifest, with its place and a way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Which of all the things there are to say.
    pub code: Code,
    /// Whether it stops the pod.
    pub severity: Severity,
    /// What is wrong. For errors: the kubelet's own words.
    pub message: String,
    /// The field, as `spec.containers[0].image`; empty when it is about the whole file.
    pub field: Arc<str>,
    /// Where; `None` when it has no place in the file.
    pub span: Option<Span>,
    /// What to do about it.
    pub help: Option<String>,
}

/// Whether a diagnostic stops the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The kubelet refuses the manifest for it.
    Error,
    /// The kubelet says nothing, and people regret it.
    Warning,
}

/// Everything there is to say about a manifest. Each has a page of its own in the reference, found by [`Code::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Code {
    /// Not YAML, not JSON, or not text.
    Syntax,
    /// The file is too big or unreadable.
    Unreadable,
    /// A value of the wrong type for its field.
    WrongType,
    /// No `kind`, no `apiVersion`, or values that name nothing.
    UnknownKind,
    /// An object of another kind than Pod.
    NotAPod,
    /// No `metadata.name`.
    NameMissing,
    /// A required field is missing.
    Required,
    /// A value that the field does not take.
    Invalid,
    /// A value that is none of the field's choices.
    NotSupported,
    /// A value that may be there once is there twice.
    Duplicate,
    /// A field that may not be set here.
    Forbidden,
    /// A name that names nothing in this manifest.
    NotFound,
    /// Too long, or too many.
    TooLong,
    /// Static pods may not refer to API objects.
    ApiReference,
    /// Warning: a field that no Pod has.
    UnknownField,
    /// Warning: a field with the wrong case.
    WrongCase,
    /// Warning: a key that is there twice; the last wins.
    DuplicateKey,
    /// Warning: a second document, which is not read.
    SecondDocument,
    /// Warning: a file name that looks like a backup or an editor's leftover.
    BackupFile,
    /// Warning: two files that hold a pod of the same name.
    DuplicatePod,
    /// Warning: an unquoted value that YAML turned into something else.
    YamlCoercion,
}

impl Code {
    /// Its name, as users write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Unreadable => "unreadable",
            Self::WrongType => "wrong-type",
            Self::UnknownKind => "unknown-kind",
            Self::NotAPod => "not-a-pod",
            Self::NameMissing => "name-missing",
            Self::Required => "required",
            Self::Invalid => "invalid",
            Self::NotSupported => "not-supported",
            Self::Duplicate => "duplicate",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::TooLong => "too-long",
            Self::ApiReference => "api-reference",
            Self::UnknownField => "unknown-field",
            Self::WrongCase => "wrong-case",
            Self::DuplicateKey => "duplicate-key",
            Self::SecondDocument => "second-document",
            Self::BackupFile => "backup-file",
            Self::DuplicatePod => "duplicate-pod",
            Self::YamlCoercion => "yaml-coercion",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One problem that validation found, as Kubernetes' `field.Error` has it. `Display` prints it in the kubelet's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as `spec.containers[0].image`.
    pub field: Arc<str>,
    /// What kind of problem.
    pub kind: ErrorType,
    /// The value that is wrong, as far as the text shows it.
    pub bad_value: BadValue,
    /// The rest of the sentence; may be empty.
    pub detail: String,
    /// Where the field stands in the file; `None` when it is not there.
    pub span: Option<Span>,
}

/// Kinds of validation problems, as Kubernetes has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorType {
    /// A required field is missing.
    Required,
    /// A value the field does not take.
    Invalid,
    /// None of the choices.
    NotSupported,
    /// There twice.
    Duplicate,
    /// May not be set.
    Forbidden,
    /// Names nothing.
    NotFound,
    /// Too long.
    TooLong,
    /// Too many items.
    TooMany,
    /// The wrong type.
    TypeInvalid,
}

impl ErrorType {
    /// Its name in recorded data, such as `FieldValueInvalid`.
    #[must_use]
    pub const fn recorded_name(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Forbidden => "FieldValueForbidden",
            Self::NotFound => "FieldValueNotFound",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::TypeInvalid => "FieldValueTypeInvalid",
        }
    }
}

/// The value an error shows: already printed the way Go prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadValue {
    /// The error's text shows none.
    Hidden,
    /// Shown as it stands here (strings with their quotes).
    Shown(String),
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ErrorType::Required => "Required value",
            ErrorType::Invalid | ErrorType::TypeInvalid => "Invalid value",
            ErrorType::NotSupported => "Unsupported value",
            ErrorType::Duplicate => "Duplicate value",
            ErrorType::Forbidden => "Forbidden",
            ErrorType::NotFound => "Not found",
            ErrorType::TooLong => "Too long",
            ErrorType::TooMany => "Too many",
        };
        write!(f, "{}: {kind}", self.field)?;
        if let BadValue::Shown(value) = &self.bad_value {
            write!(f, ": {value}")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}
