//! How `kubectl` reaches the API server of its world: from the node that it is typed on, or from the workstation.

use super::{
    super::{super::Host, Cx, Reply},
    flags::Call,
    kubeconfig::{self, Access},
    said,
};
use crate::{
    cluster::{ApiError, ApiServer},
    time::UnixSeconds,
};

/// The API server, as far as it answers whoever goes this way.
pub(super) fn through<'a>(cx: &'a Cx<'_>, access: &Access) -> Result<&'a ApiServer, ApiError> {
    match (access, cx.console.host()) {
        (Access::Nobody(server), _) => Err(ApiError::Unreachable { server: server.clone() }),
        (Access::Cluster, Host::Workstation) => cx.world.api(),
        (Access::Cluster, Host::Node(node)) => cx.world.api_from(node),
    }
}

/// The API server, or what the client prints when it does not answer.
pub(super) fn server<'a>(cx: &'a mut Cx<'_>, call: &Call<'_>) -> Result<&'a ApiServer, Reply> {
    let access = kubeconfig::access(cx, call)?;
    through(cx, &access).map_err(|error| said(&error))
}

/// The wall clock.
pub(super) fn clock(cx: &Cx<'_>) -> UnixSeconds {
    let view = cx.world.view();
    view.nodes.first().map_or_else(UnixSeconds::default, |node| node.epoch.at(view.now))
}
