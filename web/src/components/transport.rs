//! Time: play, pause, step, speed, and the clock.

use standfast_core::time::Time;
use yew::prelude::*;

use super::{
    age::clock,
    bar::chosen,
    icon::{Icon, icon},
};
use crate::{
    i18n::use_text,
    model::{Msg, Speed},
};

/// What the transport shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The moment.
    pub now: Time,
    /// Whether time passes.
    pub playing: bool,
    /// How fast.
    pub speed: Speed,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// The controls of time.
#[component]
pub fn Transport(props: &Props) -> Html {
    let text = use_text();
    let (time, tenths) = clock(props.now);
    let (label, drawing) = if props.playing { (text.pause, Icon::Pause) } else { (text.play, Icon::Play) };
    let on_speed = props.on.reform(|event: Event| {
        let value = chosen(&event);
        let speed = Speed::ALL.into_iter().find(|speed| speed_tag(*speed) == value);
        Msg::Speed(speed.unwrap_or_default())
    });
    let speed_name =
        |speed: Speed| speed.factor().map_or(text.speed_max.into(), |factor| format!("{factor}×"));
    html! {
        <div class="transport" role="group" aria-label={text.time}>
            <button class="main" aria-label={label} title={label} onclick={props.on.reform(|_| Msg::PlayPause)}>{ icon(drawing) }</button>
            <button aria-label={text.step} title={text.step} onclick={props.on.reform(|_| Msg::Step)}>{ icon(Icon::Step) }</button>
            <span class="clock" role="timer" aria-label={text.time}>{ time }<small>{ format!(".{tenths}") }</small></span>
            <select class="btn bare" aria-label={text.speed} onchange={on_speed}>
                { for Speed::ALL.map(|speed| html! {
                    <option value={speed_tag(speed)} selected={speed == props.speed}>{ speed_name(speed) }</option>
                }) }
            </select>
            if !props.playing {
                <span class="held">{ text.held }<br />{ text.held_hint }</span>
            }
        </div>
    }
}

const fn speed_tag(speed: Speed) -> &'static str {
    match speed {
        Speed::X1 => "1",
        Speed::X2 => "2",
        Speed::X5 => "5",
        Speed::X20 => "20",
        Speed::Max => "max",
    }
}
