//! What people do to the page, and what becomes of it: the real simulator, no document.

use std::rc::Rc;

use wasm_bindgen_test::wasm_bindgen_test;

use crate::model::{FileKey, Msg, Notice, Playground, PodKey, Shape, Speed};

/// A playground whose frames are told by the test.
struct Player {
    playground: Playground,
    millis: f64,
}

impl Player {
    fn new() -> Self {
        let mut player = Self { playground: Playground::example(7), millis: 0.0 };
        player.then(Msg::PlayPause).then(Msg::Speed(Speed::X20));
        player
    }

    fn then(&mut self, msg: Msg) -> &mut Self {
        self.playground.update(msg, &mut || false);
        self
    }

    /// Lets so many virtual seconds pass, five at a frame.
    fn wait(&mut self, seconds: u32) -> &mut Self {
        for _ in 0..=seconds / 5 {
            self.millis += 250.0;
            self.playground.update(Msg::Frame(self.millis), &mut || false);
        }
        self
    }

    fn shape(&self, node: &str, file: &str) -> Option<Shape> {
        let node = self.playground.screen().snapshot.node(&node.into())?.clone();
        node.files.iter().find(|row| &*row.name == file).map(|row| row.shape)
    }

    fn status(&self, pod: &PodKey) -> Option<String> {
        self.playground.screen().snapshot.pod(pod).map(|pod| pod.status.to_string())
    }
}

fn file(node: &str, name: &str) -> FileKey {
    FileKey { node: node.into(), name: name.into() }
}

fn pod(node: &str, name: &str) -> PodKey {
    PodKey { node: node.into(), namespace: "default".into(), name: name.into() }
}

#[wasm_bindgen_test(unsupported = test)]
fn the_example_shows_a_pod_of_each_kind() {
    let mut player = Player::new();
    assert_eq!(player.shape("node01", "web.yaml"), Some(Shape::Unread), "before any time has passed");
    player.wait(60);
    assert_eq!(player.shape("node01", "web.yaml"), Some(Shape::Running));
    assert_eq!(player.shape("node01", "beacon.yaml"), Some(Shape::Refused));
    assert_eq!(player.shape("node02", "report.yaml"), Some(Shape::Completed));
    let ledger = pod("node01", "ledger-node01");
    let waits = (0..12).any(|_| player.wait(5).shape("node01", "ledger.yaml") == Some(Shape::BackOff));
    assert!(waits, "{:?}", player.status(&ledger));
    let status = player.status(&ledger).unwrap();
    assert!(
        ["Error", "CrashLoopBackOff"].contains(&&*status),
        "the kubelet shows either while it waits: {status}"
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_is_typed_is_judged_and_what_is_saved_runs() {
    let mut player = Player::new();
    player.wait(10).then(Msg::Open(file("node01", "beacon.yaml")));
    let buffer = player.playground.screen().buffer.clone().unwrap();
    assert_eq!(&*buffer.problems[0].message, "spec.containers[0].image: Required value");
    let mended = buffer.text.replace("    ports:", "    image: nginx:1.27-alpine\n    ports:");
    player.then(Msg::Edited(mended.into()));
    let buffer = player.playground.screen().buffer.clone().unwrap();
    assert!(buffer.problems.is_empty() && buffer.dirty());
    player.wait(40);
    assert_eq!(player.shape("node01", "beacon.yaml"), Some(Shape::Refused), "not saved, so not on disk");
    player.then(Msg::Save).wait(40);
    assert!(!player.playground.screen().buffer.as_ref().unwrap().dirty());
    assert_eq!(player.shape("node01", "beacon.yaml"), Some(Shape::Running));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_deleted_file_ends_its_pod_and_can_come_back() {
    let mut player = Player::new();
    let (web, key) = (file("node02", "web.yaml"), pod("node02", "web-node02"));
    player.wait(20).then(Msg::Open(web.clone())).then(Msg::Delete(web.clone()));
    assert_eq!(player.playground.screen().notice, Some(Notice::Deleted(web.clone())));
    assert!(player.playground.screen().buffer.is_none(), "the editor lets go of it");
    player.wait(60);
    assert_eq!(player.status(&key), None);
    player.then(Msg::UndoDelete).wait(40);
    assert_eq!(player.status(&key).as_deref(), Some("Running"));
    player.then(Msg::UndoDelete);
    assert!(player.playground.screen().notice.is_none(), "there is nothing more to undo");
}

#[wasm_bindgen_test(unsupported = test)]
fn files_are_made_named_and_brought() {
    let mut player = Player::new();
    let tide = file("node01", "tide.yaml");
    player.then(Msg::NewFile(tide.clone()));
    assert!(player.playground.screen().buffer.as_ref().unwrap().text.contains("name: tide"));
    player.then(Msg::Rename(tide, "ebb.yaml".into()));
    assert_eq!(&*player.playground.screen().buffer.as_ref().unwrap().file.name, "ebb.yaml");
    player.then(Msg::NewFile(file("node01", "ebb.yaml")));
    assert_eq!(player.playground.screen().notice, Some(Notice::NameTaken("ebb.yaml".into())));
    player.then(Msg::NewFile(file("node01", "a/b")));
    assert!(matches!(player.playground.screen().notice, Some(Notice::Refused(_))));
    let bytes: Rc<[u8]> = b"kind: Nothing\n".as_slice().into();
    player.then(Msg::Upload(file("node02", "nothing.yaml"), bytes)).wait(30);
    assert_eq!(player.shape("node02", "nothing.yaml"), Some(Shape::Refused));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_killed_container_comes_back() {
    let mut player = Player::new();
    let web = pod("node01", "web-node01");
    player.wait(20).then(Msg::KillContainer(web.clone(), "nginx".into())).wait(20);
    let view = player.playground.screen().snapshot.pod(&web).unwrap().clone();
    assert_eq!((view.restarts, &*view.status), (1, "Running"));
    player.then(Msg::RestartKubelet("node01".into())).wait(30);
    let view = player.playground.screen().snapshot.pod(&web).unwrap().clone();
    assert_eq!((view.restarts, &*view.status), (1, "Running"), "a kubelet that comes back adopts what runs");
}

#[wasm_bindgen_test(unsupported = test)]
fn another_node_has_an_empty_folder() {
    let mut player = Player::new();
    player.then(Msg::AddNode).wait(5);
    let snapshot = Rc::clone(&player.playground.screen().snapshot);
    let names: Vec<_> = snapshot.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["node01", "node02", "node03"]);
    assert!(snapshot.nodes[2].files.is_empty() && snapshot.nodes[2].pods.is_empty());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_step_goes_to_the_next_thing_that_can_be_seen() {
    let mut player = Player::new();
    for _ in 0..5 {
        let before = player.playground.screen().clone();
        player.then(Msg::Step);
        let after = player.playground.screen();
        assert!(!after.pace.playing());
        let new = after.snapshot.nodes != before.snapshot.nodes || after.feed != before.feed;
        assert!(new, "at {}", after.snapshot.now);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_frame_ends_when_its_time_is_over() {
    let mut player = Player::new();
    player.then(Msg::Speed(Speed::Max)).wait(5);
    let before = player.playground.screen().snapshot.now;
    let mut asked = 0;
    player.playground.update(Msg::Frame(1e9), &mut || {
        asked += 1;
        asked > 3
    });
    let passed = player.playground.screen().snapshot.now.since(before);
    assert!(passed.as_secs() < 60, "{passed:?}");
    assert_eq!(asked, 4);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_did_not_change_is_the_same_object() {
    let mut player = Player::new();
    player.wait(75);
    let before = Rc::clone(&player.playground.screen().snapshot);
    player.then(Msg::Edited("x".into()));
    let after = Rc::clone(&player.playground.screen().snapshot);
    assert!(before.nodes.iter().zip(&after.nodes).all(|(a, b)| Rc::ptr_eq(a, b)));
    player.wait(5);
    let web = pod("node01", "web-node01");
    let later = Rc::clone(&player.playground.screen().snapshot);
    assert_eq!(before.pod(&web), later.pod(&web), "the pod is shared though its node has moved on");
}
