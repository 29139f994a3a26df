//! What the page remembers of a person: language and theme. Nothing else is stored, and nothing leaves the browser.

use gloo::{
    storage::{LocalStorage, Storage},
    utils::{document_element, window},
};

use crate::i18n::Lang;

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All themes.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in the style sheet and in storage.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a name.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.tag() == tag)
    }
}

const LANG: &str = "standfast.lang";
const THEME: &str = "standfast.theme";

/// The language chosen before, or the first of the browser's that the page speaks.
#[must_use]
pub fn lang() -> Lang {
    let chosen = remembered(LANG).and_then(|tag| Lang::from_tag(&tag));
    let speaks = || {
        let languages = window().navigator().languages();
        languages.iter().find_map(|tag| Lang::from_tag(&tag.as_string()?))
    };
    chosen.or_else(speaks).unwrap_or_default()
}

/// The theme chosen before.
#[must_use]
pub fn theme() -> Theme {
    remembered(THEME).and_then(|tag| Theme::from_tag(&tag)).unwrap_or_default()
}

/// Remembers a language and tells the document.
pub fn set_lang(lang: Lang) {
    remember(LANG, lang.tag());
    show_lang(lang);
}

/// Remembers a theme and tells the document.
pub fn set_theme(theme: Theme) {
    remember(THEME, theme.tag());
    show_theme(theme);
}

/// Tells the document its language.
pub fn show_lang(lang: Lang) {
    // An attribute that cannot be set leaves the page as it was; there is nobody to tell.
    let _ = document_element().set_attribute("lang", lang.tag());
}

/// Tells the document its theme.
pub fn show_theme(theme: Theme) {
    let _ = document_element().set_attribute("data-theme", theme.tag());
}

/// Storage may be forbidden; then nothing is remembered.
fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

fn remember(key: &str, value: &str) {
    if matches!(window().local_storage(), Ok(Some(_))) {
        let _ = LocalStorage::raw().set_item(key, value);
    }
}
