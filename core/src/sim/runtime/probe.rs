//! Probes and hooks: commands run in a container, requests and connections made from the node. Texts are the kubelet's.

use std::{sync::Arc, time::Duration};

use super::{Job, Runtime};
use crate::{
    contract::{Check, Hooked, Outcome, Probed},
    id::{ActionId, InstanceId},
    sim::{
        container::{Container, Surroundings},
        shell::{Log, Site},
    },
    time::{GoDuration, Time},
};

/// How long a command takes to be started in a container.
const EXEC: Duration = Duration::from_millis(60);

/// A command that was started in a container and has not ended.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Exec {
    pub(in crate::sim) id: Option<ActionId>,
    pub(in crate::sim) process: Box<crate::sim::shell::Machine>,
    pub(in crate::sim) log: Log,
    pub(in crate::sim) command: Box<[Arc<str>]>,
    pub(in crate::sim) asked: Asked,
    /// When nobody waits for it any more.
    pub(in crate::sim) until: Option<Time>,
}

/// Who asked for a command.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) enum Asked {
    Probe { timeout: Duration },
    Hook,
}

impl Asked {
    /// The answer when the command could not be run, or ended with its container.
    pub(in crate::sim) fn lost(self, text: &str) -> Outcome {
        match self {
            Self::Probe { .. } => Outcome::Probed(Probed::Error(text.into())),
            Self::Hook => Outcome::Hooked(Hooked::failed(text)),
        }
    }

    /// The answer when it ended with `code`, or took too long.
    fn over(self, command: &[Arc<str>], code: Option<i32>, output: String) -> Outcome {
        match (self, code) {
            (Self::Probe { .. }, Some(0)) => Outcome::Probed(Probed::Success),
            (Self::Hook, Some(0)) => Outcome::Hooked(Hooked::Success),
            (Self::Probe { .. }, Some(_)) => Outcome::Probed(Probed::Failure(output.into())),
            (Self::Hook, Some(code)) => Outcome::Hooked(Hooked::exited(command, code.into(), output.into())),
            (Self::Probe { timeout }, None) => {
                let text = format!(
                    "command timed out: \"{}\" timed out after {}",
                    command.join(" "),
                    GoDuration(timeout)
                );
                Outcome::Probed(Probed::Failure(text.into()))
            }
            (Self::Hook, None) => Outcome::Hooked(Hooked::failed("nobody waits for it any more")),
        }
    }
}

impl Runtime {
    pub(super) const fn probe_latency(check: &Check) -> Duration {
        match check {
            Check::Exec { .. } => EXEC,
            Check::HttpGet { .. } | Check::TcpSocket { .. } | Check::Grpc { .. } => Duration::from_millis(2),
        }
    }

    pub(super) fn probe(
        &mut self,
        now: Time,
        id: Option<ActionId>,
        instance: &InstanceId,
        check: &Check,
        timeout: Duration,
    ) {
        let probed = match check {
            Check::Exec { command } => {
                match self.begin_exec(now, id, instance, command, Asked::Probe { timeout }) {
                    Ok(()) => return self.go_on_with_execs(now, instance),
                    Err(text) => Probed::Error(text.into()),
                }
            }
            Check::HttpGet { https, host, port, path, .. } => {
                let scheme = if *https { "https" } else { "http" };
                let url = format!("{scheme}://{}{path}", address(host, *port));
                match self.listening(instance, host, *port) {
                    None => Probed::Failure(format!("Get \"{url}\": {}", refused(host, *port)).into()),
                    Some((_, Site::Mute)) => Probed::Failure(
                        format!("Get \"{url}\": net/http: HTTP/1.x transport connection broken: malformed HTTP response").into(),
                    ),
                    Some((_, Site::Anything)) => Probed::Success,
                    Some((server, Site::Folder(folder))) => self.visit(&server, &folder, path),
                }
            }
            Check::TcpSocket { host, port } => match self.listening(instance, host, *port) {
                Some(_) => Probed::Success,
                None => Probed::Failure(refused(host, *port).into()),
            },
            Check::Grpc { host, port, .. } => {
                let at = address(host, *port);
                let within = GoDuration(timeout);
                match self.listening(instance, host, *port) {
                    Some(_) => Probed::Failure(
                        "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service grpc.health.v1.Health".into(),
                    ),
                    None => Probed::Failure(
                        format!("timeout: failed to connect service \"{at}\" within {within}: context deadline exceeded").into(),
                    ),
                }
            }
        };
        self.answer(id, Outcome::Probed(probed));
    }

    /// Runs a lifecycle hook. A command goes on for as long as its container does.
    pub(super) fn hook(&mut self, now: Time, id: Option<ActionId>, instance: &InstanceId, check: &Check) {
        let hooked = match check {
            Check::Exec { command } => match self.begin_exec(now, id, instance, command, Asked::Hook) {
                Ok(()) => return self.go_on_with_execs(now, instance),
                Err(text) => Hooked::failed(text),
            },
            Check::HttpGet { https, host, port, path, .. } => {
                let scheme = if *https { "https" } else { "http" };
                match self.listening(instance, host, *port) {
                    None => Hooked::failed(format!(
                        "Get \"{scheme}://{}{path}\": {}",
                        address(host, *port),
                        refused(host, *port)
                    )),
                    // Simulated servers speak HTTP only.
                    Some(_) if *https => Hooked::Fallback(address(host, *port).into()),
                    Some(_) => Hooked::Success,
                }
            }
            Check::TcpSocket { .. } | Check::Grpc { .. } => Hooked::failed("invalid handler"),
        };
        self.answer(id, Outcome::Hooked(hooked));
    }

    /// What a web server makes of a path in its folder.
    fn visit(&self, server: &InstanceId, folder: &str, path: &str) -> Probed {
        let path = path.split('?').next().unwrap_or_default();
        let file =
            if path.ends_with('/') { format!("{folder}{path}index.html") } else { format!("{folder}{path}") };
        let there = self.containers.get(server).is_some_and(|it| self.disk.read(&it.root, &file).is_some());
        if there { Probed::Success } else { Probed::Failure("HTTP probe failed with statuscode: 404".into()) }
    }

    /// Who answers on a port of an address: some container of the pod whose address it is, the probed pod's own when none is named.
    fn listening(&self, probed: &InstanceId, host: &str, port: u16) -> Option<(InstanceId, Site)> {
        let own = self.containers.get(probed)?;
        let of_host = |container: &&Container| {
            let sandbox = self.sandbox_of(container);
            let local = matches!(host, "" | "127.0.0.1" | "localhost");
            let same_pod = container.instance.pod == own.instance.pod;
            match sandbox.and_then(|sandbox| sandbox.report.ip.as_deref()) {
                Some(ip) => ip == host || (host.is_empty() && same_pod),
                // On the host's network every address of the host is its own.
                None => local || sandbox.is_some(),
            }
        };
        let deaf =
            |container: &&Container| container.image.name == "kube-apiserver" && !self.has_store(container);
        let answers = |container: &Container| {
            let listening = container.process.as_ref()?.listening(port)?;
            Some((container.instance.clone(), listening.site.clone()))
        };
        let running = |all: &mut dyn Iterator<Item = &Container>| {
            all.filter(|it| it.is_running() && !deaf(it)).filter(of_host).find_map(answers)
        };
        let ip = self.sandbox_of(own).and_then(|sandbox| sandbox.report.ip.as_deref());
        if matches!(host, "" | "127.0.0.1" | "localhost") || ip == Some(host) {
            // Nobody else has that address but who is on the host's network.
            let near = self.on_host.iter().chain([&own.instance.pod]);
            let near = crate::sort::set(near.cloned());
            return running(&mut near.iter().flat_map(|pod| self.of_pod(pod)));
        }
        running(&mut self.containers.values().map(|it| &**it))
    }

    fn sandbox_of(&self, container: &Container) -> Option<&super::Sandbox> {
        let id = crate::id::SandboxId { pod: container.instance.pod.clone(), attempt: container.sandbox };
        self.sandboxes.get(&id)
    }

    fn begin_exec(
        &mut self,
        now: Time,
        id: Option<ActionId>,
        instance: &InstanceId,
        command: &[Arc<str>],
        asked: Asked,
    ) -> Result<(), String> {
        const FAILED: &str = "rpc error: code = Unknown desc = failed to exec in container: ";
        let clock = self.epoch.at(now).0;
        let container =
            self.containers.get_mut(instance).ok_or_else(|| format!("{FAILED}container not found"))?;
        if !container.is_running() || container.over.is_some() {
            return Err(format!("{FAILED}container is in CONTAINER_EXITED state"));
        }
        let argv: Vec<String> = command.iter().map(ToString::to_string).collect();
        let mut around = Surroundings { disk: &mut self.disk, now, clock };
        let (process, log) = container.exec(&argv, &mut around).map_err(|problem| {
            format!("{FAILED}failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: {problem}")
        })?;
        let until = match asked {
            Asked::Probe { timeout } => Some(now + timeout),
            Asked::Hook => None,
        };
        container.execs.push(Exec { id, process, log, command: command.into(), asked, until });
        if let Some(until) = until {
            self.queue.push(until, Job::Exec(instance.clone()));
        }
        Ok(())
    }

    /// Lets the commands in a container go on, and answers for those that have ended or taken too long.
    pub(super) fn go_on_with_execs(&mut self, now: Time, instance: &InstanceId) {
        let clock = self.epoch.at(now).0;
        let Some(container) = self.containers.get_mut(instance) else { return };
        let mut around = Surroundings { disk: &mut self.disk, now, clock };
        let over = container.advance_execs(&mut around);
        let next = container.execs.iter().filter_map(|exec| exec.process.next_at()).min();
        if let Some(at) = next {
            self.queue.push(at.max(now), Job::Exec(instance.clone()));
        }
        for (exec, code) in over {
            let outcome = exec.asked.over(&exec.command, code, exec.log.text());
            self.answer(exec.id, outcome);
        }
    }
}

fn address(host: &str, port: u16) -> String {
    format!("{}:{port}", if host.is_empty() { "localhost" } else { host })
}

fn refused(host: &str, port: u16) -> String {
    format!("dial tcp {}: connect: connection refused", address(host, port))
}
