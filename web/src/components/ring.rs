//! A ring that empties until something is due, with the seconds inside.

use standfast_core::time::Time;
use yew::prelude::*;

use super::age::countdown;

/// What the ring shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// When it is due.
    pub at: Time,
    /// The moment.
    pub now: Time,
    /// What the ring says to those who do not see it.
    pub label: AttrValue,
}

const RADIUS: f64 = 14.0;

/// The ring. It is full at the moment when it is first drawn for `at`.
#[component]
pub fn Ring(props: &Props) -> Html {
    let now = props.now;
    let whole = use_memo(props.at, |at| at.since(now));
    let left = props.at.since(now);
    let part = if whole.is_zero() { 0.0 } else { (left.as_secs_f64() / whole.as_secs_f64()).min(1.0) };
    let round = 2.0 * std::f64::consts::PI * RADIUS;
    html! {
        <svg class="ring" viewBox="0 0 34 34" role="img" aria-label={props.label.clone()}>
            <circle cx="17" cy="17" r="14" class="stroke rest" stroke-width="2.5" />
            <circle cx="17" cy="17" r="14" class="stroke left" stroke-width="2.5" stroke-dasharray={format!("{:.1} {round:.1}", part * round)} transform="rotate(-90 17 17)" />
            <text x="17" y="21" text-anchor="middle">{ countdown(props.at, now) }</text>
        </svg>
    }
}
