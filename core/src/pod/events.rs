//! The events that the kubelet records about a pod, with its exact texts (Kubernetes 1.36: `pkg/kubelet/events`).

use std::{fmt, sync::Arc, time::Duration};

use super::status::PodFailure;
use crate::{
    admission::Rejection,
    contract::{Pressure, ProbeKind},
    id::{ContainerName, PodRef},
    time::GoDuration,
};

/// An event about a pod. `Display` is its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodEvent {
    /// About the pod as a whole.
    Pod(AboutPod),
    /// About one of its containers.
    Container {
        /// Which.
        container: ContainerName,
        /// Whether it is an init container (or a sidecar).
        init: bool,
        /// What.
        what: AboutContainer,
    },
}

/// What can be said of a pod as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AboutPod {
    /// Its sandbox could not be made.
    FailedCreatePodSandBox(String),
    /// Its sandbox is not what it should be.
    SandboxChanged,
    /// Stopping it went wrong.
    FailedKillPod(String),
    /// The node refuses it.
    Rejected(Rejection),
    /// It ran longer than it may.
    DeadlineExceeded,
    /// It gives way to a pod that counts more.
    Preempting,
    /// It gives way because its node runs short of this.
    Evicted(Pressure),
    /// A server at this address answered a hook's HTTPS request by HTTP.
    LifecycleHttpFallback(Arc<str>),
}

/// What can be said of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AboutContainer {
    /// Its image is being fetched.
    Pulling(Arc<str>),
    /// Its image is there already.
    AlreadyPresent(Arc<str>),
    /// Its image was fetched.
    Pulled {
        /// Which.
        image: Arc<str>,
        /// How long fetching took.
        took: Duration,
        /// The same, with the wait for other pulls.
        with_waiting: Duration,
        /// In bytes.
        size: u64,
    },
    /// Its image could not be fetched.
    FailedPull {
        /// Which.
        image: Arc<str>,
        /// The runtime's words.
        error: String,
    },
    /// Its image will not be tried again yet.
    BackOffPull(Arc<str>),
    /// Its image's name is no image name.
    InspectFailed(String),
    /// Its image is not there and must not be fetched.
    ImageNeverPull(Arc<str>),
    /// It could not be started.
    Failed(String),
    /// It was made.
    Created,
    /// It runs.
    Started,
    /// It ended and will not be started again yet.
    BackOff(PodRef),
    /// A probe failed.
    Unhealthy {
        /// Which of its probes.
        kind: ProbeKind,
        /// What it found.
        text: Arc<str>,
    },
    /// A probe could not find anything out.
    ProbeErrored {
        /// Which of its probes.
        kind: ProbeKind,
        /// Why not.
        text: Arc<str>,
    },
    /// A probe found something odd that counts as success.
    ProbeWarning {
        /// Which of its probes.
        kind: ProbeKind,
        /// What.
        text: Arc<str>,
    },
    /// Its postStart hook failed.
    FailedPostStartHook,
    /// Its preStop hook failed.
    FailedPreStopHook,
    /// It is being stopped.
    Killing(KillReason),
}

/// Why a container is being stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillReason {
    /// Its pod ends, or its sandbox is made anew.
    Stopping,
    /// Its image or name changed.
    DefinitionChanged,
    /// The runtime cannot tell what it does.
    Unknown,
    /// A probe failed often enough.
    Probe(ProbeKind),
    /// Its postStart hook failed.
    PostStartHook,
}

impl PodEvent {
    /// About the container called `container`.
    #[must_use]
    pub fn container(container: &ContainerName, init: bool, what: AboutContainer) -> Self {
        Self::Container { container: container.clone(), init, what }
    }

    /// A server at `address` answered a hook's HTTPS request by HTTP.
    #[must_use]
    pub fn fallback(address: &Arc<str>) -> Self {
        Self::Pod(AboutPod::LifecycleHttpFallback(Arc::clone(address)))
    }

    /// Whether it is of type Warning; else Normal.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        match self {
            Self::Pod(what) => !matches!(what, AboutPod::SandboxChanged | AboutPod::DeadlineExceeded),
            Self::Container { what, .. } => match what {
                AboutContainer::Pulling(_)
                | AboutContainer::AlreadyPresent(_)
                | AboutContainer::Pulled { .. }
                | AboutContainer::BackOffPull(_)
                | AboutContainer::Created
                | AboutContainer::Started
                | AboutContainer::Killing(_) => false,
                AboutContainer::FailedPull { .. }
                | AboutContainer::InspectFailed(_)
                | AboutContainer::ImageNeverPull(_)
                | AboutContainer::Failed(_)
                | AboutContainer::Unhealthy { .. }
                | AboutContainer::ProbeErrored { .. }
                | AboutContainer::ProbeWarning { .. }
                | AboutContainer::FailedPostStartHook
                | AboutContainer::FailedPreStopHook
                | AboutContainer::BackOff(_) => true,
            },
        }
    }

    /// Its reason.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Pod(what) => match what {
                AboutPod::FailedCreatePodSandBox(_) => "FailedCreatePodSandBox",
                AboutPod::SandboxChanged => "SandboxChanged",
                AboutPod::FailedKillPod(_) => "FailedKillPod",
                AboutPod::Rejected(rejection) => rejection.reason(),
                AboutPod::DeadlineExceeded => "DeadlineExceeded",
                AboutPod::Preempting => "Preempting",
                AboutPod::Evicted(_) => "Evicted",
                AboutPod::LifecycleHttpFallback(_) => "LifecycleHTTPFallback",
            },
            Self::Container { what, .. } => match what {
                AboutContainer::Pulling(_) => "Pulling",
                AboutContainer::AlreadyPresent(_) | AboutContainer::Pulled { .. } => "Pulled",
                AboutContainer::FailedPull { .. } | AboutContainer::Failed(_) => "Failed",
                AboutContainer::BackOffPull(_) | AboutContainer::BackOff(_) => "BackOff",
                AboutContainer::InspectFailed(_) => "InspectFailed",
                AboutContainer::ImageNeverPull(_) => "ErrImageNeverPull",
                AboutContainer::Unhealthy { .. } | AboutContainer::ProbeErrored { .. } => "Unhealthy",
                AboutContainer::ProbeWarning { .. } => "ProbeWarning",
                AboutContainer::Created => "Created",
                AboutContainer::Started => "Started",
                AboutContainer::FailedPostStartHook => "FailedPostStartHook",
                AboutContainer::FailedPreStopHook => "FailedPreStopHook",
                AboutContainer::Killing(_) => "Killing",
            },
        }
    }

    /// The part of the pod it is about, such as `spec.containers{web}`; empty for the whole pod.
    #[must_use]
    pub fn field_path(&self) -> String {
        match self {
            Self::Pod(_) => String::new(),
            Self::Container { container, init: false, .. } => format!("spec.containers{{{container}}}"),
            Self::Container { container, init: true, .. } => format!("spec.initContainers{{{container}}}"),
        }
    }
}

/// The kubelet cuts the times of a pull to milliseconds.
fn whole_millis(duration: Duration) -> Duration {
    Duration::new(duration.as_secs(), duration.subsec_millis() * 1_000_000)
}

impl fmt::Display for PodEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (container, what) = match self {
            Self::Pod(AboutPod::FailedCreatePodSandBox(error)) => {
                return write!(f, "Failed to create pod sandbox: {error}");
            }
            Self::Pod(AboutPod::SandboxChanged) => {
                return f.write_str("Pod sandbox changed, it will be killed and re-created.");
            }
            Self::Pod(AboutPod::FailedKillPod(error)) => return write!(f, "error killing pod: {error}"),
            Self::Pod(AboutPod::Rejected(rejection)) => return rejection.fmt(f),
            Self::Pod(AboutPod::DeadlineExceeded) => return PodFailure::DeadlineExceeded.fmt(f),
            Self::Pod(AboutPod::Preempting) => return PodFailure::Preempted.fmt(f),
            Self::Pod(AboutPod::Evicted(what)) => return PodFailure::Evicted(*what).fmt(f),
            Self::Pod(AboutPod::LifecycleHttpFallback(address)) => {
                return write!(
                    f,
                    "request to HTTPS lifecycle hook {address} got HTTP response, retry with HTTP succeeded"
                );
            }
            Self::Container { container, what, .. } => (container, what),
        };
        match what {
            AboutContainer::Pulling(image) => write!(f, "Pulling image \"{image}\""),
            AboutContainer::AlreadyPresent(image) => {
                write!(
                    f,
                    "Container image \"{image}\" already present on machine and can be accessed by the pod"
                )
            }
            AboutContainer::Pulled { image, took, with_waiting, size } => write!(
                f,
                "Successfully pulled image \"{image}\" in {} ({} including waiting). Image size: {size} bytes.",
                GoDuration(whole_millis(*took)),
                GoDuration(whole_millis(*with_waiting))
            ),
            AboutContainer::FailedPull { image, error } => {
                write!(f, "Failed to pull image \"{image}\": {error}")
            }
            AboutContainer::BackOffPull(image) => write!(f, "Back-off pulling image \"{image}\""),
            AboutContainer::ImageNeverPull(image) => {
                write!(f, "Container image \"{image}\" is not present with pull policy of Never")
            }
            AboutContainer::InspectFailed(text) => f.write_str(text),
            AboutContainer::Failed(text) => write!(f, "Error: {text}"),
            AboutContainer::Created => f.write_str("Container created"),
            AboutContainer::Started => f.write_str("Container started"),
            AboutContainer::BackOff(pod) => {
                write!(f, "Back-off restarting failed container {container} in pod {pod}")
            }
            AboutContainer::Unhealthy { kind, text } => write!(f, "{kind} probe failed: {text}"),
            AboutContainer::ProbeErrored { kind, text } => {
                write!(f, "{kind} probe errored and resulted in unknown state: {text}")
            }
            AboutContainer::ProbeWarning { kind, text } => write!(f, "{kind} probe warning: {text}"),
            AboutContainer::FailedPostStartHook => f.write_str("PostStartHook failed"),
            AboutContainer::FailedPreStopHook => f.write_str("PreStopHook failed"),
            AboutContainer::Killing(reason) => match reason {
                KillReason::PostStartHook => f.write_str("FailedPostStartHook"),
                KillReason::Probe(kind) => {
                    write!(f, "Container {container} failed {} probe, will be restarted", kind.lower())
                }
                KillReason::Stopping => write!(f, "Stopping container {container}"),
                KillReason::DefinitionChanged => {
                    write!(f, "Container {container} definition changed, will be restarted")
                }
                KillReason::Unknown => {
                    f.write_str("Container is in \"unknown\" state, try killing it before restart")
                }
            },
        }
    }
}
