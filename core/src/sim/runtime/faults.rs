//! What goes wrong in a runtime, and what its users set.

use std::{sync::Arc, time::Duration};

use super::{Container, Runtime, Sandbox, Surroundings, full_name};
use crate::{
    contract::{Event, ExitReason, ImageInfo, SandboxState},
    id::{InstanceId, PodUid},
    sim::{
        container::reason_of,
        fault::{Ending, SimError},
        images,
    },
    time::Time,
};

/// What came of a command that was run in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// What it wrote.
    pub output: String,
    /// Its exit code; none when it had not ended, and was left alone.
    pub code: Option<i32>,
}

impl Runtime {
    /// Puts an image on the node as if it had been fetched.
    pub fn preload(&mut self, image: &str) -> Result<(), SimError> {
        let found = images::find(image).map_err(|_| SimError::BadImage(image.into()))?;
        let name = full_name(image);
        let info = images::info(&name, found);
        self.images.insert(name.into(), info);
        Ok(())
    }

    /// Takes an image from the registries and the node, or gives it back to the registries.
    pub fn set_missing(&mut self, image: &str, missing: bool) {
        let name = full_name(image);
        if missing {
            self.images.remove(&*name);
            self.missing.insert(name);
        } else {
            self.missing.remove(&name);
        }
    }

    /// Makes fetching an image take so long.
    pub fn set_slow(&mut self, image: &str, takes: Duration) {
        self.slow.insert(full_name(image), takes);
    }

    /// Stops answering, or answers again: then its client must list, for hints were lost.
    pub fn set_down(&mut self, down: bool) {
        if self.down && !down {
            self.ready.push_back(Event::EdgesLost);
        }
        self.down = down;
    }

    /// Loses hints, or tells them again.
    pub fn set_losing(&mut self, losing: bool) {
        self.losing = losing;
    }

    /// Ends a container's main process.
    pub fn kill(&mut self, now: Time, pod: &PodUid, container: &str, how: Ending) -> Result<(), SimError> {
        let instance = self.newest(pod, container).filter(|it| self.containers[*it].is_running()).cloned();
        let instance = instance.ok_or_else(|| no_container(pod, container))?;
        let (code, reason) = match how {
            Ending::Exit { code } => (code & 255, reason_of(code & 255)),
            Ending::Kill => (137, ExitReason::Error),
            Ending::OutOfMemory => (137, ExitReason::OomKilled),
        };
        self.end(now, &instance, code, reason);
        Ok(())
    }

    /// Asks a container's main process to end, and kills it after `grace`.
    pub fn stop_container(
        &mut self,
        now: Time,
        pod: &PodUid,
        container: &str,
        grace: Duration,
    ) -> Result<(), SimError> {
        let instance = self.newest(pod, container).filter(|it| self.containers[*it].is_running()).cloned();
        let instance = instance.ok_or_else(|| no_container(pod, container))?;
        self.stop(now, None, &instance, grace);
        Ok(())
    }

    /// Runs a command in a container, as far as it goes at once: what it wrote, and its exit code once it has ended.
    pub fn exec(
        &mut self,
        now: Time,
        pod: &PodUid,
        container: &str,
        command: &[Arc<str>],
    ) -> Result<Executed, SimError> {
        let instance = self.newest(pod, container).filter(|it| self.containers[*it].is_running()).cloned();
        let instance = instance.ok_or_else(|| no_container(pod, container))?;
        let clock = self.epoch.at(now).0;
        let Some(container) = self.containers.get_mut(&instance) else {
            return Err(no_container(pod, container));
        };
        let argv: Vec<String> = command.iter().map(ToString::to_string).collect();
        let mut around = Surroundings { disk: &mut self.disk, now, clock };
        Ok(match container.exec(&argv, &mut around) {
            Ok((process, log)) => Executed { output: log.text(), code: process.ended() },
            Err(problem) => Executed { output: format!("{problem}\n"), code: Some(126) },
        })
    }

    /// The command that a container's main process was started with.
    #[must_use]
    pub fn command(&self, instance: &InstanceId) -> Option<Vec<String>> {
        let container = self.containers.get(instance)?;
        Some(Container::argv(&container.spec, container.image))
    }

    /// The images that the node has: name, id and size.
    pub fn images(&self) -> impl Iterator<Item = (&str, &ImageInfo)> {
        self.images.iter().map(|(name, info)| (&**name, info))
    }

    /// Removes a container behind its client's back.
    pub fn remove_container(&mut self, now: Time, pod: &PodUid, container: &str) -> Result<(), SimError> {
        let instance = self.newest(pod, container).cloned().ok_or_else(|| no_container(pod, container))?;
        self.end(now, &instance, 137, ExitReason::Error);
        self.containers.remove(&instance);
        self.disk.forget_container(&instance);
        self.hint(Event::ContainerGone { instance });
        Ok(())
    }

    /// Removes every pod, with its containers and its data.
    pub fn remove_all(&mut self, now: Time) {
        let containers: Vec<InstanceId> = self.containers.keys().cloned().collect();
        for instance in containers {
            self.end(now, &instance, 137, ExitReason::Error);
            self.containers.remove(&instance);
            self.disk.forget_container(&instance);
            self.hint(Event::ContainerGone { instance });
        }
        for (sandbox, it) in std::mem::take(&mut self.sandboxes) {
            self.disk.forget_pod(&it.spec.pod.uid);
            self.hint(Event::SandboxGone { sandbox });
        }
    }

    /// Kills a sandbox behind its client's back. Its containers run on without a network.
    pub fn kill_sandbox(&mut self, pod: &PodUid) -> Result<(), SimError> {
        let ready = |sandbox: &&mut Sandbox| {
            sandbox.report.state == SandboxState::Ready && sandbox.report.id.pod == *pod
        };
        let sandbox =
            self.sandboxes.values_mut().find(ready).ok_or_else(|| SimError::NoPod(pod.as_str().into()))?;
        sandbox.report.state = SandboxState::NotReady;
        let sandbox = sandbox.report.id.clone();
        self.hint(Event::SandboxGone { sandbox });
        Ok(())
    }
}

fn no_container(pod: &PodUid, container: &str) -> SimError {
    SimError::NoContainer { pod: pod.as_str().into(), container: container.into() }
}
