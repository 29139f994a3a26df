//! Files: opened, written, renamed, deleted. What a file means is the core's business.

use std::rc::Rc;

use standfast_core::{
    id::NodeName,
    manifest::{self, Origin},
};

use super::{Playground, told};
use crate::model::{Buffer, FileKey, Notice, PodKey, example, utf16::to_utf16};

impl Playground {
    pub(super) fn open(&mut self, file: FileKey, at: Option<u32>) {
        let already = self.screen.buffer.as_ref().is_some_and(|buffer| buffer.file == file);
        if !already {
            self.load(&file);
        }
        if let (Some(buffer), Some(at)) = (&mut self.screen.buffer, at) {
            let buffer = Rc::make_mut(buffer);
            let wish = buffer.reveal.map_or(1, |(_, wish)| wish + 1);
            buffer.reveal = Some((to_utf16(&buffer.text, at), wish));
        }
        self.select_pod_of(&file);
        self.screen.node = Some(file.node);
    }

    pub(super) fn reopen(&mut self) {
        if let Some(file) = self.screen.buffer.as_ref().map(|buffer| buffer.file.clone()) {
            self.load(&file);
        }
    }

    pub(super) fn edit(&mut self, text: &str) {
        if let Some(buffer) = &mut self.screen.buffer {
            Rc::make_mut(buffer).edit(text);
            self.check();
        }
    }

    pub(super) fn save(&mut self) {
        if let Some(buffer) = self.screen.buffer.as_mut().filter(|buffer| !buffer.binary) {
            let buffer = Rc::make_mut(buffer);
            let written = self.world.write(&buffer.file.node, &buffer.file.name, buffer.bytes());
            if told(&mut self.screen.notice, written).is_some() {
                buffer.mark_saved();
            }
        }
    }

    pub(super) fn create(&mut self, file: FileKey) {
        if self.name_is_free(&file.node, &file.name) {
            let written = self.world.write(&file.node, &file.name, example::new_pod(&file).into_bytes());
            if told(&mut self.screen.notice, written).is_some() {
                self.open(file, None);
            }
        }
    }

    /// Writes a file that a person brought; one of the same name is replaced, as copying into a folder does.
    pub(super) fn upload(&mut self, file: FileKey, bytes: &[u8]) {
        if bytes.len() > manifest::SIZE_LIMIT {
            self.screen.notice = Some(Notice::TooBig(file.name));
            return;
        }
        let written = self.world.write(&file.node, &file.name, bytes);
        if told(&mut self.screen.notice, written).is_some() {
            self.load(&file);
            self.screen.notice = Some(Notice::Uploaded(file));
        }
    }

    pub(super) fn rename(&mut self, file: &FileKey, to: &Rc<str>) {
        if file.name == *to || !self.name_is_free(&file.node, to) {
            return;
        }
        let renamed = self.world.rename(&file.node, &file.name, to);
        if told(&mut self.screen.notice, renamed).is_none() {
            return;
        }
        if let Some(buffer) = self.screen.buffer.as_mut().filter(|buffer| buffer.file == *file) {
            Rc::make_mut(buffer).file.name = Rc::clone(to);
            self.check();
        }
    }

    pub(super) fn delete(&mut self, file: &FileKey) {
        let Ok(bytes) = self.world.read(&file.node, &file.name) else { return };
        let removed = self.world.remove(&file.node, &file.name);
        if told(&mut self.screen.notice, removed).is_none() {
            return;
        }
        if self.screen.buffer.as_ref().is_some_and(|buffer| buffer.file == *file) {
            self.screen.buffer = None;
        }
        self.deleted = Some((file.clone(), bytes));
        self.screen.notice = Some(Notice::Deleted(file.clone()));
    }

    pub(super) fn undo_delete(&mut self) {
        if let Some((file, bytes)) = self.deleted.take() {
            let written = self.world.write(&file.node, &file.name, bytes);
            if told(&mut self.screen.notice, written).is_some() {
                self.open(file, None);
            }
        }
    }

    fn load(&mut self, file: &FileKey) {
        let Ok(bytes) = self.world.read(&file.node, &file.name) else { return };
        self.generation += 1;
        self.screen.buffer = Some(Rc::new(Buffer::open(file.clone(), &bytes, self.generation)));
        self.check();
    }

    /// Asks the core what there is to say about the editor's text.
    fn check(&mut self) {
        let Some(buffer) = &mut self.screen.buffer else { return };
        let Some(node) = self.screen.snapshot.node(&buffer.file.node) else { return };
        let path = node.path(&buffer.file.name);
        let origin = Origin { path: &path, node: &buffer.file.node };
        let parsed = manifest::parse(buffer.text.as_bytes(), &origin);
        Rc::make_mut(buffer).set_problems(&parsed.diagnostics);
    }

    fn select_pod_of(&mut self, file: &FileKey) {
        let node = self.screen.snapshot.node(&file.node);
        let row = node.and_then(|node| node.files.iter().find(|row| row.name == file.name));
        if let Some(pod) = row.and_then(|row| row.pod.as_ref()) {
            self.screen.selected = Some(PodKey {
                node: file.node.clone(),
                namespace: (*pod.id.namespace).into(),
                name: (*pod.id.name).into(),
            });
        }
    }

    fn name_is_free(&mut self, node: &NodeName, name: &Rc<str>) -> bool {
        let free = self.world.read(node, name).is_err();
        if !free {
            self.screen.notice = Some(Notice::NameTaken(Rc::clone(name)));
        }
        free
    }
}
