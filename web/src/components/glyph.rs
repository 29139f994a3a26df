//! The shapes of the states, drawn in the text's colour.

use yew::prelude::*;

use crate::{i18n::Text, model::Shape};

/// A state's shape beside words that say the same.
pub(super) fn glyph(shape: Shape) -> Html {
    html! { <svg class={classes!("g", shape.class())} viewBox="0 0 16 16" aria-hidden="true">{ paths(shape) }</svg> }
}

/// A state's shape where no words beside it say the same.
pub(super) fn spoken_glyph(shape: Shape, text: &'static Text) -> Html {
    let label = text.shape(shape);
    html! {
        <svg class={classes!("g", shape.class())} viewBox="0 0 16 16" role="img" aria-label={label}><title>{ label }</title>{ paths(shape) }</svg>
    }
}

fn paths(shape: Shape) -> Html {
    match shape {
        Shape::Running => html! { <circle cx="8" cy="8" r="6" fill="currentColor" /> },
        Shape::Starting => {
            html! { <circle cx="8" cy="8" r="5.2" class="stroke" stroke-width="1.8" stroke-dasharray="3 2.4" /> }
        }
        Shape::Init => {
            html! { <><rect x="2.5" y="2.5" width="11" height="11" class="stroke" stroke-width="1.8" /><path d="M2.5 8h11v5.5h-11z" fill="currentColor" /></> }
        }
        Shape::BackOff => html! { <path d="M8 1.5 15 14H1z" fill="currentColor" /> },
        Shape::Failed => html! { <path d="m3 3 10 10M13 3 3 13" class="stroke" stroke-width="2.8" /> },
        Shape::Completed => html! { <path d="m2.5 8.5 3.800 4 7.200-9" class="stroke" stroke-width="2.2" /> },
        Shape::Terminating => html! { <path d="M8 13 2.400 3h11.200z" class="stroke" stroke-width="1.8" /> },
        Shape::Refused => {
            html! { <><path d="M3.500 1.500h6l3 3v10h-9z" class="stroke" stroke-width="1.4" /><path d="m1 14.500 14-13" class="stroke" stroke-width="2" /></> }
        }
        Shape::Unread => {
            html! { <circle cx="8" cy="8" r="5.2" class="stroke" stroke-width="1.6" stroke-dasharray="1 2.3" /> }
        }
        Shape::Shadowed => {
            html! { <><path d="M5.500 1.500h5l3 3v8h-8z" class="stroke" stroke-width="1.3" /><path d="M3 4v10.500h7.500" class="stroke" stroke-width="1.3" /></> }
        }
        Shape::Warning => {
            html! { <><path d="M8 1.800 14.200 8 8 14.200 1.800 8z" class="stroke" stroke-width="1.6" /><path d="M8 5v4M8 10v1.600" class="stroke" stroke-width="1.6" /></> }
        }
    }
}
