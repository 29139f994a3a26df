//! A line about the last thing a person did.

use yew::prelude::*;

use crate::{
    i18n::use_text,
    model::{Msg, Notice},
};

/// What the line says and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// What there is to say; none hides the line.
    pub notice: Option<Notice>,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// The line. It stays in the document while empty, so that screen readers hear what comes into it.
#[component]
pub fn NoticeLine(props: &Props) -> Html {
    let text = use_text();
    let words = props.notice.as_ref().map(|notice| match notice {
        Notice::Deleted(file) => (text.deleted)(&file.name),
        Notice::Uploaded(file) => (text.uploaded)(&file.name, file.node.as_str()),
        Notice::NameTaken(name) => (text.name_taken)(name),
        Notice::Refused(error) => (text.refused_by_world)(error),
        Notice::TooBig(name) => (text.too_big)(name),
    });
    let undo = matches!(props.notice, Some(Notice::Deleted(_)));
    html! {
        <div class="notice" role="status" data-shown={words.is_some().to_string()}>
            { words }
            if undo {
                <button class="btn sm mk" onclick={props.on.reform(|_| Msg::UndoDelete)}>{ text.undo }</button>
            }
        </div>
    }
}
