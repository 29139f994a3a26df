//! Which shape a state is drawn with: the one table between the core's states and the picture. Shape first, then text, then colour.

use standfast_core::{
    kubelet::WakeReason,
    view::{ContainerView, Phase, PodStage, PodView, StateView},
};

/// A state's shape. Each also has a colour and a pattern in the style sheet, named [`Shape::class`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A filled disc: it runs.
    Running,
    /// A broken ring: it is being made.
    Starting,
    /// A half-filled square: its init containers run.
    Init,
    /// A filled triangle: it waits before the next try.
    BackOff,
    /// A saltire: it failed.
    Failed,
    /// A tick: it is done.
    Completed,
    /// A hollow triangle, point down: it is being stopped.
    Terminating,
    /// A struck page: a file that the kubelet refused.
    Refused,
    /// A dotted ring: a file that the kubelet has not read yet.
    Unread,
    /// A page with a line through its corner: a file that lost to another with the same pod name.
    Shadowed,
    /// A diamond with a bar: accepted, with a warning.
    Warning,
}

impl Shape {
    /// A pod's shape.
    #[must_use]
    pub fn of_pod(pod: &PodView) -> Self {
        // While it waits, the kubelet goes on saying how the container ended for most of the time.
        let waits = pod.due.as_ref().is_some_and(|due| due.reason == WakeReason::BackOff);
        let all = || pod.init_containers.iter().chain(&pod.containers);
        match (pod.stage, pod.phase) {
            (_, Phase::Succeeded) => Self::Completed,
            (_, Phase::Failed) => Self::Failed,
            (PodStage::Terminating | PodStage::Terminated, _) => Self::Terminating,
            (PodStage::Syncing, _) if waits || all().any(|one| Self::of_container(one) == Self::BackOff) => {
                Self::BackOff
            }
            (PodStage::Syncing, _) if all().any(|one| Self::of_container(one) == Self::Failed) => {
                Self::Failed
            }
            (PodStage::Syncing, _) if pod.status.starts_with("Init:") => Self::Init,
            (PodStage::WaitingToStart, _) | (PodStage::Syncing, Phase::Pending) => Self::Starting,
            (PodStage::Syncing, Phase::Running) => Self::Running,
        }
    }

    /// A container's shape.
    #[must_use]
    pub fn of_container(container: &ContainerView) -> Self {
        match &container.state {
            StateView::Running { .. } => Self::Running,
            StateView::Terminated(exit) if exit.code == 0 => Self::Completed,
            StateView::Terminated(_) => Self::Failed,
            StateView::Waiting { reason, .. } if reason.ends_with("BackOff") => Self::BackOff,
            StateView::Waiting { reason, .. } if is_error(reason) => Self::Failed,
            StateView::Waiting { .. } => Self::Starting,
        }
    }

    /// Its name in the style sheet, which is also its colour's.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Running => "run",
            Self::Starting | Self::Terminating | Self::Warning => "wait",
            Self::Init => "init",
            Self::BackOff | Self::Failed | Self::Refused => "fail",
            Self::Completed | Self::Unread | Self::Shadowed => "done",
        }
    }

    /// How much it wants to be looked at; a node shows the worst of its pods.
    #[must_use]
    pub const fn urgency(self) -> u8 {
        match self {
            Self::Completed | Self::Unread => 0,
            Self::Running => 1,
            Self::Warning | Self::Shadowed => 2,
            Self::Starting | Self::Init => 3,
            Self::Terminating => 4,
            Self::Refused => 5,
            Self::BackOff => 6,
            Self::Failed => 7,
        }
    }
}

/// Whether a waiting container waits because something failed: the kubelet's reasons for that begin or end with `Err`.
fn is_error(reason: &str) -> bool {
    reason.starts_with("Err") || reason.ends_with("Error") || reason.starts_with("Invalid")
}
