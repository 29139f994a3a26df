//! What `standfast check` prints, for people and for machines.

use std::fs;

use super::*;
use crate::testing::TempDir;

fn output(paths: Vec<PathBuf>, output: Output, print_pod: bool) -> (bool, String) {
    let args = Args { paths, output, print_pod, node: "Node01".into() };
    let mut out = Vec::new();
    let accepted = check(&args, false, &mut out).unwrap();
    (accepted, String::from_utf8(out).unwrap())
}

const GOOD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web, image: nginx}]\n";

#[test]
fn marks_stand_under_what_is_meant() {
    let dir = TempDir::new("marks");
    let path = dir.path().join("web.yaml");
    let text =
        GOOD.replace("{name: web, image: nginx}", "{image: nginx, args: [이름😀], tty: 8080, name: web}");
    fs::write(&path, text).unwrap();
    let (accepted, shown) = output(vec![path.clone()], Output::Text, false);
    assert!(!accepted);
    let expected = format!(
        "error[wrong-type]: json: cannot unmarshal number into Go struct field Container.spec.containers.tty of type bool\n  \
         --> {path}:5:49 (spec.containers[0].tty)\n    \
         |\n  \
         5 |   containers: [{{image: nginx, args: [이름😀], tty: 8080, name: web}}]\n    \
         |{blanks}^^^^\n  \
         = help: write true or false\n\n\
         {path}: refused\n1 file: 0 accepted, 1 refused, 0 warnings\n",
        path = path.display(),
        blanks = " ".repeat(52),
    );
    assert_eq!(shown, expected);
}

#[test]
fn a_folder_is_read_as_the_kubelet_reads_it() {
    let dir = TempDir::new("folder");
    fs::write(dir.path().join("b.yaml"), GOOD).unwrap();
    fs::write(dir.path().join("a.yaml~"), GOOD).unwrap();
    fs::write(dir.path().join(".hidden.yaml"), GOOD).unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    let (accepted, lines) = output(vec![dir.path().to_owned()], Output::Jsonl, true);
    assert!(accepted);
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> =
        lines.iter().map(|line| line["file"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["a.yaml~", "b.yaml"]);
    let codes = |line: &serde_json::Value| -> Vec<String> {
        line["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|warning| warning["code"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(codes(&lines[0]), ["backup-file", "duplicate-pod"]);
    assert_eq!(codes(&lines[1]), ["duplicate-pod"]);
    assert_eq!(lines[0]["name"], "web-node01");
    assert_eq!(lines[0]["stage"], "ok");
    assert_eq!(lines[0]["error"], serde_json::Value::Null);
    assert_eq!(lines[0]["pod"]["spec"]["restartPolicy"], "Always");
}

#[test]
fn problems_carry_the_recorded_names() {
    let dir = TempDir::new("problems");
    let path = dir.path().join("web.yaml");
    fs::write(&path, GOOD.replace("name: web, image: nginx", "name: Web, image: nginx, imgae: x")).unwrap();
    let (accepted, line) = output(vec![path], Output::Jsonl, false);
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(!accepted);
    assert_eq!(line["stage"], "validate");
    assert_eq!(line["errors"][0]["field"], "spec.containers[0].name");
    assert_eq!(line["errors"][0]["type"], "FieldValueInvalid");
    let warning = &line["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["line"], &warning["column"]),
        (&"unknown-field".into(), &5.into(), &42.into())
    );
}

#[test]
fn a_path_that_is_not_there_is_no_verdict() {
    let args = Args {
        paths: vec!["/nowhere/at/all".into()],
        output: Output::Text,
        print_pod: false,
        node: "n".into(),
    };
    let error = check(&args, false, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/at/all: there is nothing here"));
}

#[test]
fn nothing_in_a_file_steers_the_terminal() {
    let dir = TempDir::new("escape");
    let path = dir.path().join("web.yaml");
    let long = "x".repeat(5_000);
    fs::write(&path, format!("a: \u{1b}[31m\u{7}{long}\tb: c: d\n")).unwrap();
    let (_, shown) = output(vec![path], Output::Text, false);
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() < 250), "{shown}");
}
