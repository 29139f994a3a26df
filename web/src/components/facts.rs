//! Tables of the inspector: what kubectl describe would say.

use standfast_core::{
    contract::Exit,
    time::Time,
    view::{ConditionView, ContainerView, PodView, StateView},
};
use yew::prelude::*;

use super::{age::age, glyph::glyph};
use crate::{
    i18n::Text,
    model::{Msg, PodKey, Shape},
};

/// A container's state, how it ended before, and a way to kill it.
pub(super) fn container_facts(
    container: &ContainerView,
    pod: &PodKey,
    now: Time,
    on: &Callback<Msg>,
    text: &'static Text,
) -> Html {
    let running = matches!(container.state, StateView::Running { .. });
    let (pod, name) = (pod.clone(), container.name.clone());
    let kill = on.reform(move |_| Msg::KillContainer(pod.clone(), name.clone()));
    html! {
        <section key={container.name.as_str()} class="fact">
            <h3>{ text.container }{ " " }<code>{ container.name.as_str() }</code>
                if running {
                    <button class="btn sm mk" onclick={kill}>{ (text.kill)(container.name.as_str()) }</button>
                }
            </h3>
            <table><tbody>
                { row(text.state, &state(&container.state, now, text)) }
                if let Some(exit) = &container.last_state {
                    { row(text.last_state, &terminated(exit)) }
                }
                { row(text.ready, truth(container.ready, text)) }
                { row(text.restart_count, &container.restart_count.to_string()) }
                { row(text.image, &container.image) }
            </tbody></table>
        </section>
    }
}

/// The pod's conditions.
pub(super) fn conditions(pod: &PodView, text: &'static Text) -> Html {
    let condition = |one: &ConditionView| {
        let shape = if one.status { Shape::Completed } else { Shape::Failed };
        html! {
            <tr key={&*one.kind}>
                <th scope="row">{ glyph(shape) }{ &*one.kind }</th>
                <td>{ truth(one.status, text) }{ one.reason.as_ref().map(|reason| format!(", {reason}")) }</td>
            </tr>
        }
    };
    html! {
        if !pod.conditions.is_empty() {
            <section class="fact">
                <h3>{ text.conditions }</h3>
                <table><tbody>{ for pod.conditions.iter().map(condition) }</tbody></table>
            </section>
        }
    }
}

/// What else there is to know of the pod.
pub(super) fn pod_facts(pod: &PodView, text: &'static Text) -> Html {
    html! {
        <section class="fact">
            <h3>{ text.pod_facts }</h3>
            <table><tbody>
                { row(text.phase, &pod.phase.to_string()) }
                { row(text.namespace, &pod.id.namespace) }
                { row("UID", pod.id.uid.as_str()) }
                if let Some(ip) = &pod.ip {
                    { row(text.address, ip) }
                }
                { row(text.quality, &pod.qos_class) }
                if let Some(message) = &pod.message {
                    { row(pod.reason.as_deref().unwrap_or_default(), message) }
                }
            </tbody></table>
        </section>
    }
}

fn row(name: &str, value: &str) -> Html {
    html! { <tr><th scope="row">{ name }</th><td>{ value }</td></tr> }
}

fn state(state: &StateView, now: Time, text: &'static Text) -> String {
    match state {
        StateView::Running { since } => format!("Running, {}", age(now.since(*since))),
        StateView::Waiting { reason, .. } if reason.is_empty() => "Waiting".into(),
        StateView::Waiting { reason, .. } => format!("Waiting, {reason}"),
        StateView::Terminated(exit) => {
            format!("{}, {}", terminated(exit), (text.ago)(&age(now.since(exit.finished))))
        }
    }
}

fn terminated(exit: &Exit) -> String {
    format!("Terminated, {}, exit {}", exit.reason, exit.code)
}

const fn truth(value: bool, text: &'static Text) -> &'static str {
    if value { text.yes } else { text.no }
}
