//! Sandboxes: a pause container that owns a pod's network and IPC namespaces and its published ports.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use bollard::{
    models::{ContainerCreateBody, ContainerInspectResponse, ContainerSummaryStateEnum},
    query_parameters::{
        CreateContainerOptionsBuilder, ImportImageOptions, StartContainerOptions, StopContainerOptionsBuilder,
    },
};
use futures_util::TryStreamExt as _;
use standfast_core::{
    contract::{Failure, Namespaces, Outcome, SandboxSpec},
    id::SandboxId,
    time::Time,
};

use super::{
    Shared,
    engine::{LONG, SHORT, is_conflict, is_not_found, is_unchanged},
    labels::{self, Labels},
    list,
    pause::PauseImage,
    report, spec,
    spec::Joined,
};

/// What still runs in a sandbox that is stopped has had its grace already.
const LEFTOVER_GRACE: i32 = 2;

impl Shared {
    pub(super) async fn create_sandbox(
        self: &Arc<Self>,
        sandbox: &SandboxId,
        spec: &SandboxSpec,
    ) -> Result<Outcome, Failure> {
        self.remove_unborn(sandbox).await?;
        let name = labels::object_name("POD", &spec.pod, sandbox.attempt);
        let labels = labels::of_sandbox(&self.node, sandbox, spec);
        let image = self.pause_image(false).await?;
        let body = spec::sandbox(spec, &image, labels.clone());
        let id = match self.create(&name, body, &labels).await {
            // The engine's name of the image was learnt before somebody removed it.
            Err(Failure::NotFound(_)) => {
                let image = self.pause_image(true).await?;
                self.create(&name, spec::sandbox(spec, &image, labels.clone()), &labels).await?
            }
            made => made?,
        };
        self.memory().sandboxes.insert(sandbox.clone(), id.clone());
        if let Err(failure) = self.start_sandbox(&id).await {
            // A sandbox that never ran holds nothing but its name.
            let _ = self.remove(&id).await;
            return Err(failure);
        }
        let missing = || Failure::NotFound(format!("sandbox {name} is gone"));
        let inspected = self.inspect(&id).await?.ok_or_else(missing)?;
        let networks = inspected.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
        Ok(Outcome::SandboxReady {
            ip: networks.and_then(list::address),
            at: report::started_at(&inspected).unwrap_or(Time::ZERO),
            runtime_id: id.into(),
        })
    }

    /// Removes the pod's other sandboxes that never ran. One may still be starting, at the request of an agent that was killed: beside
    /// this one it would be a second that is ready.
    async fn remove_unborn(&self, sandbox: &SandboxId) -> Result<(), Failure> {
        for other in self.find_all(labels::filter_sandboxes(&self.node, &sandbox.pod)).await? {
            let unborn = other.state == Some(ContainerSummaryStateEnum::CREATED);
            let attempt = other.labels.as_ref().and_then(|labels| labels.get(labels::ATTEMPT));
            if unborn && attempt != Some(&sandbox.attempt.to_string()) {
                self.remove(&other.id.unwrap_or_default()).await?;
            }
        }
        Ok(())
    }

    async fn start_sandbox(&self, id: &str) -> Result<(), Failure> {
        let client = self.engine.client(LONG).await?;
        match client.start_container(id, None::<StartContainerOptions>).await {
            Err(error) if !is_unchanged(&error) => Err(self.engine.failure(error)),
            _ => Ok(()),
        }
    }

    /// Makes an object. A name that is taken by an object of the same purpose was made by this very action, before a crash.
    pub(super) async fn create(
        &self,
        name: &str,
        body: ContainerCreateBody,
        wanted: &Labels,
    ) -> Result<String, Failure> {
        let client = self.engine.client(LONG).await?;
        let options = CreateContainerOptionsBuilder::new().name(name).build();
        let again = body.clone();
        match client.create_container(Some(options), body).await {
            Ok(made) => Ok(made.id),
            Err(error) if is_conflict(&error) => {
                let Some(found) = self.inspect(name).await? else { return Err(self.engine.failure(error)) };
                let held = report::labels(&found);
                match found.id {
                    Some(id) if labels::same_purpose(wanted, &held) => Ok(id),
                    // Another definition of the same object: one of the two must go.
                    _ if labels::same_object(wanted, &held) => Err(self.engine.failure(error)),
                    // Somebody has given the name away. Names are for people: labels say who a container is.
                    _ => self.create_renamed(name, again).await,
                }
            }
            Err(error) => Err(self.engine.failure(error)),
        }
    }

    async fn create_renamed(&self, name: &str, body: ContainerCreateBody) -> Result<String, Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{name}_{:08x}", now.subsec_nanos());
        tracing::warn!(name, "another container has the name that this one should have");
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        let made = self.engine.client(LONG).await?.create_container(Some(options), body).await;
        made.map(|made| made.id).map_err(|error| self.engine.failure(error))
    }

    pub(super) async fn stop_sandbox(self: &Arc<Self>, sandbox: &SandboxId) -> Result<Outcome, Failure> {
        for member in self.find_all(labels::filter_members(&self.node, sandbox)).await? {
            let id = member.id.unwrap_or_default();
            self.stop(&id, LEFTOVER_GRACE).await?;
            self.tell_exit(&id).await?;
        }
        if let Some(id) = self.sandbox_id(sandbox).await? {
            self.memory().own.insert(id.clone());
            self.stop(&id, LEFTOVER_GRACE).await?;
        }
        Ok(Outcome::Done)
    }

    /// Stops an object; one that has ended, or is gone, is stopped.
    pub(super) async fn stop(&self, id: &str, grace_seconds: i32) -> Result<(), Failure> {
        let allowed = u64::try_from(grace_seconds).unwrap_or(0);
        let client = self.engine.client(LONG.saturating_add(std::time::Duration::from_secs(allowed))).await?;
        let options = StopContainerOptionsBuilder::new().t(grace_seconds).build();
        match client.stop_container(id, Some(options)).await {
            Err(error) if !is_unchanged(&error) && !is_not_found(&error) => Err(self.engine.failure(error)),
            _ => Ok(()),
        }
    }

    pub(super) async fn remove_sandbox(&self, sandbox: &SandboxId) -> Result<Outcome, Failure> {
        if let Some(id) = self.sandbox_id(sandbox).await? {
            self.remove(&id).await?;
        }
        self.memory().sandboxes.remove(sandbox);
        Ok(Outcome::Done)
    }

    /// The engine's name of a sandbox.
    async fn sandbox_id(&self, sandbox: &SandboxId) -> Result<Option<String>, Failure> {
        let known = self.memory().sandboxes.get(sandbox).cloned();
        match known {
            Some(id) => Ok(Some(id)),
            None => self.find(labels::filter_sandbox(&self.node, sandbox)).await,
        }
    }

    /// What a container must know of the sandbox that it joins.
    pub(super) async fn joined(&self, sandbox: &SandboxId) -> Result<Joined, Failure> {
        let missing = || Failure::NotFound(format!("there is no sandbox {sandbox}"));
        let id = self.sandbox_id(sandbox).await?.ok_or_else(missing)?;
        let inspected = self.inspect(&id).await?.ok_or_else(missing)?;
        // A container joins a dead sandbox without complaint, and then cannot be started.
        let running = inspected.state.as_ref().and_then(|state| state.running).unwrap_or(false);
        if !running {
            return Err(Failure::Conflict(format!("sandbox {sandbox} does not run")));
        }
        Ok(joined(id, &inspected))
    }

    /// The engine's name of the pause image, loaded when it is missing.
    pub(super) async fn pause_image(&self, again: bool) -> Result<String, Failure> {
        let known = self.memory().pause.clone();
        if let Some(id) = known.filter(|_| !again) {
            return Ok(id);
        }
        let client = self.engine.client(SHORT).await?;
        let failure = |error| self.engine.failure(error);
        let architecture = client.version().await.map_err(failure)?.arch.unwrap_or_default();
        let image = PauseImage::for_architecture(&architecture).ok_or_else(|| {
            Failure::Unsupported(format!("there is no pause program for the architecture {architecture}"))
        })?;
        let mut found = None;
        for name in [&image.id, &image.tag] {
            match client.inspect_image(name).await {
                Ok(known) => found = found.or(known.id),
                Err(error) if is_not_found(&error) => {}
                Err(error) => return Err(failure(error)),
            }
        }
        let id = match found {
            Some(id) => id,
            None => self.load(image).await?,
        };
        self.memory().pause = Some(id.clone());
        Ok(id)
    }

    async fn load(&self, image: PauseImage) -> Result<String, Failure> {
        tracing::info!(image = image.tag, "loading the pause image");
        let client = self.engine.client(LONG).await?;
        let body = bollard::body_full(image.archive.into());
        let loading =
            client.import_image(ImportImageOptions { quiet: true, ..Default::default() }, body, None);
        loading.try_for_each(|_| async { Ok(()) }).await.map_err(|error| self.engine.failure(error))?;
        // Some engines name an image by its manifest: then its tag tells which it is.
        let loaded = client.inspect_image(&image.tag).await.map_err(|error| self.engine.failure(error))?;
        loaded.id.ok_or_else(|| Failure::Other("the engine does not name the image it loaded".to_owned()))
    }
}

fn joined(id: String, inspected: &ContainerInspectResponse) -> Joined {
    let host = inspected.host_config.clone().unwrap_or_default();
    let is_host = |mode: Option<String>| mode.as_deref() == Some("host");
    let labels = report::labels(inspected);
    let namespaces = Namespaces {
        host_network: is_host(host.network_mode),
        host_pid: is_host(host.pid_mode),
        host_ipc: is_host(host.ipc_mode),
        share_processes: labels.get(labels::SHARE_PROCESSES).is_some_and(|value| value == "true"),
    };
    Joined { id, namespaces }
}
