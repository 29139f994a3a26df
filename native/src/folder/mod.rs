//! The manifests folder on this machine: read whole, or watched for changes.
//!
//! It reads bytes and says what each name is; what a file means is the core's business.

mod read;
mod watch;

pub use read::{read_file, read_folder};
pub use watch::Watch;
