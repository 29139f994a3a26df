//! The four manifests of a control plane.
//!
//! Follows `cmd/kubeadm/app/phases/{controlplane,etcd}` and `util/staticpod`.

use super::Plan;

/// One part of a control plane.
struct Part {
    name: &'static str,
    image: String,
    requests: &'static [(&'static str, &'static str)],
    port: u16,
    scheme: &'static str,
    host: String,
    /// Paths of the liveness, readiness and startup probes.
    probes: [Option<&'static str>; 3],
    annotation: Option<(&'static str, String)>,
    flags: Vec<String>,
    /// Name, path, type, read-only.
    volumes: Vec<(&'static str, &'static str, &'static str, bool)>,
}

/// The manifests, as name of the component and text, in the order in which kubeadm writes and upgrades them.
#[must_use]
pub fn manifests(plan: &Plan<'_>) -> Vec<(&'static str, String)> {
    let parts = [etcd(plan), api_server(plan), controller_manager(plan), scheduler(plan)];
    parts.iter().map(|part| (part.name, part.text())).collect()
}

fn etcd(plan: &Plan<'_>) -> Part {
    let pki = "/etc/kubernetes/pki/etcd";
    let Plan { node, ip, .. } = plan;
    let members: Vec<String> =
        plan.members.iter().map(|(name, ip)| format!("{name}=https://{ip}:2380")).collect();
    // The first member makes a store, those that come later join it.
    let (state, initial) = match members.as_slice() {
        [] => (None, format!("{node}=https://{ip}:2380")),
        others => {
            let own = format!("{node}=https://{ip}:2380");
            (Some("initial-cluster-state=existing".to_owned()), format!("{},{own}", others.join(",")))
        }
    };
    let mut flags = etcd_flags(plan, pki, &initial);
    flags.extend(state);
    flags.sort();
    Part {
        name: "etcd",
        image: "registry.k8s.io/etcd:3.6.8-0".to_owned(),
        requests: &[("cpu", "100m"), ("memory", "100Mi")],
        port: 2381,
        scheme: "HTTP",
        host: "127.0.0.1".to_owned(),
        probes: [Some("/livez"), Some("/readyz"), Some("/readyz")],
        annotation: Some(("kubeadm.kubernetes.io/etcd.advertise-client-urls", format!("https://{ip}:2379"))),
        flags,
        volumes: vec![
            ("etcd-certs", "/etc/kubernetes/pki/etcd", "DirectoryOrCreate", false),
            ("etcd-data", "/var/lib/etcd", "DirectoryOrCreate", false),
        ],
    }
}

fn etcd_flags(Plan { node, ip, .. }: &Plan<'_>, pki: &str, initial: &str) -> Vec<String> {
    vec![
        format!("advertise-client-urls=https://{ip}:2379"),
        format!("cert-file={pki}/server.crt"),
        "client-cert-auth=true".to_owned(),
        "data-dir=/var/lib/etcd".to_owned(),
        "feature-gates=InitialCorruptCheck=true".to_owned(),
        format!("initial-advertise-peer-urls=https://{ip}:2380"),
        format!("initial-cluster={initial}"),
        format!("key-file={pki}/server.key"),
        format!("listen-client-urls=https://127.0.0.1:2379,https://{ip}:2379"),
        "listen-metrics-urls=http://127.0.0.1:2381".to_owned(),
        format!("listen-peer-urls=https://{ip}:2380"),
        format!("name={node}"),
        format!("peer-cert-file={pki}/peer.crt"),
        "peer-client-cert-auth=true".to_owned(),
        format!("peer-key-file={pki}/peer.key"),
        format!("peer-trusted-ca-file={pki}/ca.crt"),
        "snapshot-count=10000".to_owned(),
        format!("trusted-ca-file={pki}/ca.crt"),
        "watch-progress-notify-interval=5s".to_owned(),
    ]
}

fn api_server(Plan { ip, version, .. }: &Plan<'_>) -> Part {
    let pki = "/etc/kubernetes/pki";
    Part {
        name: "kube-apiserver",
        image: format!("registry.k8s.io/kube-apiserver:{version}"),
        requests: &[("cpu", "250m")],
        port: 6443,
        scheme: "HTTPS",
        host: (*ip).to_owned(),
        probes: [Some("/livez"), Some("/readyz"), Some("/livez")],
        annotation: Some((
            "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint",
            format!("{ip}:6443"),
        )),
        flags: vec![
            format!("advertise-address={ip}"),
            "allow-privileged=true".to_owned(),
            "authorization-mode=Node,RBAC".to_owned(),
            format!("client-ca-file={pki}/ca.crt"),
            "enable-admission-plugins=NodeRestriction".to_owned(),
            "enable-bootstrap-token-auth=true".to_owned(),
            format!("etcd-cafile={pki}/etcd/ca.crt"),
            format!("etcd-certfile={pki}/apiserver-etcd-client.crt"),
            format!("etcd-keyfile={pki}/apiserver-etcd-client.key"),
            "etcd-servers=https://127.0.0.1:2379".to_owned(),
            format!("kubelet-client-certificate={pki}/apiserver-kubelet-client.crt"),
            format!("kubelet-client-key={pki}/apiserver-kubelet-client.key"),
            "kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname".to_owned(),
            "secure-port=6443".to_owned(),
            "service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
            format!("service-account-key-file={pki}/sa.pub"),
            format!("service-account-signing-key-file={pki}/sa.key"),
            "service-cluster-ip-range=10.96.0.0/12".to_owned(),
            format!("tls-cert-file={pki}/apiserver.crt"),
            format!("tls-private-key-file={pki}/apiserver.key"),
        ],
        volumes: certs(),
    }
}

fn controller_manager(Plan { version, .. }: &Plan<'_>) -> Part {
    let conf = "/etc/kubernetes/controller-manager.conf";
    let pki = "/etc/kubernetes/pki";
    let mut volumes = certs();
    volumes.push(("kubeconfig", conf, "FileOrCreate", true));
    Part {
        name: "kube-controller-manager",
        image: format!("registry.k8s.io/kube-controller-manager:{version}"),
        requests: &[("cpu", "200m")],
        port: 10_257,
        scheme: "HTTPS",
        host: "127.0.0.1".to_owned(),
        probes: [Some("/healthz"), None, Some("/healthz")],
        annotation: None,
        flags: vec![
            format!("authentication-kubeconfig={conf}"),
            format!("authorization-kubeconfig={conf}"),
            "bind-address=127.0.0.1".to_owned(),
            format!("client-ca-file={pki}/ca.crt"),
            "cluster-name=kubernetes".to_owned(),
            format!("cluster-signing-cert-file={pki}/ca.crt"),
            format!("cluster-signing-key-file={pki}/ca.key"),
            "controllers=*,bootstrapsigner,tokencleaner".to_owned(),
            format!("kubeconfig={conf}"),
            "leader-elect=true".to_owned(),
            format!("root-ca-file={pki}/ca.crt"),
            format!("service-account-private-key-file={pki}/sa.key"),
            "use-service-account-credentials=true".to_owned(),
        ],
        volumes,
    }
}

fn scheduler(Plan { version, .. }: &Plan<'_>) -> Part {
    let conf = "/etc/kubernetes/scheduler.conf";
    Part {
        name: "kube-scheduler",
        image: format!("registry.k8s.io/kube-scheduler:{version}"),
        requests: &[("cpu", "100m")],
        port: 10_259,
        scheme: "HTTPS",
        host: "127.0.0.1".to_owned(),
        probes: [Some("/livez"), Some("/readyz"), Some("/livez")],
        annotation: None,
        flags: vec![
            format!("authentication-kubeconfig={conf}"),
            format!("authorization-kubeconfig={conf}"),
            "bind-address=127.0.0.1".to_owned(),
            format!("kubeconfig={conf}"),
            "leader-elect=true".to_owned(),
        ],
        volumes: vec![("kubeconfig", conf, "FileOrCreate", true)],
    }
}

fn certs() -> Vec<(&'static str, &'static str, &'static str, bool)> {
    vec![
        ("ca-certs", "/etc/ssl/certs", "DirectoryOrCreate", true),
        ("k8s-certs", "/etc/kubernetes/pki", "DirectoryOrCreate", true),
    ]
}

impl Part {
    fn text(&self) -> String {
        let Self { name, image, requests, port, scheme, host, probes, annotation, flags, volumes } = self;
        let mut text = String::from("apiVersion: v1\nkind: Pod\nmetadata:\n");
        let mut line = |words: &str| {
            text.push_str(words);
            text.push('\n');
        };
        if let Some((key, value)) = annotation {
            line(&format!("  annotations:\n    {key}: {value}"));
        }
        line(&format!(
            "  labels:\n    component: {name}\n    tier: control-plane\n  name: {name}\n  namespace: kube-system"
        ));
        line(&format!("spec:\n  containers:\n  - command:\n    - {name}"));
        for flag in flags {
            line(&format!("    - --{flag}"));
        }
        line(&format!("    image: {image}\n    imagePullPolicy: IfNotPresent"));
        let numbers = [(10, 10, 8), (0, 1, 3), (10, 10, 24)];
        for ((field, path), (delay, period, failures)) in
            ["livenessProbe", "readinessProbe", "startupProbe"].into_iter().zip(probes).zip(numbers)
        {
            if let Some(path) = path {
                let delay =
                    if delay > 0 { format!("\n      initialDelaySeconds: {delay}") } else { String::new() };
                line(&format!(
                    "    {field}:\n      failureThreshold: {failures}\n      httpGet:\n        host: {host}\n        path: {path}\n        \
                     port: probe-port\n        scheme: {scheme}{delay}\n      periodSeconds: {period}\n      timeoutSeconds: 15"
                ));
            }
        }
        line(&format!(
            "    name: {name}\n    ports:\n    - containerPort: {port}\n      name: probe-port\n      protocol: TCP"
        ));
        line("    resources:\n      requests:");
        for (resource, amount) in *requests {
            line(&format!("        {resource}: {amount}"));
        }
        line("    volumeMounts:");
        for (volume, path, _, read_only) in volumes {
            let read_only = if *read_only { "\n      readOnly: true" } else { "" };
            line(&format!("    - mountPath: {path}\n      name: {volume}{read_only}"));
        }
        line("  hostNetwork: true\n  priority: 2000001000\n  priorityClassName: system-node-critical");
        line("  securityContext:\n    seccompProfile:\n      type: RuntimeDefault\n  volumes:");
        for (volume, path, kind, _) in volumes {
            line(&format!("  - hostPath:\n      path: {path}\n      type: {kind}\n    name: {volume}"));
        }
        line("status: {}");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Origin, parse};

    #[test]
    fn the_manifests_are_static_pods() {
        let plan = Plan { members: &[("node00", "192.168.0.1")], ..Plan::of("node01", "192.168.0.2") };
        for (file, text) in manifests(&plan) {
            let path = format!("/etc/kubernetes/manifests/{file}.yaml");
            let parsed = parse(text.as_bytes(), &Origin { path: &path, node: &"node01".into() });
            assert!(parsed.pod.is_some(), "{file}: {:?}\n{text}", parsed.error);
            assert!(parsed.diagnostics.is_empty(), "{file}: {:?}", parsed.diagnostics);
            let joins = text.contains(
                "--initial-cluster=node00=https://192.168.0.1:2380,node01=https://192.168.0.2:2380",
            );
            assert_eq!(joins, file == "etcd");
        }
    }
}
