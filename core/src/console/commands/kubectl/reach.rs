//! How `kubectl` reaches the API server of its world: from the node that it is typed on, or from the workstation.

use super::super::{super::Host, Cx};
use crate::{
    cluster::{ApiError, ApiServer},
    time::UnixSeconds,
};

/// The API server, as far as it answers.
pub(super) fn server<'a>(cx: &'a Cx<'_>) -> Result<&'a ApiServer, ApiError> {
    match cx.console.host() {
        Host::Workstation => cx.world.api(),
        Host::Node(node) => cx.world.api_from(node),
    }
}

/// The wall clock.
pub(super) fn clock(cx: &Cx<'_>) -> UnixSeconds {
    let view = cx.world.view();
    view.nodes.first().map_or_else(UnixSeconds::default, |node| node.epoch.at(view.now))
}
