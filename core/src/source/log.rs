//! What the kubelet's log says of the manifests folder. Nothing else tells a rejected manifest: no event, no API object.

use std::{fmt, sync::Arc};

/// A line of the kubelet's log, all at error level; `Display` prints it as the kubelet does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceLog {
    /// A file that was just written could not be used.
    WatchEvent {
        /// The file.
        path: Arc<str>,
        /// Why not.
        error: Arc<str>,
    },
    /// A file was deleted whose pod was gone already.
    WatchedPodGone {
        /// The pod, as `namespace/name`.
        key: Arc<str>,
    },
    /// A full pass met a file that cannot be used.
    ManifestFile {
        /// The file.
        path: Arc<str>,
        /// Why not.
        error: Arc<str>,
    },
    /// A full pass met a folder in the folder.
    Subfolder {
        /// Its path.
        path: Arc<str>,
    },
    /// A full pass met a link to nothing.
    Dangling {
        /// Its path.
        path: Arc<str>,
    },
    /// A full pass met a socket, a device or a pipe.
    Special {
        /// Its path.
        path: Arc<str>,
    },
    /// The whole path could not be read.
    ConfigPath {
        /// The path.
        path: Arc<str>,
        /// Why not.
        problem: PathProblem,
    },
}

/// Why the manifests path as a whole could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathProblem {
    /// Nothing is there.
    Missing,
    /// It is a socket, a device or a pipe.
    Special,
    /// The system refuses, in its own words.
    Unreadable(Arc<str>),
    /// It is one file, which cannot be used.
    Manifest(Arc<str>),
}

impl fmt::Display for PathProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("path does not exist, ignoring"),
            Self::Special => f.write_str("path is not a directory or file"),
            Self::Unreadable(text) | Self::Manifest(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for SourceLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WatchEvent { path, error } => {
                let error = format!("can't process config file {}: {error}", Quoted(path));
                write!(f, r#""Unable to process watch event" err{}"#, Field(&error))
            }
            Self::WatchedPodGone { key } => {
                let error = format!("the pod with key {key} doesn't exist in cache");
                write!(f, r#""Unable to process watch event" err{}"#, Field(&error))
            }
            Self::ManifestFile { path, error } => {
                write!(f, r#""Could not process manifest file" err{} path{}"#, Field(error), Field(path))
            }
            Self::Subfolder { path } => {
                let text = "Provided manifest path is a directory, not recursing into manifest path";
                write!(f, r#""{text}" path{}"#, Field(path))
            }
            Self::Dangling { path } => {
                let error = format!("stat {path}: no such file or directory");
                write!(f, r#""Could not get metadata" err{} path{}"#, Field(&error), Field(path))
            }
            Self::Special { path } => {
                write!(f, r#""Manifest path is not a directory or file" path{}"#, Field(path))
            }
            Self::ConfigPath { path, problem } => {
                let problem = problem.to_string();
                write!(f, r#""Unable to read config path" err{} path{}"#, Field(&problem), Field(path))
            }
        }
    }
}

/// A value of a structured log line: quoted, or, with several lines, as an indented block.
struct Field<'a>(&'a str);

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.contains('\n') {
            return write!(f, "={}", Quoted(self.0));
        }
        f.write_str("=<\n")?;
        for line in self.0.split('\n') {
            writeln!(f, "\t{line}")?;
        }
        f.write_str(" >")
    }
}

/// Text in quotes as Go's `strconv.Quote` writes it.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_control() => write!(f, "\\x{:02x}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_kubelets_own() {
        let path: Arc<str> = "/node/manifests/s.yaml".into();
        let error: Arc<str> = "static pods may not reference secrets".into();
        assert_eq!(
            SourceLog::WatchEvent { path: path.clone(), error: error.clone() }.to_string(),
            r#""Unable to process watch event" err="can't process config file \"/node/manifests/s.yaml\": static pods may not reference secrets""#
        );
        assert_eq!(
            SourceLog::ManifestFile { path: path.clone(), error }.to_string(),
            r#""Could not process manifest file" err="static pods may not reference secrets" path="/node/manifests/s.yaml""#
        );
        assert_eq!(
            SourceLog::ConfigPath { path: path.clone(), problem: PathProblem::Missing }.to_string(),
            r#""Unable to read config path" err="path does not exist, ignoring" path="/node/manifests/s.yaml""#
        );
        assert_eq!(
            SourceLog::ManifestFile { path, error: "yaml: two\n  lines".into() }.to_string(),
            "\"Could not process manifest file\" err=<\n\tyaml: two\n\t  lines\n > path=\"/node/manifests/s.yaml\""
        );
    }
}
