//! Recordings: what was done to a world and when, and a digest of everything that came of it.
//!
//! Replaying a [`Recording`] gives the same digest on every target, or says where it differs first. A recording holds inputs and no
//! outputs, so it is small, and whoever replays it sees everything.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    config::Config,
    contract::Planned,
    id::NodeName,
    sim::{Fault, SimError, World},
    time::Time,
    view::RecordView,
};

/// The format of recordings that this version writes and reads.
pub const VERSION: u32 = 1;

/// What was done to a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// [`VERSION`] of whoever wrote it.
    pub version: u32,
    /// The world's seed.
    pub seed: u64,
    /// What was done, in order.
    pub inputs: Vec<TimedInput>,
    /// When it ends.
    pub until: Time,
    /// How many steps the world had taken then.
    pub steps: u64,
    /// Digests on the way and at the end; none when the world was not traced.
    pub checkpoints: Vec<Checkpoint>,
}

/// One thing that was done to a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimedInput {
    /// When.
    pub at: Time,
    /// After how many steps of the world.
    pub steps: u64,
    /// To which node.
    pub node: NodeName,
    /// What.
    pub input: Input,
}

/// What can be done to a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "do")]
pub enum Input {
    /// A node is added.
    AddNode {
        /// Its settings.
        config: Config,
    },
    /// A file is written.
    Write {
        /// Its name.
        file: Arc<str>,
        /// What it holds.
        #[serde(with = "text")]
        bytes: Arc<[u8]>,
    },
    /// A file is deleted.
    Remove {
        /// Its name.
        file: Arc<str>,
    },
    /// A file is renamed.
    Rename {
        /// Its name.
        from: Arc<str>,
        /// Its new name.
        to: Arc<str>,
    },
    /// A file is touched.
    Touch {
        /// Its name.
        file: Arc<str>,
    },
    /// The folder is deleted.
    RemoveFolder,
    /// The folder is made anew.
    MakeFolder,
    /// Something goes wrong, or right again.
    Inject {
        /// What.
        fault: Fault,
    },
    /// An image is put on the node.
    Preload {
        /// Which.
        image: Arc<str>,
    },
    /// The kubelet is stopped.
    StopKubelet,
    /// The kubelet is started.
    StartKubelet,
}

/// The digest at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    /// When.
    pub at: Time,
    /// Over how many lines.
    pub lines: u64,
    /// The digest, in hexadecimal.
    pub digest: Arc<str>,
}

impl Recording {
    pub(crate) fn new(
        seed: u64,
        inputs: Vec<TimedInput>,
        until: Time,
        steps: u64,
        checkpoints: Vec<Checkpoint>,
    ) -> Self {
        Self { version: VERSION, seed, inputs, until, steps, checkpoints }
    }

    /// The digest at its end, when it has one.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.checkpoints.last().map(|last| &*last.digest)
    }
}

/// Why a replay is not what was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// The recording is of another version.
    Version(u32),
    /// An input could not be applied.
    Input {
        /// When.
        at: Time,
        /// Why not.
        error: SimError,
    },
    /// What came of it differs.
    Differs {
        /// The last moment at which all was the same.
        after: Time,
        /// The first at which it was not.
        by: Time,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(found) => {
                write!(f, "the recording has version {found}, this is version {VERSION}: make it again")
            }
            Self::Input { at, error } => write!(f, "at {at}: {error}"),
            Self::Differs { after, by } => write!(f, "the replay differs between {after} and {by}"),
        }
    }
}

impl std::error::Error for ReplayError {}

/// Makes the world that a recording tells of, as it was at its end.
pub fn replay(recording: &Recording) -> Result<World, ReplayError> {
    if recording.version != VERSION {
        return Err(ReplayError::Version(recording.version));
    }
    let mut world = World::new(recording.seed);
    if !recording.checkpoints.is_empty() {
        world.trace();
    }
    let catch_up = |world: &mut World, steps: u64, at: Time| {
        while world.steps() < steps && world.next_at().is_some_and(|next| next <= at) {
            world.step();
        }
        world.set_now(at);
    };
    for timed in &recording.inputs {
        catch_up(&mut world, timed.steps, timed.at);
        let input = timed.input.clone();
        world.apply(&timed.node, input).map_err(|error| ReplayError::Input { at: timed.at, error })?;
    }
    catch_up(&mut world, recording.steps, recording.until);
    let (mut after, replayed) = (Time::ZERO, world.recording().checkpoints);
    for (index, recorded) in recording.checkpoints.iter().enumerate() {
        if replayed.get(index) != Some(recorded) {
            return Err(ReplayError::Differs { after, by: recorded.at });
        }
        after = recorded.at;
    }
    Ok(world)
}

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

/// The 64-bit FNV-1a hash: equal on every target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Takes in these bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// The hash of all that was taken in.
    #[must_use]
    pub const fn finish(self) -> u64 {
        self.0
    }
}

/// A file's bytes as text, or as numbers when they are none.
mod text {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Content {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(super) fn serialize<S: Serializer>(bytes: &Arc<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Content::Text(text.to_owned()).serialize(serializer),
            Err(_) => Content::Bytes(bytes.to_vec()).serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
        Ok(match Content::deserialize(deserializer)? {
            Content::Text(text) => text.into_bytes().into(),
            Content::Bytes(bytes) => bytes.into(),
        })
    }
}
