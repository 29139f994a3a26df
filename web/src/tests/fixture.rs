//! Views made by hand, as the core would give them.

use std::{rc::Rc, sync::Arc, time::Duration};

use standfast_core::{
    config::Policies,
    contract::{Cause, Exit, ExitReason},
    id::PodRef,
    kubelet::WakeReason,
    time::{Time, UnixSeconds},
    view::{
        ConditionView, ContainerView, Deed, Due, FileView, NodeView, Phase, PodStage, PodView, RecordKind,
        RecordView, StateView,
    },
};

use crate::model::{Feed, Line, Snapshot};

pub(super) const FOLDER: &str = "/etc/kubernetes/manifests";

pub(super) fn at(seconds: u64) -> Time {
    Time::from_zero(Duration::from_secs(seconds))
}

pub(super) fn container(name: &str, state: StateView) -> ContainerView {
    let running = matches!(state, StateView::Running { .. });
    ContainerView {
        name: name.into(),
        image: "busybox:1.36".into(),
        image_id: "sha256:1".into(),
        container_id: None,
        last_container_id: None,
        state,
        last_state: None,
        ready: running,
        started: running,
        restart_count: 0,
        sidecar: false,
    }
}

pub(super) fn exit(code: i32, finished: u64) -> Exit {
    Exit {
        code,
        reason: if code == 0 { ExitReason::Completed } else { ExitReason::Error },
        started: Some(at(finished.saturating_sub(2))),
        finished: at(finished),
        message: "".into(),
    }
}

pub(super) fn pod(name: &str, containers: Vec<ContainerView>) -> PodView {
    let ready = u32::try_from(containers.iter().filter(|one| one.ready).count()).unwrap();
    PodView {
        id: PodRef::new(format!("uid-{name}"), "default", format!("{name}-node01")),
        file: format!("{FOLDER}/{name}.yaml").into(),
        stage: PodStage::Syncing,
        phase: Phase::Running,
        reason: None,
        message: None,
        status: "Running".into(),
        ready: (ready, u32::try_from(containers.len()).unwrap()),
        restarts: 0,
        last_restart: None,
        seen: at(1),
        started: Some(at(1)),
        ip: Some("10.0.0.2".into()),
        conditions: vec![ConditionView {
            kind: "Ready".into(),
            status: ready > 0,
            reason: (ready == 0).then(|| "ContainersNotReady".into()),
            message: None,
            last_transition: at(2),
        }],
        init_containers: Vec::new(),
        containers,
        qos_class: "BestEffort".into(),
        due: None,
    }
}

/// A pod that runs.
pub(super) fn web() -> PodView {
    pod("web", vec![container("nginx", StateView::Running { since: at(2) })])
}

/// A pod in a crash loop, 17 seconds before its next start at second 60.
pub(super) fn ledger() -> PodView {
    let mut ledger = pod(
        "ledger",
        vec![ContainerView {
            last_state: Some(exit(1, 38)),
            restart_count: 3,
            ..container(
                "ledger",
                StateView::Waiting {
                    reason: "CrashLoopBackOff".into(),
                    message: "back-off 40s restarting failed container=ledger".into(),
                },
            )
        }],
    );
    ledger.status = "CrashLoopBackOff".into();
    ledger.restarts = 3;
    ledger.last_restart = Some(at(38));
    ledger.due =
        Some(Due { at: at(77), why: WakeReason::BackOff.to_string().into(), reason: WakeReason::BackOff });
    ledger
}

fn file(name: &str, pod: Option<&PodView>, error: Option<&str>) -> Arc<FileView> {
    Arc::new(FileView {
        path: format!("{FOLDER}/{name}").into(),
        pod: pod.map(|pod| pod.id.clone()),
        wins: true,
        error: error.map(Into::into),
        diagnostics: Vec::new(),
    })
}

/// A node with a running pod, a crashing one, a refused file and a file it has not read.
pub(super) fn node() -> NodeView {
    let (web, ledger) = (web(), ledger());
    NodeView {
        name: "node01".into(),
        now: at(60),
        epoch: UnixSeconds(1_767_225_600),
        static_pod_path: FOLDER.into(),
        policies: Policies::KUBELET,
        pressures: Vec::new(),
        next_pass: Some(at(71)),
        files: vec![
            file("beacon.yaml", None, Some("invalid pod: [spec.containers[0].image: Required value]")),
            file("ledger.yaml", Some(&ledger), None),
            file("web.yaml", Some(&web), None),
        ],
        pods: vec![Arc::new(ledger), Arc::new(web)],
    }
}

pub(super) fn snapshot_of(node: &NodeView) -> Snapshot {
    let names = ["beacon.yaml", "ledger.yaml", "new.yaml", "web.yaml"];
    Snapshot::default().next(node.now, std::slice::from_ref(node), |_| names.map(Rc::from).to_vec())
}

pub(super) fn snapshot() -> Rc<Snapshot> {
    Rc::new(snapshot_of(&node()))
}

/// What happened to the crashing pod, and a line of the log.
pub(super) fn feed() -> Feed {
    let line = |seq, seconds, kind, text: &str, did: Option<(Deed, Cause)>| Line {
        node: "node01".into(),
        epoch: UnixSeconds(1_767_225_600),
        record: RecordView {
            seq,
            at: at(seconds),
            pod: Some(ledger().id),
            kind,
            text: text.into(),
            series: None,
            because: did.as_ref().map(|(_, cause)| cause.to_string().into()),
            deed: did.as_ref().map(|(deed, _)| deed.clone()),
            cause: did.map(|(_, cause)| cause),
        },
    };
    let back_off = RecordKind::Event {
        warning: true,
        reason: "BackOff".into(),
        field_path: "spec.containers{ledger}".into(),
    };
    let mut feed = Feed::default();
    feed.append(vec![
        line(
            2,
            38,
            back_off,
            "Back-off restarting failed container ledger in pod ledger-node01_default(uid-ledger)",
            None,
        ),
        line(
            0,
            36,
            RecordKind::Planned,
            "start container ledger#3",
            Some((
                Deed::StartContainer { container: "ledger".into(), attempt: 3 },
                Cause::ContainerExited { code: 1 },
            )),
        ),
        line(1, 38, RecordKind::Log { error: true }, "\"Error syncing pod, skipping\"", None),
    ]);
    feed
}
