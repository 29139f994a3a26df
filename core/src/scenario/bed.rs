//! What a scenario needs from a place it runs in, and the simulator as such a place.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use super::{Scenario, Target, typed::WORKSTATION};
use crate::{
    cluster::ApiServer,
    config::Config,
    console::{Console, Effect, Host},
    id::NodeName,
    sim::{SimError, World},
    time::Time,
    trace::Input,
    view::{NodeView, RecordView},
};

/// One node with a kubelet that runs, and its folder. Implemented by the simulator and by real engines.
///
/// Names of pods come as the scenario writes them, with or without the node's suffix.
pub trait Testbed {
    /// Which place it is.
    fn target(&self) -> Target;

    /// The node's time.
    fn now(&mut self) -> Time;

    /// Does something to the node, at once.
    fn apply(&mut self, input: &Input) -> Result<(), BedError>;

    /// Lets time pass until something may have changed, at most until `deadline`; gives the time then. It must get there in the end.
    fn advance(&mut self, deadline: Time) -> Time;

    /// The node now.
    fn view(&mut self) -> NodeView;

    /// The node's journal from record number `seq` on. Numbers go on over restarts of the kubelet.
    fn records_since(&mut self, seq: u64) -> Vec<RecordView>;

    /// The lines that the newest instance of a container wrote.
    fn output(&mut self, pod: &str, container: &str) -> Result<Vec<String>, BedError>;

    /// Turns to another node: what is done, seen and read from now on is its.
    fn turn_to(&mut self, node: &str) -> Result<(), BedError> {
        Err(BedError::Unsupported(format!("turn to node {node}")))
    }

    /// The node it began with.
    fn first_node(&mut self) -> Arc<str> {
        self.view().name.as_str().into()
    }

    /// The API server, when it answers.
    fn api(&mut self) -> Result<&ApiServer, BedError> {
        Err(BedError::Unsupported("ask an API server".to_owned()))
    }

    /// Types a line at a terminal of a machine; gives what it prints, and whether it goes on.
    fn type_line(&mut self, host: &str, line: &str) -> Result<(String, bool), BedError> {
        let _ = (host, line);
        Err(BedError::Unsupported("take what is typed at a terminal".to_owned()))
    }

    /// What the line that goes on at a machine has printed since, and whether it still does.
    fn read_on(&mut self, host: &str) -> Result<(String, bool), BedError> {
        let _ = host;
        Ok((String::new(), false))
    }

    /// How many times longer than in the scenario's words something may take here.
    fn patience(&self) -> u32 {
        1
    }
}

/// Why a place cannot do what a scenario asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BedError {
    /// This place never can: the scenario should not name it as a target.
    Unsupported(String),
    /// It did not work.
    Failed(String),
}

impl fmt::Display for BedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(text) => write!(f, "this place cannot {text}"),
            Self::Failed(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for BedError {}

impl From<SimError> for BedError {
    fn from(error: SimError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// How long after its start a node watches its folder and knows what runs.
const SETTLED: Duration = Duration::from_secs(1);

/// A world of one node.
#[derive(Debug)]
pub struct SimBed {
    world: World,
    first: NodeName,
    node: NodeName,
    /// A terminal for each machine.
    consoles: BTreeMap<Host, Console>,
    /// What was printed there that nobody has read yet.
    unread: BTreeMap<Host, String>,
}

impl SimBed {
    /// A node with the scenario's settings, started and settled.
    pub fn new(scenario: &Scenario) -> Result<Self, SimError> {
        Self::of(scenario.config.clone(), scenario.seed)
    }

    /// A node with these settings, started and settled.
    pub fn of(config: Config, seed: u64) -> Result<Self, SimError> {
        let mut world = World::new(seed);
        world.trace();
        let api = config.api;
        let node = world.add_node(config)?;
        if api {
            world.set_api_server(true);
        }
        world.advance(SETTLED);
        Ok(Self { world, first: node.clone(), node, consoles: BTreeMap::new(), unread: BTreeMap::new() })
    }

    /// The world it is in.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The terminal of a machine, and what was printed there that nobody has read yet.
    fn console(&mut self, host: &str) -> Result<(&mut Console, &mut String, &mut World), SimError> {
        let host = match host {
            WORKSTATION => Host::Workstation,
            name => {
                let known = self.world.nodes().find(|node| node.as_str() == name).cloned();
                Host::Node(known.ok_or_else(|| SimError::NoNode(name.into()))?)
            }
        };
        let unread = self.unread.entry(host.clone()).or_default();
        let console = self.consoles.entry(host.clone()).or_insert_with(|| Console::new(host));
        Ok((console, unread, &mut self.world))
    }
}

impl Testbed for SimBed {
    fn target(&self) -> Target {
        Target::Sim
    }

    fn now(&mut self) -> Time {
        self.world.now()
    }

    fn apply(&mut self, input: &Input) -> Result<(), BedError> {
        Ok(self.world.apply(&self.node, input.clone())?)
    }

    fn advance(&mut self, deadline: Time) -> Time {
        match self.world.next_at().filter(|at| *at <= deadline) {
            Some(_) => {
                self.world.step();
            }
            None => self.world.set_now(deadline),
        }
        for (host, console) in self.consoles.iter_mut().filter(|(_, console)| console.is_busy()) {
            let printed = console.more(&mut self.world).text;
            self.unread.entry(host.clone()).or_default().push_str(&printed);
        }
        self.world.now()
    }

    fn view(&mut self) -> NodeView {
        let view = self.world.view();
        let node = view.nodes.into_iter().find(|node| node.name == self.node);
        // The world has this node since it was made.
        node.unwrap_or_else(|| crate::kubelet::Kubelet::new(Config::default(), 0).snapshot(view.now))
    }

    fn records_since(&mut self, seq: u64) -> Vec<RecordView> {
        self.world.records_since(&self.node, seq).unwrap_or_default()
    }

    fn turn_to(&mut self, node: &str) -> Result<(), BedError> {
        let name = NodeName::from(node);
        self.world.kubelet_runs(&name)?;
        self.node = name;
        Ok(())
    }

    fn first_node(&mut self) -> Arc<str> {
        self.first.as_str().into()
    }

    fn api(&mut self) -> Result<&ApiServer, BedError> {
        self.world.api().map_err(|error| BedError::Failed(error.to_string()))
    }

    fn type_line(&mut self, host: &str, line: &str) -> Result<(String, bool), BedError> {
        let (console, unread, world) = self.console(host)?;
        unread.clear();
        let output = console.run(world, line);
        let goes_on = output.effects.contains(&Effect::Follow);
        Ok((output.text, goes_on))
    }

    fn read_on(&mut self, host: &str) -> Result<(String, bool), BedError> {
        let (console, unread, world) = self.console(host)?;
        let output = console.more(world);
        let goes_on = output.effects.contains(&Effect::Follow);
        Ok((std::mem::take(unread) + &output.text, goes_on))
    }

    fn output(&mut self, pod: &str, container: &str) -> Result<Vec<String>, BedError> {
        let lines = self.world.logs(&self.node, pod, container, false)?;
        Ok(lines.iter().map(|line| line.text.to_string()).collect())
    }
}
