//! Files of a volume whose text is known, replaced all at once: readers see the old ones or the new ones, never some of each.
//!
//! As the kubelet does it (`pkg/volume/util/atomic_writer.go`): the files lie in a folder of their own, `..data` is a link to it, and what a
//! container reads are links through `..data`. Everything here blocks.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown, symlink},
    path::{Component, Path, PathBuf},
};

use standfast_core::contract::VolumeFile;

/// The link to the files that count.
const DATA: &str = "..data";
/// The link before it takes its place.
const NEW_DATA: &str = "..data_tmp";

/// Writes the files unless they are there already.
pub(super) fn write(volume: &Path, files: &[VolumeFile], group: Option<i64>) -> io::Result<()> {
    let data = volume.join(DATA);
    if fs::symlink_metadata(&data).is_ok() && files.iter().all(|file| holds(&data, file)) {
        return Ok(());
    }
    let old = fs::read_link(&data).ok();
    let name = unused(volume)?;
    let folder = volume.join(&name);
    fs::create_dir(&folder)?;
    for file in files {
        write_one(&folder, file, group)?;
    }
    let new = volume.join(NEW_DATA);
    let _ = fs::remove_file(&new);
    symlink(&name, &new)?;
    fs::rename(&new, &data)?;
    for first in files.iter().filter_map(first_name).collect::<BTreeSet<_>>() {
        let link = volume.join(&first);
        if fs::symlink_metadata(&link).is_err() {
            symlink(Path::new(DATA).join(&first), link)?;
        }
    }
    match old {
        Some(old) => fs::remove_dir_all(volume.join(old)),
        None => Ok(()),
    }
}

/// Lets a group read and write a folder, and own what is made in it.
pub(super) fn give_folder(folder: &Path, group: Option<i64>) -> io::Result<()> {
    let Some(group) = number(group)? else { return Ok(()) };
    chown(folder, None, Some(group))?;
    let mode = fs::metadata(folder)?.mode();
    fs::set_permissions(folder, fs::Permissions::from_mode(mode & 0o7777 | 0o2770))
}

fn write_one(folder: &Path, file: &VolumeFile, group: Option<i64>) -> io::Result<()> {
    use io::Write as _;
    let path = folder.join(inside(&file.path)?);
    fs::create_dir_all(path.parent().unwrap_or(folder))?;
    let mut written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    written.write_all(file.text.as_bytes())?;
    let group = number(group)?;
    if group.is_some() {
        chown(&path, None, group)?;
    }
    let mode = if group.is_some() { file.mode | 0o440 } else { file.mode };
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))
}

/// Whether the file is there with this text.
fn holds(data: &Path, file: &VolumeFile) -> bool {
    let read = inside(&file.path).and_then(|path| fs::read(data.join(path)));
    read.is_ok_and(|bytes| bytes == file.text.as_bytes())
}

/// A path that stays where it is; the manifest's check has refused others.
fn inside(path: &str) -> io::Result<PathBuf> {
    let path = Path::new(path);
    if path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Ok(path.to_owned());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} leads out of the volume", path.display())))
}

fn first_name(file: &VolumeFile) -> Option<PathBuf> {
    let mut parts = Path::new(&*file.path).components();
    parts.find(|part| matches!(part, Component::Normal(_))).map(|part| PathBuf::from(part.as_os_str()))
}

/// A name that nothing in the volume has.
fn unused(volume: &Path) -> io::Result<String> {
    let free = (1..=u32::MAX)
        .map(|n| format!("..{n}"))
        .find(|name| fs::symlink_metadata(volume.join(name)).is_err());
    free.ok_or_else(|| io::Error::other("no name is left"))
}

fn number(group: Option<i64>) -> io::Result<Option<u32>> {
    let fits = |group| u32::try_from(group).map_err(|_| io::Error::other(format!("{group} is no group")));
    group.map(fits).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    fn file(path: &str, text: &str, mode: u32) -> VolumeFile {
        VolumeFile { path: path.into(), text: text.into(), mode }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_read_through_links_and_replaced_at_once() {
        let dir = TempDir::new("volume");
        let volume = dir.path();
        write(volume, &[file("labels", "a=\"1\"", 0o644), file("sub/name", "web", 0o400)], None).unwrap();
        assert_eq!(names(volume), ["..1", "..data", "labels", "sub"]);
        assert_eq!(fs::read_link(volume.join("labels")).unwrap(), Path::new("..data/labels"));
        assert_eq!(fs::read_to_string(volume.join("sub/name")).unwrap(), "web");
        assert_eq!(fs::metadata(volume.join("sub/name")).unwrap().mode() & 0o777, 0o400);

        let newer = [file("labels", "a=\"2\"", 0o644), file("sub/name", "web", 0o400)];
        write(volume, &newer, None).unwrap();
        write(volume, &newer, None).unwrap();
        assert_eq!(names(volume), ["..2", "..data", "labels", "sub"], "what was there already is left alone");
        assert_eq!(fs::read_to_string(volume.join("labels")).unwrap(), "a=\"2\"");
    }

    #[test]
    fn no_file_is_written_elsewhere() {
        let dir = TempDir::new("volume");
        for path in ["../x", "/etc/x", "a/../../x"] {
            assert!(write(dir.path(), &[file(path, "", 0o644)], None).is_err(), "{path}");
        }
    }
}
