//! The timeline: a lane for each pod, what people did, and a head to drag to another moment.

use std::time::Duration;

use standfast_core::time::Time;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{
    age::{clock, moment},
    bar::chosen,
    pod_card::pod_name,
};
use crate::{
    i18n::{Text, use_text},
    model::{Deed, DeedKind, Lane, Msg, PodKey, Span, Timeline},
};

/// What the timeline shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The lanes.
    pub timeline: Timeline,
    /// The moment.
    pub now: Time,
    /// The furthest moment that was seen.
    pub end: Time,
    /// The inspected pod.
    pub selected: Option<PodKey>,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// How much of the course is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zoom {
    HalfMinute,
    TwoMinutes,
    TenMinutes,
    All,
}

impl Zoom {
    const ALL: [Self; 4] = [Self::HalfMinute, Self::TwoMinutes, Self::TenMinutes, Self::All];

    const fn seconds(self) -> Option<u64> {
        match self {
            Self::HalfMinute => Some(30),
            Self::TwoMinutes => Some(120),
            Self::TenMinutes => Some(600),
            Self::All => None,
        }
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::HalfMinute => "30s",
            Self::TwoMinutes => "2m",
            Self::TenMinutes => "10m",
            Self::All => "all",
        }
    }
}

/// The part of the course that is drawn, in milliseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Window {
    from: u64,
    length: u64,
}

/// Marks on the ruler are one of these apart, in seconds.
const MARKS: [u64; 11] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800];
/// At most so many marks.
const MOST_MARKS: u64 = 10;

impl Window {
    /// Around `now`: three fifths before it, so that what comes has room.
    fn around(now: Time, end: Time, zoom: Zoom) -> Self {
        let (now, end) = (millis(now), millis(end));
        let Some(length) = zoom.seconds().map(|seconds| seconds * 1000) else {
            return Self { from: 0, length: (end + end / 8).max(30_000) };
        };
        let from = now.saturating_sub(length * 3 / 5);
        // By whole tenths, so that it does not creep under a hand.
        Self { from: from / (length / 10) * (length / 10), length }
    }

    #[expect(clippy::cast_precision_loss, reason = "places on a screen")]
    fn percent(self, at: u64) -> f64 {
        (at as f64 - self.from as f64) * 100.0 / self.length as f64
    }

    fn place(self, at: Time) -> String {
        format!("{:.2}%", self.percent(millis(at)).clamp(-5.0, 105.0))
    }

    fn shows(self, at: Time) -> bool {
        (self.from..=self.from + self.length).contains(&millis(at))
    }

    fn marks(self) -> impl Iterator<Item = Time> {
        let apart = MARKS.into_iter().find(|apart| self.length / (apart * 1000) <= MOST_MARKS);
        let apart = apart.unwrap_or(self.length / 1000 / MOST_MARKS).max(1) * 1000;
        let first = self.from.div_ceil(apart);
        (first..=(self.from + self.length) / apart).map(move |mark| time(mark * apart))
    }
}

/// The timeline.
#[component]
pub fn TimelinePane(props: &Props) -> Html {
    let text = use_text();
    let zoom = use_state(|| Zoom::TwoMinutes);
    let on_zoom = {
        let zoom = zoom.clone();
        Callback::from(move |event: Event| {
            let tag = chosen(&event);
            zoom.set(Zoom::ALL.into_iter().find(|zoom| zoom.tag() == tag).unwrap_or(Zoom::TwoMinutes));
        })
    };
    let window = Window::around(props.now, props.end, *zoom);
    html! {
        <div class="lanes" tabindex="-1">
            <div class="lab">
                <select class="btn bare sm" aria-label={text.zoom} onchange={on_zoom}>
                    { for Zoom::ALL.map(|one| html! {
                        <option value={one.tag()} selected={one == *zoom}>{ if one == Zoom::All { text.zoom_all } else { one.tag() } }</option>
                    }) }
                </select>
                { for props.timeline.lanes().iter().map(|lane| name(lane, props, text)) }
            </div>
            <div class="track">
                { for window.marks().map(|at| html! { <span class="rul" style={format!("left:{}", window.place(at))}>{ moment(at) }</span> }) }
                { for props.timeline.lanes().iter().map(|lane| track(lane, props, window, text)) }
                <div class="fut" style={format!("left:{}", window.place(props.end))}></div>
                <div class="play" style={format!("left:{}", window.place(props.now))}><span>{ head(props.now) }</span></div>
                { slider(props, window, text) }
            </div>
        </div>
    }
}

fn head(now: Time) -> String {
    let (time, tenths) = clock(now);
    format!("{time}.{tenths}")
}

/// The whole width is a slider: drag it, or use the arrow keys.
fn slider(props: &Props, window: Window, text: &'static Text) -> Html {
    let end = millis(props.end);
    let seek = props.on.reform(move |event: InputEvent| {
        let value = event.target_dyn_into::<HtmlInputElement>().map(|input| input.value());
        Msg::Seek(time(value.and_then(|value| value.parse().ok()).unwrap_or(0).min(end)))
    });
    html! {
        <input class="seek" type="range" aria-label={text.moment} aria-valuetext={head(props.now)}
            min={window.from.to_string()} max={(window.from + window.length).to_string()} step="100"
            value={millis(props.now).to_string()} oninput={seek} />
    }
}

fn name(lane: &Lane, props: &Props, text: &'static Text) -> Html {
    let key = lane.pod.clone();
    let chosen = props.selected.as_ref() == Some(&lane.pod);
    let select = props.on.reform(move |_| Msg::Select(Some(key.clone())));
    html! {
        <button class={classes!("lane", chosen.then_some("sel"))} aria-pressed={chosen.to_string()}
            aria-label={(text.inspect)(&lane.pod.name)} onclick={select}>{ pod_name(&lane.pod.name, &lane.pod.node) }</button>
    }
}

fn track(lane: &Lane, props: &Props, window: Window, text: &'static Text) -> Html {
    let visible = |span: &&Span| {
        let to = span.to.unwrap_or(props.end);
        millis(to) >= window.from && millis(span.from) <= window.from + window.length
    };
    let deeds = props.timeline.deeds().iter().filter(|deed| concerns(deed, lane) && window.shows(deed.at));
    html! {
        <div class="lane">
            { for lane.spans.iter().filter(visible).map(|span| band(span, props.end, window, text)) }
            { for deeds.map(|deed| html! {
                <i class="deed" style={format!("left:{}", window.place(deed.at))} title={(text.deed)(&deed.what, &moment(deed.at))}></i>
            }) }
        </div>
    }
}

fn band(span: &Span, end: Time, window: Window, text: &'static Text) -> Html {
    let to = span.to.unwrap_or(end).max(span.from);
    let (left, right) = (window.percent(millis(span.from)).max(-1.0), window.percent(millis(to)).min(101.0));
    let title = (text.was)(&span.status, &moment(span.from), &moment(to));
    html! {
        <span class={classes!("band", span.shape.class(), span.shape.pattern())} {title}
            style={format!("left:{left:.2}%;width:{:.2}%", (right - left).max(0.15))}></span>
    }
}

/// Whether a deed is shown on a pod's lane: files by the beginning of their name, all else on each lane of its node.
fn concerns(deed: &Deed, lane: &Lane) -> bool {
    let of_pod = |file: &str| {
        let stem = file.split('.').next().unwrap_or_default();
        lane.pod
            .name
            .strip_prefix(stem)
            .is_some_and(|rest| rest.strip_prefix('-') == Some(lane.pod.node.as_str()))
    };
    deed.node == lane.pod.node
        && match &deed.what {
            DeedKind::File(file) | DeedKind::Removed(file) => file.is_empty() || of_pod(file),
            DeedKind::Fault | DeedKind::Asked => true,
        }
}

fn millis(at: Time) -> u64 {
    u64::try_from(at.since_zero().as_millis()).unwrap_or(u64::MAX / 4)
}

fn time(millis: u64) -> Time {
    Time::from_zero(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_zero(Duration::from_secs(seconds))
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_window_goes_with_the_moment_and_leaves_room_for_what_comes() {
        let early = Window::around(at(10), at(10), Zoom::TwoMinutes);
        assert_eq!(early, Window { from: 0, length: 120_000 });
        let later = Window::around(at(135), at(300), Zoom::TwoMinutes);
        assert_eq!(later, Window { from: 60_000, length: 120_000 });
        assert!((later.percent(120_000) - 50.0).abs() < 0.01);
        let all = Window::around(at(135), at(800), Zoom::All);
        assert_eq!(all, Window { from: 0, length: 900_000 });
        assert!(all.shows(at(800)) && !later.shows(at(200)));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_ruler_has_few_marks() {
        let marks = |window: Window| window.marks().map(millis).collect::<Vec<_>>();
        assert_eq!(marks(Window { from: 60_000, length: 120_000 }).first(), Some(&60_000));
        for length in [30_000, 120_000, 600_000, 5_000_000, 90_000_000] {
            let count = marks(Window { from: 7, length }).len();
            assert!((3..=11).contains(&count), "{count} for {length}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_deed_is_marked_where_it_counts() {
        let pod = PodKey { node: "node01".into(), namespace: "default".into(), name: "web-node01".into() };
        let lane = Lane { pod, spans: Vec::new() };
        let deed = |node: &str, what| Deed { at: at(1), node: node.into(), what };
        assert!(concerns(&deed("node01", DeedKind::File("web.yaml".into())), &lane));
        assert!(!concerns(&deed("node01", DeedKind::File("webs.yaml".into())), &lane));
        assert!(concerns(&deed("node01", DeedKind::Fault), &lane));
        assert!(!concerns(&deed("node02", DeedKind::Fault), &lane));
    }
}
