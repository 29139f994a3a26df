//! What the page is drawn with. Each component is a function of slices of the screen; what a person does goes up as one message.

mod age;
mod app;
mod bar;
mod code;
mod container_row;
mod dock;
mod editor;
mod facts;
mod feed;
mod file_row;
mod folder;
mod glyph;
mod hull;
mod icon;
pub(crate) mod inspector;
mod name_field;
mod notice;
pub(crate) mod picture;
mod pod_card;
pub(crate) mod problems;
mod ring;
pub(crate) mod shore;
mod transport;
mod why;

pub use app::App;
pub use feed::FeedPane;
pub use hull::Hull;
pub use pod_card::PodCard;
