//! The programs of a control plane, as far as their arguments decide whether they start. What they do once they run is the world's to say.

/// Flags that are known by their whole names.
const NAMES: [&str; 38] = [
    "advertise-address",
    "advertise-client-urls",
    "allow-privileged",
    "anonymous-auth",
    "bind-address",
    "cert-dir",
    "cert-file",
    "client-ca-file",
    "client-cert-auth",
    "config",
    "contention-profiling",
    "controllers",
    "data-dir",
    "external-hostname",
    "feature-gates",
    "goaway-chance",
    "kubeconfig",
    "key-file",
    "master",
    "max-mutating-requests-inflight",
    "max-requests-inflight",
    "min-request-timeout",
    "name",
    "profiling",
    "request-timeout",
    "root-ca-file",
    "runtime-config",
    "secure-port",
    "snapshot-count",
    "storage-backend",
    "storage-media-type",
    "trusted-ca-file",
    "v",
    "vmodule",
    "watch-cache",
    "watch-progress-notify-interval",
    "use-service-account-credentials",
    "quota-backend-bytes",
];
/// What other flags begin with.
const PREFIXES: [&str; 32] = [
    "admission-",
    "allocate-",
    "apiserver-",
    "attach-detach-",
    "audit-",
    "authentication-",
    "authorization-",
    "auto-compaction-",
    "cloud-",
    "cluster-",
    "concurrent-",
    "default-",
    "delete-",
    "egress-",
    "enable-",
    "encryption-",
    "etcd-",
    "event-",
    "experimental-",
    "horizontal-",
    "http2-",
    "initial-",
    "kube-api-",
    "kubelet-",
    "leader-",
    "listen-",
    "node-",
    "oidc-",
    "peer-",
    "proxy-client-",
    "requestheader-",
    "service-",
];
const MORE: [&str; 4] = ["tls-", "terminated-pod-", "log", "token-"];

/// Why a program of a control plane ends at once: its code and its words.
pub(super) fn refusal(name: &str, args: &[String]) -> Option<(i32, String)> {
    if !["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].contains(&name) {
        return None;
    }
    for arg in args {
        let Some(flag) = arg.strip_prefix("--") else {
            return Some((1, format!("Error: unknown command \"{arg}\" for \"{name}\"\n")));
        };
        let key = flag.split('=').next().unwrap_or_default();
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| key.starts_with(prefix));
        if !(NAMES.contains(&key) || begins(&PREFIXES) || begins(&MORE)) {
            return Some(if name == "etcd" {
                (2, format!("flag provided but not defined: -{key}\n"))
            } else {
                (1, format!("Error: unknown flag: --{key}\n"))
            });
        }
        if ["secure-port", "snapshot-count"].contains(&key) {
            let value = flag.split_once('=').map_or("", |(_, value)| value);
            if value.parse::<u32>().is_err() {
                return Some((
                    1,
                    format!(
                        "Error: invalid argument \"{value}\" for \"--{key}\" flag: strconv.ParseInt: parsing \"{value}\": invalid syntax\n"
                    ),
                ));
            }
        }
    }
    let servers = args.iter().find_map(|arg| arg.strip_prefix("--etcd-servers="));
    (name == "kube-apiserver" && servers.is_none())
        .then(|| (1, "E0101 00:00:00.000000       1 run.go:72] \"command failed\" err=\"--etcd-servers must be specified\"\n".to_owned()))
}

/// Whether an API server with these arguments asks where a store listens: the port of etcd on this machine.
pub(in crate::sim) fn asks_etcd(args: &[std::sync::Arc<str>]) -> bool {
    args.iter()
        .filter_map(|arg| arg.strip_prefix("--etcd-servers="))
        .any(|servers| servers.ends_with(":2379"))
}

/// The last words of an API server that cannot reach its store.
pub(in crate::sim) const NO_STORE: &str = "F0101 00:00:00.000000       1 instance.go:232] Error creating leases: error creating storage factory: context deadline exceeded";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kubeadm::{Plan, manifests};

    #[test]
    fn what_kubeadm_writes_starts_and_a_misspelt_flag_does_not() {
        for (name, text) in manifests(&Plan::of("n1", "192.168.0.2")) {
            let args: Vec<String> = text
                .lines()
                .filter_map(|line| line.trim().strip_prefix("- --"))
                .map(|flag| format!("--{flag}"))
                .collect();
            assert!(args.len() > 4, "{text}");
            assert_eq!(refusal(name, &args), None);
        }
        let wrong = vec!["--etcd-server=https://127.0.0.1:2379".to_owned(), "--tsl-cert-file=x".to_owned()];
        let (code, text) = refusal("kube-apiserver", &wrong).unwrap();
        assert_eq!((code, text.as_str()), (1, "Error: unknown flag: --tsl-cert-file\n"));
    }
}
