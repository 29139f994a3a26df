//! What there is to say about the open file, in the kubelet's words first.

use standfast_core::manifest::Severity;
use yew::prelude::*;

use super::glyph::glyph;
use crate::{
    i18n::Text,
    model::{FileKey, Msg, Problem, Shape},
};

/// The list under the editor.
pub(crate) fn problem_list(
    problems: &[Problem],
    file: &FileKey,
    on: &Callback<Msg>,
    text: &'static Text,
) -> Html {
    let item = |problem: &Problem| {
        let (shape, gloss) = match problem.severity {
            Severity::Error => (Shape::BackOff, text.would_refuse),
            Severity::Warning => (Shape::Warning, text.warns),
        };
        let place = match problem.line {
            Some(line) => (text.line)(line as usize),
            None => text.whole_file.into(),
        };
        let (file, at) = (file.clone(), problem.byte);
        let go = on.reform(move |_| Msg::OpenAt(file.clone(), at));
        html! {
            <li data-code={problem.code.as_str()}>
                { glyph(shape) }
                <code>{ (text.message)(problem) }</code>
                <p><button class="to-line" onclick={go}>{ place }</button>{ " " }{ gloss }</p>
                if let Some(help) = (text.help)(problem) {
                    <p class="help">{ help }</p>
                }
            </li>
        }
    };
    html! {
        <ul class="diag" aria-label={text.problems} aria-live="polite">
            if problems.is_empty() {
                <li class="fine">{ glyph(Shape::Completed) }<p>{ text.accepted }</p></li>
            }
            { for problems.iter().map(item) }
        </ul>
    }
}
