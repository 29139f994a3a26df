//! One node: its kubelet, the files it refused, its pods.

use std::rc::Rc;

use standfast_core::{time::Time, view::PodView};
use yew::prelude::*;

use super::{
    PodCard,
    age::{countdown, whole_second},
    glyph::glyph,
    icon::{Icon, icon},
};
use crate::{
    i18n::use_text,
    model::{ByPointer, FileKey, FileRow, Msg, NodeState, PodKey, Shape},
};

/// What a node shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The node.
    pub node: Rc<NodeState>,
    /// The moment.
    pub now: Time,
    /// The inspected pod, when it is here.
    pub selected: Option<PodKey>,
    /// Whether it is the one that is shown where only one fits.
    pub current: bool,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// One node.
#[component]
pub fn Hull(props: &Props) -> Html {
    let text = use_text();
    let Props { node, now, current, on, .. } = props;
    let restart = (text.restart_kubelet_on)(node.name.as_str());
    let name = node.name.clone();
    let slip = |row: &FileRow| {
        let file = FileKey { node: node.name.clone(), name: Rc::clone(&row.name) };
        html! {
            <button key={&*row.name} class="slip" onclick={on.reform(move |_| Msg::Open(file.clone()))}>
                { glyph(row.shape) }<code>{ &*row.name }</code>{ text.refused_no_pod }
            </button>
        }
    };
    let refused = node.files.iter().filter(|row| row.shape == Shape::Refused && row.pod.is_none());
    let card = |pod: &ByPointer<PodView>| pod_card(pod, props);
    html! {
        <section class="hull" data-current={current.to_string()} aria-label={node.name.to_string()}>
            <header>
                <h3>{ node.name.as_str() }</h3>
                <span class="sp"></span>
                { for node.pressures.iter().map(|what| html! { <span key={what.condition()} class="scan">{ what.condition() }</span> }) }
                if let Some(pass) = node.next_pass {
                    <span class="scan">{ (text.scans_in)(&countdown(pass, *now)) }</span>
                }
                <button class="tool mk" aria-label={restart.clone()} title={restart}
                    onclick={on.reform(move |_| Msg::RestartKubelet(name.clone()))}>{ icon(Icon::Loop) }</button>
            </header>
            { for refused.map(slip) }
            { for node.pods.iter().map(card) }
            if node.pods.is_empty() {
                <p class="no-pods">{ text.no_pods }</p>
            }
        </section>
    }
}

/// A pod's card is given the moment only as finely as it shows it.
fn pod_card(pod: &ByPointer<PodView>, props: &Props) -> Html {
    let selected = props.selected.as_ref();
    let selected =
        selected.is_some_and(|key| *key.name == *pod.id.name && *key.namespace == *pod.id.namespace);
    let counts = pod.due.is_some();
    let now = if counts { props.now } else { whole_second(props.now) };
    html! { <PodCard key={pod.id.uid.as_str()} pod={pod.clone()} node={props.node.name.clone()} {now} {selected} on={&props.on} /> }
}
