//! What the page holds and how it changes. Nothing here touches a document, so all of it runs natively in tests.

mod buffer;
mod example;
mod feed;
mod msg;
mod notice;
mod pace;
mod playground;
mod shape;
mod snapshot;
mod utf16;

pub use buffer::{Buffer, Problem};
pub use feed::{Feed, Line};
pub use msg::{FileKey, Msg, Pane, PodKey, Tab};
pub use notice::Notice;
pub use pace::{Pace, Speed};
pub use playground::{Playground, Screen};
pub use shape::Shape;
pub use snapshot::{ByPointer, FileRow, NodeState, Snapshot};
