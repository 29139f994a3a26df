//! The inspected pod: what it is, why, and what it holds.

use standfast_core::{time::Time, view::PodView};
use yew::prelude::*;

use super::{
    age::{tenth, whole_second},
    facts::{conditions, container_facts, pod_facts},
    glyph::spoken_glyph,
    icon::{Icon, icon},
    pod_card::{pod_name, restarts},
    why::why,
};
use crate::{
    i18n::{Text, use_text},
    model::{ByPointer, Feed, FileKey, Msg, PodKey, Shape, Snapshot},
};

/// The inspector: it finds the pod and gives its body only what that needs.
pub(crate) fn inspector(
    snapshot: &Snapshot,
    selected: Option<&PodKey>,
    feed: &Feed,
    on: &Callback<Msg>,
    text: &'static Text,
) -> Html {
    let found = selected.and_then(|key| Some((key.clone(), snapshot.pod(key)?.clone())));
    html! {
        <aside class="insp" aria-label={text.inspector}>
            if let Some((key, pod)) = found {
                <Body now={needed(&pod, snapshot.now)} id={key} {pod} feed={feed.clone()} {on} />
            } else if let Some(key) = selected {
                <p class="hint">{ (text.pod_gone)(&key.name) }</p>
            } else {
                <p class="hint">{ text.nothing_selected }</p>
            }
        </aside>
    }
}

/// The moment as finely as the inspector shows it.
fn needed(pod: &PodView, now: Time) -> Time {
    if pod.due.is_some() { tenth(now) } else { whole_second(now) }
}

#[derive(Clone, PartialEq, Properties)]
struct BodyProps {
    id: PodKey,
    pod: ByPointer<PodView>,
    feed: Feed,
    now: Time,
    on: Callback<Msg>,
}

#[component]
fn Body(props: &BodyProps) -> Html {
    let text = use_text();
    let BodyProps { id: key, pod, feed, now, on } = props;
    let shape = Shape::of_pod(pod);
    html! {
        <>
            <div class="top">
                <div class="row">
                    { spoken_glyph(shape, text) }
                    <h2>{ pod_name(&pod.id.name, &key.node) }</h2>
                    <span class="sp"></span>
                    <button class="tool" aria-label={text.close} title={text.close} onclick={on.reform(|_| Msg::Select(None))}>{ icon(Icon::Cross) }</button>
                </div>
                <p class="stt">
                    <b class={shape.class()}>{ &*pod.status }</b>
                    <span>{ format!("{}/{}", pod.ready.0, pod.ready.1) }</span>
                    <span>{ restarts(pod, *now) }</span>
                </p>
                { due(pod, *now, shape, text) }
                { file_button(pod, key, on, text) }
            </div>
            <h3>{ text.why }</h3>
            { why(pod, feed, text) }
            { for pod.init_containers.iter().chain(&pod.containers).map(|one| container_facts(one, key, *now, on, text)) }
            { conditions(pod, text) }
            { pod_facts(pod, text) }
        </>
    }
}

/// What comes next, counted down.
fn due(pod: &PodView, now: Time, shape: Shape, text: &'static Text) -> Html {
    let Some(due) = &pod.due else { return Html::default() };
    let left = due.at.since(now);
    html! {
        <p class="due"><span class={classes!("big", shape.class())}>{ format!("{:.1}s", left.as_secs_f64()) }</span><span>{ (text.due)(due.reason) }</span></p>
    }
}

fn file_button(pod: &PodView, key: &PodKey, on: &Callback<Msg>, text: &'static Text) -> Html {
    let Some(name) = pod.file.rsplit('/').next().filter(|name| !name.is_empty()) else {
        return html! { <p class="dim">{ text.orphan }</p> };
    };
    let file = FileKey { node: key.node.clone(), name: name.into() };
    let open = on.reform(move |_| Msg::Open(file.clone()));
    html! { <button class="btn sm mk" onclick={open}>{ (text.open_file)(name) }</button> }
}
