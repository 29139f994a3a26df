//! The text itself: the editor's bundle when it has come, a plain text area until then and without it.

use std::rc::Rc;

use gloo::{events::EventListener, utils::window};
use web_sys::{Element, HtmlTextAreaElement};
use yew::prelude::*;

use crate::{
    host::editor::{self, Editor},
    i18n::Lang,
    model::{Buffer, Msg},
};

/// What the text shows and reports. One component lives as long as one file is open: its key says which.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The open file.
    pub buffer: Rc<Buffer>,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// The text of the open file.
#[component]
pub fn Code(props: &Props) -> Html {
    let lang = use_context::<Lang>().unwrap_or_default();
    let text = lang.text();
    let place = use_node_ref();
    let came = use_state_eq(|| false);
    let live = use_state(|| None::<Rc<Editor>>);
    let buffer = &props.buffer;
    let label = (text.manifest)(&buffer.file.name);
    let bundled = *came && !buffer.binary;

    {
        let came = came.clone();
        use_effect_with((), move |()| {
            let told = came.clone();
            let listener = EventListener::once(&window(), editor::READY, move |_| told.set(true));
            came.set(editor::ready());
            move || drop(listener)
        });
    }
    {
        let (place, live, on) = (place.clone(), live.clone(), props.on.clone());
        let text_of_file = Rc::clone(&buffer.text);
        let label = format!("{label}. {}", text.leave_editor);
        use_effect_with(bundled, move |bundled| {
            if let (true, Some(parent)) = (*bundled, place.cast::<Element>()) {
                let save = on.clone();
                let on_change = move |text: String| on.emit(Msg::Edited(text.into()));
                live.set(Editor::create(&parent, &text_of_file, &label, on_change, move || {
                    save.emit(Msg::Save);
                }));
            }
        });
    }
    let told = ((*live).clone().map(Same), Rc::clone(&buffer.problems), lang);
    use_effect_with(told, move |(live, problems, _)| {
        if let Some(live) = live {
            live.0.set_problems(problems, text);
        }
    });
    use_effect_with(((*live).clone().map(Same), buffer.reveal), |(live, reveal)| {
        if let (Some(live), Some((at, _))) = (live, reveal) {
            live.0.reveal(*at);
        }
    });

    if bundled {
        return html! { <div class="code" ref={place}></div> };
    }
    let oninput = props.on.reform(|event: InputEvent| {
        let area = event.target_dyn_into::<HtmlTextAreaElement>();
        Msg::Edited(area.map(|area| area.value()).unwrap_or_default().into())
    });
    html! {
        <div class="code plain" ref={place}>
            <textarea aria-label={label} value={buffer.text.to_string()} readonly={buffer.binary} spellcheck="false" autocapitalize="off" {oninput} />
        </div>
    }
}

/// An editor that is equal when it is the same.
struct Same(Rc<Editor>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
