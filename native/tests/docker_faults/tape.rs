//! What an engine said about the containers of one node, in order: the witness of what an agent really did.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use bollard::{
    API_DEFAULT_VERSION, Docker,
    query_parameters::{EventsOptionsBuilder, ListContainersOptionsBuilder},
};
use futures_util::StreamExt as _;
use standfast::docker::labels::{self, Identity};
use standfast_core::id::NodeName;
use tokio::sync::oneshot;

/// One thing that the engine said.
#[derive(Clone, Debug)]
enum Said {
    /// Who (pod and container by name, the pod's uid, the attempt), and under which id.
    Started(Who, String),
    Ended(Who, String),
    /// The engine went away and came back; these run.
    Back(Vec<(Who, String)>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Who {
    container: String,
    uid: String,
    attempt: u32,
}

fn who(attributes: &HashMap<String, String>) -> Option<Who> {
    Some(match labels::identity(attributes)? {
        Identity::Sandbox { id, pod } => {
            Who { container: format!("{}/POD", pod.name), uid: pod.uid.to_string(), attempt: id.attempt }
        }
        Identity::Container(it) => Who {
            container: format!("{}/{}", it.pod.name, it.instance.container),
            uid: it.pod.uid.to_string(),
            attempt: it.instance.attempt,
        },
    })
}

pub struct Tape {
    said: Arc<Mutex<Vec<Said>>>,
    _stop: oneshot::Sender<()>,
}

impl Tape {
    /// Listens from now on.
    pub fn start(engine: &str, node: &NodeName) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = oneshot::channel();
        let (ready_to, ready) = std::sync::mpsc::channel();
        let listener = Listener { engine: engine.to_owned(), node: node.clone(), said: Arc::clone(&said) };
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! { () = listener.listen(ready_to) => {}, _ = stopped => {} }
            });
        });
        ready.recv().unwrap();
        Self { said, _stop: stop }
    }

    /// At most one instance of a container, and one sandbox of a pod, lived at any time; nothing was started twice, and counts went up.
    pub fn check(&self) -> usize {
        let said = self.said.lock().unwrap().clone();
        let mut alive: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut newest: BTreeMap<(String, String), (u32, String)> = BTreeMap::new();
        for (at, word) in said.iter().enumerate() {
            match word {
                Said::Started(who, id) => {
                    let others = alive.entry(who.container.clone()).or_default();
                    assert!(
                        others.is_empty(),
                        "{who:?} was started beside {others:?}: {:#?}",
                        &said[at.saturating_sub(12)..=at]
                    );
                    others.insert(id.clone());
                    let known =
                        newest.insert((who.uid.clone(), who.container.clone()), (who.attempt, id.clone()));
                    // A sandbox whose start was not heard of is removed, and made again under its number.
                    let least = who.attempt + u32::from(who.container.ends_with("/POD"));
                    assert!(
                        known.as_ref().is_none_or(|(attempt, _)| *attempt < least),
                        "{who:?} came after {known:?}"
                    );
                }
                Said::Ended(who, id) => {
                    alive.entry(who.container.clone()).or_default().remove(id);
                }
                Said::Back(running) => {
                    alive.clear();
                    for (who, id) in running {
                        let others = alive.entry(who.container.clone()).or_default();
                        assert!(others.is_empty(), "two of {who:?} run");
                        others.insert(id.clone());
                    }
                }
            }
        }
        said.iter().filter(|word| matches!(word, Said::Started(..))).count()
    }
}

struct Listener {
    engine: String,
    node: NodeName,
    said: Arc<Mutex<Vec<Said>>>,
}

impl Listener {
    /// For ever; an engine that goes away is waited for.
    async fn listen(&self, ready: std::sync::mpsc::Sender<()>) {
        let mut first = true;
        loop {
            let _ = self.follow(first, &ready).await;
            first = false;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn follow(
        &self,
        first: bool,
        ready: &std::sync::mpsc::Sender<()>,
    ) -> Result<(), bollard::errors::Error> {
        let path = self.engine.strip_prefix("unix://").unwrap_or_default();
        let docker = Docker::connect_with_unix(path, 600, API_DEFAULT_VERSION)?.negotiate_version().await?;
        let filters = labels::filter(&self.node, &[]);
        // From the engine's memory: nothing is missed between the question and its answer.
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        if !first {
            let options = ListContainersOptionsBuilder::new().filters(&filters).build();
            let running = docker.list_containers(Some(options)).await?;
            let named = running.into_iter().filter_map(|it| Some((who(it.labels.as_ref()?)?, it.id?)));
            self.said.lock().unwrap().push(Said::Back(named.collect()));
        }
        let since = if first { since - 1 } else { since }.to_string();
        let options = EventsOptionsBuilder::new().since(&since).filters(&filters).build();
        let mut events = Box::pin(docker.events(Some(options)));
        let _ = ready.send(());
        while let Some(event) = events.next().await {
            let event = event?;
            let Some((id, attributes)) = event.actor.and_then(|actor| Some((actor.id?, actor.attributes?)))
            else {
                continue;
            };
            let Some(who) = who(&attributes) else { continue };
            let mut said = self.said.lock().unwrap();
            match event.action.as_deref() {
                Some("start") => said.push(Said::Started(who, id)),
                Some("die") => said.push(Said::Ended(who, id)),
                _ => {}
            }
        }
        Ok(())
    }
}
