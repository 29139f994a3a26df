//! Watching the folder: hints that make the node fast. The full passes make it right.
//!
//! What a file holds is read when its event is handled, so that a report never tells less than the folder did at that moment. A file that is
//! being written is read when its writer closes it, or after [`SETTLE`] when that does not come.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt as _;
use inotify::{EventMask, EventStream, Inotify, WatchMask};
use standfast_core::contract::{EntryKind, Event};
use tokio::{
    sync::mpsc::UnboundedSender,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};

use super::read::kind;

/// How long a write may go on before the file is read anyway.
const SETTLE: Duration = Duration::from_millis(50);
/// Room for several events with long names.
const BUFFER: usize = 2048;
/// How often a missing folder is looked for.
const RETRY: Duration = Duration::from_secs(1);

/// A watch on the manifests path, for as long as it lives.
#[derive(Debug)]
pub struct Watch(JoinHandle<()>);

impl Watch {
    /// Watches `path`, a folder or a file; it may be missing. Changes made after this call are reported to `events`.
    #[must_use]
    pub fn start(path: &Path, events: UnboundedSender<Event>) -> Self {
        let path = path.to_owned();
        let mut session = Session::open(&path);
        Self(tokio::spawn(async move {
            while !events.is_closed() {
                match session {
                    Ok(session) => Box::pin(session.follow(&events)).await,
                    Err(error) => {
                        tracing::debug!(path = %path.display(), %error, "the manifests path cannot be watched yet");
                        sleep(RETRY).await;
                    }
                }
                session = Session::open(&path);
                if session.is_ok() && events.send(Event::EdgesLost).is_err() {
                    return;
                }
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A watch on one directory, until that directory goes away.
struct Session {
    stream: EventStream<[u8; BUFFER]>,
    directory: PathBuf,
    /// The one name that counts, when the manifests path is a file.
    only: Option<OsString>,
    /// Names that are being written, and when they are read at the latest.
    unsettled: BTreeMap<OsString, Instant>,
}

impl Session {
    fn open(path: &Path) -> io::Result<Self> {
        let (directory, only) = if fs::metadata(path)?.is_dir() {
            (path, None)
        } else {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            (parent.unwrap_or(Path::new(".")), path.file_name().map(OsStr::to_owned))
        };
        let inotify = Inotify::init()?;
        let mask = WatchMask::CREATE
            | WatchMask::MODIFY
            | WatchMask::ATTRIB
            | WatchMask::CLOSE_WRITE
            | WatchMask::MOVE
            | WatchMask::DELETE
            | WatchMask::DELETE_SELF
            | WatchMask::MOVE_SELF
            | WatchMask::ONLYDIR;
        inotify.watches().add(directory, mask)?;
        let stream = inotify.into_event_stream([0; BUFFER])?;
        Ok(Self { stream, directory: directory.to_owned(), only, unsettled: BTreeMap::new() })
    }

    /// Reports changes until the directory itself is deleted or moved.
    async fn follow(mut self, events: &UnboundedSender<Event>) {
        loop {
            let settled = self.unsettled.values().min().copied();
            tokio::select! {
                event = self.stream.next() => match event {
                    Some(Ok(event)) => {
                        if !self.take(&event, events) {
                            return;
                        }
                    }
                    Some(Err(error)) => {
                        tracing::warn!(%error, "the watch on the manifests folder broke; it is made again");
                        return sleep(RETRY).await;
                    }
                    None => return,
                },
                () = sleep_until(settled.unwrap_or_else(Instant::now)), if settled.is_some() => {
                    self.report_settled(events);
                }
            }
        }
    }

    /// Takes one event; false when the watch is over.
    fn take(&mut self, event: &inotify::Event<OsString>, events: &UnboundedSender<Event>) -> bool {
        let mask = event.mask;
        if mask.contains(EventMask::Q_OVERFLOW) {
            return events.send(Event::EdgesLost).is_ok();
        }
        let gone = EventMask::DELETE_SELF | EventMask::MOVE_SELF | EventMask::IGNORED | EventMask::UNMOUNT;
        if mask.intersects(gone) {
            return false;
        }
        let Some(name) = event.name.as_deref().filter(|name| self.counts(name)) else { return true };
        if mask.intersects(EventMask::CREATE | EventMask::MODIFY | EventMask::ATTRIB) {
            self.unsettled.entry(name.to_owned()).or_insert_with(|| Instant::now() + SETTLE);
            return true;
        }
        self.unsettled.remove(name);
        let removed = mask.intersects(EventMask::DELETE | EventMask::MOVED_FROM);
        self.report(name, removed, events)
    }

    fn counts(&self, name: &OsStr) -> bool {
        match &self.only {
            Some(only) => only == name,
            None => !name.as_encoded_bytes().starts_with(b"."),
        }
    }

    fn report_settled(&mut self, events: &UnboundedSender<Event>) {
        let now = Instant::now();
        let (settled, unsettled) =
            std::mem::take(&mut self.unsettled).into_iter().partition(|(_, at)| *at <= now);
        self.unsettled = unsettled;
        let settled: BTreeMap<OsString, Instant> = settled;
        for name in settled.keys() {
            self.report(name, false, events);
        }
    }

    /// Says what `name` is now: an editor that deletes a file and writes it anew within a moment has written it.
    fn report(&self, name: &OsStr, removed: bool, events: &UnboundedSender<Event>) -> bool {
        let whole = self.directory.join(name);
        let path: Arc<str> = whole.to_string_lossy().into();
        match kind(&whole) {
            EntryKind::File(content) => events.send(Event::FileWritten { path, content }).is_ok(),
            EntryKind::Dangling if removed => events.send(Event::FileRemoved { path }).is_ok(),
            // Not for a watch to judge: the next full pass does.
            EntryKind::Dangling | EntryKind::Directory | EntryKind::Special => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use standfast_core::contract::FileContent;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::testing::TempDir;

    async fn next(events: &mut UnboundedReceiver<Event>) -> String {
        let event = tokio::time::timeout(Duration::from_secs(5), events.recv()).await;
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        match event.expect("an event within 5 s").expect("an open channel") {
            Event::FileWritten { path, content: FileContent::Bytes(bytes) } => {
                format!("{} = {}", name(&path), String::from_utf8_lossy(&bytes))
            }
            Event::FileRemoved { path } => format!("{} removed", name(&path)),
            other => format!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_write_is_told_with_what_was_written() {
        let dir = TempDir::new("write");
        let (sender, mut events) = unbounded_channel();
        let _watch = Watch::start(dir.path(), sender);
        fs::write(dir.path().join("a.yaml"), "one").unwrap();
        assert_eq!(next(&mut events).await, "a.yaml = one");
        fs::write(dir.path().join(".a.yaml.tmp"), "two").unwrap();
        fs::rename(dir.path().join(".a.yaml.tmp"), dir.path().join("a.yaml")).unwrap();
        assert_eq!(next(&mut events).await, "a.yaml = two");
        fs::rename(dir.path().join("a.yaml"), dir.path().join("b.yaml")).unwrap();
        assert_eq!([next(&mut events).await, next(&mut events).await], ["a.yaml removed", "b.yaml = two"]);
        fs::remove_file(dir.path().join("b.yaml")).unwrap();
        assert_eq!(next(&mut events).await, "b.yaml removed");
    }

    #[tokio::test]
    async fn a_link_and_a_file_left_open_are_read_after_a_moment() {
        use std::io::Write as _;
        let (dir, elsewhere) = (TempDir::new("links"), TempDir::new("elsewhere"));
        fs::write(elsewhere.path().join("pod"), "linked").unwrap();
        let (sender, mut events) = unbounded_channel();
        let _watch = Watch::start(dir.path(), sender);
        symlink(elsewhere.path().join("pod"), dir.path().join("link.yaml")).unwrap();
        assert_eq!(next(&mut events).await, "link.yaml = linked");
        let mut open = fs::File::create(dir.path().join("open.yaml")).unwrap();
        open.write_all(b"half").unwrap();
        assert_eq!(next(&mut events).await, "open.yaml = half");
    }

    #[tokio::test]
    async fn a_folder_made_again_is_watched_again() {
        let dir = TempDir::new("again");
        let folder = dir.path().join("manifests");
        let (sender, mut events) = unbounded_channel();
        let _watch = Watch::start(&folder, sender);
        fs::create_dir(&folder).unwrap();
        assert_eq!(next(&mut events).await, "EdgesLost");
        fs::remove_dir(&folder).unwrap();
        sleep(Duration::from_millis(50)).await;
        fs::create_dir(&folder).unwrap();
        assert_eq!(next(&mut events).await, "EdgesLost");
        fs::write(folder.join("a.yaml"), "one").unwrap();
        assert_eq!(next(&mut events).await, "a.yaml = one");
    }

    #[tokio::test]
    async fn a_single_file_is_followed_through_a_rename() {
        let dir = TempDir::new("one");
        let file = dir.path().join("pod.yaml");
        fs::write(&file, "one").unwrap();
        let (sender, mut events) = unbounded_channel();
        let _watch = Watch::start(&file, sender);
        fs::write(dir.path().join("other.yaml"), "x").unwrap();
        fs::rename(dir.path().join("other.yaml"), &file).unwrap();
        assert_eq!(next(&mut events).await, "pod.yaml = x");
    }
}
