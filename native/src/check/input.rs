//! Which files a path stands for: a folder stands for what the kubelet would read in it.

use std::{
    fmt,
    io::{self, Read as _},
    path::Path,
};

use standfast_core::{
    contract::{EntryKind, FileContent, Folder},
    manifest::SIZE_LIMIT,
};

use crate::folder;

/// Why nothing could be checked.
#[derive(Debug)]
pub enum InputError {
    /// There is nothing at a path.
    Missing(String),
    /// A path is neither a file nor a folder.
    Special(String),
    /// A folder cannot be listed: the system's words.
    Unreadable(String),
    /// Standard input cannot be read.
    Input(io::Error),
    /// Standard output cannot be written.
    Output(io::Error),
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => {
                write!(f, "{path}: there is nothing here; name a manifest, a folder of manifests, or `-`")
            }
            Self::Special(path) => write!(f, "{path}: this is neither a file nor a folder"),
            Self::Unreadable(words) => f.write_str(words),
            Self::Input(error) => write!(f, "standard input cannot be read: {error}"),
            Self::Output(error) => write!(f, "the result cannot be written: {error}"),
        }
    }
}

impl std::error::Error for InputError {}

impl From<io::Error> for InputError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// The files that `path` stands for, in the kubelet's order, with what they hold.
pub(super) fn read(path: &Path) -> Result<Vec<(String, FileContent)>, InputError> {
    if path.as_os_str() == "-" {
        return Ok(vec![("-".into(), standard_input()?)]);
    }
    let name = path.to_string_lossy().into_owned();
    match folder::read_folder(path) {
        Folder::Missing => Err(InputError::Missing(name)),
        Folder::Special => Err(InputError::Special(name)),
        Folder::Unreadable(words) => Err(InputError::Unreadable(words)),
        Folder::File(content) => Ok(vec![(name, content)]),
        Folder::Directory(mut entries) => {
            entries.sort_by(|left, right| left.name.as_bytes().cmp(right.name.as_bytes()));
            let files = entries.into_iter().filter_map(|entry| match entry.kind {
                EntryKind::File(content) => {
                    Some((path.join(&*entry.name).to_string_lossy().into_owned(), content))
                }
                EntryKind::Directory | EntryKind::Dangling | EntryKind::Special => None,
            });
            Ok(files.collect())
        }
    }
}

fn standard_input() -> Result<FileContent, InputError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(SIZE_LIMIT).unwrap_or(u64::MAX);
    io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(InputError::Input)?;
    Ok(if bytes.len() >= SIZE_LIMIT { FileContent::TooBig } else { FileContent::Bytes(bytes.into()) })
}
