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
mod inspector;
mod name_field;
mod notice;
mod picture;
mod pod_card;
mod prefs;
mod problems;
mod ring;
mod shore;
mod transport;
mod why;

pub use app::App;
pub use feed::FeedPane;
pub use glyph::Glyph;
pub use hull::Hull;
pub use inspector::Inspector;
pub use picture::Picture;
pub use pod_card::PodCard;
pub use problems::Problems;
pub use shore::Shore;
