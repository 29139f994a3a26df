//! The list: everything of this node that the engine has. Also how a single object is found, and removed.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bollard::{
    models::{ContainerInspectResponse, ContainerSummary, ContainerSummaryStateEnum, EndpointSettings},
    query_parameters::{
        InspectContainerOptions, ListContainersOptionsBuilder, LogsOptionsBuilder,
        RemoveContainerOptionsBuilder,
    },
};
use futures_util::{StreamExt as _, stream};
use standfast_core::contract::{
    ContainerReport, Failure, RuntimeState, SandboxReport, SandboxState, last_of_log,
};
use tokio::time::{Instant, sleep};

use super::{
    Shared,
    engine::{LONG, SHORT, is_conflict, is_not_found},
    labels::{self, ContainerIdentity, Identity},
    report,
};

/// How many containers are asked about at a time.
const QUESTIONS: usize = 8;
/// How often a removal that somebody else began is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

type Networks = HashMap<String, EndpointSettings>;

impl Shared {
    /// Everything of this node, running or not.
    pub(super) async fn list(self: &Arc<Self>) -> Result<RuntimeState, Failure> {
        let mut state = RuntimeState::default();
        let mut containers = Vec::new();
        for summary in self.find_all(labels::filter(&self.node, &[])).await? {
            match summary.labels.as_ref().and_then(labels::identity) {
                Some(Identity::Sandbox { id, pod }) => {
                    let mut report = sandbox_report(&summary, id, pod);
                    if summary.state == Some(ContainerSummaryStateEnum::CREATED) {
                        self.settle(&mut report).await?;
                    }
                    self.memory().sandboxes.insert(report.id.clone(), report.runtime_id.to_string());
                    state.sandboxes.push(report);
                }
                Some(Identity::Container(identity)) => containers.push((summary, *identity)),
                None => {}
            }
        }
        let questions =
            containers.into_iter().map(|(summary, identity)| self.container_report(summary, identity));
        let mut answers = stream::iter(questions).buffer_unordered(QUESTIONS);
        while let Some(report) = answers.next().await {
            state.containers.extend(report?);
        }
        Ok(state)
    }

    /// A sandbox that was only created may be starting, at the request of an agent that was killed. Looking at it closely waits for that.
    async fn settle(&self, report: &mut SandboxReport) -> Result<(), Failure> {
        let Some(inspected) = self.inspect(&report.runtime_id).await? else { return Ok(()) };
        if inspected.state.and_then(|state| state.running) == Some(true) {
            report.state = SandboxState::Ready;
            let networks = inspected.network_settings.and_then(|settings| settings.networks);
            report.ip = networks.as_ref().and_then(address);
        }
        Ok(())
    }

    /// What is known of one container; `None` when it has gone in the meantime.
    async fn container_report(
        self: &Arc<Self>,
        summary: ContainerSummary,
        identity: ContainerIdentity,
    ) -> Result<Option<ContainerReport>, Failure> {
        let id = summary.id.clone().unwrap_or_default();
        self.memory().containers.insert(identity.instance.clone(), id.clone());
        match self.inspect(&id).await {
            Ok(Some(inspected)) => {
                let last_words = self.last_words(&inspected, &identity).await;
                Ok(Some(report::container(&inspected, identity, &last_words)))
            }
            Ok(None) => Ok(None),
            Err(failure @ Failure::Unreachable(_)) => Err(failure),
            // One container that the engine cannot look at must not hide the others.
            Err(failure) => {
                tracing::warn!(container = id, %failure, "a container cannot be looked at");
                Ok(Some(report::unknown(&summary, identity)))
            }
        }
    }

    /// What an ended container left in its termination message file; else, where it asked for that and failed, the end of its log.
    pub(super) async fn last_words(
        self: &Arc<Self>,
        inspected: &ContainerInspectResponse,
        identity: &ContainerIdentity,
    ) -> String {
        let running = inspected.state.as_ref().and_then(|state| state.running).unwrap_or(false);
        if running {
            return String::new();
        }
        let instance = identity.instance.clone();
        let message =
            self.blocking(move |shared| Ok(shared.data.message(&instance))).await.unwrap_or_default();
        let failed = inspected.state.as_ref().and_then(|state| state.exit_code).unwrap_or(0) != 0;
        match inspected.id.as_deref() {
            Some(id) if message.is_empty() && failed && identity.log_is_message => self.end_of_log(id).await,
            _ => message,
        }
    }

    /// The part of a container's log that is a last message; the reason when it cannot be read, as the kubelet has it.
    async fn end_of_log(&self, id: &str) -> String {
        let client = match self.engine.client(SHORT).await {
            Ok(client) => client,
            Err(failure) => return format!("Error on reading termination message from logs: {failure}"),
        };
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail("80").build();
        let mut chunks = client.logs(id, Some(options));
        let mut text = String::new();
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(chunk) => text.push_str(&String::from_utf8_lossy(&chunk.into_bytes())),
                Err(error) => return format!("Error on reading termination message from logs: {error}"),
            }
        }
        last_of_log(&text).to_owned()
    }

    /// What the engine knows of one object; `None` when there is none.
    pub(super) async fn inspect(&self, id: &str) -> Result<Option<ContainerInspectResponse>, Failure> {
        let client = self.engine.client(SHORT).await?;
        match client.inspect_container(id, None::<InspectContainerOptions>).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(self.engine.failure(error)),
        }
    }

    /// Everything that matches a filter, running or not.
    pub(super) async fn find_all(
        &self,
        filter: HashMap<String, Vec<String>>,
    ) -> Result<Vec<ContainerSummary>, Failure> {
        let client = self.engine.client(SHORT).await?;
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filter).build();
        client.list_containers(Some(options)).await.map_err(|error| self.engine.failure(error))
    }

    /// The engine's name of the one object that matches a filter.
    pub(super) async fn find(&self, filter: HashMap<String, Vec<String>>) -> Result<Option<String>, Failure> {
        Ok(self.find_all(filter).await?.into_iter().find_map(|summary| summary.id))
    }

    /// Removes an object with its log and its anonymous volumes; one that is gone is removed.
    pub(super) async fn remove(&self, id: &str) -> Result<(), Failure> {
        self.memory().own.insert(id.to_owned());
        let begun = Instant::now();
        loop {
            let client = self.engine.client(LONG).await?;
            let options = RemoveContainerOptionsBuilder::new().v(true).force(true).build();
            match client.remove_container(id, Some(options)).await {
                Ok(()) => return Ok(()),
                Err(error) if is_not_found(&error) => return Ok(()),
                // Its removal is under way already: it is done when the object is gone.
                Err(error) if is_conflict(&error) && begun.elapsed() < LONG => sleep(LOOK_AGAIN).await,
                Err(error) => return Err(self.engine.failure(error)),
            }
        }
    }
}

fn sandbox_report(
    summary: &ContainerSummary,
    id: standfast_core::id::SandboxId,
    pod: standfast_core::id::PodRef,
) -> SandboxReport {
    let running = summary.state == Some(ContainerSummaryStateEnum::RUNNING);
    let mode = summary.host_config.as_ref().and_then(|config| config.network_mode.as_deref());
    let networks = summary.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    SandboxReport {
        id,
        pod,
        runtime_id: summary.id.as_deref().unwrap_or_default().into(),
        state: if running { SandboxState::Ready } else { SandboxState::NotReady },
        created: report::from_seconds(summary.created),
        ip: networks.and_then(address),
        host_network: mode == Some("host"),
    }
}

/// The address in a sandbox's network; none on the host's.
pub(super) fn address(networks: &Networks) -> Option<Arc<str>> {
    let addresses = networks.values().filter_map(|network| network.ip_address.as_deref());
    addresses.filter(|address| !address.is_empty()).min().map(Into::into)
}
