//! Whether a node has room for a pod beside those it has, and which of them would have to go.
//!
//! Follows the scheduler's `noderesources.Fits` as the kubelet asks it, and `pkg/kubelet/preemption`.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    config::Config,
    id::PodUid,
    manifest::{Container, Pod, RestartPolicy, quantity::Quantity},
    pod::qos_class,
};

/// Resources in the units that the kubelet counts in: CPU in thousandths, all others whole.
type Amounts = BTreeMap<Arc<str>, i64>;

const CPU: &str = "cpu";
const PODS: &str = "pods";

/// What a node lacks: how much more of each resource it needs. `Display` is the kubelet's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shortage(Vec<(Arc<str>, i64)>);

impl Shortage {
    /// Whether nothing is lacking.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is lacking still when these pods go.
    fn without<'a>(&self, pods: &(impl Iterator<Item = &'a Pod> + Clone)) -> Self {
        let left = self.0.iter().filter_map(|(name, lacking)| {
            let freed: i64 = pods.clone().map(|pod| asked(pod, name)).fold(0, i64::saturating_add);
            let left = lacking.saturating_sub(freed);
            (left > 0).then(|| (Arc::clone(name), left))
        });
        Self(left.collect())
    }

    /// How far a pod is from freeing enough; each resource counts the same. In millionths, so that it is the same on every machine.
    fn distance(&self, pod: &Pod) -> i128 {
        self.0
            .iter()
            .map(|(name, lacking)| {
                let left = i128::from(lacking.saturating_sub(asked(pod, name)).max(0));
                let share = left * 1_000_000 / i128::from(*lacking).max(1);
                share * share
            })
            .sum()
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (name, lacking) in &self.0 {
            write!(f, "(res: {name}, q: {lacking}), ")?;
        }
        f.write_str("]")
    }
}

/// What the pods that a node runs ask for together: kept in step with them, so that another pod need not look at each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pods: i64,
    asked: BTreeMap<Arc<str>, i128>,
}

impl Load {
    /// That of these pods.
    #[must_use]
    pub fn of<'a>(pods: impl IntoIterator<Item = &'a Pod>) -> Self {
        let mut load = Self::default();
        pods.into_iter().for_each(|pod| load.add(pod));
        load
    }

    /// One more pod.
    pub fn add(&mut self, pod: &Pod) {
        self.count(pod, 1);
    }

    /// One pod less.
    pub fn remove(&mut self, pod: &Pod) {
        self.count(pod, -1);
    }

    fn count(&mut self, pod: &Pod, times: i64) {
        self.pods += times;
        for (name, amount) in requests(pod) {
            let sum = self.asked.entry(name).or_insert(0);
            *sum += i128::from(amount) * i128::from(times);
        }
        self.asked.retain(|_, sum| *sum != 0);
    }

    fn asked(&self, name: &str) -> i64 {
        if name == PODS {
            return self.pods;
        }
        self.asked.get(name).map_or(0, |sum| i64::try_from(*sum).unwrap_or(i64::MAX))
    }
}

/// What the node lacks to run `pod` beside those of `load`.
#[must_use]
pub fn shortage(pod: &Pod, load: &Load, config: &Config) -> Shortage {
    let mut lacking = Vec::new();
    let (count, most) = (load.pods, i64::from(config.max_pods));
    if count >= most {
        lacking.push((PODS.into(), count + 1 - most));
    }
    let wanted = requests(pod);
    let mut names: Vec<&Arc<str>> = wanted.keys().collect();
    // CPU, memory and disk come first, then all others by name.
    crate::sort::by_key(&mut names, |name| (rank(name), Arc::clone(name)));
    for name in names {
        let wanted = wanted.get(name).copied().unwrap_or(0);
        let Some(room) = config.allocatable.get(name).and_then(|text| amount(name, text)) else { continue };
        let free = room.saturating_sub(load.asked(name));
        if wanted > free {
            lacking.push((Arc::clone(name), wanted.saturating_sub(free)));
        }
    }
    Shortage(lacking)
}

fn rank(name: &str) -> usize {
    [CPU, "memory", "ephemeral-storage"].iter().position(|known| *known == name).unwrap_or(3)
}

/// The pods to stop so that `pod` fits: as few and as small as possible, the least protected first.
///
/// # Errors
/// With what is lacking when no set of them frees enough.
pub fn victims(pod: &Pod, active: &[&Pod], lacking: &Shortage) -> Result<Vec<PodUid>, Shortage> {
    let mut classes: [Vec<&Pod>; 3] = Default::default();
    for other in active.iter().filter(|other| gives_way(other, pod)) {
        let class = match qos_class(other) {
            "BestEffort" => 0,
            "Burstable" => 1,
            _ => 2,
        };
        classes[class].push(other);
    }
    let [best_effort, burstable, guaranteed] = classes;
    let short = lacking.without(&best_effort.iter().chain(&burstable).chain(&guaranteed).copied());
    if !short.is_empty() {
        return Err(short);
    }
    let others = best_effort.iter().chain(&burstable).copied();
    let guaranteed = closest(guaranteed, lacking.without(&others));
    let others = best_effort.iter().chain(&guaranteed).copied();
    let burstable = closest(burstable, lacking.without(&others));
    let others = burstable.iter().chain(&guaranteed).copied();
    let best_effort = closest(best_effort, lacking.without(&others));
    Ok(best_effort.iter().chain(&burstable).chain(&guaranteed).map(|pod| pod.id.uid.clone()).collect())
}

/// All pods of a folder are critical, so that only a priority that both state decides.
fn gives_way(pod: &Pod, to: &Pod) -> bool {
    matches!((pod.spec.priority, to.spec.priority), (Some(own), Some(other)) if other > own)
}

/// Takes those that come closest to what is lacking, until nothing is.
fn closest(mut pods: Vec<&Pod>, mut lacking: Shortage) -> Vec<&Pod> {
    let mut chosen = Vec::new();
    while !lacking.is_empty() {
        let best = (0..pods.len()).min_by_key(|at| {
            (lacking.distance(pods[*at]), asked(pods[*at], "memory"), asked(pods[*at], CPU))
        });
        let Some(best) = best else { break };
        let pod = pods.swap_remove(best);
        lacking = lacking.without(&[pod].into_iter());
        chosen.push(pod);
    }
    chosen
}

fn asked(pod: &Pod, name: &str) -> i64 {
    if name == PODS { 1 } else { requests(pod).get(name).copied().unwrap_or(0) }
}

fn amount(name: &str, text: &str) -> Option<i64> {
    let quantity = Quantity::parse(text).ok()?;
    Some(if name == CPU { quantity.millis() } else { quantity.value() })
}

fn amounts(list: &[(Arc<str>, Arc<str>)]) -> Amounts {
    list.iter().filter_map(|(name, text)| Some((Arc::clone(name), amount(name, text)?))).collect()
}

fn add(to: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let sum = to.entry(Arc::clone(name)).or_insert(0);
        *sum = sum.saturating_add(*amount);
    }
}

fn at_least(of: &mut Amounts, bound: &Amounts) {
    for (name, amount) in bound {
        let known = of.entry(Arc::clone(name)).or_insert(0);
        *known = (*known).max(*amount);
    }
}

/// What a pod asks for: its containers and sidecars together, or an init container with the sidecars before it when that is more; what the
/// pod states as a whole comes before either.
fn requests(pod: &Pod) -> Amounts {
    let of = |container: &Container| amounts(&container.requests);
    let mut all = Amounts::new();
    for container in &pod.spec.containers {
        add(&mut all, &of(container));
    }
    let (mut sidecars, mut most) = (Amounts::new(), Amounts::new());
    for container in &pod.spec.init_containers {
        let mut beside = sidecars.clone();
        add(&mut beside, &of(container));
        at_least(&mut most, &beside);
        if container.restart_policy == Some(RestartPolicy::Always) {
            sidecars = beside;
        }
    }
    add(&mut all, &sidecars);
    at_least(&mut all, &most);
    all.extend(amounts(&pod.spec.requests));
    all
}
