//! What happened, newest at the bottom: decisions and events with their causes, and the kubelet's log.

use standfast_core::view::RecordKind;
use yew::prelude::*;

use super::age::{moment, wall};
use crate::{
    i18n::{Text, use_text},
    model::{Feed, Line, Msg, Tab},
};

/// What the feed shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// All lines.
    pub feed: Feed,
    /// Which tab.
    pub tab: Tab,
    /// Whether lines come slowly enough to be read aloud.
    pub calm: bool,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// Lines that are drawn; older ones are kept but not shown.
const SHOWN: usize = 120;

/// The feed.
#[component]
pub fn FeedPane(props: &Props) -> Html {
    let text = use_text();
    let tab = |tab: Tab| {
        html! {
            <button role="tab" id={tab_id(tab)} aria-controls="feed" aria-selected={(tab == props.tab).to_string()}
                onclick={props.on.reform(move |_| Msg::ShowTab(tab))}>{ text.tab(tab) }</button>
        }
    };
    let count = props.feed.lines(props.tab).count();
    let shown = props.feed.lines(props.tab).skip(count.saturating_sub(SHOWN));
    let live = if props.calm { "polite" } else { "off" };
    html! {
        <section class="feed" aria-label={text.happenings}>
            <div class="head"><div class="tabs" role="tablist">{ tab(Tab::Events) }{ tab(Tab::Log) }</div></div>
            <div class="scroll" id="feed" role="tabpanel" aria-labelledby={tab_id(props.tab)} tabindex="0">
                <ol class={classes!("lines", (props.tab == Tab::Log).then_some("log"))} role="log" aria-live={live} aria-relevant="additions">
                    if count == 0 {
                        <li class="none">{ text.nothing_yet }</li>
                    }
                    { for shown.map(|line| feed_line(line, text)) }
                </ol>
            </div>
        </section>
    }
}

const fn tab_id(tab: Tab) -> &'static str {
    match tab {
        Tab::Events => "tab-events",
        Tab::Log => "tab-log",
    }
}

fn feed_line(line: &Line, text: &'static Text) -> Html {
    let record = &line.record;
    let key = format!("{}/{}", line.node, record.seq);
    if let RecordKind::Log { error } = &record.kind {
        let level = if *error { 'E' } else { 'I' };
        return html! {
            <li {key} class={error.then_some("bad")}><span class="dim">{ line.node.as_str() }{ " " }{ level }{ " " }{ wall(line.epoch, record.at) }</span>{ " " }{ &*record.text }</li>
        };
    }
    html! {
        <li {key} class={classes!(bad(&record.kind).then_some("bad"))}>
            <time>{ moment(record.at) }</time>
            <span class="who">{ record.pod.as_ref().map_or(line.node.to_string(), |pod| pod.name.to_string()) }</span>
            <span class="what">
                if let RecordKind::Event { reason, .. } = &record.kind {
                    <b>{ &**reason }</b>{ " " }
                }
                <span class="text">{ (text.told)(record) }</span>
                if let Some(series) = record.series.filter(|series| series.count > 1) {
                    <span class="dim">{ format!(" ×{}", series.count) }</span>
                }
                if let Some(cause) = &record.cause {
                    <span class="because">{ " " }{ (text.because)(cause) }</span>
                }
            </span>
        </li>
    }
}

/// Whether a line tells of something that went wrong.
pub(super) const fn bad(kind: &RecordKind) -> bool {
    match kind {
        RecordKind::Failed => true,
        RecordKind::Event { warning, .. } => *warning,
        RecordKind::Log { error } => *error,
        RecordKind::Observed { bad } => *bad,
        RecordKind::Planned => false,
    }
}
