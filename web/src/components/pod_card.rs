//! One pod in the picture.

use standfast_core::{id::NodeName, time::Time, view::PodView};
use yew::prelude::*;

use super::{
    age::{age, countdown},
    container_row::container_row,
    glyph::glyph,
    ring::Ring,
};
use crate::{
    i18n::use_text,
    model::{ByPointer, Msg, PodKey, Shape},
};

/// What a pod shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The pod.
    pub pod: ByPointer<PodView>,
    /// Its node.
    pub node: NodeName,
    /// The moment.
    pub now: Time,
    /// Whether it is inspected.
    pub selected: bool,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// One pod.
#[component]
pub fn PodCard(props: &Props) -> Html {
    let text = use_text();
    let Props { pod, node, now, selected, on } = props;
    let shape = Shape::of_pod(pod);
    let key =
        PodKey { node: node.clone(), namespace: (*pod.id.namespace).into(), name: (*pod.id.name).into() };
    let choose = (!selected).then_some(key);
    let due = pod.due.as_ref().filter(|_| shape != Shape::Running);
    let label = |at| due.map(|due| (text.due_in)(due.reason, &countdown(at, *now))).unwrap_or_default();
    html! {
        <article class={classes!("pod", selected.then_some("sel"))} data-state={shape.class()} data-pod={pod.id.name.to_string()}>
            <button class="nm" aria-pressed={selected.to_string()} onclick={on.reform(move |_| Msg::Select(choose.clone()))}>
                { glyph(shape) }{ pod_name(&pod.id.name, node) }
            </button>
            <p class="stt">
                <b class={shape.class()}>{ &*pod.status }</b>
                <span>{ format!("{}/{}", pod.ready.0, pod.ready.1) }</span>
                <span>{ restarts(pod, *now) }</span>
            </p>
            if let Some(due) = due {
                <Ring at={due.at} now={*now} label={label(due.at)} />
            }
            <ul class="hold">
                { for pod.init_containers.iter().map(|one| container_row(one, true, *now, text)) }
                { for pod.containers.iter().map(|one| container_row(one, false, *now, text)) }
            </ul>
        </article>
    }
}

/// The name as its author wrote it, the node's suffix quieter.
pub(super) fn pod_name(name: &str, node: &NodeName) -> Html {
    let own = name.strip_suffix(node.as_str()).and_then(|own| own.strip_suffix('-'));
    match own {
        Some(own) => html! { <span class="pod-name">{ own }<i>{ "-" }{ node.as_str() }</i></span> },
        None => html! { <span class="pod-name">{ name }</span> },
    }
}

/// RESTARTS as kubectl prints it.
pub(super) fn restarts(pod: &PodView, now: Time) -> String {
    match pod.last_restart {
        Some(at) if pod.restarts > 0 => format!("RESTARTS {} ({} ago)", pod.restarts, age(now.since(at))),
        Some(_) | None => format!("RESTARTS {}", pod.restarts),
    }
}
