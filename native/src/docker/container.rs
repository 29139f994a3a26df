//! Containers: made anew for each attempt, never restarted, so that the last dead one keeps its log.

use std::{sync::Arc, time::Duration};

use bollard::{models::ContainerInspectResponse, query_parameters::StartContainerOptions};
use standfast_core::{
    contract::{ContainerSpec, Event, Failure, Outcome, ReadOnlyBelow, RunState},
    id::{InstanceId, SandboxId},
    time::Time,
};

use super::{
    Shared, confine,
    engine::{LONG, SHORT, is_not_found, is_unchanged},
    image, labels, mounts, report, spec,
};

/// The API with which engines learned to make mounts below a read-only mount read-only too.
const RECURSIVE_READ_ONLY: (usize, usize) = (1, 44);

impl Shared {
    pub(super) async fn create_container(
        self: &Arc<Self>,
        instance: &InstanceId,
        sandbox: &SandboxId,
        wanted: &Arc<ContainerSpec>,
    ) -> Result<Outcome, Failure> {
        let joined = self.joined(sandbox).await?;
        self.can_mount(wanted).await?;
        let prepared = {
            let (instance, wanted) = (instance.clone(), Arc::clone(wanted));
            let prepare = move |shared: &Self| {
                let mounts = mounts::prepare(&shared.data, &instance, &wanted)?;
                let security = confine::options(shared.data.root(), &wanted.security)?;
                Ok(spec::Prepared { mounts, security })
            };
            self.blocking(prepare).await?
        };
        let image_user = self.image_user(wanted).await?;
        let machine = self.machine(wanted.resources.out_of_memory).await?;
        let labels = labels::of_container(&self.node, instance, sandbox, wanted);
        let body = spec::container(wanted, &joined, machine, prepared, &image_user, labels.clone());
        let name = labels::object_name(wanted.name.as_str(), &wanted.pod, instance.attempt);
        let id = self.create(&name, body, &labels).await.map_err(|failure| match failure {
            Failure::NotFound(text) if text.contains("image") => Failure::ImageNotFound(text),
            failure => failure,
        })?;
        self.memory().containers.insert(instance.clone(), id.clone());
        Ok(Outcome::Created { runtime_id: id.into() })
    }

    /// Older engines pass over what they do not know: a mount that must be read-only all the way down is refused there.
    async fn can_mount(&self, wanted: &ContainerSpec) -> Result<(), Failure> {
        let must = wanted.mounts.iter().find(|mount| mount.read_only_below == ReadOnlyBelow::Yes);
        let Some(mount) = must else { return Ok(()) };
        let version = self.engine.client(SHORT).await?.client_version();
        if (version.major_version, version.minor_version) >= RECURSIVE_READ_ONLY {
            return Ok(());
        }
        let target = &mount.target;
        let (major, minor) = RECURSIVE_READ_ONLY;
        Err(Failure::Unsupported(format!(
            "recursiveReadOnly of {target}: the engine speaks API {version} and must speak {major}.{minor}"
        )))
    }

    /// Whom the image runs as, where that must be said with a group.
    async fn image_user(&self, wanted: &ContainerSpec) -> Result<String, Failure> {
        if wanted.security.group.is_none() || wanted.security.user.is_some() {
            return Ok(String::new());
        }
        let found = image::inspect(&self.engine, &wanted.image).await?;
        Ok(found.map(|image| image.user.to_string()).unwrap_or_default())
    }

    pub(super) async fn start_container(self: &Arc<Self>, instance: &InstanceId) -> Result<Outcome, Failure> {
        let missing = || Failure::NotFound(format!("there is no container {instance}"));
        let id = self.container_id(instance).await?.ok_or_else(missing)?;
        let client = self.engine.client(LONG).await?;
        let refused = match client.start_container(&id, None::<StartContainerOptions>).await {
            Err(error) if is_not_found(&error) && self.inspect(&id).await?.is_none() => {
                self.memory().containers.remove(instance);
                return Err(missing());
            }
            Err(error) if !is_unchanged(&error) => Some(self.engine.failure(error)),
            _ => None,
        };
        if let Some(failure @ Failure::Unreachable(_)) = refused {
            return Err(failure);
        }
        let inspected = self.inspect(&id).await?.ok_or_else(missing)?;
        match (refused, report::run_state(&inspected, "")) {
            (None, _) => Ok(Outcome::Started { at: report::started_at(&inspected).unwrap_or(Time::ZERO) }),
            (Some(_), RunState::Exited(exit)) if exit.started.is_none() => Err(Failure::StartFailed { exit }),
            (Some(failure), _) => Err(failure),
        }
    }

    pub(super) async fn stop_container(
        self: &Arc<Self>,
        instance: &InstanceId,
        grace: Duration,
    ) -> Result<Outcome, Failure> {
        if let Some(id) = self.container_id(instance).await? {
            // The engine counts whole seconds: none is cut off.
            let seconds = grace.as_secs().saturating_add(u64::from(grace.subsec_nanos() > 0));
            self.stop(&id, i32::try_from(seconds).unwrap_or(i32::MAX)).await?;
            self.tell_exit(&id).await?;
        }
        Ok(Outcome::Done)
    }

    pub(super) async fn remove_container(&self, instance: &InstanceId) -> Result<Outcome, Failure> {
        if let Some(id) = self.container_id(instance).await? {
            self.remove(&id).await?;
        }
        self.memory().containers.remove(instance);
        Ok(Outcome::Done)
    }

    /// The engine's name of a container.
    pub(super) async fn container_id(&self, instance: &InstanceId) -> Result<Option<String>, Failure> {
        let known = self.memory().containers.get(instance).cloned();
        match known {
            Some(id) => Ok(Some(id)),
            None => self.find(labels::filter_container(&self.node, instance)).await,
        }
    }

    /// Says that a container has ended, if it has and nobody has said so yet.
    pub(super) async fn tell_exit(self: &Arc<Self>, id: &str) -> Result<(), Failure> {
        if let Some(inspected) = self.inspect(id).await? {
            self.tell_exit_of(id, &inspected).await;
        }
        Ok(())
    }

    /// The same of a container that was just looked at.
    pub(super) async fn tell_exit_of(self: &Arc<Self>, id: &str, inspected: &ContainerInspectResponse) {
        let Some(identity) = report::container_identity(inspected) else { return };
        let last_words = self.last_words(inspected, &identity).await;
        let RunState::Exited(exit) = report::run_state(inspected, &last_words) else { return };
        let told = self.memory().told.insert(id.to_owned(), exit.finished);
        if exit.started.is_some() && told != Some(exit.finished) {
            let _ = self.events.send(Event::Exited { instance: identity.instance, exit });
        }
    }
}
