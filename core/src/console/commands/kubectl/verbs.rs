//! What `kubectl` can do: each verb with its flags, and what may stand behind it.

use super::{about, change, drain, edit, exec, explain, flags::Call, get, logs, make, node, rollout, scale};
use crate::console::commands::{Cx, Reply};

/// A verb.
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) run: fn(&mut Cx<'_>, &Call<'_>) -> Reply,
    /// Flags with a value: `filename/f` for `--filename` and `-f`, `tail#` for a whole number.
    pub(super) valued: &'static [&'static str],
    /// Flags without; `dry-run=` may have one behind `=`.
    pub(super) plain: &'static [&'static str],
    /// What comes first behind it.
    pub(super) takes: Takes,
    /// How it is used.
    pub(super) usage: &'static str,
}

/// What a verb takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    /// A kind, then names.
    Kinds,
    Pods,
    Nodes,
    /// One of these, then what works on a controller.
    Words(&'static [&'static str]),
}

/// Flags with a value that all verbs have.
pub(super) const VALUED: &[&str] =
    &["namespace/n", "context", "kubeconfig", "server/s", "cluster", "user", "request-timeout", "v/v"];
/// Flags without one that all verbs have.
pub(super) const PLAIN: &[&str] = &["help/h", "insecure-skip-tls-verify", "warnings-as-errors"];

const fn verb(
    name: &'static str,
    run: fn(&mut Cx<'_>, &Call<'_>) -> Reply,
    takes: Takes,
    (valued, plain): (&'static [&'static str], &'static [&'static str]),
    usage: &'static str,
) -> Verb {
    Verb { name, run, valued, plain, takes, usage }
}

/// The flags of the verbs that show objects.
const SHOWN: (&[&str], &[&str]) = (
    &[
        "output/o",
        "selector/l",
        "label-columns/L",
        "field-selector",
        "sort-by",
        "filename/f",
        "for",
        "types",
        "chunk-size#",
    ],
    &[
        "all-namespaces/A",
        "show-labels",
        "no-headers",
        "watch/w",
        "watch-only",
        "output-watch-events",
        "show-kind",
        "ignore-not-found",
        "show-managed-fields",
        "show-events",
    ],
);
const PUT: (&[&str], &[&str]) = (
    &["filename/f", "output/o", "image", "replicas#", "port#", "field-manager"],
    &["dry-run=", "recursive/R", "server-side", "force-conflicts", "validate=", "save-config"],
);
const MARK: (&[&str], &[&str]) = (&["selector/l", "output/o"], &["overwrite", "all", "list", "dry-run="]);
const NODES: (&[&str], &[&str]) = (&["selector/l"], &["dry-run="]);

/// All verbs, by name.
#[rustfmt::skip]
pub(super) static VERBS: &[Verb] = &[
    verb("annotate", change::mark, Takes::Kinds, MARK, "annotate TYPE NAME KEY_1=VAL_1 ... KEY_N=VAL_N"),
    verb("api-resources", about::resources, Takes::Nothing, (&["output/o"], &["no-headers"]), "api-resources"),
    verb("api-versions", about::api_versions, Takes::Nothing, (&[], &[]), "api-versions"),
    verb("apply", change::put, Takes::Nothing, PUT, "apply -f FILENAME"),
    verb("cluster-info", about::cluster_info, Takes::Nothing, (&[], &[]), "cluster-info"),
    verb("config", about::config, Takes::Words(&about::CONFIG), (&["output/o"], &["minify", "raw", "flatten"]), "config SUBCOMMAND"),
    verb("cordon", node::cordon, Takes::Nodes, NODES, "cordon NODE"),
    verb("create", make::create, Takes::Words(&["deployment", "namespace"]), PUT, "create -f FILENAME"),
    verb("delete", change::delete, Takes::Kinds, (
        &["filename/f", "grace-period#", "selector/l", "output/o", "timeout"],
        &["force", "now", "wait", "all", "all-namespaces/A", "ignore-not-found", "cascade=", "dry-run="],
    ), "delete ([-f FILENAME] | TYPE [(NAME | -l label | --all)])"),
    verb("describe", get::show, Takes::Kinds, SHOWN, "describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)"),
    verb("drain", drain::drain, Takes::Nodes, (
        &["selector/l", "grace-period#", "timeout", "pod-selector"],
        &["ignore-daemonsets", "delete-emptydir-data", "force", "disable-eviction", "dry-run="],
    ), "drain NODE"),
    verb("edit", edit::edit, Takes::Kinds, (&["output/o", "filename/f"], &["validate="]), "edit (RESOURCE/NAME | -f FILENAME)"),
    verb("events", get::show, Takes::Nothing, SHOWN, "events [--for TYPE/NAME]"),
    verb("exec", exec::exec, Takes::Pods, (&["container/c", "filename/f"], &["stdin/i", "tty/t", "quiet/q"]), "exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]"),
    verb("explain", explain::explain, Takes::Kinds, (&["api-version", "output"], &["recursive"]), "explain TYPE [--recursive=FALSE|TRUE]"),
    verb("get", get::show, Takes::Kinds, SHOWN, "get (TYPE [NAME | -l label] | TYPE/NAME ...)"),
    verb("label", change::mark, Takes::Kinds, MARK, "label TYPE NAME KEY_1=VAL_1 ... KEY_N=VAL_N"),
    verb("logs", logs::logs, Takes::Pods, (
        &["container/c", "tail#", "since", "selector/l", "limit-bytes#"],
        &["follow/f", "previous/p", "timestamps", "all-containers", "prefix"],
    ), "logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]"),
    verb("port-forward", exec::port_forward, Takes::Pods, (&["address"], &[]), "port-forward TYPE/NAME [LOCAL_PORT:]REMOTE_PORT"),
    verb("rollout", rollout::rollout, Takes::Words(&rollout::WORDS), (&["revision#", "timeout", "selector/l", "output/o"], &["watch/w"]), "rollout SUBCOMMAND"),
    verb("run", make::run, Takes::Nothing, (
        &["image", "port#", "env", "labels/l", "annotations", "restart", "output/o", "image-pull-policy"],
        &["dry-run=", "command", "stdin/i", "tty/t", "rm", "privileged", "quiet/q", "attach"],
    ), "run NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--command] -- [COMMAND] [args...]"),
    verb("scale", scale::scale, Takes::Kinds, (&["replicas#", "current-replicas#", "filename/f", "output/o", "timeout"], &["dry-run=", "all"]), "scale [--current-replicas=count] --replicas=COUNT TYPE NAME"),
    verb("set", scale::set, Takes::Words(&["image"]), (&["output/o", "selector/l"], &["dry-run=", "all", "local"]), "set SUBCOMMAND"),
    verb("taint", node::taint, Takes::Kinds, (&["selector/l"], &["overwrite", "all", "dry-run="]), "taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N"),
    verb("top", about::top, Takes::Words(&["node", "pod"]), (&["selector/l", "sort-by"], &["all-namespaces/A", "no-headers", "containers"]), "top"),
    verb("uncordon", node::uncordon, Takes::Nodes, NODES, "uncordon NODE"),
    verb("version", about::version, Takes::Nothing, (&["output/o"], &["client"]), "version"),
];

/// The names of all verbs.
pub(super) fn names() -> Vec<&'static str> {
    VERBS.iter().map(|verb| verb.name).collect()
}

/// A verb by its name.
pub(super) fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}
