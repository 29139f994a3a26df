//! What a node's host does at the API server for its kubelet, and how the kubelet learns what has changed there.

mod node_object;
mod watch;

use std::{fmt::Write as _, sync::Arc};

pub(super) use self::watch::{affected, listed};
use crate::{
    cluster::{ApiError, ApiServer, DeleteOptions, EventBody, Kind, PodReport, User},
    config::Config,
    contract::{ApiAction, Failure, Outcome},
    id::NodeName,
    kubelet::SentEvent,
    manifest::static_pod::CONFIG_MIRROR,
    mirror,
    time::Time,
    trace::Fnv,
};

/// The node on whose behalf something is asked.
pub(super) struct Asker<'a> {
    pub(super) config: &'a Config,
    pub(super) name: &'a NodeName,
    pub(super) ip: &'a Arc<str>,
}

impl Asker<'_> {
    /// Does at the API server what a kubelet planned.
    pub(super) fn perform(&self, api: &mut ApiServer, now: Time, action: ApiAction) -> Outcome {
        let (user, clock) = (User::Node(self.name.clone()), self.config.epoch.at(now));
        let result = match action {
            ApiAction::RegisterNode => self.register(api, now),
            ApiAction::ReportNode { pressures } => self.report_node(api, now, &pressures),
            ApiAction::RenewLease => {
                self.renew_lease(api, now);
                Ok(())
            }
            ApiAction::CreateMirror { pod, seen, owner } => {
                let object = mirror::mirror_of(&pod, self.name, &owner, (seen, self.config.epoch));
                let hash = mirror::hash(&pod);
                match api.create(&user, clock, object) {
                    Err(ApiError::AlreadyExists { .. }) => {
                        let there = api.get(Kind::Pod, &pod.id.namespace, &pod.id.name);
                        there.and_then(|there| match there.meta.annotation(CONFIG_MIRROR) {
                            Some(known) if *known == hash => Ok(()),
                            Some(_) | None => {
                                let name = pod.id.name.to_string();
                                Err(ApiError::AlreadyExists { kind: Kind::Pod, name })
                            }
                        })
                    }
                    made => made.map(drop),
                }
            }
            ApiAction::DeletePod { pod } => {
                let options = DeleteOptions { grace: Some(0), uid: Some(pod.uid.as_str().into()) };
                match api.delete(&user, clock, (Kind::Pod, &pod.namespace, &pod.name), &options) {
                    Err(ApiError::NotFound { .. } | ApiError::OtherUid { .. }) => Ok(()),
                    deleted => deleted.map(drop),
                }
            }
            ApiAction::PatchStatus { pod, of, view } => {
                let ip = Some(Arc::clone(self.ip));
                let report = PodReport { view, pod: of, epoch: self.config.epoch, host_ip: ip };
                // A pod that is gone by now needs no status.
                let _ = api.report((&pod.namespace, &pod.name, pod.uid.as_str()), report);
                Ok(())
            }
        };
        result.map_or_else(|error| Outcome::Failed(failure(&error)), |()| Outcome::Done)
    }

    /// Sends an event that a kubelet wrote down.
    pub(super) fn send(&self, api: &mut ApiServer, now: Time, event: SentEvent) {
        let mut hash = Fnv::default();
        let told = if event.series.combined { "" } else { &*event.message };
        for part in [event.pod.uid.as_str(), &*event.reason, &*event.field_path, told] {
            hash.write(part.as_bytes());
        }
        let mut name = String::with_capacity(event.pod.name.len() + 17);
        let _ = write!(name, "{}.{:016x}", event.pod.name, hash.finish());
        let body = EventBody::of_kubelet(event, self.name.as_str(), self.config.epoch, now);
        // Events of a namespace that is gone are lost, as in life.
        let _ = api.record(body.last, name.into(), body);
    }
}

fn failure(error: &ApiError) -> Failure {
    match error {
        ApiError::NotFound { .. } => Failure::NotFound(error.to_string()),
        ApiError::AlreadyExists { .. } | ApiError::Modified { .. } | ApiError::OtherUid { .. } => {
            Failure::Conflict(error.to_string())
        }
        ApiError::Unreachable { .. } => Failure::Unreachable(error.to_string()),
        ApiError::Invalid { .. }
        | ApiError::Forbidden { .. }
        | ApiError::BadRequest(_)
        | ApiError::Expired { .. } => Failure::Other(error.to_string()),
    }
}
