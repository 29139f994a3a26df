//! What the engine and its machine allow, asked once and only when the answer counts.

use std::sync::Arc;

use bollard::{
    models::{ContainerCreateBody, HostConfig},
    query_parameters::{CreateContainerOptionsBuilder, StartContainerOptions},
};
use standfast_core::contract::{Failure, OutOfMemory};

use super::{
    Shared,
    engine::{LONG, SHORT},
    spec::{Machine, PROTECTED},
};

impl Shared {
    /// What must be known of the machine to make a container with this place in the order.
    pub(super) async fn machine(self: &Arc<Self>, order: OutOfMemory) -> Result<Machine, Failure> {
        let nothing = Machine { memory: 0, may_protect: false };
        let _one = self.asking.lock().await;
        match order {
            OutOfMemory::First => Ok(nothing),
            OutOfMemory::Middle { .. } => Ok(Machine { memory: self.machine_memory().await?, ..nothing }),
            OutOfMemory::Last => Ok(Machine { may_protect: self.may_protect().await?, ..nothing }),
        }
    }

    async fn machine_memory(&self) -> Result<u64, Failure> {
        let known = self.memory().installed;
        if let Some(bytes) = known {
            return Ok(bytes);
        }
        let client = self.engine.client(SHORT).await?;
        let info = client.info().await.map_err(|error| self.engine.failure(error))?;
        let bytes = info.mem_total.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        self.memory().installed = Some(bytes);
        Ok(bytes)
    }

    /// Tries it: an engine that may not says so only when a container starts, in words that say nothing.
    async fn may_protect(self: &Arc<Self>) -> Result<bool, Failure> {
        let known = self.memory().may_protect;
        if let Some(may) = known {
            return Ok(may);
        }
        let name = format!("standfast_probe_{}", self.node);
        let host_config = HostConfig {
            network_mode: Some("none".to_owned()),
            oom_score_adj: Some(PROTECTED),
            ..HostConfig::default()
        };
        let body = ContainerCreateBody {
            image: Some(self.pause_image(false).await?),
            host_config: Some(host_config),
            ..ContainerCreateBody::default()
        };
        // An agent that was killed here may have left one.
        self.remove(&name).await?;
        let client = self.engine.client(LONG).await?;
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        client.create_container(Some(options), body).await.map_err(|error| self.engine.failure(error))?;
        let started = client.start_container(&name, None::<StartContainerOptions>).await;
        self.remove(&name).await?;
        let may = match started.map_err(|error| self.engine.failure(error)) {
            Ok(()) => true,
            Err(failure @ Failure::Unreachable(_)) => return Err(failure),
            Err(_) => false,
        };
        if !may {
            tracing::warn!(
                "the engine lacks CAP_SYS_RESOURCE: Guaranteed pods get the OOM score 0 instead of {PROTECTED}"
            );
        }
        self.memory().may_protect = Some(may);
        Ok(may)
    }
}
