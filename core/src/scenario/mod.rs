//! Scenarios: literate Markdown that a simulator and a real engine both run.
//!
//! Prose is for people; fenced blocks are for machines. A file begins with front matter, and holds any number of three kinds of blocks:
//!
//! ````text
//! ---
//! title: A dropped manifest runs
//! targets: [sim, docker]      # where it holds
//! covers: [1]                 # lines of the conformance checklist
//! claims: [2]                 # lines of docs/claims.md
//! learners: [1]               # lines of docs/learners.md
//! seed: 1                     # optional
//! ---
//!
//! ```config
//! fileCheckFrequency: 20s
//! ```
//!
//! ```yaml file=web.yaml
//! apiVersion: v1
//! ...
//! ```
//!
//! ```steps
//! write web.yaml
//! within 5s pod web is Running
//! ```
//! ````
//!
//! # Steps
//!
//! One a line; `#` begins a comment; a text with spaces stands in double quotes. The node's suffix of a pod's name may be left out.
//!
//! | something is done | |
//! |---|---|
//! | `write FILE [to NAME]` | the block's text goes into the folder |
//! | `empty NAME` | the file is truncated |
//! | `remove NAME`, `rename NAME to NAME`, `touch NAME` | |
//! | `remove folder`, `make folder` | |
//! | `kill POD/CONTAINER [with CODE\|KILL\|OOM]` | its main process ends; 137 unless said |
//! | `delete container POD/CONTAINER`, `kill sandbox POD` | behind the kubelet's back |
//! | `stop kubelet`, `start kubelet`, `restart kubelet` | containers run on |
//! | `lose events`, `tell events`, `runtime down`, `runtime up` | |
//! | `image NAME is missing`, `image NAME is back`, `image NAME takes TIME` | |
//! | `shut down node`, `cancel shutdown` | the machine announces it, and stays on |
//! | `memory is short`, `memory is enough`, and the same of `pids` | |
//! | `on HOST: COMMAND` | typed at a terminal of a node, or of the `workstation` |
//! | `kubectl ...` | typed at the workstation |
//! | | what does not end at once, as `kubeadm init`, goes on until another line is typed there |
//! | `wait TIME` | |
//! | `on NODE STEP` | the step is about another node |
//! | `add node NODE [tainted TAINT] [labelled KEY=VALUE]` | with the settings of the first |
//! | `cut NODE`, `mend NODE`, `power off NODE`, `power on NODE` | the network, and the machine |
//! | `api down`, `api up` | a control plane from outside, which is there when the settings say `api: true` |
//! | `apply FILE` | as `kubectl apply` does |
//! | `api delete KIND NAME [in NAMESPACE] [now]` | |
//! | `api label\|annotate KIND NAME KEY=VALUE [in NAMESPACE]`, `api patch KIND NAME "JSON" [in NAMESPACE]` | `KEY-` takes away |
//! | `kubeadm init NODE ADDRESS`, `kubeadm addons` | the manifests of a control plane; kube-proxy and `CoreDNS` |
//! | `try STEP` | it may be refused |
//! | `note` | remembers pods and containers, for `the same` and `another` |
//!
//! | something is expected | |
//! |---|---|
//! | `pod P is Pending\|Running\|Succeeded\|Failed` | its phase |
//! | `pod P is ready`, `is not ready`, `is gone`, `is waiting to start`, `is terminating` | |
//! | `pod P is the same`, `pod P is another` | its uid, against the last `note` |
//! | `pod P shows TEXT` | what `kubectl get` prints under STATUS |
//! | `pod P restarts N`, `pod P restarts at least N` | |
//! | `pod P has reason TEXT` | |
//! | `container P/C is Running`, `is Waiting [REASON]`, `is Terminated [REASON] [CODE]` | |
//! | `container P/C is the same`, `is another` | its id, against the last `note` |
//! | `container P/C restarts N`, `last ended REASON [CODE]` | |
//! | `container P/C says "TEXT"` | the message of its state |
//! | `output of P/C contains "TEXT"` | what it wrote |
//! | `event REASON on P [N times\|at least N times]`, `event REASON on P says "TEXT"`, `no event REASON on P` | |
//! | `event REASON on P counts N\|at least N`, `is combined`, `is dropped` | what `kubectl get events` would make of the newest |
//! | `log contains "TEXT"`, `log lacks "TEXT"` | the kubelet's log |
//! | `file NAME is accepted\|refused\|unread\|the winner`, `file NAME warns CODE` | |
//! | `there are N pods` | |
//! | `api KIND NAME [in NAMESPACE] exists`, `is gone`, `is terminating`, `is the same`, `is another` | |
//! | `api KIND NAME [in NAMESPACE] has PATH VALUE`, `lacks PATH` | such as `has status.phase Running` |
//! | `api has N KIND [in NAMESPACE] [with SELECTOR]`, `api has at least N KIND` | |
//! | `api event REASON on NAME [says "TEXT"]`, `api answers`, `api is unreachable` | |
//! | `api refused "TEXT"` | the last `try` |
//! | `prints "TEXT"`, `prints no "TEXT"` | what the command that was typed last prints; it is typed again while time passes, unless it goes on by itself |
//!
//! Expected is what holds now; `within TIME` before it waits for it, `for TIME` demands it all the time, and `between TIME and TIME` demands
//! that it begins to hold then and not before. Events and log count from the last `note`.

mod bed;
mod check;
mod cluster;
mod error;
mod expectations;
mod find;
mod hold;
mod markdown;
mod run;
mod steps;
#[cfg(test)]
mod tests;
mod typed;
mod words;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

pub use self::{
    bed::{BedError, SimBed, Testbed},
    check::{Amount, ContainerState, End, Expectation, FileState, PodState, SeriesState, Subject, Unmet},
    cluster::{ApiExpectation, ObjectState},
    error::ScenarioError,
    run::{Failed, Report, line, run},
};
use crate::{config::Config, trace::Input};

/// A parsed scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// One line that says what holds.
    pub title: Arc<str>,
    /// Where it holds.
    pub targets: Vec<Target>,
    /// The lines of the conformance checklist that it shows.
    pub covers: Vec<u32>,
    /// The claims of `docs/claims.md` that it shows.
    pub claims: Vec<u32>,
    /// The mistakes of `docs/learners.md` that it acts out.
    pub learners: Vec<u32>,
    /// The seed of its world.
    pub seed: u64,
    /// The node's settings.
    pub config: Config,
    /// Its files, by name.
    pub files: BTreeMap<Arc<str>, Arc<str>>,
    /// What is done and expected, in order.
    pub steps: Vec<Step>,
}

/// A place where scenarios run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The simulator, in virtual time.
    Sim,
    /// A real Docker engine.
    Docker,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sim => "sim",
            Self::Docker => "docker",
        })
    }
}

/// One line of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its number in the file, from 1.
    pub line: u32,
    /// The line itself.
    pub text: Arc<str>,
    /// The node that it is about, when it names one.
    pub node: Option<Arc<str>>,
    /// What it means.
    pub kind: StepKind,
}

/// What a step means.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// Something is done to the node.
    Do(Vec<Input>),
    /// Something is done that may be refused.
    Try(Vec<Input>),
    /// Something is typed at a terminal.
    Type {
        /// On which machine.
        host: Arc<str>,
        /// What.
        line: Arc<str>,
    },
    /// Time passes.
    Wait(Duration),
    /// Pods and containers are remembered.
    Note,
    /// Something must hold.
    Expect {
        /// When.
        when: When,
        /// What.
        expectation: Expectation,
    },
}

/// When something must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Now.
    Now,
    /// At some moment until then.
    Within(Duration),
    /// All the time until then.
    For(Duration),
    /// From some moment in this span on, and not before.
    Between(Duration, Duration),
}

impl Scenario {
    /// Reads a scenario.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        markdown::parse(text)
    }

    /// Whether it holds there.
    #[must_use]
    pub fn runs_on(&self, target: Target) -> bool {
        self.targets.contains(&target)
    }
}
