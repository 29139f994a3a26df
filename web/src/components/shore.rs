//! The shore: the folders on disk, and the editor. What stands on buff is a file, and nothing else is.

use std::rc::Rc;

use yew::prelude::*;

use super::{editor::EditorPane, folder::Folder};
use crate::{
    i18n::use_text,
    model::{Buffer, Msg, NodeState},
};

/// What the shore shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// All nodes.
    pub nodes: Vec<Rc<NodeState>>,
    /// The open file.
    pub buffer: Option<Rc<Buffer>>,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// Folders and editor.
#[component]
pub fn Shore(props: &Props) -> Html {
    let text = use_text();
    let open = props.buffer.as_ref().map(|buffer| buffer.file.clone());
    let dirty = props.buffer.as_ref().is_some_and(|buffer| buffer.dirty());
    let folder = |node: &Rc<NodeState>| {
        let open = open.as_ref().filter(|file| file.node == node.name).map(|file| Rc::clone(&file.name));
        let dirty = dirty && open.is_some();
        html! { <Folder key={node.name.as_str()} node={Rc::clone(node)} {open} {dirty} on={&props.on} /> }
    };
    html! {
        <section class="shore" aria-labelledby="folders">
            <div class="folders">
                <div class="head"><h2 id="folders">{ text.folders }</h2></div>
                <ul class="tree">{ for props.nodes.iter().map(folder) }</ul>
            </div>
            <EditorPane buffer={props.buffer.clone()} on={&props.on} />
        </section>
    }
}
