//! One node's folder: its files, a new one, and real files dropped onto it.

use std::rc::Rc;

use gloo::file::{File, FileList, futures::read_as_bytes};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{
    file_row::FileItem,
    icon::{Icon, icon},
    name_field::NameField,
};
use crate::{
    i18n::use_text,
    model::{FileKey, Msg, NodeState},
};

/// What a folder shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Whose folder.
    pub node: Rc<NodeState>,
    /// The name of the open file, when it is here.
    pub open: Option<Rc<str>>,
    /// Whether the open file holds something unsaved.
    pub dirty: bool,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// One node's folder.
#[component]
pub fn Folder(props: &Props) -> Html {
    let text = use_text();
    let naming = use_state(|| false);
    let over = use_state(|| false);
    let node = &props.node;
    let key = |name: Rc<str>| FileKey { node: node.name.clone(), name };

    let take = {
        let (on, name) = (props.on.clone(), node.name.clone());
        move |files: FileList| {
            for file in files.iter() {
                let key = FileKey { node: name.clone(), name: file.name().into() };
                bring(file.clone(), key, on.clone());
            }
        }
    };
    let ondrop = {
        let (over, take) = (over.clone(), take.clone());
        move |event: DragEvent| {
            event.prevent_default();
            over.set(false);
            if let Some(files) = event.data_transfer().and_then(|data| data.files()) {
                take(files.into());
            }
        }
    };
    let ondragover = {
        let over = over.clone();
        move |event: DragEvent| {
            event.prevent_default();
            over.set(true);
        }
    };
    let ondragleave = {
        let over = over.clone();
        move |_| over.set(false)
    };
    let onpick = move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        if let Some(files) = input.files() {
            take(files.into());
        }
        input.set_value("");
    };
    let onname = {
        let (naming, on, node) = (naming.clone(), props.on.clone(), node.name.clone());
        Callback::from(move |name: Option<Rc<str>>| {
            naming.set(false);
            if let Some(name) = name {
                on.emit(Msg::NewFile(FileKey { node: node.clone(), name }));
            }
        })
    };
    let start_naming = {
        let naming = naming.clone();
        move |_| naming.set(true)
    };
    let new_file = (text.new_file)(node.name.as_str());
    let upload = (text.upload)(node.name.as_str());
    html! {
        <li class="folder" data-over={over.to_string()} {ondrop} {ondragover} {ondragleave}>
            <div class="place">
                <h3>{ node.name.as_str() }</h3>
                <code class="path">{ &*node.folder }</code>
                <label class="tool" title={upload.clone()}>
                    { icon(Icon::Upload) }
                    <input class="unseen" type="file" multiple=true aria-label={upload} onchange={onpick} />
                </label>
                <button class="tool" aria-label={new_file.clone()} title={new_file} onclick={start_naming}>{ icon(Icon::Plus) }</button>
            </div>
            <ul>
                { for node.files.iter().map(|file| html! {
                    <FileItem key={&*file.name} file={key(Rc::clone(&file.name))} row={file.clone()}
                        open={props.open.as_ref() == Some(&file.name)} dirty={props.dirty && props.open.as_ref() == Some(&file.name)} on={&props.on} />
                }) }
                if *naming {
                    <li><NameField value="pod.yaml" on_done={onname} /></li>
                }
                if node.files.is_empty() {
                    <li class="empty">{ text.empty_folder }</li>
                }
            </ul>
            if *over {
                <p class="drop">{ (text.drop_here)(node.name.as_str()) }</p>
            }
        </li>
    }
}

/// Reads a file of the person's own disk and hands it on.
fn bring(file: File, key: FileKey, on: Callback<Msg>) {
    spawn_local(async move {
        // A file that vanished while it was read brings nothing.
        if let Ok(bytes) = read_as_bytes(&file).await {
            on.emit(Msg::Upload(key, bytes.into()));
        }
    });
}
