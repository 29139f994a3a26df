//! The engine's events as hints: what ended, what was removed. After every break the core is told to list again.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bollard::{models::EventMessage, query_parameters::EventsOptionsBuilder};
use futures_util::StreamExt as _;
use standfast_core::{
    contract::{Event, Exit, ExitReason, Failure},
    time::Time,
};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{
    Shared,
    engine::{LONG, SHORT},
    labels::{self, Identity},
};

/// The first wait before an engine that does not answer is asked again; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How often a sign of life is asked for: a hung engine keeps its connections open.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// Follows the events for ever.
pub(super) async fn follow(shared: Arc<Shared>) {
    // Events that happen while the stream is being opened are told by the engine's own memory of them.
    let mut since = now_seconds();
    let mut wait = FIRST_WAIT;
    let mut missed = false;
    while !shared.events.is_closed() {
        match shared.engine.ping().await {
            Ok(()) => {
                if missed {
                    tracing::info!(engine = shared.engine.host(), "Docker answers again");
                    let _ = shared.events.send(Event::EdgesLost);
                } else {
                    advise(&shared).await;
                }
                wait = FIRST_WAIT;
                let failure = stream(&shared, &mut since).await;
                tracing::warn!(engine = shared.engine.host(), reason = %failure, "Docker's events broke off");
            }
            Err(failure) => {
                if !missed {
                    tracing::warn!(reason = %failure, "pods cannot be looked after until Docker answers");
                }
                sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
        missed = true;
    }
}

/// Follows one stream of events until it breaks.
async fn stream(shared: &Arc<Shared>, since: &mut i64) -> Failure {
    let client = match shared.engine.client(LONG).await {
        Ok(client) => client,
        Err(failure) => return failure,
    };
    let mut filters = labels::filter(&shared.node, &[]);
    filters.insert("type".to_owned(), vec!["container".to_owned()]);
    let options = EventsOptionsBuilder::new().since(&since.to_string()).filters(&filters).build();
    let mut events = Box::pin(client.events(Some(options)));
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => {
                    *since = event.time.unwrap_or(*since);
                    take(shared, &event).await;
                }
                Some(Err(error)) => return shared.engine.failure(error),
                None => return Failure::Unreachable("the connection was closed".to_owned()),
            },
            _ = heartbeat.tick() => {
                if let Err(failure) = shared.engine.ping().await {
                    return failure;
                }
            }
        }
    }
}

async fn take(shared: &Arc<Shared>, event: &EventMessage) {
    let Some(actor) = &event.actor else { return };
    let (Some(id), Some(attributes)) = (&actor.id, &actor.attributes) else { return };
    let Some(identity) = labels::identity(attributes) else { return };
    match event.action.as_deref() {
        Some("die" | "died") => ended(shared, id, identity, attributes, event).await,
        Some("destroy" | "remove") => removed(shared, id, identity),
        _ => {}
    }
}

async fn ended(
    shared: &Arc<Shared>,
    id: &str,
    identity: Identity,
    attributes: &HashMap<String, String>,
    event: &EventMessage,
) {
    match identity {
        Identity::Sandbox { id: sandbox, .. } => {
            // An event of the past may be told twice: only what is so now counts.
            let runs = matches!(shared.inspect(id).await, Ok(Some(found))
                if found.state.as_ref().and_then(|state| state.running) == Some(true));
            if !runs && !shared.memory().own.contains(id) {
                let _ = shared.events.send(Event::SandboxGone { sandbox });
            }
        }
        Identity::Container(identity) => match shared.inspect(id).await {
            Ok(None) if !shared.memory().own.contains(id) => {
                let exit = exit_of_removed(attributes, event);
                let _ = shared.events.send(Event::Exited { instance: identity.instance, exit });
            }
            Ok(None) => {}
            Ok(Some(inspected)) => shared.tell_exit_of(id, &inspected).await,
            Err(failure) => tracing::debug!(%failure, "the end of a container is left to the next list"),
        },
    }
}

/// What an event alone tells of the end of a container that was removed at once.
fn exit_of_removed(attributes: &HashMap<String, String>, event: &EventMessage) -> Exit {
    let code = attributes.get("exitCode").and_then(|code| code.parse().ok()).unwrap_or(-1);
    let nanos = event.time_nano.and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or(0);
    let finished = Time::from_zero(Duration::from_nanos(nanos));
    let reason = if code == 0 { ExitReason::Completed } else { ExitReason::Error };
    Exit { code, reason, started: None, finished, message: "".into() }
}

fn removed(shared: &Shared, id: &str, identity: Identity) {
    let own = {
        let mut memory = shared.memory();
        let known = match &identity {
            Identity::Sandbox { id: sandbox, .. } => memory.sandboxes.get(sandbox),
            Identity::Container(identity) => memory.containers.get(&identity.instance),
        };
        // News of an object whose place another has taken.
        if known.is_some_and(|known| known != id) {
            return;
        }
        memory.told.remove(id);
        memory.sandboxes.retain(|_, known| known != id);
        memory.containers.retain(|_, known| known != id);
        memory.own.remove(id)
    };
    if !own {
        let _ = shared.events.send(match identity {
            Identity::Sandbox { id: sandbox, .. } => Event::SandboxGone { sandbox },
            Identity::Container(identity) => Event::ContainerGone { instance: identity.instance },
        });
    }
}

/// Says once what people should know of their engine.
async fn advise(shared: &Shared) {
    let Ok(client) = shared.engine.client(SHORT).await else { return };
    let Ok(info) = client.info().await else { return };
    let version = info.server_version.unwrap_or_default();
    tracing::info!(engine = shared.engine.host(), version, "Docker answers");
    if info.live_restore_enabled == Some(false) {
        tracing::warn!(
            "a restart of Docker will stop every container: set \"live-restore\" in its daemon.json to keep them"
        );
    }
}

fn now_seconds() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(0)
}
