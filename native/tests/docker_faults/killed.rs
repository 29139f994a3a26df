//! The agent is killed at every boundary: before the engine hears a question, while it works at it, and after it has answered unheard.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::{
    proxy::{Fate, Judge, Moment, Proxy, Question},
    support::{
        IMAGE, Place,
        agent::{Agent, Found, SERVE, kill},
        host, witness,
    },
    tape::Tape,
};

/// Kills at each moment of each question that was not met before, wherever in the story it comes.
#[derive(Default)]
struct EachOnce(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    met: BTreeSet<(String, Moment)>,
    /// The last thing that was changed: the same look at another stage of the story is another question.
    stage: String,
    /// What ids stand for.
    names: BTreeMap<String, String>,
}

impl Memory {
    fn named(&self, path: &str) -> String {
        let words = path.split('/').map(|word| self.names.get(word).map_or(word, String::as_str));
        words.collect::<Vec<_>>().join("/")
    }
}

/// Questions whose answers depend on nothing that the story does.
const PLAIN: [&str; 6] = ["/_ping", "/version", "/info", "/events", "/images/", "/exec/"];

impl Judge for EachOnce {
    fn fate(&self, question: &Question) -> Fate {
        let mut memory = self.0.lock().unwrap();
        let mut key = format!("{} {}", question.method, memory.named(&question.path));
        let looks: &[Moment] = &[Moment::Before, Moment::After];
        let moments = if question.changes() {
            if question.path == "/containers/create" {
                key = key + "?" + &question.query;
            }
            if question.path.ends_with("/exec") {
                key += &String::from_utf8_lossy(&question.body);
            }
            &[Moment::Before, Moment::During, Moment::After]
        } else if PLAIN.iter().any(|plain| question.path.starts_with(plain)) {
            looks
        } else {
            key = format!("{key} [after {}]", memory.stage);
            looks
        };
        for moment in moments {
            if memory.met.insert((key.clone(), *moment)) {
                return Fate::Kill(*moment);
            }
        }
        if question.changes() && !question.path.contains("/exec") {
            memory.stage = key;
        }
        if question.path == "/images/create" {
            // The registry's part is played here: what the engine has is the newest.
            return Fate::Answered("{\"status\":\"Image is up to date\"}");
        }
        Fate::Pass
    }

    fn answered(&self, question: &Question, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        let Some(id) = text.split("\"Id\":\"").nth(1).and_then(|rest| rest.split('"').next()) else { return };
        let name = if question.path == "/containers/create" {
            question.query.clone()
        } else if question.path.ends_with("/exec") && question.changes() {
            String::from_utf8_lossy(&question.body).into_owned()
        } else {
            return;
        };
        self.0.lock().unwrap().names.insert(id.to_owned(), name);
    }
}

/// A pod with everything that asks the engine for something.
fn everything(sleep: &str) -> String {
    let exec = "exec: {command: [\"true\"]}";
    let serve = SERVE.replace("0.1", sleep);
    format!(
        "  initContainers:\n  - {{name: first, image: '{IMAGE}', command: [\"true\"]}}\n  containers:\n  \
         - name: main\n    image: {IMAGE}\n    imagePullPolicy: Always\n    command: [sh, -c, \"{serve}\"]\n    \
         readinessProbe: {{{exec}, periodSeconds: 1}}\n    lifecycle:\n      postStart: {{exec: {{command: [\"echo\", \"begin\"]}}}}\n      \
         preStop: {{exec: {{command: [\"echo\", \"end\"]}}}}\n    volumeMounts: [{{name: cache, mountPath: /cache}}]\n  \
         - {{name: side, image: '{IMAGE}', command: [sh, -c, \"{serve}\"]}}\n  volumes: [{{name: cache, emptyDir: {{}}}}]\n"
    )
}

/// An agent behind a proxy that kills it, and is started again each time.
struct Life {
    agent: Agent,
    proxy: Proxy,
    tape: Tape,
    deaths: usize,
}

impl Life {
    async fn new(judge: Arc<dyn Judge>) -> Self {
        let engine = host();
        let place = Place::new();
        let proxy = Proxy::start(&place.root.join("proxy"), Path::new(&engine["unix://".len()..]), judge);
        let tape = Tape::start(&engine, &place.node);
        let agent = Agent::at(place, witness().await, &proxy.host());
        Self { agent, proxy, tape, deaths: 0 }
    }

    /// Lives and dies until the containers are as they should be.
    async fn until(&mut self, what: &str, is: impl Fn(&[Found]) -> bool) -> Vec<Found> {
        let begun = Instant::now();
        loop {
            if self.agent.revive() {
                self.deaths += 1;
                self.proxy.victim(self.agent.pid().unwrap());
            }
            let found = self.agent.containers().await;
            if is(&found) {
                return found;
            }
            assert!(begun.elapsed() < Duration::from_mins(2), "not within two minutes: {what}: {found:#?}");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

fn running(found: &[Found], container: &str) -> Option<Found> {
    found.iter().find(|it| it.runs && it.container.ends_with(container)).cloned()
}

fn both_run(found: &[Found]) -> bool {
    running(found, "/main").is_some() && running(found, "/side").is_some()
}

#[tokio::test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
async fn an_agent_killed_at_every_boundary_of_a_story_loses_and_duplicates_nothing() {
    let judge = Arc::new(EachOnce::default());
    let mut life = Life::new(Arc::clone(&judge) as Arc<dyn Judge>).await;
    let begun = Instant::now();
    let chapter = |name: &str, deaths: usize| {
        println!("{name}: {deaths} deaths, {:?}", begun.elapsed());
    };
    life.agent.write_pod("web", &everything("0.1"));
    let mut found = life.until("the pod runs", both_run).await;
    chapter("written", life.deaths);
    // The second death of a container is the first after which one is removed.
    for attempt in 1..=2 {
        let main = running(&found, "/main").unwrap();
        assert_eq!(main.attempt, attempt - 1, "no restart that nobody asked for");
        kill(&life.agent.docker, &main.id).await;
        found = life
            .until("another runs in its place", |found| {
                both_run(found) && running(found, "/main").unwrap().id != main.id
            })
            .await;
        chapter("killed", life.deaths);
    }
    let side = running(&found, "/side").unwrap();
    assert_eq!(side.attempt, 0, "nobody touched it");
    life.agent.write_pod("web", &everything("0.2"));
    let edited = |found: &[Found]| both_run(found) && running(found, "/side").unwrap().id != side.id;
    let found = life.until("the edited pod runs", edited).await;
    assert_eq!(running(&found, "/main").unwrap().attempt, 0, "it is another pod");
    chapter("edited", life.deaths);
    life.agent.remove("web");
    life.until("the pod is gone", |found| found.iter().all(|it| !it.runs)).await;
    chapter("removed", life.deaths);
    let starts = life.tape.check();
    let met = judge.0.lock().unwrap().met.clone();
    let questions: BTreeSet<&str> = met.iter().map(|(key, _)| key.as_str()).collect();
    println!("{} questions, {starts} starts", questions.len());
    println!("standfast-count: boundaries docker {}", met.len());
}
