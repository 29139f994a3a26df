//! What somebody else does to a node's containers, past its kubelet: for scenarios and tests.

use std::{path::Path, sync::Arc, time::Duration};

use bollard::{
    models::ContainerSummary,
    query_parameters::{
        KillContainerOptionsBuilder, ListContainersOptionsBuilder, LogsOptionsBuilder,
        RemoveContainerOptionsBuilder,
    },
};
use futures_util::StreamExt as _;
use standfast_core::{
    contract::Failure,
    id::{NodeName, PodUid},
};

use tokio::time::sleep;

use super::{
    engine::{Engine, LONG, SHORT, is_conflict, is_not_found},
    labels::{self, Identity},
    pod_data::PodData,
};

/// So late the engine may come with what nobody waits for any more.
const LATE: Duration = Duration::from_millis(250);

/// Somebody with access to the engine.
#[derive(Clone, Debug)]
pub struct Intruder {
    engine: Engine,
    scope: NodeName,
}

impl Intruder {
    /// Somebody who knows the containers of this scope.
    #[must_use]
    pub fn new(engine: Engine, scope: &Arc<str>) -> Self {
        Self { engine, scope: (&**scope).into() }
    }

    /// Kills the newest instance of a container.
    pub async fn kill(&self, pod: &PodUid, container: &str) -> Result<(), Failure> {
        let id = self.newest(pod, container).await?;
        self.kill_id(&id).await
    }

    /// Kills the newest sandbox of a pod.
    pub async fn kill_sandbox(&self, pod: &PodUid) -> Result<(), Failure> {
        let sandboxes = self.identified().await?.into_iter().filter_map(|(id, identity)| match identity {
            Identity::Sandbox { id: sandbox, .. } if sandbox.pod == *pod => Some((sandbox.attempt, id)),
            Identity::Sandbox { .. } | Identity::Container(_) => None,
        });
        let newest = sandboxes.max().ok_or_else(|| Failure::NotFound(format!("pod {pod} has no sandbox")))?;
        self.kill_id(&newest.1).await
    }

    /// Removes the newest instance of a container, running or not.
    pub async fn remove(&self, pod: &PodUid, container: &str) -> Result<(), Failure> {
        let id = self.newest(pod, container).await?;
        self.remove_id(&id).await
    }

    /// The lines that the newest instance of a container wrote.
    pub async fn output(&self, pod: &PodUid, container: &str) -> Result<Vec<String>, Failure> {
        let id = self.newest(pod, container).await?;
        let client = self.engine.client(LONG).await?;
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).build();
        let mut pieces = Box::pin(client.logs(&id, Some(options)));
        let mut text = Vec::new();
        while let Some(piece) = pieces.next().await {
            text.extend(piece.map_err(|error| self.engine.failure(error))?.into_bytes());
        }
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    /// Removes everything of this scope, and the data under `root`. The engine may still be making what a driver asked for that is gone.
    pub async fn clear(&self, root: &Path) -> Result<(), Failure> {
        let data = PodData::under(root);
        let mut quiet = 0;
        while quiet < 2 {
            let all = self.all().await?;
            quiet = if all.is_empty() { quiet + 1 } else { 0 };
            for summary in all {
                self.remove_id(&summary.id.clone().unwrap_or_default()).await?;
                if let Some(Identity::Sandbox { pod, .. }) =
                    summary.labels.as_ref().and_then(labels::identity)
                {
                    data.remove(&pod.uid)?;
                }
            }
            sleep(LATE).await;
        }
        Ok(())
    }

    async fn kill_id(&self, id: &str) -> Result<(), Failure> {
        let client = self.engine.client(SHORT).await?;
        let options = KillContainerOptionsBuilder::new().signal("KILL").build();
        client.kill_container(id, Some(options)).await.map_err(|error| self.engine.failure(error))
    }

    async fn remove_id(&self, id: &str) -> Result<(), Failure> {
        let client = self.engine.client(LONG).await?;
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match client.remove_container(id, Some(options)).await {
            // Somebody else removes it, or has.
            Err(error) if !is_not_found(&error) && !is_conflict(&error) => Err(self.engine.failure(error)),
            _ => Ok(()),
        }
    }

    async fn newest(&self, pod: &PodUid, container: &str) -> Result<String, Failure> {
        let instances = self.identified().await?.into_iter().filter_map(|(id, identity)| match identity {
            Identity::Container(it)
                if it.instance.pod == *pod && it.instance.container.as_str() == container =>
            {
                Some((it.instance.attempt, id))
            }
            Identity::Container(_) | Identity::Sandbox { .. } => None,
        });
        let missing = || Failure::NotFound(format!("pod {pod} has no container {container}"));
        instances.max().map(|(_, id)| id).ok_or_else(missing)
    }

    async fn identified(&self) -> Result<Vec<(String, Identity)>, Failure> {
        let all = self.all().await?.into_iter();
        Ok(all.filter_map(|it| Some((it.id?, labels::identity(it.labels.as_ref()?)?))).collect())
    }

    async fn all(&self) -> Result<Vec<ContainerSummary>, Failure> {
        let client = self.engine.client(SHORT).await?;
        let filter = labels::filter(&self.scope, &[]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filter).build();
        client.list_containers(Some(options)).await.map_err(|error| self.engine.failure(error))
    }
}
