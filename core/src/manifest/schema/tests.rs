//! What fits a Pod's fields, and what is said about what does not.

use super::{walk::Decoded, *};
use crate::manifest::{Code, json::encode, load};

fn decoded(text: &str) -> Decoded {
    let loaded = load(text.as_bytes()).unwrap();
    decode(&loaded.root, loaded.format, text.as_bytes())
}

#[track_caller]
fn refused(text: &str, words: &str, field: &str) {
    let decoded = decoded(text);
    let first = decoded.misfits.first().map(|misfit| (misfit.text.as_str(), &*misfit.field));
    assert_eq!(first, Some((words, field)), "{text}");
}

#[test]
fn the_table_knows_every_field() {
    assert_eq!(table::TYPES[table::POD].name, "Pod");
    assert_eq!(table::TYPES.len(), 130);
    assert_eq!(table::TYPES.iter().map(|found| found.fields.len()).sum::<usize>(), 603);
}

#[test]
fn misfits_are_in_the_kubelet_s_words() {
    refused(
        "spec: {containers: [{env: [{name: A, value: 80}]}]}",
        "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
        "spec.containers[0].env[0].value",
    );
    refused(
        "spec: {volumes: [{name: a, hostPath: /tmp}]}",
        "json: cannot unmarshal string into Go struct field Volume.spec.volumes.VolumeSource.hostPath of type v1.HostPathVolumeSource",
        "spec.volumes[0].hostPath",
    );
    refused(
        "spec: {containers: [{ports: [{containerPort: 99999999999}]}]}",
        "json: cannot unmarshal number 99999999999 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
        "spec.containers[0].ports[0].containerPort",
    );
}

#[test]
fn yaml_is_met_by_key_and_json_as_it_stands() {
    let name =
        "json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string";
    let image =
        "json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string";
    refused("spec: {containers: [{name: 1, image: 2}]}", image, "spec.containers[0].image");
    refused(r#"{"spec": {"containers": [{"name": 1, "image": 2}]}}"#, name, "spec.containers[0].name");
}

#[test]
fn what_decodes_itself_comes_first() {
    refused(
        "spec: {containers: [{name: 1, resources: {limits: {cpu: x}}}]}",
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        "spec.containers[0].resources.limits[cpu]",
    );
}

#[test]
fn what_is_ignored_is_noted() {
    let text = "spec: {hostnetwork: true, containers: [{name: a, comand: [x], hostPID: true, terminationMessagePath: ~}]}";
    let decoded = decoded(text);
    assert_eq!(encode(&decoded.pod), r#"{"spec":{"containers":[{"name":"a"}]}}"#);
    let notes: Vec<_> =
        decoded.notes.iter().map(|note| (note.code, &*note.field, note.help.as_deref().unwrap())).collect();
    assert_eq!(
        notes,
        [
            (Code::UnknownField, "spec.containers[0].comand", "did you mean `command`?"),
            (Code::UnknownField, "spec.containers[0].hostPID", "it belongs to `spec`: indent it less"),
            (Code::WrongCase, "spec.hostnetwork", "write `hostNetwork`"),
        ]
    );
}

#[test]
fn a_leading_zero_is_noted_outside_modes() {
    let decoded = decoded(
        "spec: {terminationGracePeriodSeconds: 010, volumes: [{name: a, secret: {defaultMode: 0644}}]}",
    );
    let notes: Vec<_> = decoded.notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(notes, ["YAML reads `010` as octal: 8"]);
}
