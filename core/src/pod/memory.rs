//! What a node remembers of a pod beside what the runtime has. All of it is lost when the kubelet restarts, as in life.

use std::{fmt, sync::Arc};

use super::Probers;
use crate::{contract::Exit, id::ContainerName, small::SmallMap};

/// What a node remembers of a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Why containers could not be started when last tried.
    pub reasons: SmallMap<ContainerName, Reason>,
    /// Containers whose newest instance was to be started, and nobody can tell whether it was.
    pub unclear: SmallMap<ContainerName, ()>,
    /// How the last pull of an image failed.
    pub pull_errors: SmallMap<Arc<str>, String>,
    /// What its probes have found.
    pub probers: Probers,
    /// The highest attempt of each container that was ever made: what the log folder tells the kubelet.
    pub attempts: SmallMap<ContainerName, u32>,
    /// How containers ended that were removed, because there is a newer one or because all of the pod started anew: their last state.
    pub ends: SmallMap<ContainerName, Exit>,
}

/// Why a container does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// In one word.
    pub reason: WaitingReason,
    /// In a sentence.
    pub message: Arc<str>,
}

/// Why a container waits, in Kubernetes' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingReason {
    /// It is about to be made.
    ContainerCreating,
    /// Init containers come first.
    PodInitializing,
    /// It ended too often.
    CrashLoopBackOff,
    /// Its image could not be fetched.
    ErrImagePull,
    /// Its image will not be tried again yet.
    ImagePullBackOff,
    /// Its image must not be fetched and is not there.
    ErrImageNeverPull,
    /// Its image's name is no image name.
    InvalidImageName,
    /// The runtime could not look for its image.
    ImageInspectError,
    /// Its manifest asks for what the node cannot give.
    CreateContainerConfigError,
    /// The runtime could not make it.
    CreateContainerError,
    /// The runtime could not start it.
    RunContainerError,
    /// Its postStart hook failed.
    PostStartHookError,
}

impl fmt::Display for WaitingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
