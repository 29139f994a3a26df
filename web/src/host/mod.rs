//! The browser, as far as the page needs it: the editor's global, what is remembered, frames.

pub mod editor;
pub mod prefs;
