//! The picture: nodes as hulls on the waterline, each with its pods.

use std::rc::Rc;

use standfast_core::id::NodeName;
use yew::prelude::*;

use super::{
    Glyph, Hull,
    age::tenth,
    icon::{Icon, icon},
};
use crate::{
    i18n::use_text,
    model::{Msg, NodeState, PodKey, Snapshot},
};

/// What the picture shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// All nodes.
    pub snapshot: Rc<Snapshot>,
    /// The inspected pod.
    pub selected: Option<PodKey>,
    /// The node shown where only one fits.
    pub node: Option<NodeName>,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// The picture.
#[component]
pub fn Picture(props: &Props) -> Html {
    let text = use_text();
    let Props { snapshot, selected, node: current, on } = props;
    let is_current = |node: &Rc<NodeState>| current.as_ref() == Some(&node.name);
    let tab = |node: &Rc<NodeState>| {
        let name = node.name.clone();
        html! {
            <button key={node.name.as_str()} aria-current={is_current(node).then_some("true")}
                onclick={on.reform(move |_| Msg::ShowNode(name.clone()))}><Glyph shape={node.worst()} spoken=true />{ node.name.as_str() }</button>
        }
    };
    let hull = |node: &Rc<NodeState>| {
        let selected = selected.as_ref().filter(|pod| pod.node == node.name).cloned();
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
