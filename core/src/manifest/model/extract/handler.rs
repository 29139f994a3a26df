//! Probes and hooks out of the tree.

use std::{sync::Arc, time::Duration};

use super::{all, seconds, text, texts};
use crate::manifest::{
    at::At,
    model::{Handler, Probe},
};

/// A probe; its numbers have their defaults.
pub(super) fn probe(at: &At<'_>) -> Probe {
    let span = |name| at.field(name).int().map_or(Duration::ZERO, seconds);
    let count = |name| at.field(name).int().and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
    Probe {
        handler: handler(at).unwrap_or(Handler::Exec { command: Vec::new() }),
        initial_delay: span("initialDelaySeconds"),
        timeout: span("timeoutSeconds"),
        period: span("periodSeconds"),
        success_threshold: count("successThreshold"),
        failure_threshold: count("failureThreshold"),
        termination_grace_period_seconds: at.field("terminationGracePeriodSeconds").int(),
    }
}

/// What a probe or a hook does; the first that is there.
pub(super) fn handler(at: &At<'_>) -> Option<Handler> {
    let [exec, get, tcp, grpc, sleep] =
        ["exec", "httpGet", "tcpSocket", "grpc", "sleep"].map(|name| Some(at.field(name)).filter(At::is_set));
    if let Some(exec) = exec {
        return Some(Handler::Exec { command: texts(&exec.field("command")) });
    }
    if let Some(get) = get {
        return Some(Handler::HttpGet {
            https: get.field("scheme").text() == "HTTPS",
            host: text(&get.field("host")),
            port: int_or_text(&get.field("port")),
            path: text(&get.field("path")),
            headers: all(&get.field("httpHeaders"), |header| {
                (text(&header.field("name")), text(&header.field("value")))
            }),
        });
    }
    if let Some(tcp) = tcp {
        return Some(Handler::TcpSocket {
            host: text(&tcp.field("host")),
            port: int_or_text(&tcp.field("port")),
        });
    }
    if let Some(grpc) = grpc {
        let port = grpc.field("port").int().and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
        return Some(Handler::Grpc { port, service: text(&grpc.field("service")) });
    }
    sleep.map(|sleep| Handler::Sleep {
        duration: sleep.field("seconds").int().map_or(Duration::ZERO, seconds),
    })
}

fn int_or_text(at: &At<'_>) -> Arc<str> {
    at.int().map_or_else(|| text(at), |number| number.to_string().into())
}
