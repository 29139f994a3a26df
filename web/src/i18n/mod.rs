//! The page's own words in each language. A key that one language lacks does not compile.
//!
//! What the kubelet prints (STATUS, READY, RESTARTS, reasons, events, errors) is never translated and therefore not here.

mod en;
mod ko;

use standfast_core::{contract::Cause, kubelet::WakeReason, sim::SimError, view::RecordView};
use yew::prelude::*;

use crate::model::{Pane, Problem, Shape, Tab};

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// Its tag, as the `lang` attribute has it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// What its speakers call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ko => "한국어",
        }
    }

    /// The language of a tag such as `ko-KR`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| tag.split('-').next() == Some(lang.tag()))
    }

    /// Its words.
    #[must_use]
    pub const fn text(self) -> &'static Text {
        match self {
            Self::En => &en::TEXT,
            Self::Ko => &ko::TEXT,
        }
    }
}

/// The words of the language that the page is in.
#[hook]
pub fn use_text() -> &'static Text {
    use_context::<Lang>().unwrap_or_default().text()
}

type One = fn(&str) -> String;
type Two = fn(&str, &str) -> String;
type Count = fn(usize) -> String;

/// Every word and sentence of the page; each key is named after its English words.
#[derive(Debug)]
#[expect(missing_docs, reason = "each key says in its name what its words say")]
pub struct Text {
    // The bar
    pub time: &'static str,
    pub play: &'static str,
    pub pause: &'static str,
    pub step: &'static str,
    pub speed: &'static str,
    pub speed_max: &'static str,
    pub held: &'static str,
    pub held_hint: &'static str,
    pub language: &'static str,
    pub theme: &'static str,
    pub theme_system: &'static str,
    pub theme_light: &'static str,
    pub theme_dark: &'static str,

    // Folders
    pub folders: &'static str,
    pub new_file: One,
    pub upload: One,
    pub file_name: &'static str,
    pub rename: One,
    pub delete: One,
    pub empty_folder: &'static str,
    pub drop_here: One,
    pub refused: &'static str,
    pub not_read: &'static str,
    pub shadowed: &'static str,

    // Notices
    pub deleted: One,
    pub undo: &'static str,
    pub uploaded: Two,
    pub name_taken: One,
    pub refused_by_world: fn(&SimError) -> String,
    pub too_big: One,

    // Editor
    pub no_file: &'static str,
    pub manifest: One,
    pub save: &'static str,
    pub saved: &'static str,
    pub unsaved: &'static str,
    pub revert: &'static str,
    pub binary: &'static str,
    pub problems: &'static str,
    pub line: Count,
    pub whole_file: &'static str,
    pub would_refuse: &'static str,
    pub warns: &'static str,
    pub message: fn(&Problem) -> String,
    pub help: fn(&Problem) -> Option<String>,
    pub accepted: &'static str,
    pub leave_editor: &'static str,

    // Picture
    pub picture: &'static str,
    pub nodes_and_pods: fn(usize, usize) -> String,
    pub add_node: &'static str,
    pub restart_kubelet: &'static str,
    pub restart_kubelet_on: One,
    pub scans_in: One,
    pub refused_no_pod: &'static str,
    pub no_pods: &'static str,
    pub restarts: Count,
    pub due_in: fn(WakeReason, &str) -> String,
    pub due: fn(WakeReason) -> &'static str,
    pub init_container: &'static str,
    pub sidecar: &'static str,
    pub ago: One,
    pub exit: fn(i32) -> String,
    pub api_server: &'static str,
    pub no_api_server: &'static str,

    // Feed
    pub happenings: &'static str,
    pub events: &'static str,
    pub kubelet_log: &'static str,
    pub nothing_yet: &'static str,
    pub told: fn(&RecordView) -> String,
    pub because: fn(&Cause) -> String,

    // Inspector
    pub inspector: &'static str,
    pub nothing_selected: &'static str,
    pub pod_gone: One,
    pub close: &'static str,
    pub why: &'static str,
    pub open_file: One,
    pub container: &'static str,
    pub state: &'static str,
    pub last_state: &'static str,
    pub ready: &'static str,
    pub started: &'static str,
    pub restart_count: &'static str,
    pub image: &'static str,
    pub kill: One,
    pub conditions: &'static str,
    pub pod_facts: &'static str,
    pub phase: &'static str,
    pub address: &'static str,
    pub namespace: &'static str,
    pub quality: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub orphan: &'static str,

    // Dock
    pub panes: &'static str,
    pub pane_files: &'static str,
    pub pane_nodes: &'static str,
    pub pane_events: &'static str,
    pub pane_inspect: &'static str,

    // Shapes, for those who do not see them
    pub shape_running: &'static str,
    pub shape_starting: &'static str,
    pub shape_init: &'static str,
    pub shape_back_off: &'static str,
    pub shape_failed: &'static str,
    pub shape_completed: &'static str,
    pub shape_terminating: &'static str,
    pub shape_warning: &'static str,
}

impl Text {
    /// A pane's name.
    #[must_use]
    pub const fn pane(&self, pane: Pane) -> &'static str {
        match pane {
            Pane::Files => self.pane_files,
            Pane::Nodes => self.pane_nodes,
            Pane::Events => self.pane_events,
            Pane::Inspect => self.pane_inspect,
        }
    }

    /// A tab's name.
    #[must_use]
    pub const fn tab(&self, tab: Tab) -> &'static str {
        match tab {
            Tab::Events => self.events,
            Tab::Log => self.kubelet_log,
        }
    }

    /// A shape's name.
    #[must_use]
    pub const fn shape(&self, shape: Shape) -> &'static str {
        match shape {
            Shape::Running => self.shape_running,
            Shape::Starting => self.shape_starting,
            Shape::Init => self.shape_init,
            Shape::BackOff => self.shape_back_off,
            Shape::Failed => self.shape_failed,
            Shape::Completed => self.shape_completed,
            Shape::Terminating => self.shape_terminating,
            Shape::Refused => self.refused,
            Shape::Unread => self.not_read,
            Shape::Shadowed => self.shadowed,
            Shape::Warning => self.shape_warning,
        }
    }
}
