//! Reading the folder. Links are followed; files at the size limit are not read.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::Path,
    sync::Arc,
};

use standfast_core::{
    contract::{Entry, EntryKind, FileContent, Folder},
    manifest::SIZE_LIMIT,
};

/// Everything at `path`, as [`Action::ListManifests`](standfast_core::contract::Action::ListManifests) asks for it.
#[must_use]
pub fn read_folder(path: &Path) -> Folder {
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == ErrorKind::NotFound => return Folder::Missing,
        Err(error) => return Folder::Unreadable(words("stat", path, &error)),
    };
    if meta.is_file() {
        Folder::File(read_file(path))
    } else if meta.is_dir() {
        match entries(path) {
            Ok(entries) => Folder::Directory(entries),
            Err(error) => Folder::Unreadable(words("open", path, &error)),
        }
    } else {
        Folder::Special
    }
}

/// What a regular file holds.
#[must_use]
pub fn read_file(path: &Path) -> FileContent {
    match read_limited(path) {
        Ok(bytes) if bytes.len() >= SIZE_LIMIT => FileContent::TooBig,
        Ok(bytes) => FileContent::Bytes(bytes.into()),
        Err(error) => FileContent::Unreadable(words("open", path, &error)),
    }
}

fn read_limited(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(SIZE_LIMIT).unwrap_or(u64::MAX);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn entries(path: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        // The kubelet's glob leaves out names that begin with a dot.
        let name: Arc<str> = entry.file_name().to_string_lossy().into();
        if !name.starts_with('.') {
            entries.push(Entry { name, kind: kind(&entry.path()) });
        }
    }
    Ok(entries)
}

/// What a name is now, its link followed.
pub(super) fn kind(path: &Path) -> EntryKind {
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() => EntryKind::File(read_file(path)),
        Ok(meta) if meta.is_dir() => EntryKind::Directory,
        Ok(_) => EntryKind::Special,
        Err(error) if error.kind() == ErrorKind::NotFound => EntryKind::Dangling,
        Err(error) => EntryKind::File(FileContent::Unreadable(words("stat", path, &error))),
    }
}

/// The words that Go's `os` package has for a failed call.
fn words(call: &str, path: &Path, error: &io::Error) -> String {
    let reason = match error.kind() {
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        _ => error.to_string(),
    };
    format!("{call} {}: {reason}", path.display())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn each_kind_of_name_is_told_apart() {
        let dir = TempDir::new("kinds");
        fs::write(dir.path().join("web.yaml"), "kind: Pod").unwrap();
        fs::write(dir.path().join(".hidden"), "x").unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        symlink("web.yaml", dir.path().join("link")).unwrap();
        symlink("nowhere", dir.path().join("lost")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("sock")).unwrap();

        let Folder::Directory(mut entries) = read_folder(dir.path()) else { panic!("no directory") };
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let file = EntryKind::File(FileContent::Bytes(b"kind: Pod".as_slice().into()));
        let told: Vec<_> = entries.into_iter().map(|entry| (entry.name.to_string(), entry.kind)).collect();
        assert_eq!(
            told,
            [
                ("link".to_owned(), file.clone()),
                ("lost".to_owned(), EntryKind::Dangling),
                ("sock".to_owned(), EntryKind::Special),
                ("sub".to_owned(), EntryKind::Directory),
                ("web.yaml".to_owned(), file),
            ]
        );
    }

    #[test]
    fn a_missing_folder_and_a_single_file_are_told_apart() {
        let dir = TempDir::new("single");
        let path = dir.path().join("pod.yaml");
        assert_eq!(read_folder(&path), Folder::Missing);
        fs::write(&path, "a").unwrap();
        assert_eq!(read_folder(&path), Folder::File(FileContent::Bytes(b"a".as_slice().into())));
    }

    #[test]
    fn a_file_at_the_limit_is_not_kept() {
        let dir = TempDir::new("big");
        let path = dir.path().join("big.yaml");
        File::create(&path).unwrap().set_len(u64::try_from(SIZE_LIMIT).unwrap()).unwrap();
        assert_eq!(read_file(&path), FileContent::TooBig);
    }
}
