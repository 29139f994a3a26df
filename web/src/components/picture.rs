//! The picture: nodes as hulls on the waterline, each with its pods.

use std::rc::Rc;

use standfast_core::id::NodeName;
use yew::prelude::*;

use super::{
    Hull,
    age::tenth,
    glyph::spoken_glyph,
    icon::{Icon, icon},
};
use crate::{
    i18n::Text,
    model::{Msg, NodeState, PodKey, Snapshot},
};

/// The picture; `current` is the node shown where only one fits.
pub(crate) fn picture(
    snapshot: &Snapshot,
    selected: Option<&PodKey>,
    current: Option<&NodeName>,
    on: &Callback<Msg>,
    text: &'static Text,
) -> Html {
    let is_current = |node: &Rc<NodeState>| current == Some(&node.name);
    let tab = |node: &Rc<NodeState>| {
        let name = node.name.clone();
        html! {
            <button key={node.name.as_str()} aria-current={is_current(node).then_some("true")}
                onclick={on.reform(move |_| Msg::ShowNode(name.clone()))}>{ spoken_glyph(node.worst(), text) }{ node.name.as_str() }</button>
        }
    };
    let hull = |node: &Rc<NodeState>| {
        let selected = selected.filter(|pod| pod.node == node.name).cloned();
        html! {
            <Hull key={node.name.as_str()} node={Rc::clone(node)} now={tenth(snapshot.now)} {selected} current={is_current(node)} {on} />
        }
    };
    html! {
        <main class="pic" aria-label={text.picture}>
            <div class="head">
                <h2>{ (text.nodes_and_pods)(snapshot.nodes.len(), snapshot.pod_count()) }</h2>
                <span class="sp"></span>
                <button class="btn sm" onclick={on.reform(|_| Msg::AddNode)}>{ icon(Icon::Plus) }{ text.add_node }</button>
            </div>
            <nav class="nodes" aria-label={text.pane_nodes}>{ for snapshot.nodes.iter().map(tab) }</nav>
            <div class="stage">
                <div class="fleet">{ for snapshot.nodes.iter().map(hull) }</div>
                <div class="sea"><b>{ text.api_server }</b><span>{ text.no_api_server }</span></div>
            </div>
        </main>
    }
}
