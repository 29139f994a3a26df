//! A whole session as text: everything that was done, the moment, and what was looked at. It is what a link holds, a file, and the page's own memory.
//!
//! Whoever opens it may be a stranger to whoever made it: it is read with limits, and it holds no code.

use std::fmt;

use serde::{Deserialize, Serialize};
use standfast_core::{
    session::Moment,
    trace::{Input, Recording},
};

use super::{FileKey, PodKey};

/// The format that this version writes and reads.
const FORMAT: u32 = 1;
/// How long the text may be. The address that holds it is much shorter.
pub const MOST_BYTES: u32 = 4 << 20;
/// How many inputs a session may have, nodes and steps: what a page leads again without a long wait.
const MOST_INPUTS: usize = 20_000;
const MOST_NODES: usize = 1000;
const MOST_STEPS: u64 = 3_000_000;

/// A session as it is shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shared {
    format: u32,
    /// Everything that was done.
    pub recording: Recording,
    /// The moment that is shown.
    pub moment: Moment,
    /// The open file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileKey>,
    /// The inspected pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<PodKey>,
}

/// Why a shared session is not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareError {
    /// It is no session, or a part of one.
    Unreadable,
    /// It is of a version that this one does not read.
    Version(u32),
    /// It is bigger than the page takes.
    TooBig,
}

impl fmt::Display for ShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("it is no session, or only a part of one"),
            Self::Version(version) => write!(f, "it is of version {version}, and this page reads {FORMAT}"),
            Self::TooBig => f.write_str("it is bigger than a page can lead again"),
        }
    }
}

impl std::error::Error for ShareError {}

impl Shared {
    pub(super) const fn new(
        recording: Recording,
        moment: Moment,
        file: Option<FileKey>,
        pod: Option<PodKey>,
    ) -> Self {
        Self { format: FORMAT, recording, moment, file, pod }
    }

    /// As text.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From text.
    pub fn from_text(text: &str) -> Result<Self, ShareError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        if text.len() > MOST_BYTES as usize {
            return Err(ShareError::TooBig);
        }
        let version: Version = serde_json::from_str(text).map_err(|_| ShareError::Unreadable)?;
        if version.format != FORMAT {
            return Err(ShareError::Version(version.format));
        }
        let shared: Self = serde_json::from_str(text).map_err(|_| ShareError::Unreadable)?;
        let inputs = &shared.recording.inputs;
        let nodes = inputs.iter().filter(|input| matches!(input.input, Input::AddNode { .. })).count();
        if inputs.len() > MOST_INPUTS || nodes > MOST_NODES || shared.recording.steps > MOST_STEPS {
            return Err(ShareError::TooBig);
        }
        Ok(shared)
    }
}
