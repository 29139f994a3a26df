//! The bar at the top: the brand, language and theme.

use web_sys::{File, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::icon::{Icon, icon};
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
    /// What a person does with the session.
    pub on_session: Callback<SessionMsg>,
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
            { session(props, text) }
            { choices(props, text) }
        </header>
    }
}

/// What a person does with the session as a whole.
#[derive(Clone, Debug)]
pub enum SessionMsg {
    /// Make a link to it.
    Share,
    /// Keep it as a file.
    Save,
    /// Show one from a file.
    Open(File),
    /// Show the example from its beginning.
    StartOver,
}

/// Share, and what is less often done with a session.
fn session(props: &Props, text: &'static Text) -> Html {
    let on = &props.on_session;
    let pick = on.reform(|file: File| SessionMsg::Open(file));
    let opened = Callback::from(move |event: Event| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        if let Some(file) = input.as_ref().and_then(HtmlInputElement::files).and_then(|files| files.get(0)) {
            pick.emit(file);
        }
        // The same file can be chosen again.
        input.inspect(|input| input.set_value(""));
    });
    html! {
        <>
            <button class="btn" onclick={on.reform(|_| SessionMsg::Share)}>{ icon(Icon::Upload) }<span class="word">{ text.share }</span></button>
            <details class="menu">
                <summary class="btn bare" aria-label={text.session} title={text.session}>{ icon(Icon::Lines) }</summary>
                <div>
                    <button onclick={on.reform(|_| SessionMsg::Save)}>{ text.save_session }</button>
                    <label>{ text.open_session }<input type="file" class="unseen" accept=".json,application/json" aria-label={text.open_session} onchange={opened} /></label>
                    <button onclick={on.reform(|_| SessionMsg::StartOver)}>{ text.start_over }</button>
                </div>
            </details>
        </>
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
