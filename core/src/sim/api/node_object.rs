//! A node's own objects: the Node, and the Lease that says that it is alive.

use serde_json::{Value, json};

use super::Asker;
use crate::{
    admission,
    cluster::{ApiError, ApiServer, Kind, Meta, Object, User, meta},
    contract::Pressure,
    time::Time,
};

const LEASES: &str = "kube-node-lease";

impl Asker<'_> {
    /// Makes the Node, or takes the one that is there.
    pub(super) fn register(&self, api: &mut ApiServer, now: Time) -> Result<(), ApiError> {
        let clock = self.config.epoch.at(now);
        let name = self.name.as_str();
        if api.get(Kind::Node, "", name).is_err() {
            let mut meta = Meta::named("", name);
            for (key, value) in admission::node_labels(self.config) {
                meta::set(&mut meta.labels, &key, Some(&value));
            }
            let taints: Vec<Value> = self.config.register_with_taints.iter().map(|it| taint(it)).collect();
            let spec = if taints.is_empty() { json!({}) } else { json!({"taints": taints}) };
            let object = Object::new(Kind::Node, meta, json!({"spec": spec, "status": {}}));
            api.create(&User::Controller, clock, object)?;
        }
        self.renew_lease(api, now);
        self.report_node(api, now, &[])
    }

    /// Writes how the node is.
    pub(super) fn report_node(
        &self,
        api: &mut ApiServer,
        now: Time,
        pressures: &[Pressure],
    ) -> Result<(), ApiError> {
        let clock = self.config.epoch.at(now).to_string();
        let mut object = (**api.get(Kind::Node, "", self.name.as_str())?).clone();
        let before = object.field("status");
        let known = |kind: &str| {
            let all = before.get("conditions").and_then(Value::as_array);
            all.into_iter().flatten().find(|it| it.get("type").and_then(Value::as_str) == Some(kind)).cloned()
        };
        let condition = |kind: &str, status: bool, reason: &str, message: &str| {
            let status = if status { "True" } else { "False" };
            let since =
                known(kind).filter(|it| it["status"] == status).map(|it| it["lastTransitionTime"].clone());
            json!({
                "type": kind, "status": status, "reason": reason, "message": message,
                "lastHeartbeatTime": clock, "lastTransitionTime": since.unwrap_or_else(|| clock.as_str().into()),
            })
        };
        let short = |what: Pressure| pressures.contains(&what);
        let memory = if short(Pressure::Memory) {
            condition(
                "MemoryPressure",
                true,
                "KubeletHasInsufficientMemory",
                "kubelet has insufficient memory available",
            )
        } else {
            condition(
                "MemoryPressure",
                false,
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
            )
        };
        let pids = if short(Pressure::Pids) {
            condition(
                "PIDPressure",
                true,
                "KubeletHasInsufficientPID",
                "kubelet has insufficient PID available",
            )
        } else {
            condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available")
        };
        let disk =
            condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure");
        let ready = condition("Ready", true, "KubeletReady", "kubelet is posting ready status");
        let mut amounts: serde_json::Map<String, Value> = self
            .config
            .allocatable
            .iter()
            .map(|(name, amount)| (name.to_string(), (**amount).into()))
            .collect();
        amounts.insert("pods".to_owned(), self.config.max_pods.to_string().into());
        let status = json!({
            "addresses": [{"type": "InternalIP", "address": &**self.ip}, {"type": "Hostname", "address": self.name.as_str()}],
            "allocatable": amounts, "capacity": amounts,
            "conditions": [memory, disk, pids, ready],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": &*self.config.arch, "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.12.0", "kubeletVersion": "v1.36.2", "kubeProxyVersion": "", "operatingSystem": "linux",
                "osImage": "Standfast (simulated)", "bootID": "", "machineID": "", "systemUUID": "",
            },
        });
        object.set_field("status", status);
        api.update_status(&User::Controller, object).map(drop)
    }

    pub(super) fn renew_lease(&self, api: &mut ApiServer, now: Time) {
        let name = self.name.as_str();
        let clock = self.config.epoch.at(now);
        let micros = now.since_zero().subsec_micros();
        let renewed = format!("{}.{micros:06}Z", clock.to_string().trim_end_matches('Z'));
        let spec = json!({"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": renewed});
        // A lease is lost with its namespace only, which nobody may delete.
        let _ = if let Ok(lease) = api.get(Kind::Lease, LEASES, name) {
            let mut lease = (**lease).clone();
            lease.set_field("spec", spec);
            api.update(&User::Controller, lease)
        } else {
            let object = Object::new(Kind::Lease, Meta::named(LEASES, name), json!({"spec": spec}));
            api.create(&User::Controller, clock, object)
        };
    }
}

/// `key=value:effect` or `key:effect`.
fn taint(text: &str) -> Value {
    let (pair, effect) = text.rsplit_once(':').unwrap_or((text, "NoSchedule"));
    match pair.split_once('=') {
        Some((key, value)) => json!({"key": key, "value": value, "effect": effect}),
        None => json!({"key": pair, "effect": effect}),
    }
}
