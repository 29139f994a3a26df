//! Each view of the page, from a snapshot made by hand.

use std::rc::Rc;

use standfast_core::{
    manifest::{Code, Diagnostic, Severity, Span},
    view::{PodView, StateView},
};
use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;

use super::{
    fixture::{self, at, container, exit, ledger, pod, web},
    render,
};
use crate::{
    components::{
        FeedPane, Hull, PodCard, inspector::inspector, picture::picture, problems::problem_list, shore::shore,
    },
    i18n::Lang,
    model::{Buffer, ByPointer, FileKey, Msg, PodKey, Shape, Tab},
};

fn nobody() -> Callback<Msg> {
    Callback::noop()
}

fn key_of_ledger() -> PodKey {
    PodKey { node: "node01".into(), namespace: "default".into(), name: "ledger-node01".into() }
}

async fn card(pod: PodView) -> String {
    let pod = ByPointer(pod.into());
    render(
        Lang::En,
        html! { <PodCard {pod} node={"node01".into_id()} now={at(60)} selected=false on={nobody()} /> },
    )
    .await
}

trait IntoId {
    fn into_id(self) -> standfast_core::id::NodeName;
}
impl IntoId for &str {
    fn into_id(self) -> standfast_core::id::NodeName {
        self.into()
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_pod_shows_what_kubectl_would() {
    let running = card(web()).await;
    for words in ["web<i>-node01</i>", ">Running</b>", "1/1", "RESTARTS 0", "<code>nginx</code>"] {
        assert!(running.contains(words), "{words} in {running}");
    }
    assert!(!running.contains("class=\"ring\""), "nothing is due for a pod that simply runs");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_crash_loop_counts_down_and_says_how_it_ended() {
    let crashing = card(ledger()).await;
    for words in [
        ">CrashLoopBackOff</b>",
        "0/1",
        "RESTARTS 3 (22s ago)",
        "exit 1, 22s ago",
        "aria-label=\"back-off ends in 17s\"",
        ">17s</text>",
        "data-state=\"fail\"",
    ] {
        assert!(crashing.contains(words), "{words} in {crashing}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn shapes_follow_the_containers() {
    let of = |status: &str, state: StateView| {
        let mut pod = pod("x", vec![container("x", state)]);
        pod.status = status.into();
        Shape::of_pod(&pod)
    };
    let waiting = |reason: &str| StateView::Waiting { reason: reason.into(), message: "".into() };
    assert_eq!(of("Running", StateView::Running { since: at(1) }), Shape::Running);
    assert_eq!(of("CrashLoopBackOff", waiting("CrashLoopBackOff")), Shape::BackOff);
    assert_eq!(of("ImagePullBackOff", waiting("ImagePullBackOff")), Shape::BackOff);
    assert_eq!(of("ErrImagePull", waiting("ErrImagePull")), Shape::Failed);
    assert_eq!(of("CreateContainerError", waiting("CreateContainerError")), Shape::Failed);
    assert_eq!(of("Error", StateView::Terminated(exit(1, 5))), Shape::Failed);
    assert_eq!(of("Init:0/1", waiting("PodInitializing")), Shape::Init);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_node_shows_its_pods_and_the_files_it_refused() {
    let node = Rc::clone(&fixture::snapshot().nodes[0]);
    let hull = render(
        Lang::En,
        html! { <Hull {node} now={at(60)} selected={None::<PodKey>} current=true on={nobody()} /> },
    )
    .await;
    for words in ["kubelet scans in 11s", "beacon.yaml", "refused, so no pod", "ledger<i>", "web<i>"] {
        assert!(hull.contains(words), "{words} in {hull}");
    }
    assert!(hull.contains("aria-label=\"Restart the kubelet on node01\""));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn folders_say_what_became_of_each_file() {
    let nodes = fixture::snapshot().nodes.clone();
    let shore = render(Lang::En, shore(&nodes, None, &nobody(), Lang::En.text())).await;
    for words in [
        "beacon.yaml</code><span class=\"said\">refused",
        "ledger.yaml</code><span class=\"said\">CrashLoopBackOff",
        "new.yaml</code><span class=\"said\">not read yet",
        "aria-label=\"running\"",
        "aria-label=\"Delete web.yaml\"",
        "aria-label=\"New file on node01\"",
        "/etc/kubernetes/manifests",
    ] {
        assert!(shore.contains(words), "{words} in {shore}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn an_open_file_with_changes_can_be_saved() {
    let file = FileKey { node: "node01".into(), name: "web.yaml".into() };
    let mut buffer = Buffer::open(file, b"kind: Pod\n", 1);
    let saved =
        render(Lang::En, shore(&[], Some(&Rc::new(buffer.clone())), &nobody(), Lang::En.text())).await;
    assert!(saved.contains("Saved") && saved.contains("disabled"), "{saved}");
    buffer.edit("kind: Pdo\n");
    let changed = render(Lang::En, shore(&[], Some(&Rc::new(buffer)), &nobody(), Lang::En.text())).await;
    assert!(changed.contains("Not saved") && !changed.contains("disabled"), "{changed}");
    assert!(changed.contains("kind: Pdo"), "without the bundle the text stands in a text area");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn problems_quote_the_kubelet_and_then_explain() {
    let file = FileKey { node: "node01".into(), name: "beacon.yaml".into() };
    let text = "spec:\n  containers:\n  - name: beacon\n";
    let mut buffer = Buffer::open(file.clone(), text.as_bytes(), 1);
    buffer.set_problems(&[Diagnostic {
        code: Code::Required,
        severity: Severity::Error,
        message: "spec.containers[0].image: Required value".into(),
        field: "spec.containers[0].image".into(),
        span: Some(Span { start: 22, end: 34 }),
        help: Some("add `image: nginx`".into()),
    }]);
    let list = |lang| render(lang, problem_list(&buffer.problems, &file, &nobody(), lang.text()));
    let english = list(Lang::En).await;
    for words in [
        "<code>spec.containers[0].image: Required value</code>",
        "Line 3.",
        "so no pod runs from it",
        "add `image: nginx`",
    ] {
        assert!(english.contains(words), "{words} in {english}");
    }
    let korean = list(Lang::Ko).await;
    assert!(korean.contains("spec.containers[0].image: Required value"), "the kubelet is never translated");
    assert!(korean.contains("3행.") && korean.contains("거부합니다"), "{korean}");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_picture_counts_and_offers() {
    let snapshot = fixture::snapshot();
    let picture = render(
        Lang::En,
        picture(&snapshot, Some(&key_of_ledger()), Some(&"node01".into_id()), &nobody(), Lang::En.text()),
    )
    .await;
    for words in
        ["1 node, 2 static pods", "Add a node", "No API server", "class=\"pod sel\"", "aria-pressed=\"true\""]
    {
        assert!(picture.contains(words), "{words} in {picture}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_inspector_says_why_in_order() {
    let (snapshot, feed) = (fixture::snapshot(), fixture::feed());
    let inspector =
        render(Lang::En, inspector(&snapshot, Some(&key_of_ledger()), &feed, &nobody(), Lang::En.text()))
            .await;
    let first = inspector.find("the container exited with code 1").unwrap();
    let second = inspector.find("Back-off restarting failed container").unwrap();
    assert!(first < second);
    for words in [
        "17.0s",
        "Open ledger.yaml",
        "Waiting, CrashLoopBackOff",
        "Terminated, Error, exit 1",
        "False, ContainersNotReady",
        "uid-ledger",
    ] {
        assert!(inspector.contains(words), "{words} in {inspector}");
    }
    assert!(!inspector.contains("Kill ledger"), "what does not run cannot be killed");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_inspector_of_nothing_and_of_a_pod_that_is_gone() {
    let nothing = inspector(&fixture::snapshot(), None, &fixture::feed(), &nobody(), Lang::Ko.text());
    assert!(render(Lang::Ko, nothing).await.contains("파드를 고르면"));
    let gone = PodKey { name: "old-node01".into(), ..key_of_ledger() };
    let gone = inspector(&fixture::snapshot(), Some(&gone), &fixture::feed(), &nobody(), Lang::En.text());
    assert!(render(Lang::En, gone).await.contains("There is no pod old-node01 now."));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_feed_keeps_events_and_log_apart() {
    let tab = |tab, calm| html! { <FeedPane feed={fixture::feed()} {tab} {calm} on={nobody()} /> };
    let events = render(Lang::En, tab(Tab::Events, true)).await;
    for words in [
        "<b>BackOff</b>",
        "because the container exited with code 1",
        "00:36",
        "aria-live=\"polite\"",
        "role=\"log\"",
    ] {
        assert!(events.contains(words), "{words} in {events}");
    }
    assert!(!events.contains("Error syncing pod"));
    let log = render(Lang::En, tab(Tab::Log, false)).await;
    assert!(log.contains("Error syncing pod") && log.contains("00:00:38.000000"), "{log}");
    assert!(log.contains("aria-live=\"off\""), "too fast to be read aloud");
}
