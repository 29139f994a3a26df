//! One answer for every action, whatever becomes of the task that executes it.

use standfast_core::{
    contract::{Event, Failure, Outcome},
    id::ActionId,
};
use tokio::sync::mpsc::UnboundedSender;

/// A promise to answer an action: broken promises answer themselves.
#[derive(Debug)]
pub(crate) struct Answer {
    id: ActionId,
    events: UnboundedSender<Event>,
    given: bool,
}

impl Answer {
    /// Promises to answer the action `id`.
    #[must_use]
    pub(crate) fn promise(id: ActionId, events: UnboundedSender<Event>) -> Self {
        Self { id, events, given: false }
    }

    /// Gives the answer.
    pub(crate) fn give(mut self, result: Result<Outcome, Failure>) {
        self.send(result.unwrap_or_else(Outcome::Failed));
    }

    fn send(&mut self, outcome: Outcome) {
        self.given = true;
        // Nobody listens any more when the agent ends.
        let _ = self.events.send(Event::Finished { id: self.id, outcome });
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.given {
            self.send(Outcome::Failed(Failure::Other("the action was broken off".to_owned())));
        }
    }
}
