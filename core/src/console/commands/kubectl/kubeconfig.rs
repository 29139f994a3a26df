//! Which server `kubectl` asks: what its kubeconfig says, and what it asks when there is none.

use serde_json::{Value, json};

use super::{super::Cx, super::Reply, flags::Call};
use crate::console::Host;

/// Where it is looked for when no flag says where.
const USUAL: &str = "~/.kube/config";
/// Who answers when nobody is named.
const NOBODY: &str = "localhost:8080";

/// How a command reaches a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) enum Access {
    /// A kubeconfig names the cluster's API server.
    Cluster,
    /// Something is named at which no server listens.
    Nobody(String),
}

/// What the machine's kubeconfig says; `None` when there is none.
pub(super) fn read(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Option<Value>, Reply> {
    let given = call.value("kubeconfig");
    let named = cx.console.machine().vars.get("KUBECONFIG").cloned().filter(|path| !path.is_empty());
    let workstation = *cx.console.host() == Host::Workstation && named.is_none();
    match cx.console.files(cx.world).read(given.or(named.as_deref()).unwrap_or(USUAL)) {
        Ok(text) => match serde_yaml::from_str(&text) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(Reply::failed(format!(
                "error: error loading config file \"{}\": yaml: {error}",
                given.unwrap_or(USUAL)
            ))),
        },
        Err(_) if given.is_some() => {
            let path = given.unwrap_or_default();
            Err(Reply::failed(format!("error: stat {path}: no such file or directory")))
        }
        Err(_) if workstation => Ok(Some(of_workstation(cx))),
        Err(_) => Ok(None),
    }
}

/// What `kubeadm init` made for people, and they copied.
fn of_workstation(cx: &Cx<'_>) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "kubernetes-admin@kubernetes",
        "clusters": [{"name": "kubernetes", "cluster": {
            "certificate-authority-data": "", "server": format!("https://{}", cx.world.server_address()),
        }}],
        "contexts": [{"name": "kubernetes-admin@kubernetes", "context": {"cluster": "kubernetes", "user": "kubernetes-admin"}}],
        "users": [{"name": "kubernetes-admin", "user": {"client-certificate-data": "", "client-key-data": ""}}],
    })
}

/// The server of the current context, as an address.
pub(super) fn server(config: &Value) -> Option<&str> {
    let named = |list: &str, name: &str| {
        let items = config.get(list).and_then(Value::as_array).into_iter().flatten();
        items.clone().find(|it| it.get("name").and_then(Value::as_str) == Some(name))
    };
    let context = named("contexts", config.get("current-context")?.as_str()?)?;
    let cluster = named("clusters", context.pointer("/context/cluster")?.as_str()?)?;
    cluster.pointer("/cluster/server").and_then(Value::as_str)
}

/// How this command reaches a server.
pub(super) fn access(cx: &mut Cx<'_>, call: &Call<'_>) -> Result<Access, Reply> {
    let config = match call.value("server") {
        Some(_) => None,
        None => read(cx, call)?,
    };
    let address = call.value("server").or_else(|| config.as_ref().and_then(server));
    let Some(address) = address else { return Ok(Access::Nobody(NOBODY.to_owned())) };
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let host = rest.split('/').next().unwrap_or_default();
    let known = scheme != "http" && host.ends_with(":6443");
    Ok(if known { Access::Cluster } else { Access::Nobody(host.to_owned()) })
}
