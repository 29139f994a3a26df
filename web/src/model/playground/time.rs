//! Time: frames, steps, other moments, and what is undone.

use std::rc::Rc;

use standfast_core::{session::Played, time::Time};

use super::Playground;
use crate::model::Notice;

/// A step gives up after so many events that nobody can see.
const STEP_LIMIT: usize = 500;
/// With so many pods at most, the page looks after each thing that happens, so that the timeline misses none.
const SMALL: usize = 60;
/// In bigger worlds it looks after so many.
const SELDOM: u32 = 2000;

impl Playground {
    pub(super) fn frame(&mut self, millis: f64, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        let budget = self.screen.pace.frame(millis);
        if self.session.is_seeking() {
            self.arrive(out_of_time);
            return true;
        }
        if budget.is_zero() {
            return false;
        }
        self.run(self.session.moment().at + budget, out_of_time);
        self.refresh();
        true
    }

    /// Goes on until something that people can see has changed.
    pub(super) fn step(&mut self) {
        self.screen.pace.set_playing(false);
        for _ in 0..STEP_LIMIT {
            let before = (Rc::clone(&self.screen.snapshot), self.screen.feed.version());
            match self.session.step() {
                Ok(true) => self.refresh(),
                Ok(false) => return,
                Err(error) => {
                    self.screen.notice = Some(Notice::Refused(error));
                    return;
                }
            }
            let same = before.0.nodes == self.screen.snapshot.nodes && before.1 == self.screen.feed.version();
            if !same {
                return;
            }
        }
    }

    /// Goes back to the moment of the last change that people could see.
    pub(super) fn step_back(&mut self, out_of_time: &mut dyn FnMut() -> bool) {
        let now = self.session.moment().at;
        let told = self.screen.feed.last_before(now);
        let changed = self.screen.timeline.change_before(now);
        self.seek(told.max(changed).unwrap_or(Time::ZERO), out_of_time);
    }

    pub(super) fn seek(&mut self, at: Time, out_of_time: &mut dyn FnMut() -> bool) {
        self.session.seek(at);
        self.rewind(out_of_time);
    }

    pub(super) fn undo(&mut self, out_of_time: &mut dyn FnMut() -> bool) {
        if self.session.undo() {
            self.change_course(out_of_time);
        }
    }

    pub(super) fn redo(&mut self, out_of_time: &mut dyn FnMut() -> bool) {
        if self.session.redo() {
            self.change_course(out_of_time);
        }
    }

    fn change_course(&mut self, out_of_time: &mut dyn FnMut() -> bool) {
        // The world may have been put back to before the moment that both courses have.
        self.another_course(self.session.moment());
        self.rewind(out_of_time);
    }

    /// The world was put to another moment, or is on its way to one: time is held, and what was told is told anew.
    pub(super) fn rewind(&mut self, out_of_time: &mut dyn FnMut() -> bool) {
        self.screen.pace.set_playing(false);
        self.screen.feed.clear();
        self.seen.clear();
        self.arrive(out_of_time);
    }

    /// Goes on to the moment that was wished for. Nobody sees what lies between.
    fn arrive(&mut self, out_of_time: &mut dyn FnMut() -> bool) {
        self.run(Time::ZERO, out_of_time);
        self.screen.past.place = self.place();
        if !self.session.is_seeking() {
            self.refresh();
            self.follow_disk();
            self.settle();
        }
    }

    /// What waited for the moment.
    fn settle(&mut self) {
        let first = self.screen.snapshot.nodes.first().map(|node| node.name.clone());
        self.screen.node = self.screen.node.take().or(first);
        if let Some(file) = self.to_open.take() {
            let selected = self.screen.selected.clone();
            self.open(file, None);
            self.screen.selected = selected;
        }
    }

    /// Whether nobody has seen this moment yet. On the way to a past one nobody looks.
    fn is_new(&self) -> bool {
        !self.session.is_seeking() || self.screen.timeline.is_new(self.session.moment().at)
    }

    fn run(&mut self, until: Time, out_of_time: &mut dyn FnMut() -> bool) {
        loop {
            let mut left = if self.screen.snapshot.pod_count() > SMALL { SELDOM } else { 1 };
            let mut late = false;
            let mut enough = || {
                left -= 1;
                late = out_of_time();
                left == 0 || late
            };
            match self.session.play(until, &mut enough) {
                Ok(Played::Whole) => return,
                Ok(Played::Part) if self.is_new() => self.look(),
                Ok(Played::Part) => {}
                Err(error) => {
                    self.screen.notice = Some(Notice::Refused(error));
                    return;
                }
            }
            if late {
                return;
            }
        }
    }
}
