//! Sessions in the address, in the browser's memory, in files.

use gloo::{
    storage::{LocalStorage, Storage as _},
    utils::window,
};
use wasm_bindgen::prelude::*;

use crate::model::{MOST_BYTES, ShareError, Shared};

#[wasm_bindgen(module = "/js/src/share.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn pack(text: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    async fn unpack(packed: &str, most: u32) -> Result<JsValue, JsValue>;
    fn download(name: &str, text: &str);
}

/// What stands before a session in an address.
const MARK: &str = "#session=";
/// Where the page keeps the session that it showed last.
const KEPT: &str = "standfast.session";
/// A longer text is not kept: a browser's memory has room for five million characters.
const MOST_KEPT: usize = 2_000_000;

/// The address that leads to a session.
pub async fn link(shared: &Shared) -> Option<String> {
    let packed = pack(&shared.to_text()).await.ok()?.as_string()?;
    let location = window().location();
    let (origin, path) = (location.origin().ok()?, location.pathname().ok()?);
    let search = location.search().unwrap_or_default();
    Some(format!("{origin}{path}{search}{MARK}{packed}"))
}

/// Puts an address into the browser's bar and onto the clipboard; says whether the clipboard took it.
pub async fn offer(link: &str) -> bool {
    let history = window().history();
    if let (Ok(history), Some(hash)) = (history, link.find('#').and_then(|at| link.get(at..))) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(hash));
    }
    let copied = window().navigator().clipboard().write_text(link);
    wasm_bindgen_futures::JsFuture::from(copied).await.is_ok()
}

/// The session that the address leads to; none when it leads to none.
pub async fn addressed() -> Option<Result<Shared, ShareError>> {
    let hash = window().location().hash().ok()?;
    let packed = hash.strip_prefix(MARK)?;
    let text = unpack(packed, MOST_BYTES).await;
    let text = text.ok().and_then(|text| text.as_string());
    Some(text.ok_or(ShareError::Unreadable).and_then(|text| Shared::from_text(&text)))
}

/// Whether the address leads to a session.
#[must_use]
pub fn is_addressed() -> bool {
    window().location().hash().is_ok_and(|hash| hash.starts_with(MARK))
}

/// Keeps a session for the next visit.
pub fn keep(shared: &Shared) {
    let text = shared.to_text();
    if text.len() <= MOST_KEPT {
        let _ = LocalStorage::set(KEPT, text);
    }
}

/// The session of the last visit.
#[must_use]
pub fn kept() -> Option<Shared> {
    let text: String = LocalStorage::get(KEPT).ok()?;
    Shared::from_text(&text).ok()
}

/// Forgets the session of the last visit.
pub fn forget() {
    LocalStorage::delete(KEPT);
}

/// Offers a session as a file.
pub fn save(shared: &Shared) {
    download("standfast-session.json", &shared.to_text());
}
