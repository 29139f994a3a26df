//! The floor: pods made and ended by the least calls of the engine's API that do it, by somebody who knows beforehand what to do.

use std::collections::HashMap;

use bollard::{
    Docker,
    models::{ContainerCreateBody, HostConfig, HostConfigLogConfig},
    query_parameters::{
        CreateContainerOptionsBuilder, ImportImageOptions, StartContainerOptions, StopContainerOptionsBuilder,
    },
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use standfast::docker::{PauseImage, labels};

use crate::{
    Duration, SERVE,
    support::{IMAGE, Place, agent::kill},
    timed,
    witness::Witness,
};

/// As many starts at a time as the agent makes.
const AT_A_TIME: usize = 8;

pub struct Floor {
    docker: Docker,
    place: Place,
    seen: Witness,
    pause: String,
}

impl Floor {
    pub async fn new(docker: Docker, place: Place) -> Self {
        let architecture = docker.version().await.unwrap().arch.unwrap_or_default();
        let image = PauseImage::for_architecture(&architecture).expect("a pause image");
        let body = bollard::body_full(image.archive.clone().into());
        let loading = docker.import_image(ImportImageOptions::default(), body, None);
        loading.try_for_each(|_| async { Ok(()) }).await.unwrap();
        let seen = Witness::start(&docker, &place.node).await;
        Self { docker, place, seen, pause: image.tag.clone() }
    }

    async fn make(&self, name: &str, kind: &str, image: &str, host: HostConfig) -> String {
        let names = [
            (labels::MANAGED.0, labels::MANAGED.1),
            (labels::NODE, self.place.node.as_str()),
            (labels::KIND, kind),
            (labels::ATTEMPT, "0"),
            (labels::POD_UID, name),
            (labels::POD_NAME, name),
            (labels::POD_NAMESPACE, "default"),
        ];
        let serve = ["sh", "-c", SERVE].map(str::to_owned).to_vec();
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            cmd: (kind == "container").then_some(serve),
            labels: Some(names.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
            host_config: Some(HostConfig { log_config: Some(log_config()), ..host }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::new().name(name).build();
        let id = self.docker.create_container(Some(options), body).await.unwrap().id;
        self.docker.start_container(&id, None::<StartContainerOptions>).await.unwrap();
        id
    }

    async fn sandbox(&self, name: &str) -> String {
        let name = format!("floor-{}-{name}", self.place.node);
        let host = HostConfig { ipc_mode: Some("shareable".to_owned()), ..HostConfig::default() };
        self.make(&name, "sandbox", &self.pause, host).await
    }

    async fn container(&self, name: &str, sandbox: &str) -> String {
        let name = format!("floor-{}-{name}", self.place.node);
        let joined = Some(format!("container:{sandbox}"));
        let host = HostConfig { network_mode: joined.clone(), ipc_mode: joined, ..HostConfig::default() };
        self.make(&name, "container", IMAGE, host).await
    }

    async fn stop(&self, id: &str) {
        let options = Some(StopContainerOptionsBuilder::new().t(2).build());
        self.docker.stop_container(id, options).await.unwrap();
    }

    /// The same life as the agent's.
    pub async fn life(&mut self, round: usize) -> Vec<Duration> {
        let mut seen =
            std::mem::replace(&mut self.seen, Witness::start(&self.docker, &self.place.node).await);
        let (mut sandbox, mut container) = (String::new(), String::new());
        let drop_one = async || {
            sandbox = self.sandbox(&format!("{round}-s0")).await;
            container = self.container(&format!("{round}-c0"), &sandbox).await;
        };
        let dropped = timed(&mut seen, drop_one, |seen| seen.starts == 1).await;
        // Whoever replaces a container must first hear that it has died.
        seen.forget();
        let begun = std::time::Instant::now();
        kill(&self.docker, &container).await;
        while seen.ends == 0 {
            seen.next().await;
        }
        container = self.container(&format!("{round}-c1"), &sandbox).await;
        while seen.starts == 0 {
            seen.next().await;
        }
        let killed = begun.elapsed();
        tokio::time::sleep(Duration::from_millis(400)).await;
        let edit = async || {
            self.stop(&container).await;
            self.stop(&sandbox).await;
            sandbox = self.sandbox(&format!("{round}-s1")).await;
            container = self.container(&format!("{round}-c2"), &sandbox).await;
        };
        let edited = timed(&mut seen, edit, |seen| seen.starts == 1).await;
        let remove = async || {
            self.stop(&container).await;
            self.stop(&sandbox).await;
        };
        let removed = timed(&mut seen, remove, |seen| seen.sandbox_ends == 1).await;
        let mut ids = Vec::new();
        let drop_three = async || {
            sandbox = self.sandbox(&format!("{round}-s2")).await;
            for number in 0..3 {
                ids.push(self.container(&format!("{round}-t{number}"), &sandbox).await);
            }
        };
        let three = timed(&mut seen, drop_three, |seen| seen.starts == 3).await;
        for id in ids {
            self.stop(&id).await;
        }
        self.stop(&sandbox).await;
        self.seen = seen;
        vec![dropped, killed, edited, removed, three]
    }

    pub async fn many(&mut self, count: usize) -> Duration {
        // The name says which time it is.
        let time = self.place.root.join("many");
        let before = std::fs::read_to_string(&time).unwrap_or_default();
        std::fs::write(&time, format!("{before}i")).unwrap();
        let mut seen = Witness::start(&self.docker, &self.place.node).await;
        let one = async |pod: usize| {
            let sandbox = self.sandbox(&format!("{before}-many{pod}")).await;
            let container = self.container(&format!("{before}-in{pod}"), &sandbox).await;
            (sandbox, container)
        };
        let mut made = Vec::new();
        let all = async || {
            made = stream::iter((0..count).map(one)).buffer_unordered(AT_A_TIME).collect().await;
        };
        let took = timed(&mut seen, all, |seen| seen.starts == count).await;
        for (sandbox, container) in made {
            self.stop(&container).await;
            self.stop(&sandbox).await;
        }
        took
    }
}

fn log_config() -> HostConfigLogConfig {
    let options = HashMap::from([("max-size", "10m"), ("max-file", "5")]);
    let options = options.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    HostConfigLogConfig { typ: Some("json-file".to_owned()), config: Some(options.collect()) }
}
