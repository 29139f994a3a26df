//! What there is to say about the open file, in the kubelet's words first.

use std::rc::Rc;

use standfast_core::manifest::Severity;
use yew::prelude::*;

use super::Glyph;
use crate::{
    i18n::use_text,
    model::{FileKey, Msg, Problem, Shape},
};

/// What the list shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// All there is to say.
    pub problems: Rc<[Problem]>,
    /// About which file.
    pub file: FileKey,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// The list under the editor.
#[component]
pub fn Problems(props: &Props) -> Html {
    let text = use_text();
    let item = |problem: &Problem| {
        let (shape, gloss) = match problem.severity {
            Severity::Error => (Shape::BackOff, text.would_refuse),
            Severity::Warning => (Shape::Warning, text.warns),
        };
        let place = match problem.line {
            Some(line) => (text.line)(line as usize),
            None => text.whole_file.into(),
        };
        let (file, at) = (props.file.clone(), problem.byte);
        let go = props.on.reform(move |_| Msg::OpenAt(file.clone(), at));
        html! {
            <li data-code={problem.code.as_str()}>
                <Glyph {shape} />
                <code>{ &*problem.message }</code>
                <p><button class="to-line" onclick={go}>{ place }</button>{ " " }{ gloss }</p>
                if let Some(help) = &problem.help {
                    <p class="help">{ &**help }</p>
                }
            </li>
        }
    };
    html! {
        <ul class="diag" aria-label={text.problems} aria-live="polite">
            if props.problems.is_empty() {
                <li class="fine"><Glyph shape={Shape::Completed} /><p>{ text.accepted }</p></li>
            }
            { for props.problems.iter().map(item) }
        </ul>
    }
}
