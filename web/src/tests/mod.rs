//! Components rendered to text, natively and in a browser: what people would read and what screen readers would.

mod components;
mod fixture;
mod korean;
mod playground;
mod words;

use yew::{LocalServerRenderer, prelude::*};

use crate::i18n::Lang;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[derive(Clone, PartialEq, Properties)]
struct InProps {
    lang: Lang,
    children: Html,
}

/// Something in a language.
#[component]
fn In(props: &InProps) -> Html {
    html! { <ContextProvider<Lang> context={props.lang}>{ props.children.clone() }</ContextProvider<Lang>> }
}

/// The text of a component as a server would send it.
async fn render(lang: Lang, children: Html) -> String {
    LocalServerRenderer::<In>::with_props(InProps { lang, children }).hydratable(false).render().await
}
