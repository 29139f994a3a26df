//! The bar at the top: the brand, language and theme.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::{
    host::prefs::Theme,
    i18n::{Lang, Text, use_text},
};

/// What the bar shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The language the page is in.
    pub lang: Lang,
    /// The theme the page is in.
    pub theme: Theme,
    /// Another language was chosen.
    pub on_lang: Callback<Lang>,
    /// Another theme was chosen.
    pub on_theme: Callback<Theme>,
}

/// The bar at the top.
#[component]
pub fn Bar(props: &Props) -> Html {
    let text = use_text();
    html! {
        <header class="bar">
            <h1 class="brand">
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M3 4h18v4.500a3.500 3.500 0 0 1-3.500 3.500h-11A3.500 3.500 0 0 1 3 8.500z" fill="currentColor" />
                    <path d="M1 12.700h22" class="stroke" stroke-width="1.4" />
                    <path d="M3.600 21h16.800v-3a3 3 0 0 0-3-3H6.600a3 3 0 0 0-3 3z" class="stroke" stroke-width="1.3" stroke-dasharray="2.2 1.8" />
                </svg>
                { "Standfast" }
            </h1>
            <span class="sp"></span>
            { choices(props, text) }
        </header>
    }
}

/// Theme and language.
fn choices(props: &Props, text: &'static Text) -> Html {
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
