//! Probes and lifecycle hooks: what the core asks to be looked at, or to be run, in a running container.

use std::{sync::Arc, time::Duration};

use standfast_core::{
    contract::{Check, Failure, Hooked, Probed},
    id::InstanceId,
};
use tokio::time;

use super::{Shared, engine::SHORT};
use crate::probe::{grpc, http, tcp};

/// A server that keeps a hook waiting for longer has failed it; the kubelet itself would wait for ever.
const LONGEST_HOOK: Duration = Duration::from_hours(1);

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

    /// Runs a lifecycle hook. One that takes longer than `patience` is left to itself: it ends with its container.
    pub(super) async fn run_hook(
        self: &Arc<Self>,
        instance: &InstanceId,
        check: &Check,
        patience: Option<Duration>,
    ) -> Hooked {
        match check {
            Check::Exec { command } => {
                let ran = self.exec_hook(instance, command, patience).await;
                ran.unwrap_or_else(|failure: Failure| Hooked::failed(failure.to_string()))
            }
            Check::HttpGet { https, host, port, path, headers } => {
                let get = http::Get { https: *https, host, port: *port, path, headers, agent: http::HOOK };
                http::hook(get, patience.unwrap_or(LONGEST_HOOK)).await
            }
            Check::TcpSocket { .. } | Check::Grpc { .. } => Hooked::failed("invalid handler"),
        }
    }

    async fn look(self: &Arc<Self>, instance: &InstanceId, check: &Check, timeout: Duration) -> Probed {
        match check {
            Check::Exec { command } => {
                let found = self.exec(instance, command, timeout).await;
                found.unwrap_or_else(|failure: Failure| Probed::Error(failure.to_string().into()))
            }
            Check::HttpGet { https, host, port, path, headers } => {
                let get = http::Get { https: *https, host, port: *port, path, headers, agent: http::PROBE };
                http::get(get, timeout).await
            }
            Check::TcpSocket { host, port } => tcp::connect(host, *port, timeout).await,
            Check::Grpc { host, port, service } => grpc::check(host, *port, service, timeout).await,
        }
    }
}
