//! Lifecycle hooks: what a manifest wants done right after a container's start and right before its stop.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::Check;

/// Which of a container's hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HookKind {
    /// Right after the start; the next container waits for it.
    PostStart,
    /// Right before the stop; it takes its time from the grace.
    PreStop,
}

impl fmt::Display for HookKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PostStart => "postStart",
            Self::PreStop => "preStop",
        })
    }
}

/// What a hook does, with names of ports resolved and addresses filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hook {
    /// A host runs it.
    Run(Check),
    /// The container is left alone for a while; no host is asked.
    Sleep(Duration),
    /// It cannot be run, in the kubelet's words.
    Impossible(Arc<str>),
}

/// What came of a hook that a host ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hooked {
    /// The command ended with code 0, or a server answered, whatever it said.
    Success,
    /// A server at this address, asked over HTTPS, answered by HTTP and was asked again that way.
    Fallback(Arc<str>),
    /// It went wrong. The kubelet's words.
    Failure {
        /// What.
        error: Arc<str>,
        /// What the command wrote; none of a request.
        output: Option<Arc<str>>,
    },
}

impl Hooked {
    /// A command that ended with a code other than 0.
    #[must_use]
    pub fn exited(command: &[Arc<str>], code: i64, output: Arc<str>) -> Self {
        let error = format!("command '{}' exited with {code}: ", command.join(" "));
        Self::Failure { error: error.into(), output: Some(output) }
    }

    /// A hook that could not be run.
    #[must_use]
    pub fn failed(error: impl Into<Arc<str>>) -> Self {
        Self::Failure { error: error.into(), output: None }
    }
}
