//! The dock of a phone: which pane is shown.

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::{
    i18n::use_text,
    model::{Msg, Pane},
};

/// What the dock shows and reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The pane that is shown.
    pub pane: Pane,
    /// What a person does.
    pub on: Callback<Msg>,
}

/// The dock.
#[component]
pub fn Dock(props: &Props) -> Html {
    let text = use_text();
    html! {
        <nav class="dock" aria-label={text.panes}>
            { for Pane::ALL.map(|pane| html! {
                <button aria-current={(pane == props.pane).then_some("page")} onclick={props.on.reform(move |_| Msg::ShowPane(pane))}>
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
