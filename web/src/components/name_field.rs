//! A field for a file's name: Enter takes it, Escape gives up.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::i18n::use_text;

/// What the field begins with and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The name to begin with.
    pub value: AttrValue,
    /// The new name, or none when the person gave up.
    pub on_done: Callback<Option<Rc<str>>>,
}

/// The field. It takes the focus, with the name but not its ending selected.
#[component]
pub fn NameField(props: &Props) -> Html {
    let text = use_text();
    let input = use_node_ref();
    {
        let input = input.clone();
        let stem = props.value.rfind('.').unwrap_or(props.value.len());
        use_effect_with((), move |()| {
            if let Some(field) = input.cast::<HtmlInputElement>() {
                // Without focus the field still works.
                let _ = field.focus();
                let _ = field.set_selection_range(0, u32::try_from(stem).unwrap_or(u32::MAX));
            }
        });
    }
    let onkeydown = {
        let (input, on_done) = (input.clone(), props.on_done.clone());
        move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if !event.is_composing() => {
                let value = input.cast::<HtmlInputElement>().map(|field| field.value());
                on_done.emit(value.map(|value| value.trim().into()));
            }
            "Escape" => on_done.emit(None),
            _ => {}
        }
    };
    let onblur = props.on_done.reform(|_| None);
    html! {
        <input ref={input} class="name-field" aria-label={text.file_name} value={props.value.clone()} spellcheck="false"
            autocapitalize="off" autocomplete="off" {onkeydown} {onblur} />
    }
}
