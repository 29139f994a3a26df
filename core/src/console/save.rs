//! How an editor writes a file. A folder that is watched sees the difference.

use super::{Console, Output, commands};
use crate::sim::World;

/// How an editor writes a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Save {
    /// Into the file itself, as nano does.
    #[default]
    InPlace,
    /// Into a hidden file that then takes the file's name: nobody ever sees half of it.
    Rename,
    /// As vim does with `backup` set: a test file `4913`, the old file as `NAME~`, and the new one in its place. `keep` leaves `NAME~` behind.
    Vim {
        /// Whether the backup stays.
        keep: bool,
    },
}

pub(super) fn save(console: &mut Console, world: &mut World, path: &str, text: &str, how: Save) -> Output {
    if let Some(edited) = console.edited.take_if(|edited| edited.path == path) {
        return commands::edited(console, world, edited, text);
    }
    let mut files = console.files(world);
    let path = files.absolute(path);
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let beside = |name: &str| format!("{folder}/{name}");
    let saved = match how {
        Save::InPlace => files.write(&path, text),
        Save::Rename => {
            let temporary = beside(&format!(".{name}.new"));
            files.write(&temporary, text).and_then(|()| files.rename(&temporary, &path))
        }
        Save::Vim { keep } => {
            let (probe, backup) = (beside("4913"), beside(&format!("{name}~")));
            let there = files.exists(&path);
            let mut steps = || {
                files.write(&probe, "")?;
                files.remove(&probe)?;
                if there {
                    files.rename(&path, &backup)?;
                }
                files.write(&path, text)?;
                if there && !keep { files.remove(&backup) } else { Ok(()) }
            };
            steps()
        }
    };
    match saved {
        Ok(()) => Output::default(),
        Err(why) => Output { text: format!("{path}: {why}\n"), code: 1, effects: Vec::new() },
    }
}

/// An editor was closed without saving: of files nothing is to be said.
pub(super) fn close(console: &mut Console, path: &str) -> Output {
    match console.edited.take_if(|edited| edited.path == path) {
        Some(edited) => commands::not_edited(&edited),
        None => Output::default(),
    }
}
