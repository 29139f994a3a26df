//! The page: simulated nodes with folders to write into, drawn from the core's views.
//!
//! One [`Playground`](model::Playground) owns the machine room, its clock and the open file; everything on the screen is a function of the
//! [`Snapshot`](model::Snapshot) it gives out, and everything a person does is one [`Msg`](model::Msg). The page knows **no** rule of
//! Kubernetes: what a file means, what a pod does and why is asked of the core. It draws, it translates its own words, and it turns
//! frames of the screen into virtual time.

pub mod components;
pub mod host;
pub mod i18n;
pub mod model;

#[cfg(test)]
mod tests;

/// Puts the page into the document.
pub fn start() {
    if let Some(root) = gloo::utils::document().get_element_by_id("standfast") {
        root.set_inner_html("");
        root.set_class_name("");
        yew::Renderer::<components::App>::with_root(root).render();
    }
}
