//! Why a pod is in its state: what happened to it, in order, each with its cause.

use standfast_core::view::{PodView, RecordKind};
use yew::prelude::*;

use super::{age::moment, feed::bad, glyph::glyph};
use crate::{
    i18n::Text,
    model::{Feed, Line, Shape, Tab},
};

/// The newest steps that are shown.
const STEPS: usize = 9;

/// The chain of causes, oldest first.
pub(super) fn why(pod: &PodView, feed: &Feed, text: &'static Text) -> Html {
    let about = |line: &&std::rc::Rc<Line>| line.record.pod.as_ref() == Some(&pod.id);
    let mut steps: Vec<_> = feed.lines(Tab::Events).rev().filter(about).take(STEPS).collect();
    steps.reverse();
    if steps.is_empty() {
        return html! { <p class="dim none">{ text.nothing_yet }</p> };
    }
    html! { <ol class="chain">{ for steps.into_iter().map(|line| step(line, text)) }</ol> }
}

fn step(line: &Line, text: &'static Text) -> Html {
    let record = &line.record;
    let reason = match &record.kind {
        RecordKind::Event { reason, .. } => Some(&**reason),
        RecordKind::Planned | RecordKind::Failed | RecordKind::Log { .. } | RecordKind::Observed { .. } => {
            None
        }
    };
    html! {
        <li key={record.seq.to_string()} class={classes!(bad(&record.kind).then_some("bad"))}>
            { glyph(shape(&record.kind)) }
            if let Some(reason) = reason {
                <b>{ reason }</b>{ " " }
            }
            <time>{ moment(record.at) }</time>
            <p>{ (text.told)(record) }</p>
            if let Some(cause) = &record.cause {
                <p class="because">{ (text.because)(cause) }</p>
            }
        </li>
    }
}

const fn shape(kind: &RecordKind) -> Shape {
    match kind {
        RecordKind::Planned => Shape::Unread,
        RecordKind::Failed | RecordKind::Observed { bad: true } => Shape::Failed,
        RecordKind::Event { warning: true, .. } => Shape::Warning,
        RecordKind::Event { warning: false, .. } | RecordKind::Log { .. } => Shape::Running,
        RecordKind::Observed { bad: false } => Shape::Completed,
    }
}
