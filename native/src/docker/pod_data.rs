//! What the node keeps on disk for its pods: emptyDir volumes and termination messages, under `<root>/pods/<uid>`.
//!
//! The engine must see the same paths. Everything here blocks; callers move it off their thread.

use std::{
    fmt::Write as _,
    fs, io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use standfast_core::{
    contract::{Failure, VolumeFile},
    id::{InstanceId, PodUid},
};

use super::volume_files;

/// The kubelet reads no more of a termination message.
const MESSAGE_LIMIT: u64 = 4096;

/// The pods' data on disk.
#[derive(Debug)]
pub(super) struct PodData {
    root: PathBuf,
    /// One mounts or writes a volume at a time: looking and doing are two steps.
    mounting: Mutex<()>,
}

impl PodData {
    /// Data under `root`.
    #[must_use]
    pub(super) fn under(root: &Path) -> Self {
        Self { root: root.to_owned(), mounting: Mutex::new(()) }
    }

    /// The folder that it lies under.
    #[must_use]
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn pod(&self, pod: &PodUid) -> PathBuf {
        self.root.join("pods").join(file_name(pod.as_str()))
    }

    fn message_file(&self, instance: &InstanceId) -> PathBuf {
        let folder = self.pod(&instance.pod).join("containers").join(file_name(instance.container.as_str()));
        folder.join(instance.attempt.to_string())
    }

    /// Makes the empty file that a container may leave its last message in.
    pub(super) fn make_message_file(&self, instance: &InstanceId) -> Result<PathBuf, Failure> {
        let path = self.message_file(instance);
        let make = || {
            make_folders(path.parent().unwrap_or(&self.root))?;
            let mut options = fs::OpenOptions::new();
            options
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o666)
                .custom_flags(no_follow())
                .open(&path)?;
            // The mode given above is cut by the umask.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o666))
        };
        make().map_err(|error| failed("make", &path, &error))?;
        Ok(path)
    }

    /// What a container left as its last message; empty when nothing can be read.
    #[must_use]
    pub(super) fn message(&self, instance: &InstanceId) -> String {
        use std::io::Read as _;
        let mut bytes = Vec::new();
        let open =
            fs::OpenOptions::new().read(true).custom_flags(no_follow()).open(self.message_file(instance));
        if let Ok(file) = open {
            let _ = file.take(MESSAGE_LIMIT).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The folder of an emptyDir volume, made when it is missing.
    pub(super) fn empty_dir(
        &self,
        pod: &PodUid,
        volume: &str,
        memory: bool,
        size_limit: Option<u64>,
        group: Option<i64>,
    ) -> Result<PathBuf, Failure> {
        let path = self.volume(pod, volume);
        let make = || {
            make_folders(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o777))
        };
        if !is_mount_point(&path).unwrap_or(false) {
            make().map_err(|error| failed("make", &path, &error))?;
        }
        if memory {
            self.mount_memory(&path, size_limit)?;
        }
        volume_files::give_folder(&path, group).map_err(|error| failed("give away", &path, &error))?;
        Ok(path)
    }

    /// A folder of files whose text is known.
    pub(super) fn files(
        &self,
        pod: &PodUid,
        volume: &str,
        files: &[VolumeFile],
        group: Option<i64>,
    ) -> Result<PathBuf, Failure> {
        let path = self.volume(pod, volume);
        let _one = self.mounting.lock().unwrap_or_else(PoisonError::into_inner);
        let write = || {
            make_folders(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o777))?;
            volume_files::write(&path, files, group)?;
            volume_files::give_folder(&path, group)
        };
        write().map_err(|error| failed("write", &path, &error))?;
        Ok(path)
    }

    fn volume(&self, pod: &PodUid, volume: &str) -> PathBuf {
        self.pod(pod).join("volumes").join(file_name(volume))
    }

    /// Docker's own tmpfs mounts belong to one container each; a pod's containers share theirs, so the agent mounts it.
    fn mount_memory(&self, path: &Path, size_limit: Option<u64>) -> Result<(), Failure> {
        let _one = self.mounting.lock().unwrap_or_else(PoisonError::into_inner);
        if is_mount_point(path).map_err(|error| failed("look at", path, &error))? {
            return Ok(());
        }
        let size = size_limit.map(|bytes| format!(",size={bytes}")).unwrap_or_default();
        let options = std::ffi::CString::new(format!("mode=1777{size}")).unwrap_or_default();
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        mount("tmpfs", path, "tmpfs", flags, options.as_c_str()).map_err(|error| {
            let advice = "an emptyDir in memory needs an agent that may mount (run it as root)";
            Failure::Unsupported(format!("mount tmpfs on {}: {error}; {advice}", path.display()))
        })
    }

    /// Removes everything of a pod. What is still mounted is unmounted first; what stays mounted stays.
    pub(super) fn remove(&self, pod: &PodUid) -> Result<(), Failure> {
        let path = self.pod(pod);
        let volumes = path.join("volumes");
        for entry in fs::read_dir(&volumes).into_iter().flatten().flatten() {
            let volume = entry.path();
            if is_mount_point(&volume).unwrap_or(false) {
                unmount(&volume, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW)
                    .map_err(|error| failed("unmount", &volume, &error.into()))?;
            }
        }
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", &path, &error)),
            _ => Ok(()),
        }
    }
}

fn make_folders(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o755).create(path)
}

fn is_mount_point(path: &Path) -> io::Result<bool> {
    let parent = path.parent().unwrap_or(path);
    Ok(fs::symlink_metadata(path)?.dev() != fs::symlink_metadata(parent)?.dev())
}

fn no_follow() -> i32 {
    i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0)
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::Other(format!("cannot {what} {}: {error}", path.display()))
}

/// A text as one name in a folder: an author may write any uid, `..` among them.
fn file_name(text: &str) -> String {
    let dots = text.bytes().all(|byte| byte == b'.');
    text.bytes().fold(String::new(), |mut name, byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-_".contains(&byte) || (byte == b'.' && !dots);
        if plain {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn no_uid_leaves_the_folder() {
        assert_eq!(["..", "a/../b", "a.b-c_d", ""].map(file_name), ["%2E%2E", "a%2F..%2Fb", "a.b-c_d", ""]);
    }

    #[test]
    fn a_volume_can_be_written_by_anybody_and_goes_with_its_pod() {
        let root = TempDir::new("data");
        let data = PodData::under(root.path());
        let uid = PodUid::from("u1");
        let volume = data.empty_dir(&uid, "cache", false, None, None).unwrap();
        assert_eq!(fs::metadata(&volume).unwrap().permissions().mode() & 0o7777, 0o777);
        fs::write(volume.join("file"), "x").unwrap();
        assert_eq!(data.empty_dir(&uid, "cache", false, None, None).unwrap(), volume);
        assert!(volume.join("file").exists(), "a volume outlives its containers");
        data.remove(&uid).unwrap();
        assert!(!volume.exists());
        data.remove(&uid).unwrap();
    }

    #[test]
    fn a_last_message_is_cut_and_no_link_is_followed() {
        let root = TempDir::new("words");
        let data = PodData::under(root.path());
        let instance = InstanceId { pod: "u1".into(), container: "main".into(), attempt: 2 };
        assert_eq!(data.message(&instance), "");
        let path = data.make_message_file(&instance).unwrap();
        fs::write(&path, "x".repeat(5000)).unwrap();
        assert_eq!(data.message(&instance).len(), 4096);
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        assert_eq!(data.message(&instance), "");
    }
}
