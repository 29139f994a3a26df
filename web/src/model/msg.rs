//! Everything that can happen to the page.

use std::rc::Rc;

use standfast_core::id::{ContainerName, NodeName};

use super::Speed;

/// A file in a node's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileKey {
    /// The node.
    pub node: NodeName,
    /// The file's name in its folder.
    pub name: Rc<str>,
}

/// A pod on a node. Names, not uids: a pod that an edit replaced stays selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodKey {
    /// The node.
    pub node: NodeName,
    /// The namespace.
    pub namespace: Rc<str>,
    /// The name, node suffix included.
    pub name: Rc<str>,
}

/// Everything a person or the screen can do to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// The screen shows a new frame; its time in milliseconds.
    Frame(f64),
    /// Let time pass, or hold it.
    PlayPause,
    /// Go to the next thing that happens.
    Step,
    /// Let time pass this fast.
    Speed(Speed),

    /// Show a file in the editor.
    Open(FileKey),
    /// Show a file in the editor, at this byte.
    OpenAt(FileKey, u32),
    /// The editor holds this text now.
    Edited(Rc<str>),
    /// Write the editor's text to its file.
    Save,
    /// Give up what the editor holds and read the file again.
    Revert,
    /// Make a file with the text of a new pod.
    NewFile(FileKey),
    /// Write a file as it came from a person's disk.
    Upload(FileKey, Rc<[u8]>),
    /// Give a file another name.
    Rename(FileKey, Rc<str>),
    /// Delete a file.
    Delete(FileKey),
    /// Write back the file that was deleted last.
    UndoDelete,

    /// Another node.
    AddNode,
    /// Stop and start a node's kubelet.
    RestartKubelet(NodeName),
    /// Kill the process of a container.
    KillContainer(PodKey, ContainerName),

    /// Inspect a pod, or nothing.
    Select(Option<PodKey>),
    /// Show this node where only one fits.
    ShowNode(NodeName),
    /// Show this pane where only one fits.
    ShowPane(Pane),
    /// Show this tab of the feed.
    ShowTab(Tab),
}

/// What a phone shows one of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// Folders and the editor.
    Files,
    /// The picture.
    #[default]
    Nodes,
    /// The feed.
    Events,
    /// The inspector.
    Inspect,
}

impl Pane {
    /// All, in the order of the dock.
    pub const ALL: [Self; 4] = [Self::Files, Self::Nodes, Self::Events, Self::Inspect];

    /// Its name in the style sheet.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Nodes => "nodes",
            Self::Events => "events",
            Self::Inspect => "inspect",
        }
    }
}

/// The feed's tabs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// What happened, with causes.
    #[default]
    Events,
    /// The kubelet's log.
    Log,
}
