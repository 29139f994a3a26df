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
        match world.apply(&timed.node, input) {
            // What was refused then is refused again.
            Ok(()) | Err(SimError::Api(_)) => {}
            Err(error) => return Err(ReplayError::Input { at: timed.at, error }),
        }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{config::Config, sim::Fault, trace::Input};

    fn recorded() -> Recording {
        let mut world = World::new(5);
        world.trace();
        let node = world.add_node(Config::default()).unwrap();
        world.advance(Duration::from_millis(1_234));
        world.write(&node, "a.yaml", *b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: 'lab:1'}]}").unwrap();
        // Between two things that happen at one moment.
        world.step();
        world.write(&node, "b.yaml", *b"\xff no text").unwrap();
        world.advance(Duration::from_secs(10));
        world.inject(&node, &Fault::RuntimeDown).unwrap();
        world.restart_kubelet(&node).unwrap();
        world.advance(Duration::from_secs(10));
        world.recording()
    }

    #[test]
    fn a_recording_plays_back_the_same_from_its_json() {
        let recording = recorded();
        assert!(recording.checkpoints.len() > 3, "{:?}", recording.checkpoints);
        let json = serde_json::to_string(&recording).unwrap();
        let read: Recording = serde_json::from_str(&json).unwrap();
        assert_eq!(read, recording);
        let world = replay(&read).unwrap();
        assert_eq!(world.recording(), recording);
        assert_eq!(world.now(), recording.until);
    }

    #[test]
    fn the_first_difference_is_named() {
        let mut recording = recorded();
        let input =
            recording.inputs.iter_mut().find(|timed| matches!(timed.input, Input::Inject { .. })).unwrap();
        let at = input.at;
        input.input = Input::Inject { fault: Fault::RuntimeUp };
        let Err(ReplayError::Differs { after, by }) = replay(&recording).map(drop) else { panic!() };
        assert!(after <= at && by >= at, "{after} {by} {at}");
    }

    #[test]
    fn a_recording_that_cannot_be_played_says_why() {
        let mut other = recorded();
        other.version = 99;
        let error = replay(&other).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "the recording has version 99, this is version 1: make it again");
        let mut other = recorded();
        other.inputs.remove(0);
        let error = replay(&other).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "at 1.234s: no node `node01`: add it first");
    }
}
