//! The shore: the folders on disk, and the editor. What stands on buff is a file, and nothing else is.

use std::rc::Rc;

use yew::prelude::*;

use super::{editor::EditorPane, folder::Folder};
use crate::{
    i18n::Text,
    model::{Buffer, Msg, NodeState},
};

/// Folders and editor.
pub(crate) fn shore(
    nodes: &[Rc<NodeState>],
    buffer: Option<&Rc<Buffer>>,
    on: &Callback<Msg>,
    text: &'static Text,
) -> Html {
    let open = buffer.map(|buffer| buffer.file.clone());
    let dirty = buffer.is_some_and(|buffer| buffer.dirty());
    let folder = |node: &Rc<NodeState>| {
        let open = open.as_ref().filter(|file| file.node == node.name).map(|file| Rc::clone(&file.name));
        let dirty = dirty && open.is_some();
        html! { <Folder key={node.name.as_str()} node={Rc::clone(node)} {open} {dirty} {on} /> }
    };
    html! {
        <section class="shore" aria-labelledby="folders">
            <div class="folders">
                <div class="head"><h2 id="folders">{ text.folders }</h2></div>
                <ul class="tree">{ for nodes.iter().map(folder) }</ul>
            </div>
            <EditorPane buffer={buffer.cloned()} {on} />
        </section>
    }
}
