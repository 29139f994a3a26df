//! What can be done to a [`World`]: each takes effect at once and is noted in its recording.

use std::sync::Arc;

use super::{
    Executed, World,
    fault::{Fault, SimError},
};
use crate::{
    contract::{Event, Pressure},
    id::NodeName,
    trace::Input,
};

impl World {
    /// Does to the world what an input says.
    pub fn apply(&mut self, node: &NodeName, input: Input) -> Result<(), SimError> {
        match input {
            Input::AddNode { config } => self.add_node(*config).map(drop),
            Input::Write { file, bytes } => self.write(node, &file, bytes),
            Input::Remove { file } => self.remove(node, &file),
            Input::Rename { from, to } => self.rename(node, &from, &to),
            Input::Touch { file } => self.touch(node, &file),
            Input::RemoveFolder => self.remove_folder(node),
            Input::MakeFolder => self.make_folder(node),
            Input::Inject { fault } => self.inject(node, &fault),
            Input::Preload { image } => self.preload(node, &image),
            Input::Shutdown { imminent } => self.shut_down(node, imminent),
            Input::Pressure { what, short } => self.press(node, what, short),
            Input::Exec { pod, container, command } => self.exec(node, &pod, &container, &command).map(drop),
            Input::StopKubelet => self.stop_kubelet(node),
            Input::StartKubelet => self.start_kubelet(node),
            Input::Host { deed } => self.host(node, deed),
            Input::Power { on } => self.power(node, on),
            Input::Cut { cut } => self.cut(node, cut),
            Input::ApiServer { up } => {
                self.set_api_server(up);
                Ok(())
            }
            Input::Api { request } => {
                self.request(request).map(drop).map_err(|error| SimError::Api(Box::new(error)))
            }
        }
    }

    /// Writes a file into a node's folder, at once and whole.
    pub fn write(
        &mut self,
        node: &NodeName,
        file: &str,
        bytes: impl Into<Arc<[u8]>>,
    ) -> Result<(), SimError> {
        let bytes = bytes.into();
        self.change(node, |node, now, _| {
            let change = node.place.write(file, Arc::clone(&bytes))?;
            node.changed(now, change);
            Ok(())
        })?;
        self.note(node, Input::Write { file: file.into(), bytes });
        Ok(())
    }

    /// Deletes a file from a node's folder.
    pub fn remove(&mut self, node: &NodeName, file: &str) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            let change = node.place.remove(file)?;
            node.changed(now, change);
            Ok(())
        })?;
        self.note(node, Input::Remove { file: file.into() });
        Ok(())
    }

    /// Renames a file in a node's folder.
    pub fn rename(&mut self, node: &NodeName, from: &str, to: &str) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            let bytes = node.place.read(from).cloned().ok_or_else(|| SimError::NoFile(from.into()))?;
            let gone = node.place.remove(from)?;
            node.changed(now, gone);
            let come = node.place.write(to, bytes)?;
            node.changed(now, come);
            Ok(())
        })?;
        self.note(node, Input::Rename { from: from.into(), to: to.into() });
        Ok(())
    }

    /// Touches a file in a node's folder.
    pub fn touch(&mut self, node: &NodeName, file: &str) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            let bytes = node.place.read(file).cloned().ok_or_else(|| SimError::NoFile(file.into()))?;
            let change = node.place.write(file, bytes)?;
            node.changed(now, change);
            Ok(())
        })?;
        self.note(node, Input::Touch { file: file.into() });
        Ok(())
    }

    /// Deletes a node's folder with all that is in it.
    pub fn remove_folder(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            node.remove_folder(now);
            Ok(())
        })?;
        self.note(node, Input::RemoveFolder);
        Ok(())
    }

    /// Makes a node's folder anew when it is not there.
    pub fn make_folder(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.change(node, |node, _, _| {
            node.place.make();
            Ok(())
        })?;
        self.note(node, Input::MakeFolder);
        Ok(())
    }

    /// Makes something go wrong, or right again.
    pub fn inject(&mut self, node: &NodeName, fault: &Fault) -> Result<(), SimError> {
        self.change(node, |node, now, _| node.inject(now, fault))?;
        self.note(node, Input::Inject { fault: fault.clone() });
        Ok(())
    }

    /// Puts an image on a node as if it had been fetched.
    pub fn preload(&mut self, node: &NodeName, image: &str) -> Result<(), SimError> {
        self.change(node, |node, _, _| node.runtime.preload(image))?;
        self.note(node, Input::Preload { image: image.into() });
        Ok(())
    }

    /// Runs a command in a pod's container, as far as it goes at once.
    pub fn exec(
        &mut self,
        node: &NodeName,
        pod: &str,
        container: &str,
        command: &[Arc<str>],
    ) -> Result<Executed, SimError> {
        let mut executed = Executed { output: String::new(), code: None };
        self.change(node, |node, now, _| {
            let uid = node.pod(pod)?;
            executed = node.runtime.exec(now, &uid, container, command)?;
            Ok(())
        })?;
        self.note(
            node,
            Input::Exec { pod: pod.into(), container: container.into(), command: command.to_vec() },
        );
        Ok(executed)
    }

    /// Tells a node that its machine runs short of something, or has enough of it again.
    pub fn press(&mut self, node: &NodeName, what: Pressure, short: bool) -> Result<(), SimError> {
        self.change(node, |node, now, outside| {
            node.tell(now, Event::Pressure { what, short }, outside);
            Ok(())
        })?;
        self.note(node, Input::Pressure { what, short });
        Ok(())
    }

    /// Tells a node that its machine is about to be shut down, or is not after all. The machine stays on.
    pub fn shut_down(&mut self, node: &NodeName, imminent: bool) -> Result<(), SimError> {
        self.change(node, |node, now, outside| {
            node.tell(now, Event::Shutdown { imminent }, outside);
            Ok(())
        })?;
        self.note(node, Input::Shutdown { imminent });
        Ok(())
    }

    /// Stops a node's kubelet; its containers run on.
    pub fn stop_kubelet(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.change(node, |node, now, _| {
            node.stop(now);
            Ok(())
        })?;
        self.note(node, Input::StopKubelet);
        Ok(())
    }

    /// Starts a node's kubelet, if it is not running.
    pub fn start_kubelet(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.start_configured(node)?;
        self.note(node, Input::StartKubelet);
        Ok(())
    }

    /// Starts a node's kubelet with what its files say, if it can with that.
    pub(super) fn start_configured(&mut self, node: &NodeName) -> Result<(), SimError> {
        if !self.configure(node)? {
            return Ok(());
        }
        self.change(node, |node, now, outside| {
            node.start(now, outside);
            Ok(())
        })
    }

    /// Stops a node's kubelet and starts it at once.
    pub fn restart_kubelet(&mut self, node: &NodeName) -> Result<(), SimError> {
        self.stop_kubelet(node)?;
        self.start_kubelet(node)
    }
}
