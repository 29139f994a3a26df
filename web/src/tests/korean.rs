//! In Korean no sentence of our own stays English: what the node did, and what there is to say about a manifest.

use standfast_core::{
    manifest::{self, Origin},
    view::RecordKind,
};
use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;

use super::render;
use crate::{
    components::{FeedPane, problems::problem_list},
    i18n::Lang,
    model::{Buffer, FileKey, Msg, Playground, Speed, Tab},
};

/// Wrong in most of the ways that a file can be wrong: each document is a file of its own.
const WRONG: [&str; 6] = [
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  name: web\nspec:\n  contaniers: []\n  metadata: {}\n  hostnetwork: true\n  containers:\n  - name: web\n    resources: {limits: {cpu: lots}}\n---\nkind: Pod\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  terminationGracePeriodSeconds: 010\n  containers:\n  - name: web\n    image: busybox\n    env: [{name: A, value: yes}]\n    volumeMounts: [{name: data, mountPath: /data}]\n",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
    "kind: Pod\n",
    "apiVersion: v1\nkind: Pod\nspec: {serviceAccountName: web, containers: [{name: web, image: busybox}]}\n",
    "apiVersion: v1\n\tkind: Pod\n",
];

fn has_korean(text: &str) -> bool {
    text.chars().any(|letter| ('가'..='힣').contains(&letter))
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn the_feed_tells_in_korean_what_the_node_did() {
    let mut playground = Playground::example(7);
    playground.update(Msg::PlayPause, &mut || false);
    playground.update(Msg::Speed(Speed::X20), &mut || false);
    for frame in 0..24 {
        playground.update(Msg::Frame(f64::from(frame) * 250.0), &mut || false);
    }
    let feed = playground.screen().feed.clone();
    let pane = html! { <FeedPane feed={feed.clone()} tab={Tab::Events} calm=true on={Callback::noop()} /> };
    let shown = render(Lang::Ko, pane).await;
    let mut told = [0, 0];
    for line in feed.lines(Tab::Events) {
        let kind = match line.record.kind {
            RecordKind::Planned => 0,
            RecordKind::Observed { .. } => 1,
            RecordKind::Failed | RecordKind::Event { .. } | RecordKind::Log { .. } => continue,
        };
        told[kind] += 1;
        let (english, korean) = (&*line.record.text, (Lang::Ko.text().told)(&line.record));
        assert!(has_korean(&korean), "{english}: {korean}");
        assert!(!shown.contains(&format!(">{english}<")), "{english} in {shown}");
    }
    assert!(told[0] > 10 && told[1] > 0, "{told:?}");
    assert!(shown.contains("컨테이너 ledger#0 시작") && shown.contains("코드 1 (Error)"), "{shown}");
    assert!(shown.contains("Successfully pulled image"), "events are the kubelet's words: {shown}");
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn problems_are_explained_in_korean() {
    let file = FileKey { node: "node01".into(), name: "web.yaml".into() };
    let mut said = 0;
    for text in WRONG {
        let origin = Origin { path: "/etc/kubernetes/manifests/web.yaml", node: &"node01".into() };
        let diagnostics = manifest::parse(text.as_bytes(), &origin).diagnostics;
        assert!(!diagnostics.is_empty(), "{text}");
        let mut buffer = Buffer::open(file.clone(), text.as_bytes(), 1);
        buffer.set_problems(&diagnostics);
        let list = problem_list(&buffer.problems, &file, &Callback::noop(), Lang::Ko.text());
        let shown = render(Lang::Ko, list).await;
        for diagnostic in diagnostics {
            let code = diagnostic.code;
            if diagnostic.severity == manifest::Severity::Warning {
                assert!(!shown.contains(&escaped(&diagnostic.message)), "{code} in {shown}");
            } else {
                assert!(shown.contains(&escaped(&diagnostic.message)), "{code} in {shown}");
            }
            if let Some(help) = diagnostic.help {
                said += 1;
                assert!(!shown.contains(&escaped(&help)), "{help} in {shown}");
            }
        }
        assert_eq!(shown.matches("class=\"help\"").count(), buffer.problems.len());
    }
    assert!(said > 8, "only {said}");
}

/// As text stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
