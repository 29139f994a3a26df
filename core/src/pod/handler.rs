//! From the handlers of a manifest (`exec`, `httpGet`, ...) to what a host is asked to do, and what is said when a hook fails.
//!
//! Follows `pkg/kubelet/lifecycle/handlers.go` and the ports and addresses of `pkg/kubelet/prober`.

use std::sync::Arc;

use super::env::{self, Vars};
use crate::{
    contract::{Check, Hook, Hooked},
    id::PodRef,
    manifest::{Container, Handler},
};

/// What a handler does, with its port's name and its address resolved.
///
/// # Errors
/// When it names a port that the container does not have.
pub fn check(
    container: &Container,
    handler: &Handler,
    ip: Option<&Arc<str>>,
    vars: &Vars,
) -> Result<Check, String> {
    let address =
        |host: &Arc<str>| if host.is_empty() { ip.cloned().unwrap_or_default() } else { host.clone() };
    let number = |port: &str| -> Result<u16, String> {
        let named = container.ports.iter().find(|known| known.name.as_deref() == Some(port));
        port.parse()
            .ok()
            .or(named.map(|port| port.container_port))
            .ok_or_else(|| format!("couldn't find port: {port:?} in container"))
    };
    Ok(match handler {
        Handler::Exec { command } => Check::Exec { command: env::expand_all(command, vars) },
        Handler::HttpGet { https, host, port, path, headers } => Check::HttpGet {
            https: *https,
            host: address(host),
            port: number(port)?,
            path: path.clone(),
            headers: headers.clone(),
        },
        Handler::TcpSocket { host, port } => Check::TcpSocket { host: address(host), port: number(port)? },
        Handler::Grpc { port, service } => {
            Check::Grpc { host: ip.cloned().unwrap_or_default(), port: *port, service: service.clone() }
        }
        Handler::Sleep { .. } => return Err("a probe cannot sleep".to_owned()),
    })
}

/// What a lifecycle hook does. The command of one is taken as it is written: nothing in it is expanded.
#[must_use]
pub fn hook(container: &Container, handler: &Handler, ip: Option<&Arc<str>>) -> Hook {
    match handler {
        Handler::Exec { command } => Hook::Run(Check::Exec { command: command.clone() }),
        Handler::HttpGet { .. } => match check(container, handler, ip, &Vars::new()) {
            Ok(check) => Hook::Run(check),
            Err(error) => Hook::Impossible(error.into()),
        },
        Handler::Sleep { duration } => Hook::Sleep(*duration),
        Handler::TcpSocket { .. } | Handler::Grpc { .. } => {
            Hook::Impossible("invalid handler: neither exec, nor httpGet, nor sleep".into())
        }
    }
}

/// Why a hook failed, as the container's status says it; `None` when it did not.
#[must_use]
pub fn failed(hook: &Hook, hooked: &Hooked, container: &str, pod: &PodRef) -> Option<String> {
    let Hooked::Failure { error, output } = hooked else { return None };
    let whose = format!("for Container \"{container}\" in Pod \"{pod}\" failed - error: {error}");
    Some(match hook {
        Hook::Run(Check::Exec { command }) => {
            let (command, output) = (command.join(" "), output.as_deref().unwrap_or_default());
            format!("Exec lifecycle hook ([{command}]) {whose}, message: {output:?}")
        }
        Hook::Run(Check::HttpGet { path, .. }) => format!("HTTP lifecycle hook ({path}) {whose}"),
        Hook::Sleep(duration) => format!("Sleep lifecycle hook ({}) {whose}", duration.as_secs()),
        Hook::Run(Check::TcpSocket { .. } | Check::Grpc { .. }) | Hook::Impossible(_) => {
            format!("Cannot run handler: {error}")
        }
    })
}
