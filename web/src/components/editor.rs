//! The editor's pane: which file, whether it is on disk, the text, and what there is to say about it.

use std::rc::Rc;

use yew::prelude::*;

use super::{code::Code, problems::problem_list};
use crate::{
    i18n::use_text,
    model::{Buffer, Msg},
};

/// What the editor shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The open file.
    pub buffer: Option<Rc<Buffer>>,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// The editor's pane.
#[component]
pub fn EditorPane(props: &Props) -> Html {
    let text = use_text();
    let Some(buffer) = &props.buffer else {
        return html! { <div class="ed"><p class="hint">{ text.no_file }</p></div> };
    };
    let dirty = buffer.dirty();
    let file = &buffer.file;
    let key = format!("{}/{}/{}", buffer.generation, file.node, file.name);
    html! {
        <div class="ed">
            <div class="head">
                <h2 class="m"><span class="dim">{ file.node.as_str() }{ " / " }</span>{ &*file.name }</h2>
                <span class="sp"></span>
                if dirty {
                    <span class="unsaved">{ text.unsaved }</span>
                    <button class="btn sm" onclick={props.on.reform(|_| Msg::Revert)}>{ text.revert }</button>
                } else {
                    <span class="dim small">{ text.saved }</span>
                }
                <button class={classes!("btn", "sm", dirty.then_some("go"))} disabled={!dirty} onclick={props.on.reform(|_| Msg::Save)}>{ text.save }</button>
            </div>
            if buffer.binary {
                <p class="hint">{ text.binary }</p>
            }
            <Code {key} buffer={Rc::clone(buffer)} on={&props.on} />
            { problem_list(&buffer.problems, file, &props.on, text) }
        </div>
    }
}
