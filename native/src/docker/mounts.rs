//! From a container's mounts to bind mounts of paths that exist and lie where they should. Everything here blocks.

use std::{
    fs::{self, File, FileType},
    io,
    os::{
        fd::{AsFd as _, AsRawFd as _, OwnedFd},
        unix::fs::{FileTypeExt as _, MetadataExt as _},
    },
    path::{Path, PathBuf},
};

use bollard::models::{Mount as DockerMount, MountBindOptions, MountBindOptionsPropagationEnum, MountType};
use rustix::fs::{Mode, OFlags, ResolveFlags, fchmod, mkdirat, open, openat2};
use standfast_core::{
    contract::{ContainerSpec, Failure, Mount, MountSource, Propagation, ReadOnlyBelow},
    id::InstanceId,
};

use super::pod_data::PodData;

/// Makes everything that a container mounts ready, its termination message file included.
pub(super) fn prepare(
    data: &PodData,
    instance: &InstanceId,
    spec: &ContainerSpec,
) -> Result<Vec<DockerMount>, Failure> {
    let mut mounts = Vec::new();
    for mount in &spec.mounts {
        let source = source(data, instance, mount)?;
        let mut bound = bind(&source, &mount.target, mount.read_only);
        bound.bind_options = Some(options(mount));
        mounts.push(bound);
    }
    let path = &spec.termination_message_path;
    if !path.is_empty() && !spec.mounts.iter().any(|mount| mount.target == *path) {
        mounts.push(bind(&data.make_message_file(instance)?, path, false));
    }
    Ok(mounts)
}

/// `Mounts`, never `Binds`: those make a missing source, as a folder of root's.
fn bind(source: &Path, target: &str, read_only: bool) -> DockerMount {
    DockerMount {
        typ: Some(MountType::BIND),
        source: Some(source.to_string_lossy().into_owned()),
        target: Some(target.to_owned()),
        read_only: Some(read_only),
        ..DockerMount::default()
    }
}

/// Engines that know of it make mounts below a read-only mount read-only too; the kubelet does so only when asked.
fn options(mount: &Mount) -> MountBindOptions {
    MountBindOptions {
        propagation: Some(match mount.propagation {
            Propagation::None => MountBindOptionsPropagationEnum::RPRIVATE,
            Propagation::HostToContainer => MountBindOptionsPropagationEnum::RSLAVE,
            Propagation::Bidirectional => MountBindOptionsPropagationEnum::RSHARED,
        }),
        read_only_non_recursive: (mount.read_only && mount.read_only_below == ReadOnlyBelow::No)
            .then_some(true),
        read_only_force_recursive: (mount.read_only_below == ReadOnlyBelow::Yes).then_some(true),
        ..MountBindOptions::default()
    }
}

fn source(data: &PodData, instance: &InstanceId, mount: &Mount) -> Result<PathBuf, Failure> {
    let volume = match &mount.source {
        MountSource::HostPath { path, kind } => host_path(Path::new(path.as_ref()), kind)?,
        MountSource::Files { volume, files, group } => data.files(&instance.pod, volume, files, *group)?,
        MountSource::EmptyDir { volume, memory, size_limit, group } => {
            if let (false, Some(limit)) = (*memory, size_limit) {
                let pod = instance.pod.as_str();
                tracing::warn!(pod, volume = %volume, limit, "the size of an emptyDir on disk is not limited");
            }
            data.empty_dir(&instance.pod, volume, *memory, *size_limit, *group)?
        }
    };
    if mount.sub_path.is_empty() { Ok(volume) } else { sub_path(&volume, &mount.sub_path) }
}

/// Checks, and where the type says so makes, a path of the host.
fn host_path(path: &Path, kind: &str) -> Result<PathBuf, Failure> {
    let wrong = |what: &str| {
        Err(Failure::Other(format!("hostPath type check failed: {} is not a {what}", path.display())))
    };
    let found = match fs::metadata(path) {
        Ok(meta) => Some(meta.file_type()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Failure::Other(format!("cannot look at {}: {error}", path.display()))),
    };
    let is = |test: fn(&FileType) -> bool| found.as_ref().is_some_and(test);
    match kind {
        // Unchecked; container runtimes make a folder of what is missing.
        "" | "DirectoryOrCreate" if found.is_none() => make(path, || fs::create_dir_all(path)),
        "FileOrCreate" if found.is_none() => make(path, || File::create(path).map(|_| ())),
        "" => Ok(path.to_owned()),
        "Directory" | "DirectoryOrCreate" if is(FileType::is_dir) => Ok(path.to_owned()),
        "File" | "FileOrCreate" if is(FileType::is_file) => Ok(path.to_owned()),
        "Socket" if is(FileType::is_socket) => Ok(path.to_owned()),
        "CharDevice" if is(FileType::is_char_device) => Ok(path.to_owned()),
        "BlockDevice" if is(FileType::is_block_device) => Ok(path.to_owned()),
        "Directory" | "DirectoryOrCreate" => wrong("directory"),
        "File" | "FileOrCreate" => wrong("file"),
        "Socket" => wrong("socket file"),
        "CharDevice" => wrong("character device"),
        "BlockDevice" => wrong("block device"),
        other => Err(Failure::Unsupported(format!("hostPath type {other} is unknown"))),
    }
}

fn make(path: &Path, how: impl FnOnce() -> io::Result<()>) -> Result<PathBuf, Failure> {
    match how() {
        Ok(()) => Ok(path.to_owned()),
        Err(error) => Err(Failure::Other(format!("cannot make {}: {error}", path.display()))),
    }
}

/// A part of a volume. It is made where it is missing; a link that leads out of the volume is refused.
fn sub_path(volume: &Path, part: &str) -> Result<PathBuf, Failure> {
    let refuse = |error: io::Error| {
        let why = match rustix::io::Errno::from_io_error(&error) {
            Some(rustix::io::Errno::XDEV) => "it leads out of the volume".to_owned(),
            Some(rustix::io::Errno::NOSYS) => "this kernel cannot resolve it safely (openat2)".to_owned(),
            _ => error.to_string(),
        };
        Failure::Other(format!("subPath {part} of {} is refused: {why}", volume.display()))
    };
    let resolved = resolve(volume, Path::new(part)).map_err(refuse)?;
    // The kernel's own name of what was opened.
    fs::read_link(format!("/proc/self/fd/{}", resolved.as_raw_fd())).map_err(refuse)
}

fn resolve(volume: &Path, part: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let root = open(volume, flags, Mode::empty())?;
    let mode = Mode::from_raw_mode(fs::metadata(volume)?.mode() & 0o777);
    let look = |prefix: &Path, flags| openat2(&root, prefix, flags, Mode::empty(), ResolveFlags::BENEATH);
    let mut prefix = PathBuf::new();
    let mut at = root.try_clone()?;
    for name in part.components() {
        prefix.push(name);
        at = match look(&prefix, flags) {
            Err(rustix::io::Errno::NOENT) => {
                mkdirat(at.as_fd(), name.as_os_str(), mode)?;
                // As open as the volume itself; the mode given above is cut by the umask.
                fchmod(look(&prefix, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC)?, mode)?;
                look(&prefix, flags)?
            }
            found => found?,
        };
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn a_part_of_a_volume_is_made_where_it_is_missing() {
        let volume = TempDir::new("sub");
        fs::set_permissions(volume.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let part = sub_path(volume.path(), "a/b").unwrap();
        assert_eq!(part, fs::canonicalize(volume.path()).unwrap().join("a/b"));
        assert!(part.is_dir());
        let mode = |path: &Path| fs::metadata(path).unwrap().mode();
        assert_eq!(mode(&part), mode(volume.path()), "as open as the volume");
        symlink("a", volume.path().join("link")).unwrap();
        assert_eq!(sub_path(volume.path(), "link/b").unwrap(), part);
    }

    #[test]
    fn no_link_leads_out_of_a_volume() {
        let volume = TempDir::new("escape");
        symlink("/etc", volume.path().join("absolute")).unwrap();
        symlink("../..", volume.path().join("relative")).unwrap();
        for part in ["absolute", "relative/etc", "absolute/passwd", "../x"] {
            let refused = sub_path(volume.path(), part).unwrap_err().to_string();
            assert!(refused.contains("leads out of the volume"), "{part}: {refused}");
        }
    }

    #[test]
    fn a_host_path_is_what_its_type_says() {
        let dir = TempDir::new("host");
        let (file, folder) = (dir.path().join("file"), dir.path().join("folder/deep"));
        assert_eq!(host_path(&file, "FileOrCreate").unwrap(), file);
        assert_eq!(host_path(&folder, "DirectoryOrCreate").unwrap(), folder);
        assert!(file.is_file() && folder.is_dir());
        assert_eq!(
            host_path(&file, "Directory").unwrap_err().to_string(),
            format!("hostPath type check failed: {} is not a directory", file.display())
        );
        assert!(host_path(&dir.path().join("none"), "File").is_err());
        assert!(host_path(Path::new("/dev/null"), "CharDevice").is_ok());
        assert!(host_path(&file, "Sock").is_err());
    }
}
