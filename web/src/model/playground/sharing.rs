//! The session as something to keep and to give away.

use standfast_core::{session::Session, sim::World};

use super::{Playground, Screen};
use crate::model::{Notice, ShareError, Shared};

impl Playground {
    /// Everything that leads to what is shown now.
    #[must_use]
    pub fn shared(&self) -> Shared {
        let file = self.screen.buffer.as_ref().map(|buffer| buffer.file.clone());
        Shared::new(self.session.recording(), self.session.moment(), file, self.screen.selected.clone())
    }

    pub(super) fn open_session(&mut self, shared: Shared, out_of_time: &mut dyn FnMut() -> bool) {
        let world = World::of_nodes(shared.recording.seed);
        match Session::open(world, shared.recording, Some(shared.moment)) {
            Ok(session) => {
                let Screen { pane, tab, pace, .. } = self.screen.clone();
                self.screen = Screen { pane, tab, pace, selected: shared.pod, ..Screen::default() };
                (self.session, self.deleted, self.to_open) = (session, None, shared.file);
                self.rewind(out_of_time);
            }
            Err(error) => self.screen.notice = Some(Notice::BadSession(ShareError::Version(error.0))),
        }
    }
}
