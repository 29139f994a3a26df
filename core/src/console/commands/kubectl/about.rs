//! What `kubectl` says about itself, its configuration and the server.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    super::{Cx, Reply},
    flags::Call,
    kubeconfig, reach,
};
use crate::{
    cluster::Kind,
    console::print::{align, json as to_json, yaml},
};

pub(super) const CONFIG: [&str; 3] = ["current-context", "get-contexts", "view"];

const DEBUG: &str = "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n";

pub(super) fn version(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let client = "Client Version: v1.36.2\nKustomize Version: v5.8.1\n";
    if call.has("client") {
        return Reply::out(client);
    }
    match reach::server(cx, call) {
        Ok(_) => Reply::out(format!("{client}Server Version: v1.36.2\n")),
        Err(failed) => Reply { out: client.to_owned(), ..failed },
    }
}

pub(super) fn resources(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    if let Err(failed) = reach::server(cx, call) {
        return failed;
    }
    let mut kinds: Vec<Kind> = Kind::all().collect();
    // The core group comes first, and in each group the names are in order.
    crate::sort::by_key(&mut kinds, |kind| (kind.group(), kind.plural()));
    let mut text = String::new();
    if !call.has("no-headers") {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND\n");
    }
    for kind in kinds {
        if call.value("output") == Some("name") {
            text.push_str(&(kind.resource() + "\n"));
            continue;
        }
        let short = kind.short_names().join(",");
        let line =
            [kind.plural(), &short, &kind.api_version(), &kind.is_namespaced().to_string(), kind.name()];
        text.push_str(&line.join("\t"));
        text.push('\n');
    }
    Reply::out(align(&text, 6, 3))
}

pub(super) fn api_versions(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    if let Err(failed) = reach::server(cx, call) {
        return failed;
    }
    let mut all: Vec<String> = Kind::all().map(Kind::api_version).collect();
    all.sort();
    all.dedup();
    Reply::out(all.join("\n") + "\n")
}

pub(super) fn cluster_info(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let config = match kubeconfig::read(cx, call) {
        Ok(config) => config.unwrap_or_default(),
        Err(failed) => return failed,
    };
    let address = kubeconfig::server(&config).unwrap_or_default().to_owned();
    match reach::server(cx, call) {
        Ok(server) => {
            let mut out = format!("Kubernetes control plane is running at {address}\n");
            if server.get(Kind::Service, "kube-system", "kube-dns").is_ok() {
                let _ = writeln!(
                    out,
                    "CoreDNS is running at {address}/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy"
                );
            }
            Reply::out(out + DEBUG)
        }
        Err(failed) => Reply { out: DEBUG.to_owned(), ..failed },
    }
}

/// No metrics server is simulated.
pub(super) fn top(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    match call.rest.first() {
        Some(&("pod" | "pods" | "po" | "node" | "nodes" | "no")) => match reach::server(cx, call) {
            Ok(_) => Reply::failed("error: Metrics API not available"),
            Err(failed) => failed,
        },
        Some(other) => Reply::failed(format!(
            "error: unknown command \"{other}\"\nSee 'kubectl top -h' for help and examples\nThere is: node, pod"
        )),
        None => Reply::failed(
            "Display resource (CPU/memory) usage.\n\nAvailable Commands:\n  node          Display resource (CPU/memory) usage of nodes\n  pod           Display resource (CPU/memory) usage of pods\n\nUsage:\n  kubectl top [flags] [options]",
        ),
    }
}

pub(super) fn config(cx: &mut Cx<'_>, call: &Call<'_>) -> Reply {
    let config = match kubeconfig::read(cx, call) {
        Ok(config) => config,
        Err(failed) => return failed,
    };
    let current = config.as_ref().and_then(|config| config.get("current-context")?.as_str());
    match call.rest.first() {
        Some(&"view") => {
            let empty = || json!({"apiVersion": "v1", "clusters": null, "contexts": null, "current-context": "", "kind": "Config", "users": null});
            let mut config = config.clone().unwrap_or_else(empty);
            if !call.has("raw") {
                hide(&mut config);
            }
            Reply::out(if call.value("output") == Some("json") { to_json(&config) } else { yaml(&config) })
        }
        Some(&"current-context") => match current.filter(|current| !current.is_empty()) {
            Some(current) => Reply::out(format!("{current}\n")),
            None => Reply::failed("error: current-context is not set"),
        },
        Some(&"get-contexts") => {
            let mut text = "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n".to_owned();
            let all = config.as_ref().and_then(|config| config.get("contexts")?.as_array());
            for context in all.into_iter().flatten() {
                let field =
                    |pointer: &str| context.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                let name = field("/name");
                let mark = if current == Some(name) { "*" } else { "" };
                let cells = [
                    mark,
                    name,
                    field("/context/cluster"),
                    field("/context/user"),
                    field("/context/namespace"),
                ];
                text.push_str(&(cells.join("\t") + "\n"));
            }
            Reply::out(align(&text, 6, 3))
        }
        Some(other) => Reply::failed(format!(
            "error: unknown command \"{other}\"\nSee 'kubectl config -h' for help and examples\nThere is: {}",
            CONFIG.join(", ")
        )),
        None => Reply::failed(
            "Modify kubeconfig files using subcommands like \"kubectl config set current-context my-context\".\n\nAvailable Commands:\n  current-context   Display the current-context\n  get-contexts      Describe one or many contexts\n  view              Display merged kubeconfig settings or a specified kubeconfig file\n\nUsage:\n  kubectl config SUBCOMMAND [options]",
        ),
    }
}

/// Keys and certificates are not shown.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if key.ends_with("-data") && value.is_string() {
                    *value = "DATA+OMITTED".into();
                } else if matches!(key.as_str(), "token" | "password") {
                    *value = "REDACTED".into();
                } else {
                    hide(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
