//! Containers: made anew for each attempt, never restarted, so that the last dead one keeps its log.

use std::{sync::Arc, time::Duration};

use bollard::{models::ContainerInspectResponse, query_parameters::StartContainerOptions};
use standfast_core::{
    contract::{ContainerSpec, Event, Failure, Outcome, RunState},
    id::{InstanceId, SandboxId},
    time::Time,
};

use super::{
    Shared,
    engine::{LONG, is_not_found, is_unchanged},
    image, labels, mounts, report, spec,
};

impl Shared {
    pub(super) async fn create_container(
        self: &Arc<Self>,
        instance: &InstanceId,
        sandbox: &SandboxId,
        wanted: &Arc<ContainerSpec>,
    ) -> Result<Outcome, Failure> {
        let joined = self.joined(sandbox).await?;
        let mounts = {
            let (instance, wanted) = (instance.clone(), Arc::clone(wanted));
            self.blocking(move |shared| mounts::prepare(&shared.data, &instance, &wanted)).await?
        };
        let image_user = self.image_user(wanted).await?;
        let machine = self.machine(wanted.resources.out_of_memory).await?;
        let labels = labels::of_container(&self.node, instance, sandbox, wanted);
        let body = spec::container(wanted, &joined, machine, mounts, &image_user, labels.clone());
        let name = labels::object_name(wanted.name.as_str(), &wanted.pod, instance.attempt);
        let id = self.create(&name, body, &labels).await.map_err(|failure| match failure {
            Failure::NotFound(text) if text.contains("image") => Failure::ImageNotFound(text),
            failure => failure,
        })?;
        self.memory().containers.insert(instance.clone(), id.clone());
        Ok(Outcome::Created { runtime_id: id.into() })
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
