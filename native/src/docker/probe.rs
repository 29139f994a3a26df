//! Probes: what the core asks to be looked at in a running container.

use std::{sync::Arc, time::Duration};

use standfast_core::{
    contract::{Check, Failure, Probed},
    id::InstanceId,
};
use tokio::time;

use super::{Shared, engine::SHORT};
use crate::probe::{grpc, http, tcp};

impl Shared {
    /// Looks, and answers at the latest a little after `timeout`, whatever hangs.
    pub(super) async fn run_probe(
        self: &Arc<Self>,
        instance: &InstanceId,
        check: &Check,
        timeout: Duration,
    ) -> Probed {
        let found = time::timeout(timeout.saturating_add(SHORT), self.look(instance, check, timeout)).await;
        found.unwrap_or_else(|_| Probed::Error("the engine did not run the probe in time".into()))
    }

    async fn look(self: &Arc<Self>, instance: &InstanceId, check: &Check, timeout: Duration) -> Probed {
        match check {
            Check::Exec { command } => {
                let found = self.exec(instance, command, timeout).await;
                found.unwrap_or_else(|failure: Failure| Probed::Error(failure.to_string().into()))
            }
            Check::HttpGet { https, host, port, path, headers } => {
                http::get(http::Get { https: *https, host, port: *port, path, headers }, timeout).await
            }
            Check::TcpSocket { host, port } => tcp::connect(host, *port, timeout).await,
            Check::Grpc { host, port, service } => grpc::check(host, *port, service, timeout).await,
        }
    }
}
