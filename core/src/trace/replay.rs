//! From a recording to the world that it tells of.

use std::fmt;

use super::{Recording, VERSION};
use crate::{
    sim::{SimError, World},
    time::Time,
};

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
