//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use standfast_core::{config::Policies, id::NodeName};

use crate::{
    check,
    lives::ReplayArgs,
    policy,
    show::{DescribeArgs, GetArgs},
};

/// Keeps static pods standing: a folder of Pod manifests goes in, running pods come out.
#[derive(Debug, Parser)]
#[command(name = "standfast", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the pods of a folder and keep them running.
    #[command(after_help = policy::help())]
    Run(RunArgs),
    /// Print the pods of an agent that runs, as `kubectl get pods` prints them.
    Get(GetArgs),
    /// Describe pods of an agent that runs, as `kubectl describe pod` does.
    Describe(DescribeArgs),
    /// Show what happens in a scenario, in the simulator, with causes.
    Sim(SimArgs),
    /// Tell whether scenarios hold, in the simulator or on real containers.
    Test(TestArgs),
    /// Say what the kubelet would say of manifests, without running anything.
    Check(check::Args),
    /// Compare with what a running kubelet was recorded to do with pods.
    ReplayKubelet(ReplayArgs),
}

/// Which scenario to show.
#[derive(Clone, Debug, Args)]
pub struct SimArgs {
    /// A scenario: Markdown with fenced blocks.
    pub file: PathBuf,
}

/// Which scenarios to run, and where.
#[derive(Clone, Debug, Args)]
pub struct TestArgs {
    /// Scenarios: Markdown with fenced blocks.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Run them on real containers instead of in the simulator.
    #[arg(long)]
    pub docker: bool,
    /// Where Docker answers: a socket (unix:) or an address (tcp:).
    #[arg(long, value_name = "URL", env = "DOCKER_HOST", default_value = DOCKER_HOST)]
    pub docker_host: String,
}

/// Where Docker answers on most machines.
pub(crate) const DOCKER_HOST: &str = "unix:///var/run/docker.sock";

/// How to run the pods of a folder.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// The folder of Pod manifests, or one manifest.
    #[arg(long, value_name = "DIR")]
    pub manifests: PathBuf,
    /// The node's name: the suffix of its pods' names [default: the host's name].
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,
    /// Labels of the node, beside its own: what node selectors are asked of.
    #[arg(long, value_name = "KEY=VALUE,...", value_delimiter = ',', value_parser = label)]
    pub node_labels: Vec<(String, String)>,
    /// What runs the containers.
    #[arg(long, value_enum, default_value_t = Runtime::Docker)]
    pub runtime: Runtime,
    /// Where Docker answers: a socket (unix:) or an address (tcp:).
    #[arg(long, value_name = "URL", env = "DOCKER_HOST", default_value = DOCKER_HOST)]
    pub docker_host: String,
    /// Where the pods' volumes and termination messages are kept; the engine must see the same path.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/standfast")]
    pub root_dir: PathBuf,
    /// Serve a read-only view of the node (and the page) here.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The built page to serve at `/`.
    #[arg(long, value_name = "DIR", requires = "listen")]
    pub page: Option<PathBuf>,
    /// Give containers without a seccomp profile the engine's own instead of none (the kubelet's default is false).
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub seccomp_default: bool,
    /// Set a policy; may be given several times.
    #[arg(long = "policy", value_name = "NAME=VALUE")]
    pub policies: Vec<String>,
    /// Stop the pods when the agent is told to end; without it they run on.
    #[arg(long)]
    pub stop_pods_on_exit: bool,
    /// How log lines look.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Log more: -v for debugging, -vv for everything.
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

impl RunArgs {
    /// The policies: the agent's defaults, changed as asked.
    pub fn policies(&self) -> Result<Policies, policy::PolicyError> {
        let mut policies = Policies::AGENT;
        for text in &self.policies {
            policy::set(&mut policies, text)?;
        }
        Ok(policies)
    }

    /// The node's name: as given, or the host's, in lower case.
    #[must_use]
    pub fn node_name(&self) -> NodeName {
        let name = self.node.clone().unwrap_or_else(|| {
            let uname = rustix::system::uname();
            uname.nodename().to_string_lossy().into_owned()
        });
        name.trim().to_lowercase().into()
    }
}

/// A label as the command line has it.
fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("write it as key=value".to_owned()),
    }
}

/// The machine's architecture, as Kubernetes names it.
#[must_use]
pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// What runs the containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Runtime {
    /// A Docker engine.
    Docker,
    /// The simulator, in real time: no container is made.
    Sim,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_shows_the_policies() {
        let mut command = Cli::command();
        let run = command.find_subcommand_mut("run").unwrap();
        let help = run.render_help().to_string();
        assert!(help.contains("keep-last-good | kubelet"), "{help}");
    }

    #[test]
    fn a_nodes_name_is_lower_case() {
        let cli = Cli::parse_from(["standfast", "run", "--manifests", "x", "--node", "Node-A"]);
        let Command::Run(args) = cli.command else { panic!("{cli:?}") };
        assert_eq!(args.node_name().as_str(), "node-a");
    }
}
