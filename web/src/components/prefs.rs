//! Language and theme.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::bar::Props;
use crate::{
    host::prefs::Theme,
    i18n::{Lang, use_text},
};

/// The two choices of the bar.
#[component]
pub fn Prefs(props: &Props) -> Html {
    let text = use_text();
    let on_lang = props.on_lang.reform(|event: Event| Lang::from_tag(&chosen(&event)).unwrap_or_default());
    let on_theme = props.on_theme.reform(|event: Event| Theme::from_tag(&chosen(&event)).unwrap_or_default());
    let theme_name = |theme| match theme {
        Theme::System => text.theme_system,
        Theme::Light => text.theme_light,
        Theme::Dark => text.theme_dark,
    };
    html! {
        <>
            <select class="btn bare" aria-label={text.theme} onchange={on_theme}>
                { for Theme::ALL.map(|theme| html! {
                    <option value={theme.tag()} selected={theme == props.theme}>{ theme_name(theme) }</option>
                }) }
            </select>
            <select class="btn bare" aria-label={text.language} onchange={on_lang}>
                { for Lang::ALL.map(|lang| html! {
                    <option value={lang.tag()} lang={lang.tag()} selected={lang == props.lang}>{ lang.name() }</option>
                }) }
            </select>
        </>
    }
}

/// The value of the `<select>` that an event comes from.
pub(super) fn chosen(event: &Event) -> String {
    event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value()).unwrap_or_default()
}
