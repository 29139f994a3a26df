//! One container: a row, not a box.

use standfast_core::{
    time::Time,
    view::{ContainerView, StateView},
};
use yew::prelude::*;

use super::{age::age, glyph::glyph};
use crate::{i18n::Text, model::Shape};

/// One container of a pod's card.
pub(super) fn container_row(container: &ContainerView, init: bool, now: Time, text: &'static Text) -> Html {
    let kind = match (init, container.sidecar) {
        (_, true) => Some(text.sidecar),
        (true, false) => Some(text.init_container),
        (false, false) => None,
    };
    html! {
        <li key={container.name.as_str()}>
            { glyph(Shape::of_container(container)) }
            <code>{ container.name.as_str() }</code>
            if let Some(kind) = kind {
                <small>{ kind }</small>
            }
            <span>{ container_words(container, now, text) }</span>
        </li>
    }
}

/// What a container does, in a few words. A waiting one that has run says how it ended: that is what people look for.
fn container_words(container: &ContainerView, now: Time, text: &'static Text) -> String {
    let ended = |exit: &standfast_core::contract::Exit| {
        let ago = (text.ago)(&age(now.since(exit.finished)));
        format!("{}, {ago}", (text.exit)(exit.code))
    };
    match (&container.state, &container.last_state) {
        (StateView::Running { .. }, _) => "Running".into(),
        (StateView::Terminated(exit), _) if exit.code == 0 => exit.reason.to_string(),
        (StateView::Terminated(exit), _) | (StateView::Waiting { .. }, Some(exit)) => ended(exit),
        (StateView::Waiting { reason, .. }, None) => reason.to_string(),
    }
}
