//! What kubeadm writes down in the API: its configuration, where to find the cluster, bootstrap tokens, and the marks of a control-plane node.

use serde_json::{Value, json};

use super::kubelet_config;
use crate::{rng::Rng, trace::Fnv};

/// A bootstrap token: `id.secret`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its public part.
    pub id: String,
    /// The rest.
    pub secret: String,
}

impl Token {
    /// The token that these words make.
    #[must_use]
    pub fn of(words: &str) -> Self {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut rng = random(words);
        let mut letter = || {
            let at = usize::try_from(rng.below(LETTERS.len() as u64)).unwrap_or_default();
            LETTERS.get(at).copied().map_or('a', char::from)
        };
        Self { id: (0..6).map(|_| letter()).collect(), secret: (0..16).map(|_| letter()).collect() }
    }

    /// Reads one; `None` when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once('.')?;
        let good = |part: &str, length| {
            part.len() == length && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        (good(id, 6) && good(secret, 16)).then(|| Self { id: id.to_owned(), secret: secret.to_owned() })
    }

    /// The name of its secret.
    #[must_use]
    pub fn secret_name(&self) -> String {
        format!("bootstrap-token-{}", self.id)
    }

    /// The secret that holds it until `expires`.
    #[must_use]
    pub fn object(&self, expires: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "bootstrap.kubernetes.io/token",
            "metadata": {"name": self.secret_name(), "namespace": "kube-system"},
            "stringData": {
                "token-id": self.id, "token-secret": self.secret, "expiration": expires,
                "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
                "usage-bootstrap-authentication": "true", "usage-bootstrap-signing": "true",
            },
        })
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.id, self.secret)
    }
}

fn random(words: &str) -> Rng {
    let mut hash = Fnv::default();
    hash.write(words.as_bytes());
    Rng::new(hash.finish())
}

/// The hash by which a certificate authority is known.
#[must_use]
pub fn ca_hash(certificate: &str) -> String {
    let mut rng = random(certificate);
    (0..4).fold(String::from("sha256:"), |all, _| format!("{all}{:016x}", rng.next_u64()))
}

/// A kubeconfig for a user of the API server at this address.
#[must_use]
pub fn kubeconfig(ip: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority: /etc/kubernetes/pki/ca.crt\n    server: https://{ip}:6443\n  name: kubernetes\n\
         contexts:\n- context:\n    cluster: kubernetes\n    user: {user}\n  name: {user}@kubernetes\ncurrent-context: {user}@kubernetes\n\
         kind: Config\nusers:\n- name: {user}\n  user: {{}}\n"
    )
}

/// The config maps of the cluster: kubeadm's own, and the one for kubelets.
#[must_use]
pub fn configs(version: &str) -> [Value; 2] {
    let own = format!(
        "apiServer: {{}}\napiVersion: kubeadm.k8s.io/v1beta4\ncaCertificateValidityPeriod: 87600h0m0s\ncertificateValidityPeriod: 8760h0m0s\n\
         certificatesDir: /etc/kubernetes/pki\nclusterName: kubernetes\ncontrollerManager: {{}}\ndns: {{}}\netcd:\n  local:\n    dataDir: /var/lib/etcd\n\
         imageRepository: registry.k8s.io\nkind: ClusterConfiguration\nkubernetesVersion: {version}\nnetworking:\n  dnsDomain: cluster.local\n  \
         serviceSubnet: 10.96.0.0/12\nproxy: {{}}\nscheduler: {{}}\n"
    );
    let map = |name: &str, key: &str, text: String| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "kube-system"},
            "data": {key: text},
        })
    };
    [map("kubeadm-config", "ClusterConfiguration", own), map("kubelet-config", "kubelet", kubelet_config())]
}

/// What a node that knows nothing reads first: the address of the API server, and the certificate of its authority.
#[must_use]
pub fn cluster_info(ip: &str, certificate: &str) -> [Value; 2] {
    let place = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-public"}});
    let text = format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {certificate}\n    server: https://{ip}:6443\n  name: \"\"\nkind: Config\n"
    );
    let info = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cluster-info", "namespace": "kube-public"},
        "data": {"kubeconfig": text},
    });
    [place, info]
}

/// The patch that makes a node a control-plane node.
#[must_use]
pub fn mark() -> Value {
    json!({
        "metadata": {"labels": {
            "node-role.kubernetes.io/control-plane": "", "node.kubernetes.io/exclude-from-external-load-balancers": "",
        }},
        "spec": {"taints": [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_six_and_sixteen_letters() {
        let token = Token::of("node01 at 5s");
        assert_eq!(Token::parse(&token.to_string()), Some(token.clone()));
        assert_eq!(token, Token::of("node01 at 5s"));
        assert_ne!(token, Token::of("node01 at 6s"));
        assert_eq!(
            ["abcdef", "abcdef.0123", "ABCDEF.0123456789abcdef"].map(Token::parse),
            [None, None, None]
        );
        assert_eq!(ca_hash("x").len(), "sha256:".len() + 64);
    }
}
