//! One test per quirk of the folder. The parser is a toy: `pod NAME BODY [uid=UID]`; its uid is body and path, as the real one's.

use std::collections::BTreeMap;

use super::*;
use crate::{
    contract::Dns,
    id::PodRef,
    manifest::{Origin, Parsed, PodSecurity, PodSpec, RestartPolicy, Stage, Whole},
    view::FileView,
};

fn toy(bytes: &[u8], origin: &Origin<'_>) -> Parsed {
    let text = String::from_utf8_lossy(bytes);
    let refused = |stage, error: &str| Parsed {
        pod: None,
        diagnostics: Vec::new(),
        stage,
        error: Some(error.into()),
        errors: Vec::new(),
    };
    let mut words = text.split('\n').next().unwrap_or_default().split_whitespace();
    match (words.next(), words.next()) {
        (Some("pod"), Some(name)) => {
            let body = words.next().unwrap_or_default();
            let uid = words.next().and_then(|word| word.strip_prefix("uid=")).map(str::to_owned);
            Parsed {
                pod: Some(Arc::new(pod(name, body, uid, origin))),
                diagnostics: Vec::new(),
                stage: Stage::Ok,
                error: None,
                errors: Vec::new(),
            }
        }
        (Some("secret"), _) => refused(Stage::Reference, "static pods may not reference secrets"),
        _ => refused(Stage::Decode, "yaml: line 1: did not find expected key"),
    }
}

fn pod(name: &str, body: &str, uid: Option<String>, origin: &Origin<'_>) -> Pod {
    let uid = uid.unwrap_or_else(|| format!("{body}@{}", origin.path));
    Pod {
        id: PodRef::new(uid, "default", format!("{name}-{}", origin.node)),
        file: origin.path.into(),
        labels: vec![("body".into(), body.into())],
        annotations: Vec::new(),
        spec: Arc::new(PodSpec {
            containers: Vec::new(),
            init_containers: Vec::new(),
            volumes: Vec::new(),
            restart_policy: RestartPolicy::Always,
            termination_grace_period_seconds: 30,
            active_deadline: None,
            host_network: false,
            host_pid: false,
            host_ipc: false,
            share_process_namespace: false,
            hostname: None,
            subdomain: None,
            dns_policy: "ClusterFirst".into(),
            dns: Dns::default(),
            host_aliases: Vec::new(),
            node_selector: Vec::new(),
            priority: None,
            requests: Vec::new(),
            limits: Vec::new(),
            security: PodSecurity::default(),
        }),
        object: Whole::empty(),
    }
}

/// A folder on a disk, and the source that looks at it.
struct Bench {
    source: Source,
    disk: BTreeMap<String, FileContent>,
}

const DIR: &str = "/m";

fn bytes(text: &str) -> FileContent {
    FileContent::Bytes(text.as_bytes().into())
}

fn bench(policies: Policies) -> Bench {
    Bench { source: Source::with_parser("/m/", "n1".into(), policies, toy), disk: BTreeMap::new() }
}

fn kubelet() -> Bench {
    bench(Policies::KUBELET)
}

fn keep_last_good() -> Bench {
    bench(Policies { invalid_manifest: InvalidManifest::KeepLastGood, ..Policies::KUBELET })
}

impl Bench {
    fn write(&mut self, name: &str, text: &str) -> String {
        self.disk.insert(name.into(), bytes(text));
        told(&self.source.written(&format!("{DIR}/{name}").into(), &bytes(text)))
    }

    fn remove(&mut self, name: &str) -> String {
        self.disk.remove(name);
        told(&self.source.removed(&format!("{DIR}/{name}").into()))
    }

    fn pass(&mut self) -> String {
        told(&self.source.listed(&self.folder()))
    }

    fn folder(&self) -> Folder {
        let entry = |(name, content): (&String, &FileContent)| Entry {
            name: name.as_str().into(),
            kind: EntryKind::File(content.clone()),
        };
        // A disk gives names in no order.
        Folder::Directory(self.disk.iter().rev().map(entry).collect())
    }

    fn winners(&self) -> Vec<&str> {
        self.source.files().filter(|file| file.wins).map(|file| &*file.path).collect()
    }
}

/// `-removed +added ~updated !log`, in that order.
fn told(changes: &Changes) -> String {
    let uid = |pod: &Arc<Pod>| pod.id.uid.to_string();
    let removed = changes.removed.iter().map(|pod| format!("-{}", uid(pod)));
    let added = changes.added.iter().map(|pod| format!("+{}", uid(pod)));
    let updated = changes.updated.iter().map(|(_, pod)| format!("~{}", uid(pod)));
    let log = changes.log.iter().map(|line| format!("!{line}"));
    removed.chain(added).chain(updated).chain(log).collect::<Vec<_>>().join(" ")
}

#[test]
fn an_edit_is_another_pod_and_the_old_one_goes_first() {
    let mut b = kubelet();
    assert_eq!(b.write("a", "pod web v1"), "+v1@/m/a");
    assert_eq!(b.write("a", "pod web v2"), "-v1@/m/a +v2@/m/a");
    assert_eq!(b.pass(), "");
}

#[test]
fn q1_a_broken_file_keeps_its_pod_until_the_next_pass() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    b.write("b", "pod db v1");
    assert_eq!(
        b.write("a", "garbage"),
        r#"!"Unable to process watch event" err="can't process config file \"/m/a\": /m/a: couldn't parse as pod(yaml: line 1: did not find expected key), please check config file""#
    );
    assert_eq!(
        b.pass(),
        r#"-v1@/m/a !"Could not process manifest file" err="/m/a: couldn't parse as pod(yaml: line 1: did not find expected key), please check config file" path="/m/a""#
    );
    assert_eq!(b.write("a", "pod web v1"), "+v1@/m/a");
}

#[test]
fn q1_holds_for_emptied_unreadable_and_too_big_files() {
    for content in [bytes(""), FileContent::TooBig, FileContent::Unreadable("permission denied".into())] {
        let mut b = kubelet();
        b.write("a", "pod web v1");
        b.write("b", "pod db v1");
        assert!(told(&b.source.written(&"/m/a".into(), &content)).starts_with('!'));
        b.disk.insert("a".into(), content);
        assert!(b.pass().starts_with("-v1@/m/a !"));
    }
}

#[test]
fn a_file_mended_before_the_next_pass_never_left() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    b.write("a", "garbage");
    assert_eq!(b.write("a", "pod web v1"), "");
    assert_eq!(b.pass(), "");
}

#[test]
fn q2_a_single_broken_file_keeps_its_pod_for_ever() {
    let mut source = Source::with_parser("/m/one.yaml", "n1".into(), Policies::KUBELET, toy);
    assert_eq!(told(&source.listed(&Folder::File(bytes("pod web v1")))), "+v1@/m/one.yaml");
    for _ in 0..3 {
        assert_eq!(
            told(&source.listed(&Folder::File(bytes("secret")))),
            r#"!"Unable to read config path" err="static pods may not reference secrets" path="/m/one.yaml""#
        );
    }
    assert_eq!(told(&source.listed(&Folder::File(bytes("pod web v2")))), "-v1@/m/one.yaml +v2@/m/one.yaml");
}

#[test]
fn q3_pods_of_an_empty_pass_come_back_with_the_next_write() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    b.disk.clear();
    assert_eq!(b.pass(), "-v1@/m/a");
    assert_eq!(b.write("b", "pod db v1"), "+v1@/m/b +v1@/m/a");
    assert_eq!(b.pass(), "-v1@/m/a");
}

#[test]
fn q3_is_not_so_when_the_last_good_is_kept() {
    let mut b = keep_last_good();
    b.write("a", "pod web v1");
    b.disk.clear();
    assert_eq!(b.pass(), "-v1@/m/a");
    assert_eq!(b.write("b", "pod db v1"), "+v1@/m/b");
}

#[test]
fn q4_a_pod_renamed_in_its_file_runs_beside_the_old_one_until_the_pass() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    assert_eq!(b.write("a", "pod shop v2"), "+v2@/m/a");
    assert_eq!(b.pass(), "-v1@/m/a");
}

#[test]
fn q5_of_two_files_with_one_pod_the_last_written_wins_then_the_last_in_byte_order() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    assert_eq!(b.write("b", "pod web v1"), "-v1@/m/a +v1@/m/b");
    assert_eq!((b.pass(), b.winners()), (String::new(), vec!["/m/b"]));
    assert_eq!(b.write("a", "pod web v2"), "-v1@/m/b +v2@/m/a");
    assert_eq!(b.winners(), ["/m/a"]);
    assert_eq!((b.pass(), b.winners()), ("-v2@/m/a +v1@/m/b".into(), vec!["/m/b"]));
}

#[test]
fn two_files_with_one_pod_both_warn() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    b.write("b", "pod web v1");
    let codes = |b: &Bench| -> Vec<usize> { b.source.files().map(|file| file.diagnostics.len()).collect() };
    assert_eq!(codes(&b), [1, 1]);
    b.remove("b");
    assert_eq!(codes(&b), [0]);
}

#[test]
fn q6_deleting_either_of_two_takes_the_pod_down_until_the_next_pass() {
    for (deleted, left) in [("a", "b"), ("b", "a")] {
        let mut b = kubelet();
        b.write("a", "pod web v1");
        b.write("b", "pod web v1");
        assert_eq!(b.remove(deleted), "-v1@/m/b");
        assert_eq!(b.pass(), format!("+v1@/m/{left}"));
    }
}

#[test]
fn q7_a_renamed_file_is_another_pod() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    assert_eq!((b.remove("a"), b.write("b", "pod web v1")), ("-v1@/m/a".into(), "+v1@/m/b".into()));
}

#[test]
fn q8_touch_changes_nothing_and_is_not_parsed_again() {
    fn once(bytes: &[u8], origin: &Origin<'_>) -> Parsed {
        use std::cell::Cell;
        thread_local!(static CALLS: Cell<u32> = const { Cell::new(0) });
        assert_eq!(CALLS.replace(1), 0, "parsed twice");
        toy(bytes, origin)
    }
    let mut source = Source::with_parser("/m", "n1".into(), Policies::KUBELET, once);
    assert_eq!(told(&source.written(&"/m/a".into(), &bytes("pod web v1"))), "+v1@/m/a");
    assert_eq!(told(&source.written(&"/m/a".into(), &bytes("pod web v1"))), "");
    let entry = Entry { name: "a".into(), kind: EntryKind::File(bytes("pod web v1")) };
    assert_eq!(told(&source.listed(&Folder::Directory(vec![entry]))), "");
}

#[test]
fn a_change_that_means_nothing_changes_nothing() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    assert_eq!(b.write("a", "pod web v1\n# a comment"), "");
    assert_eq!(b.pass(), "");
}

#[test]
fn a_missing_folder_removes_every_pod_and_its_return_brings_them_back() {
    for mut b in [kubelet(), keep_last_good()] {
        b.write("a", "pod web v1");
        assert_eq!(
            told(&b.source.listed(&Folder::Missing)),
            r#"-v1@/m/a !"Unable to read config path" err="path does not exist, ignoring" path="/m""#
        );
        assert_eq!(b.source.files().count(), 0);
        assert_eq!(b.pass(), "+v1@/m/a");
    }
}

#[test]
fn a_folder_that_cannot_be_told_changes_nothing() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    assert_eq!(
        told(&b.source.listed(&Folder::Unreadable("stat /m: input/output error".into()))),
        r#"!"Unable to read config path" err="stat /m: input/output error" path="/m""#
    );
    assert_eq!(
        told(&b.source.listed(&Folder::Special)),
        r#"!"Unable to read config path" err="path is not a directory or file" path="/m""#
    );
}

#[test]
fn q11_a_single_file_that_is_replaced_by_rename_goes_until_the_next_pass() {
    let mut source = Source::with_parser("/m/one.yaml", "n1".into(), Policies::KUBELET, toy);
    source.listed(&Folder::File(bytes("pod web v1")));
    assert_eq!(told(&source.removed(&"/m/one.yaml".into())), "-v1@/m/one.yaml");
    assert_eq!(told(&source.listed(&Folder::File(bytes("pod web v1")))), "+v1@/m/one.yaml");
}

#[test]
fn dot_files_are_not_seen() {
    let mut b = kubelet();
    assert_eq!(b.write(".hidden", "pod web v1"), "");
    assert_eq!((b.pass(), b.source.files().count()), (String::new(), 0));
}

#[test]
fn backups_are_manifests_unless_the_policy_ignores_them() {
    let mut b = kubelet();
    assert_eq!(b.write("a~", "pod web v1"), "+v1@/m/a~");
    let mut b = bench(Policies { backup_files: BackupFiles::Ignore, ..Policies::KUBELET });
    assert_eq!((b.write("a~", "pod web v1"), b.pass()), (String::new(), String::new()));
    assert_eq!(b.write("a", "pod web v1"), "+v1@/m/a");
}

#[test]
fn what_is_no_file_is_named_in_the_log() {
    let mut b = kubelet();
    let entry = |name: &str, kind| Entry { name: name.into(), kind };
    let folder = Folder::Directory(vec![
        entry("s", EntryKind::Special),
        entry("d", EntryKind::Directory),
        entry("l", EntryKind::Dangling),
    ]);
    let log: Vec<String> = b.source.listed(&folder).log.iter().map(ToString::to_string).collect();
    assert_eq!(
        log,
        [
            r#""Provided manifest path is a directory, not recursing into manifest path" path="/m/d""#,
            r#""Could not get metadata" err="stat /m/l: no such file or directory" path="/m/l""#,
            r#""Manifest path is not a directory or file" path="/m/s""#,
        ]
    );
}

#[test]
fn a_fixed_uid_makes_an_edit_an_update() {
    let mut b = kubelet();
    assert_eq!(b.write("a", "pod web v1 uid=7"), "+7");
    assert_eq!(b.write("a", "pod web v2 uid=7"), "~7");
    assert_eq!(b.pass(), "");
}

#[test]
fn two_pods_with_one_fixed_uid_are_one_pod() {
    let mut b = kubelet();
    assert_eq!(b.write("a", "pod web v1 uid=7"), "+7");
    assert_eq!(b.write("b", "pod db v1 uid=7"), "~7");
    assert_eq!(b.remove("b"), "~7");
    assert_eq!(b.remove("a"), "-7");
}

#[test]
fn the_last_good_is_kept_while_its_file_is_there() {
    let mut b = keep_last_good();
    b.write("a", "pod web v1");
    assert!(b.write("a", "").starts_with("!\"Unable to process watch event\""));
    assert!(b.pass().starts_with("!\"Could not process manifest file\""));
    assert!(b.write("a", "garbage").starts_with('!'));
    assert!(b.pass().starts_with('!'));
    assert_eq!(b.write("a", "pod web v2"), "-v1@/m/a +v2@/m/a");
    assert!(b.write("a", "garbage").starts_with('!'));
    assert_eq!(b.remove("a"), "-v2@/m/a");
    assert_eq!(b.pass(), "");
}

#[test]
fn a_file_deleted_after_its_pod_is_gone_is_an_error_in_the_log() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    b.write("z", "pod db v1");
    b.write("a", "garbage");
    b.pass();
    assert_eq!(
        b.remove("a"),
        r#"!"Unable to process watch event" err="the pod with key default/web-n1 doesn't exist in cache""#
    );
}

#[test]
fn a_pass_over_what_is_known_says_what_the_first_said() {
    let mut b = kubelet();
    b.disk.insert("a".into(), bytes("pod web v1"));
    b.disk.insert("b".into(), bytes("secret"));
    let log = r#"!"Could not process manifest file" err="static pods may not reference secrets" path="/m/b""#;
    assert_eq!(b.pass(), format!("+v1@/m/a {log}"));
    assert_eq!((b.pass(), b.pass()), (log.to_owned(), log.to_owned()));
    // An edit that only the pass sees, a deletion that only the pass sees.
    b.disk.insert("a".into(), bytes("pod web v2"));
    assert_eq!(b.pass(), format!("-v1@/m/a +v2@/m/a {log}"));
    b.disk.remove("b");
    assert_eq!((b.pass(), b.pass()), (String::new(), String::new()));
    b.disk.remove("a");
    assert_eq!((b.pass(), b.pass()), ("-v2@/m/a".into(), String::new()));
}

#[test]
fn views_of_unchanged_files_stay_the_same_object() {
    let mut b = kubelet();
    b.write("a", "pod web v1");
    b.write("b", "pod db v1");
    let before: Vec<Arc<FileView>> = b.source.files().cloned().collect();
    b.write("b", "garbage");
    b.pass();
    let after: Vec<Arc<FileView>> = b.source.files().cloned().collect();
    assert!(Arc::ptr_eq(&before[0], &after[0]));
    assert!(before[1].error.is_none() && after[1].error.is_some());
}

/// Whatever was told before, a pass that is spared because nothing has changed would have found nothing to do.
#[test]
fn a_pass_that_is_spared_would_have_changed_nothing() {
    let texts = ["pod web v1", "pod web v2", "pod db v1", "pod db v1 uid=x", "pod web v1 uid=x", "garbage"];
    let mut rng = crate::rng::Rng::new(1);
    let mut pick = |of: usize| usize::try_from(rng.below(of as u64)).unwrap();
    let mut spared = 0;
    for new in [kubelet as fn() -> Bench, keep_last_good].repeat(200) {
        let mut b = new();
        for _ in 0..12 {
            let name = ["a", "b", "c"][pick(3)];
            match pick(4) {
                0 => drop(b.remove(name)),
                1 => drop(b.pass()),
                _ => drop(b.write(name, texts[pick(texts.len())])),
            }
            let Folder::Directory(mut entries) = b.folder() else { continue };
            entries.reverse();
            let folder = Folder::Directory(entries);
            let (mut quick, mut thorough) = (b.source.clone(), b.source.clone());
            spared += u32::from(quick.settled);
            thorough.settled = false;
            assert_eq!(told(&quick.listed(&folder)), told(&thorough.listed(&folder)));
            let essence = |source: &Source| {
                let mut text = String::new();
                source.write_essence(&mut text).unwrap();
                text
            };
            assert_eq!(essence(&quick), essence(&thorough));
        }
    }
    assert!(spared > 500, "{spared}");
}
