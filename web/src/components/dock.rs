//! The dock of a phone: which pane is shown.

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::{
    i18n::Text,
    model::{Msg, Pane},
};

/// The dock; `shown` is the pane that is.
pub(super) fn dock(shown: Pane, on: &Callback<Msg>, text: &'static Text) -> Html {
    html! {
        <nav class="dock" aria-label={text.panes}>
            { for Pane::ALL.map(|pane| html! {
                <button aria-current={(pane == shown).then_some("page")} onclick={on.reform(move |_| Msg::ShowPane(pane))}>
                    { icon(drawing(pane)) }
                    <span>{ text.pane(pane) }</span>
                </button>
            }) }
        </nav>
    }
}

const fn drawing(pane: Pane) -> Icon {
    match pane {
        Pane::Files => Icon::Page,
        Pane::Nodes => Icon::Hull,
        Pane::Events => Icon::Lines,
        Pane::Inspect => Icon::Chain,
    }
}
