//! What the page itself has to say about the last thing a person did.

use std::rc::Rc;

use standfast_core::sim::SimError;

use super::FileKey;

/// A short word about the last thing that was done. The components put it into a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A file was deleted; it can be written back.
    Deleted(FileKey),
    /// A file was written as it came.
    Uploaded(FileKey),
    /// A file of this name is there already.
    NameTaken(Rc<str>),
    /// The machine room refused, and says why.
    Refused(SimError),
    /// The file is bigger than any manifest may be.
    TooBig(Rc<str>),
}
