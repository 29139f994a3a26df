//! What the engine says while something is measured.

use std::pin::Pin;

use bollard::{Docker, errors::Error, models::EventMessage, query_parameters::EventsOptionsBuilder};
use futures_util::{Stream, StreamExt as _};
use standfast::docker::labels;
use standfast_core::id::NodeName;

pub struct Witness {
    events: Pin<Box<dyn Stream<Item = Result<EventMessage, Error>>>>,
    /// Containers that were started.
    pub starts: usize,
    /// The last of them.
    pub last: String,
    /// Containers that ended.
    pub ends: usize,
    /// Sandboxes that ended.
    pub sandbox_ends: usize,
}

impl Witness {
    pub async fn start(docker: &Docker, node: &NodeName) -> Self {
        let mut filters = labels::filter(node, &[]);
        filters.insert("event".to_owned(), vec!["start".to_owned(), "die".to_owned()]);
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let options = EventsOptionsBuilder::new().since(&since.to_string()).filters(&filters).build();
        let events =
            Box::pin(docker.clone().with_timeout(std::time::Duration::from_hours(1)).events(Some(options)));
        let mut witness = Self { events, starts: 0, last: String::new(), ends: 0, sandbox_ends: 0 };
        // Nothing happens yet; asking opens the stream.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(300), witness.next()).await;
        witness
    }

    pub fn forget(&mut self) {
        // What came while all was at rest belongs to what was measured before.
        while let Some(Some(event)) = futures_util::FutureExt::now_or_never(self.events.next()) {
            self.take(&event.expect("an event"));
        }
        (self.starts, self.ends, self.sandbox_ends) = (0, 0, 0);
    }

    pub async fn next(&mut self) {
        let event = self.events.next().await.expect("an engine").expect("an event");
        self.take(&event);
    }

    fn take(&mut self, event: &EventMessage) {
        let actor = event.actor.clone().unwrap_or_default();
        let sandbox =
            actor.attributes.is_some_and(|labels| labels.get(labels::KIND).is_some_and(|it| it == "sandbox"));
        match (event.action.as_deref(), sandbox) {
            (Some("start"), false) => {
                self.starts += 1;
                self.last = actor.id.unwrap_or_default();
            }
            (Some("die"), false) => self.ends += 1,
            (Some("die"), true) => self.sandbox_ends += 1,
            _ => {}
        }
    }
}
