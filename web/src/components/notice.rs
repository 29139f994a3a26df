//! A line about the last thing a person did.

use yew::prelude::*;

use crate::{
    i18n::Text,
    model::{Msg, Notice},
};

/// The line. It stays in the document while empty, so that screen readers hear what comes into it.
pub(super) fn notice_line(notice: Option<&Notice>, on: &Callback<Msg>, text: &'static Text) -> Html {
    let words = notice.map(|notice| match notice {
        Notice::Deleted(file) => (text.deleted)(&file.name),
        Notice::Uploaded(file) => (text.uploaded)(&file.name, file.node.as_str()),
        Notice::NameTaken(name) => (text.name_taken)(name),
        Notice::Refused(error) => (text.refused_by_world)(error),
        Notice::TooBig(name) => (text.too_big)(name),
    });
    let undo = matches!(notice, Some(Notice::Deleted(_)));
    html! {
        <div class="notice" role="status" data-shown={words.is_some().to_string()}>
            { words }
            if undo {
                <button class="btn sm mk" onclick={on.reform(|_| Msg::UndoDelete)}>{ text.undo }</button>
            }
        </div>
    }
}
