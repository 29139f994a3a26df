//! What kubeadm makes of machines: the manifests of a control plane, a kubelet's configuration, and the objects that it applies to the API when
//! that answers.
//!
//! Follows `cmd/kubeadm/app/phases`. Certificates are files with a line in them: nobody simulated looks at more. When it does what, is the
//! console's to say.

mod addons;
mod manifests;
mod objects;

pub use self::{
    addons::addons,
    manifests::manifests,
    objects::{Token, ca_hash, cluster_info, configs, kubeconfig, mark},
};

/// The version that a new cluster gets.
pub const VERSION: &str = "v1.36.2";

/// What a control plane on one node is made of.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The node.
    pub node: &'a str,
    /// Its address.
    pub ip: &'a str,
    /// The version.
    pub version: &'a str,
    /// The members that etcd has already, as name and address.
    pub members: &'a [(&'a str, &'a str)],
}

impl<'a> Plan<'a> {
    /// The first control plane of a cluster.
    #[must_use]
    pub fn of(node: &'a str, ip: &'a str) -> Self {
        Self { node, ip, version: VERSION, members: &[] }
    }
}

/// What a kubelet is told in `/var/lib/kubelet/config.yaml`.
#[must_use]
pub fn kubelet_config() -> String {
    include_str!("kubelet-config.yaml").to_owned()
}
