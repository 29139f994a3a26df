//! Waiting until objects are gone: what `kubectl delete` does behind its last line.

use std::sync::Arc;

use super::{super::Cx, super::Reply, kubeconfig::Access, reach, said};
use crate::cluster::{ApiServer, Kind, Object};

/// An object that is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct Left {
    pub(super) kind: Kind,
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
    uid: Arc<str>,
}

impl Left {
    pub(super) fn of(object: &Object) -> Self {
        let meta = &object.meta;
        Self {
            kind: object.kind,
            namespace: Arc::clone(&meta.namespace),
            name: Arc::clone(&meta.name),
            uid: Arc::clone(&meta.uid),
        }
    }

    /// Whether it is there still; another of its name is not it.
    pub(super) fn is_there(&self, server: &ApiServer) -> bool {
        server.get(self.kind, &self.namespace, &self.name).is_ok_and(|found| found.meta.uid == self.uid)
    }
}

/// Objects that were deleted and are waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct Gone {
    pub(super) access: Access,
    pub(super) left: Vec<Left>,
    /// What the command ends with when all are gone.
    pub(super) code: i32,
}

impl Gone {
    pub(super) fn step(&mut self, cx: &Cx<'_>) -> (Reply, bool) {
        match reach::through(cx, &self.access) {
            Ok(server) => {
                self.left.retain(|it| it.is_there(server));
                (Reply { code: self.code, ..Reply::default() }, !self.left.is_empty())
            }
            Err(error) => (said(&error), false),
        }
    }
}
