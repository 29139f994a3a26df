//! Nodes.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    super::{
        age::{age, date},
        columns::roles,
        object::{entries, holds, list, scalar, text},
    },
    Context, Page,
    parts::{annotations, events, labels, under},
};
use crate::{cluster::Kind, manifest::quantity::Quantity};

pub(super) fn node(page: &mut Page, node: &Value, context: &Context<'_>) {
    let name = text(node, "/metadata/name");
    page.field(0, "Name", name);
    page.field(0, "Roles", roles(node));
    labels(page, "Labels", node, "/metadata/labels");
    annotations(page, "Annotations", node, "/metadata/annotations");
    page.field(0, "CreationTimestamp", date(text(node, "/metadata/creationTimestamp")));
    under(page, "Taints", taints(node));
    page.field(0, "Unschedulable", holds(node, "/spec/unschedulable").to_string());
    lease(page, name, context);
    conditions(page, node);
    page.line(0, "Addresses:");
    for address in list(node, "/status/addresses") {
        page.field(1, text(address, "/type"), text(address, "/address"));
    }
    for (title, pointer) in [("Capacity", "/status/capacity"), ("Allocatable", "/status/allocatable")] {
        page.line(0, format!("{title}:"));
        for (resource, amount) in entries(node, pointer) {
            page.field(1, resource, scalar(amount));
        }
    }
    page.line(0, "System Info:");
    for (title, key) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        page.field(1, title, text(node, &format!("/status/nodeInfo/{key}")));
    }
    page.some(0, "PodCIDR", text(node, "/spec/podCIDR"));
    let cidrs: Vec<&str> = list(node, "/spec/podCIDRs").iter().filter_map(Value::as_str).collect();
    page.some(0, "PodCIDRs", &cidrs.join(","));
    page.some(0, "ProviderID", text(node, "/spec/providerID"));
    pods(page, node, context);
    events(page, node, context);
}

/// By effect first, as the client sorts them.
fn taints(node: &Value) -> Vec<String> {
    let mut taints: Vec<&Value> = list(node, "/spec/taints").iter().collect();
    let key = |taint: &Value| {
        (text(taint, "/effect").to_owned(), text(taint, "/key").to_owned(), text(taint, "/value").to_owned())
    };
    crate::sort::by(&mut taints, |a, b| key(a).cmp(&key(b)));
    taints
        .iter()
        .map(|taint| match text(taint, "/value") {
            "" => format!("{}:{}", text(taint, "/key"), text(taint, "/effect")),
            value => format!("{}={value}:{}", text(taint, "/key"), text(taint, "/effect")),
        })
        .collect()
}

fn lease(page: &mut Page, name: &str, context: &Context<'_>) {
    page.line(0, "Lease:");
    let leases = (context.all)(Kind::Lease);
    let own = |lease: &&Cow<'_, Value>| {
        text(lease, "/metadata/name") == name && text(lease, "/metadata/namespace") == "kube-node-lease"
    };
    let Some(lease) = leases.iter().find(own) else {
        return page.line(1, format!("Failed to get lease: leases.coordination.k8s.io \"{name}\" not found"));
    };
    for (title, pointer) in [("AcquireTime", "/spec/acquireTime"), ("RenewTime", "/spec/renewTime")] {
        if title == "AcquireTime" {
            page.field(1, "HolderIdentity", text(lease, "/spec/holderIdentity"));
        }
        let time = text(lease, pointer);
        page.field(1, title, if time.is_empty() { "<unset>".to_owned() } else { date(time) });
    }
}

fn conditions(page: &mut Page, node: &Value) {
    let conditions = list(node, "/status/conditions");
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    page.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for condition in conditions {
        let get = |key: &str| text(condition, &format!("/{key}"));
        let (beat, change) = (date(get("lastHeartbeatTime")), date(get("lastTransitionTime")));
        let cells = [get("type"), get("status"), &beat, &change, get("reason"), get("message")];
        page.line(1, cells.join(" \t"));
    }
}

/// What is asked for in sum, of one resource.
#[derive(Clone, Copy)]
struct Sum {
    requests: Quantity,
    limits: Quantity,
}

const RESOURCES: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

fn pods(page: &mut Page, node: &Value, context: &Context<'_>) {
    let name = text(node, "/metadata/name");
    let mut pods = (context.all)(Kind::Pod);
    pods.retain(|pod| {
        text(pod, "/spec/nodeName") == name && !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
    });
    page.line(0, format!("Non-terminated Pods:\t({} in total)", pods.len()));
    page.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    page.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let share = |amount: Quantity, resource: &str| {
        let whole = node.pointer(&format!("/status/allocatable/{resource}")).map(scalar).unwrap_or_default();
        let whole = Quantity::parse(&whole).unwrap_or(Quantity::ZERO);
        format!("{amount} ({}%)", percent(amount, whole))
    };
    let zero = Sum { requests: Quantity::ZERO, limits: Quantity::ZERO };
    let mut sums = [zero; 3];
    for pod in &pods {
        let own = RESOURCES.map(|resource| asked(pod, resource));
        for (sum, own) in sums.iter_mut().zip(own) {
            sum.requests = sum.requests.plus(own.requests);
            sum.limits = sum.limits.plus(own.limits);
        }
        let [cpu, memory, _] = own;
        let cells = [
            text(pod, "/metadata/namespace").to_owned(),
            // The client leaves a column empty here.
            text(pod, "/metadata/name").to_owned() + "\t",
            share(cpu.requests, "cpu"),
            share(cpu.limits, "cpu"),
            share(memory.requests, "memory"),
            share(memory.limits, "memory"),
            age(pod, context.now),
        ];
        page.line(1, cells.join("\t"));
    }
    page.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    page.line(1, "Resource\tRequests\tLimits");
    page.line(1, "--------\t--------\t------");
    for (resource, sum) in RESOURCES.iter().zip(sums) {
        let (requests, limits) = (share(sum.requests, resource), share(sum.limits, resource));
        page.line(1, format!("{resource}\t{requests}\t{limits}"));
    }
}

fn percent(amount: Quantity, whole: Quantity) -> i64 {
    let (amount, whole) = (i128::from(amount.millis()), i128::from(whole.millis()));
    if whole == 0 { 0 } else { i64::try_from(amount * 100 / whole).unwrap_or(i64::MAX) }
}

/// What a pod asks for: its containers and sidecars in sum, or its hungriest init container if that is more.
fn asked(pod: &Value, resource: &str) -> Sum {
    let amount = |container: &Value, list: &str| {
        let text =
            container.pointer(&format!("/resources/{list}/{resource}")).map(scalar).unwrap_or_default();
        Quantity::parse(&text).unwrap_or(Quantity::ZERO)
    };
    let of = |list: &str| {
        let regular = self::list(pod, "/spec/containers");
        let mut sum = regular.iter().fold(Quantity::ZERO, |sum, it| sum.plus(amount(it, list)));
        let (mut sidecars, mut most) = (Quantity::ZERO, Quantity::ZERO);
        for init in self::list(pod, "/spec/initContainers") {
            let own = amount(init, list);
            if text(init, "/restartPolicy") == "Always" {
                sidecars = sidecars.plus(own);
                most = most.max(sidecars);
            } else {
                most = most.max(sidecars.plus(own));
            }
        }
        sum = sum.plus(sidecars);
        sum.max(most)
    };
    Sum { requests: of("requests"), limits: of("limits") }
}
