//! `kubeadm token`: what nodes that want to join show.

use super::{Cx, Flags, Reply, apply, ask, fatal, files, here, read};
use crate::{
    cluster::{
        ApiRequest, Kind, Selector,
        kubeadm::{Token, ca_hash},
    },
    time::{GoDuration, parse_duration},
};

/// How long a token is good, unless somebody says so.
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

pub(super) fn run(cx: &mut Cx<'_>, flags: &Flags<'_>, words: &[&str]) -> Reply {
    match words {
        ["create", given @ ..] => create(cx, flags, given.first().copied()),
        ["list"] => list(cx),
        ["delete", id] => {
            let id = id.split('.').next().unwrap_or_default();
            let name = format!("bootstrap-token-{id}");
            let request = ApiRequest::Delete {
                kind: Kind::Secret,
                namespace: "kube-system".into(),
                name: name.into(),
                grace: None,
            };
            match ask(cx, request) {
                Ok(_) => Reply::out(format!("bootstrap token \"{id}\" deleted\n")),
                Err(error) => fatal(&format!("failed to delete bootstrap token \"{id}\": {error}")),
            }
        }
        _ => Reply::failed("kubeadm token: create, delete or list"),
    }
}

/// The token that is given, or a new one.
pub(super) fn given(cx: &Cx<'_>, given: Option<&str>) -> Result<Token, Reply> {
    let bad = |text: &str| {
        fatal(&format!(
            "the bootstrap token \"{text}\" was not of the form \"\\\\A([a-z0-9]{{6}})\\\\.([a-z0-9]{{16}})\\\\z\""
        ))
    };
    match given {
        Some(text) => Token::parse(text).ok_or_else(|| bad(text)),
        None => Ok(Token::of(&format!("{} {}", here(cx), cx.world.now()))),
    }
}

/// Writes a token down.
pub(super) fn store(
    cx: &mut Cx<'_>,
    token: &Token,
    flags: &Flags<'_>,
) -> Result<(), crate::cluster::ApiError> {
    let time = flags.value(&["--ttl", "--token-ttl"]).and_then(parse_duration).unwrap_or(DAY);
    let epoch = cx.world.node_view(&here(cx)).map(|view| view.epoch).unwrap_or_default();
    let expires = epoch.at(cx.world.now() + time).to_string();
    apply(cx, [token.object(&expires)])
}

fn create(cx: &mut Cx<'_>, flags: &Flags<'_>, text: Option<&str>) -> Reply {
    let token = match given(cx, text) {
        Ok(token) => token,
        Err(failed) => return failed,
    };
    if let Err(error) = store(cx, &token, flags) {
        return fatal(&format!(
            "failed to create or update bootstrap token with name {}: {error}",
            token.secret_name()
        ));
    }
    if !flags.has(&["--print-join-command"]) {
        return Reply::out(format!("{token}\n"));
    }
    match join_command(cx, &token) {
        Some(command) => Reply::out(format!("{} \n", command.replace(" \\\n\t", " "))),
        None => {
            fatal(&format!("failed to load admin kubeconfig: open {}: no such file or directory", files::CA))
        }
    }
}

/// The command that joins a node, as `kubeadm init` prints it.
pub(super) fn join_command(cx: &mut Cx<'_>, token: &Token) -> Option<String> {
    let hash = ca_hash(files::text(cx, files::CA)?.trim());
    let endpoint = read(cx, Kind::ConfigMap, "kube-system", "kubeadm-config", "/data/ClusterConfiguration")
        .and_then(|text| {
            text.lines().find_map(|line| line.strip_prefix("controlPlaneEndpoint: ").map(str::to_owned))
        });
    let endpoint = endpoint.unwrap_or_else(|| format!("{}:6443", super::address(cx)));
    Some(format!("kubeadm join {endpoint} --token {token} \\\n\t--discovery-token-ca-cert-hash {hash}"))
}

fn list(cx: &mut Cx<'_>) -> Reply {
    let node = here(cx);
    let epoch = cx.world.node_view(&node).map(|view| view.epoch).unwrap_or_default();
    let now = epoch.at(cx.world.now());
    let server = match cx.world.api_from(&node) {
        Ok(server) => server,
        Err(error) => return fatal(&format!("failed to list bootstrap tokens: {error}")),
    };
    let mut text = "TOKEN\tTTL\tEXPIRES\tUSAGES\tDESCRIPTION\tEXTRA GROUPS\n".to_owned();
    for secret in server.list(Kind::Secret, Some("kube-system"), &Selector::default()) {
        let field = |name: &str| secret.at(&format!("/stringData/{name}")).as_str().unwrap_or_default();
        if secret.at("/type").as_str() != Some("bootstrap.kubernetes.io/token") {
            continue;
        }
        let expires = field("expiration");
        let left = crate::time::UnixSeconds::parse(expires).map_or(0, |it| it.0.saturating_sub(now.0));
        let left = GoDuration(std::time::Duration::from_secs(left / 3600 * 3600)).to_string();
        let left = left.trim_end_matches("0m0s").to_owned();
        let token = format!("{}.{}", field("token-id"), field("token-secret"));
        let row = [&*token, &left, expires, "authentication,signing", "<none>", field("auth-extra-groups")];
        text.push_str(&row.join("\t"));
        text.push('\n');
    }
    Reply::out(crate::console::print::align(&text, 6, 3))
}
