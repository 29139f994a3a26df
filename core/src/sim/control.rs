//! The control plane of a world: an API server that answers while it can, and controllers that act while they run.
//!
//! It is made of static pods: the API server answers while some node that has power runs `etcd` and `kube-apiserver`. What they stored stays when
//! they end. For worlds that are about something else there is a control plane from outside, which runs on no node.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    World,
    api::{self, Asker},
    disk::Disk,
    fault::SimError,
    host::ETCD_DATA,
    node::Node,
    settings,
};
use crate::{
    cluster::{ApiAnswer, ApiError, ApiRequest, ApiServer, Controllers, Running, User},
    config::Config,
    contract::{ApiAction, ApiEvent, Outcome},
    id::NodeName,
    kubelet::SentEvent,
    time::{Time, UnixSeconds},
    trace::Input,
};

/// Where controllers stand in a world's agenda: after all nodes.
pub(super) const CONTROLLERS: usize = usize::MAX;

/// What a world does about control planes. A world of nodes alone has none of it, so a program that makes no other world does not carry the
/// API server and the controllers with it: that is why these are pointers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cluster {
    survey: fn(&mut World),
    settle: fn(&mut World),
    act: fn(&mut World),
    request: fn(&mut World, ApiRequest) -> Result<ApiAnswer, ApiError>,
    next_at: fn(&Control) -> Option<Time>,
    pub(super) listed: fn(&ApiServer, &NodeName) -> ApiEvent,
    pub(super) perform: fn(&Asker<'_>, &mut ApiServer, Time, ApiAction) -> Outcome,
    pub(super) send: fn(&Asker<'_>, &mut ApiServer, Time, SentEvent),
    pub(super) settings: fn(&Config, &Disk) -> Result<Config, String>,
}

/// All of it.
pub(super) const CLUSTER: Cluster = Cluster {
    survey: World::survey_all,
    settle: World::settle_all,
    act: World::act_all,
    request: World::request_all,
    next_at: Control::next_at,
    listed: api::listed,
    perform: |asker, api, now, action| asker.perform(api, now, action),
    send: |asker, api, now, event| asker.send(api, now, event),
    settings: settings::read,
};

/// A world's control plane.
#[derive(Clone, Debug)]
pub(super) struct Control {
    pub(super) api: ApiServer,
    epoch: UnixSeconds,
    /// Whether a control plane from outside runs.
    outside: bool,
    state: State,
    controllers: Controllers,
}

/// What can be said of it from the nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    outside: bool,
    /// Nodes that run an API server and its store.
    servers: BTreeSet<usize>,
    running: Running,
    /// Nodes without power, or cut from the network.
    away: BTreeSet<usize>,
}

impl Control {
    fn next_at(&self) -> Option<Time> {
        self.controllers.next_at(self.state.running)
    }
}

impl World {
    /// Starts or stops the control plane from outside.
    pub fn set_api_server(&mut self, up: bool) {
        self.control_plane().outside = up;
        self.note(&NodeName::from(""), Input::ApiServer { up });
        self.survey();
        self.settle();
    }

    /// The API server as the workstation sees it: some machine outside that is never cut from the network.
    pub fn api(&self) -> Result<&ApiServer, ApiError> {
        let reached = self.control.as_ref().filter(|control| {
            control.state.outside || control.state.servers.iter().any(|at| !control.state.away.contains(at))
        });
        reached.map(|control| &control.api).ok_or_else(|| self.unreachable())
    }

    /// The API server as it can be reached from a node.
    pub fn api_from(&self, node: &NodeName) -> Result<&ApiServer, ApiError> {
        let at = self.index(node).unwrap_or(CONTROLLERS);
        let reached = self.control.as_ref().filter(|control| control.state.reaches(at));
        reached.map(|control| &control.api).ok_or_else(|| self.unreachable())
    }

    /// What the store holds, whether anybody can reach it or not.
    #[must_use]
    pub fn stored(&self) -> Option<&ApiServer> {
        self.control.as_ref().map(|control| &control.api)
    }

    /// Asks something of the API server, from the workstation.
    pub fn request(&mut self, request: ApiRequest) -> Result<ApiAnswer, ApiError> {
        self.api()?;
        match self.cluster {
            Some(cluster) => (cluster.request)(self, request),
            None => Err(self.unreachable()),
        }
    }

    fn request_all(&mut self, request: ApiRequest) -> Result<ApiAnswer, ApiError> {
        self.note(&NodeName::from(""), Input::Api { request: request.clone() });
        let now = self.now();
        let Some(control) = self.control.as_deref_mut() else { return Err(self.unreachable()) };
        let clock = control.epoch.at(now);
        let answer = control.api.request(&User::Admin, clock, request);
        self.settle();
        answer
    }

    /// Whether a program of the control plane runs on a node and answers on its port.
    pub fn serves(&self, node: &NodeName, program: &str) -> Result<bool, SimError> {
        let node = self.node(node)?;
        let runtime = &node.runtime;
        Ok(node.is_on()
            && if program == "kube-apiserver" { runtime.serves_api() } else { runtime.serves(program) })
    }

    /// Whether a node has power, and whether it is in the network.
    pub fn node_power(&self, node: &NodeName) -> Result<(bool, bool), SimError> {
        let node = self.node(node)?;
        Ok((node.is_on(), !node.cut))
    }

    /// Cuts a node from the network, or puts it back.
    pub fn cut(&mut self, node: &NodeName, cut: bool) -> Result<(), SimError> {
        self.change(node, |node, _, _| {
            node.cut = cut;
            Ok(())
        })?;
        self.note(node, Input::Cut { cut });
        self.survey();
        self.settle();
        Ok(())
    }

    /// Switches a node off or on.
    pub fn power(&mut self, node: &NodeName, on: bool) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            node.set_power(now, on);
            Ok(())
        })?;
        if on {
            self.start_configured(node)?;
        }
        self.note(node, Input::Power { on });
        self.survey();
        self.settle();
        Ok(())
    }

    fn unreachable(&self) -> ApiError {
        ApiError::Unreachable { server: self.server_address() }
    }

    /// Where the API server listens, or would.
    #[must_use]
    pub fn server_address(&self) -> String {
        let servers = self.control.as_ref().and_then(|control| control.state.servers.first());
        let node = servers.and_then(|at| self.nodes.get(*at)).or_else(|| self.nodes.first());
        let ip = node.map_or("192.168.0.2".into(), |node| Arc::clone(node.ip()));
        format!("{ip}:6443")
    }

    /// A node's address; empty when there is no such node.
    #[must_use]
    pub fn address_of(&self, node: &NodeName) -> String {
        self.node(node).map_or(String::new(), |node| node.ip().to_string())
    }

    fn control_plane(&mut self) -> &mut Control {
        let (seed, epoch) = (self.seed, self.epoch());
        self.control.get_or_insert_with(|| {
            Box::new(Control {
                api: ApiServer::new(seed ^ 0x5eed, epoch),
                epoch,
                outside: false,
                state: State::default(),
                controllers: Controllers::new(seed ^ 0xc0de, epoch),
            })
        })
    }

    /// Looks who runs what, and tells nodes whether they reach the API server.
    pub(super) fn survey(&mut self) {
        if let Some(cluster) = self.cluster {
            (cluster.survey)(self);
        }
    }

    /// Tells everybody what has changed at the API server.
    pub(super) fn settle(&mut self) {
        if let Some(cluster) = self.cluster {
            (cluster.settle)(self);
        }
    }

    /// Lets the controllers act.
    pub(super) fn control(&mut self) {
        if let Some(cluster) = self.cluster {
            (cluster.act)(self);
        }
    }

    /// When the controllers have something to do.
    pub(super) fn controls_next(&self) -> Option<Time> {
        self.cluster.zip(self.control.as_deref()).and_then(|(cluster, control)| (cluster.next_at)(control))
    }

    fn survey_all(&mut self) {
        let hosts: Vec<usize> = self.hosts.iter().copied().collect();
        let runs = |node: &Node, program: &str| node.is_on() && node.runtime.serves(program);
        let on = |at: &usize| self.nodes.get(*at);
        let servers: BTreeSet<usize> = hosts
            .iter()
            .filter(|at| on(at).is_some_and(|node| node.is_on() && node.runtime.serves_api()))
            .copied()
            .collect();
        if self.control.is_none() && servers.is_empty() {
            return;
        }
        let outside = self.control_plane().outside;
        let away =
            (0..self.nodes.len()).filter(|at| self.nodes[*at].cut || !self.nodes[*at].is_on()).collect();
        let mut state = State { outside, servers, running: Running::default(), away };
        let acts = |program: &str| {
            let somewhere = |at: &&usize| {
                state.reaches(**at) && self.nodes.get(**at).is_some_and(|node| runs(node, program))
            };
            outside || hosts.iter().any(|at| somewhere(&at))
        };
        let running = Running { manager: acts("kube-controller-manager"), scheduler: acts("kube-scheduler") };
        state.running = running;
        let now = self.now();
        let control = self.control_plane();
        if control.state == state {
            return;
        }
        if control.state.running != state.running {
            control.controllers.started(now, &control.api, state.running);
        }
        control.state = state.clone();
        for at in 0..self.nodes.len() {
            if let Some(node) = self.nodes.get_mut(at).filter(|node| node.wants_api()) {
                node.set_reach(now, state.reaches(at));
                self.reschedule(at);
            }
        }
        self.reschedule(CONTROLLERS);
    }

    /// Whether some machine has the files of etcd.
    pub(super) fn keeps_store(&self) -> bool {
        let keeps = |node: &Node| node.runtime.disk().host_paths().any(|path| path.starts_with(ETCD_DATA));
        self.nodes.iter().any(keeps)
    }

    /// What etcd stored is gone with the last machine that kept it, when no etcd runs any more.
    pub(super) fn lose_store(&mut self) {
        let runs = self.nodes.iter().any(|node| node.runtime.serves("etcd"));
        if !runs && self.control.as_ref().is_some_and(|control| !control.outside) {
            self.control = None;
        }
    }

    /// Whether a node without power or network has the API server on itself, or it is to be reached.
    pub(super) fn connect(&mut self, at: usize) {
        let reaches = self.control.as_ref().is_some_and(|control| control.state.reaches(at));
        let now = self.now();
        if let Some(node) = self.nodes.get_mut(at).filter(|node| node.wants_api()) {
            node.set_reach(now, reaches);
        }
    }

    fn settle_all(&mut self) {
        let now = self.now();
        let Some(control) = self.control.as_deref_mut() else { return };
        let changes = control.api.take_changes();
        if changes.is_empty() {
            return;
        }
        control.controllers.note(now, &changes);
        let mut told = Vec::new();
        for change in &changes {
            if let Some((name, event)) = api::affected(&control.api, change)
                && let Some(at) = self.names.get(&name)
            {
                if let Some(node) = self.nodes.get_mut(*at) {
                    node.news(now, event);
                }
                told.push(*at);
            }
        }
        for at in told {
            self.reschedule(at);
        }
        self.reschedule(CONTROLLERS);
    }

    fn act_all(&mut self) {
        let now = self.now();
        if let Some(control) = self.control.as_deref_mut() {
            control.controllers.act(now, &mut control.api, control.state.running);
        }
    }
}

impl State {
    fn reaches(&self, at: usize) -> bool {
        let free = !self.away.contains(&at);
        (self.outside && free)
            || self.servers.iter().any(|server| *server == at || (free && !self.away.contains(server)))
    }
}
