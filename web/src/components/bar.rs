//! The bar at the top: the brand, language and theme.

use yew::prelude::*;

use super::prefs::Prefs;
use crate::{host::prefs::Theme, i18n::Lang};

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
            <Prefs lang={props.lang} theme={props.theme} on_lang={&props.on_lang} on_theme={&props.on_theme} />
        </header>
    }
}
