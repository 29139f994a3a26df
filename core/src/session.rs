//! [`Session`]: a world with its past. Any moment can be looked at again; acting there begins another course; what was done can be undone.
//!
//! All of it is the recording: the course is the list of what was done, and a moment of it is that list led again up to there. Copies of the world
//! at some moments only save the way. It is **not** a history of what people saw; who wants one keeps it.

mod marks;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::marks::Marks;
use crate::{
    sim::{SimError, World},
    time::Time,
    trace::{Recording, TimedInput, VERSION},
};

/// How many deeds can be undone.
const UNDOABLE: usize = 100;

/// A place in a course: more exact than a time, because much can happen at one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// After how many steps of the world.
    pub steps: u64,
    /// After how many inputs.
    pub inputs: usize,
}

impl Moment {
    fn of(world: &World) -> Self {
        Self { at: world.now(), steps: world.steps(), inputs: world.inputs().len() }
    }

    /// When everything at a time has happened.
    const fn last_at(at: Time) -> Self {
        Self { at, steps: u64::MAX, inputs: usize::MAX }
    }
}

/// How far a wish for time to pass was fulfilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// All of it.
    Whole,
    /// The caller ran out of time before that: ask again.
    Part,
}

/// Everything that was done, and how far it has gone.
#[derive(Clone, Debug)]
struct Course {
    inputs: Vec<TimedInput>,
    /// The furthest moment that was seen.
    end: Moment,
}

/// A course that was left, and the moment at which it was.
#[derive(Clone, Debug)]
struct Left {
    course: Course,
    moment: Moment,
}

/// A world with its past.
#[derive(Clone, Debug)]
pub struct Session {
    world: World,
    course: Course,
    marks: Marks,
    undo: Vec<Left>,
    redo: Vec<Left>,
    /// Where the world is still on its way to.
    target: Option<Moment>,
}

impl Session {
    /// A session that begins with this world. What was done to it until now cannot be undone.
    #[must_use]
    pub fn new(world: World) -> Self {
        let end = Moment::of(&world);
        let course = Course { inputs: world.inputs().to_vec(), end };
        Self {
            marks: Marks::from(world.clone()),
            world,
            course,
            undo: Vec::new(),
            redo: Vec::new(),
            target: None,
        }
    }

    /// A session that was recorded. `world` is an empty one; the first [`play`](Self::play) begins to lead it to `moment`, else to the end.
    pub fn open(world: World, recording: Recording, moment: Option<Moment>) -> Result<Self, UnknownVersion> {
        if recording.version != VERSION {
            return Err(UnknownVersion(recording.version));
        }
        let mut session = Self::new(world);
        let end = Moment { at: recording.until, steps: recording.steps, inputs: recording.inputs.len() };
        session.course = Course { inputs: recording.inputs, end };
        session.target = Some(moment.unwrap_or(end).min(end));
        Ok(session)
    }

    /// The world at the moment.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The moment.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment::of(&self.world)
    }

    /// The furthest moment of the course.
    #[must_use]
    pub const fn end(&self) -> Moment {
        self.course.end
    }

    /// Everything that was done in this course, also what is still to come when the moment is a past one.
    #[must_use]
    pub fn inputs(&self) -> &[TimedInput] {
        &self.course.inputs
    }

    /// Whether the course has gone further than this moment.
    #[must_use]
    pub fn is_past(&self) -> bool {
        self.moment() < self.course.end
    }

    /// Whether the world is still on its way to a moment: it should not be shown or acted upon.
    #[must_use]
    pub const fn is_seeking(&self) -> bool {
        self.target.is_some()
    }

    /// The course as a recording.
    #[must_use]
    pub fn recording(&self) -> Recording {
        let end = self.course.end;
        Recording::new(self.world.seed(), self.course.inputs.clone(), end.at, end.steps, Vec::new())
    }

    /// Does something to the world. What changes it can be undone; in the past it begins another course, and the one that is left can be
    /// come back to by [`undo`](Self::undo). A wish to see another moment is fulfilled first.
    pub fn act<T>(&mut self, deed: impl FnOnce(&mut World) -> T) -> T {
        self.arrive();
        let before = Moment::of(&self.world);
        let outcome = deed(&mut self.world);
        let now = Moment::of(&self.world);
        if now.inputs == before.inputs {
            self.course.end = self.course.end.max(now);
            return outcome;
        }
        let course = Course { inputs: self.world.inputs().to_vec(), end: now };
        let left = Left { course: std::mem::replace(&mut self.course, course), moment: before };
        self.redo.clear();
        if self.undo.len() == UNDOABLE {
            self.undo.remove(0);
        }
        self.undo.push(left);
        self.marks.keep_those_of(&self.course.inputs, before);
        outcome
    }

    /// Whether there is something to undo.
    #[must_use]
    pub const fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether something was undone that can be done again.
    #[must_use]
    pub const fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Goes back to just before the last deed. Says whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(left) = self.undo.pop() else { return false };
        let left = self.change_to(left);
        self.redo.push(left);
        true
    }

    /// Takes the last [`undo`](Self::undo) back. Says whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(left) = self.redo.pop() else { return false };
        let left = self.change_to(left);
        self.undo.push(left);
        true
    }

    /// Wishes to see another moment; [`play`](Self::play) goes there. A time beyond the end is the end.
    pub fn seek(&mut self, at: Time) {
        let end = self.course.end;
        self.go_to(if at >= end.at { end } else { Moment::last_at(at) });
    }

    /// Lets time pass until `until`, and what was done then be done again; a wish to see another moment comes first, and uses the call up.
    /// Ends early once `out_of_time` says so.
    pub fn play(&mut self, until: Time, out_of_time: &mut dyn FnMut() -> bool) -> Result<Played, SimError> {
        let limit = self.target.unwrap_or(Moment::last_at(until));
        while self.step_within(limit)? {
            if out_of_time() {
                return Ok(Played::Part);
            }
        }
        self.world.set_now(limit.at);
        self.target = None;
        self.course.end = self.course.end.max(Moment::of(&self.world));
        Ok(Played::Whole)
    }

    /// Lets exactly one thing happen, or be done again. Says whether there was one.
    pub fn step(&mut self) -> Result<bool, SimError> {
        self.arrive();
        let done = self.step_within(Moment::last_at(Time::MAX))?;
        self.course.end = self.course.end.max(Moment::of(&self.world));
        Ok(done)
    }

    /// When something happens next.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        let done_again = self.course.inputs.get(self.world.inputs().len()).map(|input| input.at);
        match (self.world.next_at(), done_again) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn step_within(&mut self, limit: Moment) -> Result<bool, SimError> {
        let world = &mut self.world;
        let next = world.next_at();
        let done = world.inputs().len();
        if let Some(input) = self.course.inputs.get(done) {
            let first = world.steps() < input.steps && next.is_some_and(|next| next <= input.at);
            if !first {
                if done >= limit.inputs || input.at > limit.at {
                    return Ok(false);
                }
                world.set_now(input.at);
                let input = input.clone();
                return match world.apply(&input.node, input.input) {
                    // What was refused then is refused again.
                    Ok(()) | Err(SimError::Api(_)) => Ok(true),
                    Err(error) => {
                        // The rest builds on it.
                        self.course.inputs.truncate(done);
                        self.course.end = Moment::of(&self.world);
                        self.target = None;
                        Err(error)
                    }
                };
            }
        }
        if world.steps() >= limit.steps || next.is_none_or(|next| next > limit.at) {
            return Ok(false);
        }
        world.step();
        self.marks.pass(world);
        Ok(true)
    }

    fn change_to(&mut self, to: Left) -> Left {
        let left = Left { course: std::mem::replace(&mut self.course, to.course), moment: self.moment() };
        self.marks.keep_those_of(&self.course.inputs, self.course.end);
        self.go_back_to(to.moment);
        left
    }

    /// Fulfils a wish to see another moment. What cannot be done again ends the course.
    fn arrive(&mut self) {
        if self.target.is_some() {
            let _ = self.play(Time::ZERO, &mut || false);
        }
    }

    fn go_to(&mut self, moment: Moment) {
        let now = Moment::of(&self.world);
        if moment < now || self.marks.last_before(moment).is_some_and(|mark| Moment::of(mark) > now) {
            self.go_back_to(moment);
        } else {
            self.target = Some(moment);
        }
    }

    fn go_back_to(&mut self, moment: Moment) {
        if let Some(mark) = self.marks.last_before(moment) {
            self.world = mark.clone();
        }
        self.target = Some(moment);
    }
}

/// A recording of a version that this one does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownVersion(pub u32);

impl std::fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the recording has version {}, this is version {VERSION}: make it again", self.0)
    }
}

impl std::error::Error for UnknownVersion {}
