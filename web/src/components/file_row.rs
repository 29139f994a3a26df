//! One file in a folder.

use std::rc::Rc;

use yew::prelude::*;

use super::{
    glyph::{glyph, spoken_glyph},
    icon::{Icon, icon},
    name_field::NameField,
};
use crate::{
    i18n::{Text, use_text},
    model::{FileKey, FileRow, Msg, Shape},
};

/// What a file's row shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Which file.
    pub file: FileKey,
    /// What the node made of it.
    pub row: FileRow,
    /// Whether the editor shows it.
    pub open: bool,
    /// Whether the editor holds something unsaved for it.
    pub dirty: bool,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// One file.
#[component]
pub fn FileItem(props: &Props) -> Html {
    let text = use_text();
    let renaming = use_state(|| false);
    let file = &props.file;
    if *renaming {
        let (on, file, renaming) = (props.on.clone(), file.clone(), renaming.clone());
        let value = file.name.to_string();
        let on_done = Callback::from(move |name: Option<Rc<str>>| {
            renaming.set(false);
            if let Some(name) = name {
                on.emit(Msg::Rename(file.clone(), name));
            }
        });
        return html! { <li><NameField {value} {on_done} /></li> };
    }
    let (rename, delete) = ((text.rename)(&file.name), (text.delete)(&file.name));
    let send = |msg: fn(FileKey) -> Msg| {
        let file = file.clone();
        props.on.reform(move |_: MouseEvent| msg(file.clone()))
    };
    html! {
        <li class="file" data-open={props.open.to_string()}>
            <button class="open" aria-current={props.open.then_some("true")} onclick={send(Msg::Open)}>
                <code>{ &*file.name }</code>
                if props.dirty {
                    <span class="dirty" title={text.unsaved}><span class="unseen">{ text.unsaved }</span></span>
                }
                <span class="said">{ said(&props.row, text) }</span>
                { shape_of(&props.row, text) }
            </button>
            <span class="tools">
                <button class="tool" aria-label={rename.clone()} title={rename} onclick={move |_| renaming.set(true)}>{ icon(Icon::Pencil) }</button>
                <button class="tool" aria-label={delete.clone()} title={delete} onclick={send(Msg::Delete)}>{ icon(Icon::Cross) }</button>
            </span>
        </li>
    }
}

/// The shape; it speaks for itself when nothing stands beside it.
fn shape_of(row: &FileRow, text: &'static Text) -> Html {
    match said(row, text) {
        Some(_) => glyph(row.shape),
        None => spoken_glyph(row.shape, text),
    }
}

/// What stands beside the shape: nothing for a pod that simply runs.
fn said(row: &FileRow, text: &'static Text) -> Option<AttrValue> {
    match (row.shape, &row.pod) {
        (Shape::Running, _) => None,
        (Shape::Refused | Shape::Unread | Shape::Shadowed | Shape::Warning, _) | (_, None) => {
            Some(text.shape(row.shape).into())
        }
        (_, Some(pod)) => Some(pod.status.to_string().into()),
    }
}
