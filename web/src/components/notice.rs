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
        Notice::Busy => text.busy.into(),
        Notice::Linked { copied: true } => text.link_copied.into(),
        Notice::Linked { copied: false } => text.link_in_bar.into(),
        Notice::BadSession(error) => (text.bad_session)(error),
        Notice::Resumed => text.resumed.into(),
    });
    let undo = matches!(notice, Some(Notice::Deleted(_)));
    let resumed = matches!(notice, Some(Notice::Resumed));
    html! {
        <div class="notice" role="status" data-shown={words.is_some().to_string()}>
            { words }
            if undo {
                <button class="btn sm mk" onclick={on.reform(|_| Msg::UndoDelete)}>{ text.undo }</button>
            }
            if resumed {
                <button class="btn sm mk" onclick={on.reform(|_| Msg::StartOver)}>{ text.start_over }</button>
            }
        </div>
    }
}
