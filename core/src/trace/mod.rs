//! Recordings: what was done to a world and when, and a digest of everything that came of it.
//!
//! Replaying a [`Recording`] gives the same digest on every target, or says where it differs first. A recording holds inputs and no
//! outputs, so it is small, and whoever replays it sees everything.

mod fnv;
mod replay;
mod tracer;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use self::tracer::Tracer;
pub use self::{
    fnv::Fnv,
    replay::{ReplayError, replay},
};
use crate::{
    cluster::ApiRequest,
    config::Config,
    contract::Pressure,
    id::NodeName,
    sim::{Fault, HostDeed},
    time::Time,
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
        /// Its settings; boxed, because there are many inputs and few nodes.
        config: Box<Config>,
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
    /// A command is run in a container.
    Exec {
        /// The pod's name.
        pod: Arc<str>,
        /// The container's name.
        container: Arc<str>,
        /// The command.
        command: Vec<Arc<str>>,
    },
    /// The machine says that it is about to be shut down, or that it is not after all.
    Shutdown {
        /// Which of the two.
        imminent: bool,
    },
    /// The machine runs short of something, or has enough of it again.
    Pressure {
        /// Of what.
        what: Pressure,
        /// Whether it is short of it.
        short: bool,
    },
    /// The kubelet is stopped.
    StopKubelet,
    /// The kubelet is started.
    StartKubelet,
    /// Something is done to the node's machine.
    Host {
        /// What.
        deed: HostDeed,
    },
    /// The node gets power, or loses it.
    Power {
        /// Which of the two.
        on: bool,
    },
    /// The node is cut from the network, or is in it again.
    Cut {
        /// Which of the two.
        cut: bool,
    },
    /// A control plane from outside starts or stops.
    ApiServer {
        /// Which of the two.
        up: bool,
    },
    /// Somebody asks something of the API server.
    Api {
        /// What.
        request: ApiRequest,
    },
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
