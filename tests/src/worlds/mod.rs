//! Every order of events in small worlds: a model checker visits each state that one node with one pod of two containers can come to.
//!
//! In a state, any action that was asked for may be done, any answer or event may be told, in any order; a container or the sandbox may
//! die, the manifest may change, an event may get lost, the agent may die, and time may pass. A [`Budget`](world::Budget) bounds how often.
//! In each state the invariants of the seeded worlds hold; from each state in which nothing more can happen, the node becomes what its
//! folder says when things go their way.
//!
//! States are the same when their *essences* are ([`Kubelet::essence`](standfast_core::kubelet::Kubelet::essence)): nothing is left out that
//! anything is decided by, and numbers that only tell two actions apart are replaced by what the actions are. Two further reductions lose
//! nothing. What is answered the same whenever it is done (is the image there?) is done and answered in one step. And of two things under way
//! that are the same in every way only one is taken next.
//!
//! What is not explored: requests that a dead agent had sent and the runtime carries out after the next one has started (they are done before
//! the agent dies, or never), and failing calls; the seeded worlds have both.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod runtime;
mod world;

use std::{thread, time::Instant};

use standfast_core::config::Policies;
use stateright::{Checker, Model, Property};

use world::{Budget, Step, World};

macro_rules! manifest {
    ($uid:literal, $image:literal) => {
        concat!(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web",
            $uid,
            "}\nspec:\n  containers:\n  - {name: a, image: 'lab:1'}\n  - {name: b, image: 'lab:",
            $image,
            "'}\n"
        )
    };
}

const PLAIN: &str = manifest!("", "1");
const OTHER: &str = manifest!("", "2");
const FIXED: &str = manifest!(", uid: '7'", "1");
const FIXED_OTHER: &str = manifest!(", uid: '7'", "2");

/// Where a world begins, and what may happen in it.
#[derive(Clone, Copy, Debug)]
struct Small {
    policies: Policies,
    budget: Budget,
    file: &'static str,
    edits: &'static [Option<&'static str>],
}

impl Model for Small {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self.policies, self.budget, self.file, self.edits)]
    }

    fn actions(&self, state: &World, actions: &mut Vec<Step>) {
        state.steps(actions);
    }

    fn next_state(&self, last: &World, step: Step) -> Option<World> {
        Some(last.after(&step))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("invariants hold", |_, state: &World| state.broken.is_none()),
            Property::always("a node becomes what its folder says", |model: &Self, state: &World| {
                let mut steps = Vec::new();
                model.actions(state, &mut steps);
                !steps.is_empty() || state.broken.is_some() || state.settle().is_ok()
            }),
            Property::sometimes("a pod runs", |_, state: &World| state.is_as_the_folder_says()),
        ]
    }
}

/// Visits every state; gives how many there are.
fn explore(small: Small) -> usize {
    let begun = Instant::now();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let checker = small.checker().threads(threads).spawn_dfs().join();
    for (name, path) in checker.discoveries() {
        if name == "a pod runs" {
            continue;
        }
        let steps: Vec<String> = path.clone().into_actions().iter().map(|step| format!("{step:?}")).collect();
        let last = path.into_states().pop().expect("a path has a state");
        let why = last.broken.clone().or_else(|| last.settle().err());
        let why = why.unwrap_or_default();
        panic!("{name}: not in this world: {small:?}\n{}\n{}\n{why}", steps.join("\n"), last.journal());
    }
    checker.assert_any_discovery("a pod runs");
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    println!("{states} states, {depth} steps deep, {:.1?}: {:?}", begun.elapsed(), small.budget);
    states
}

/// The worlds of a budget: each policy, and where an edit may happen each kind of manifest.
fn worlds(budget: Budget) -> impl Iterator<Item = Small> {
    let edits: [(&str, &'static [Option<&str>]); 2] =
        [(PLAIN, &[Some(OTHER), None]), (FIXED, &[Some(FIXED_OTHER)])];
    let edits = edits.into_iter().take(if budget.edits > 0 { 2 } else { 1 });
    edits.flat_map(move |(file, edits)| {
        [Policies::KUBELET, Policies::AGENT].map(|policies| Small { policies, budget, file, edits })
    })
}

/// What is explored when nobody asks for more: small enough for a build that was not optimized.
fn few() -> Vec<Budget> {
    let calm = Budget { waits: 2, ..Budget::default() };
    vec![calm, Budget { restarts: 1, ..calm }, Budget { slow: 1, ..calm }]
}

/// `edits=1 crashes=1 waits=2; restarts=2`: budgets as the command line gives them.
fn read(words: &str) -> Vec<Budget> {
    words.split(';').map(budget).collect()
}

fn budget(words: &str) -> Budget {
    let mut budget = Budget::default();
    for word in words.split_whitespace() {
        let (name, number) = word.split_once('=').expect("name=number");
        let number = number.parse().expect("a small number");
        match name {
            "edits" => budget.edits = number,
            "crashes" => budget.crashes = number,
            "losses" => budget.losses = number,
            "restarts" => budget.restarts = number,
            "slow" => budget.slow = number,
            "waits" => budget.waits = number,
            other => panic!("{other}: not in a budget"),
        }
    }
    budget
}

#[test]
fn every_order_of_events_is_right() {
    let budgets = std::env::var("STANDFAST_WORLDS").map_or_else(|_| few(), |words| read(&words));
    let states: usize = budgets.into_iter().flat_map(worlds).map(explore).sum();
    println!("standfast-count: states of small worlds native {states}");
}
