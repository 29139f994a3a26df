//! Errors as their authors see them.

use super::{Scenario, ScenarioError};

const HEAD: &str = "---\ntitle: t\n---\n```yaml file=web.yaml\nx\n```\n```steps\n";

fn error(steps: &str) -> String {
    Scenario::parse(&format!("{HEAD}{steps}\n```\n")).map(|_| ()).unwrap_err().to_string()
}

fn whole(text: &str) -> ScenarioError {
    Scenario::parse(text).map(|_| ()).unwrap_err()
}

#[test]
fn a_typo_gets_a_line_a_caret_and_a_suggestion() {
    assert_eq!(
        error("write web.yaml\nwithin 5s pod web is Runing"),
        "9:22: `Runing` is not understood here\n  |\n9 | within 5s pod web is Runing\n  |                      ^^^^^^\n  = did you mean `Running`?"
    );
    assert_eq!(
        error("wirte web.yaml"),
        "8:1: `wirte` is not understood here\n  |\n8 | wirte web.yaml\n  | ^^^^^\n  = did you mean `write`?"
    );
    assert_eq!(
        error("write wbe.yaml"),
        "8:7: there is no block for `wbe.yaml`\n  |\n8 | write wbe.yaml\n  |       ^^^^^^^^\n  = did you mean `web.yaml`?"
    );
}

#[test]
fn what_is_missing_or_too_much_is_named() {
    let cases = [
        ("within 5 pod web is Running", "8:8: `5` is no time"),
        ("rename a.yaml b.yaml", "8:15: `b.yaml` is not understood here"),
        ("write", "8:6: something is missing here"),
        ("kill web", "8:6: `web` names no container"),
        ("kill web/main with seven", "8:20: `seven` is no number"),
        ("pod web is Running now", "8:20: `now` is too much here"),
        ("log contains \"open", "8:14: a quotation mark that is not closed"),
        ("between 5s and 2s pod web is gone", "8:16: the span ends before it begins"),
        ("on node01:", "8:1: a machine is named, and nothing is typed there"),
        ("kubectl get pods\nprints", "9:7: something is missing here"),
        ("# only a comment", "1:1: the scenario has no steps"),
    ];
    for (steps, message) in cases {
        let text = error(steps);
        assert_eq!(text.lines().next(), Some(message), "{text}");
    }
}

#[test]
fn the_file_around_the_steps_is_checked() {
    assert_eq!(whole("# no front matter").message, "the scenario has no front matter");
    assert!(whole("---\ntitel: x\n---\n").message.contains("unknown field `titel`"));
    let twice = whole("---\ntitle: t\n---\n```yaml file=a\n```\n```yaml file=a\n```\n");
    assert_eq!((twice.line, twice.message.as_str()), (6, "there is another block for `a`"));
    let config = whole("---\ntitle: t\n---\n```config\nfileCheckFrequenzy: 20s\n```\n");
    assert_eq!((config.line, config.message.contains("unknown field")), (5, true));
    assert_eq!(
        whole("---\ntitle: t\n---\n```step\nnote\n```\n").help.as_deref(),
        Some("did you mean `steps`?")
    );
    assert_eq!(whole("---\ntitle: t\n---\n```steps\nnote\n").message, "this block is not closed");
}

#[test]
fn every_step_of_the_reference_is_understood() {
    let steps = "write web.yaml to other.yaml\nempty a\nremove a\nrename a to b\ntouch a\nremove folder\nmake folder\nkill web/main\n\
        kill web/main with 3\nkill web/main with OOM\ndelete container web/main\nkill sandbox web\nstop kubelet\nstart kubelet\n\
        restart kubelet\nlose events\ntell events\nruntime down\nruntime up\nimage x is missing\nimage x is back\nimage x takes 5s\n\
        wait 5s\nnote\npod web is Pending\npod web is ready\npod web is not ready\npod web is gone\npod web is waiting to start\n\
        pod web is terminating\npod web is the same\npod web is another\npod web shows Completed\npod web restarts 1\n\
        pod web restarts at least 2\npod web has reason DeadlineExceeded\ncontainer web/main is Running\n\
        container web/main is Waiting\ncontainer web/main is Waiting CrashLoopBackOff\ncontainer web/main is Terminated Error 1\n\
        container web/main is Terminated 1\ncontainer web/main is the same\ncontainer web/main restarts 2\n\
        container web/main last ended Error 1\ncontainer web/main says \"x\"\noutput of web/main contains \"x y\"\n\
        event BackOff on web\nevent BackOff on web 3 times\nevent BackOff on web at least 1 time\nevent BackOff on web says \"x\"\n\
        no event BackOff on web\nlog contains \"x\"\nlog lacks \"x\"\nfile web.yaml is accepted\nfile web.yaml is refused\n\
        file web.yaml is unread\nfile web.yaml is the winner\nfile web.yaml warns backup-file\nthere are 2 pods\nthere is 1 pod\n\
        there are no pods\nfor 10s pod web stays Running\nbetween 10s and 15s pod web is Running";
    let scenario =
        Scenario::parse(&format!("{HEAD}{steps}\n```\n")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.steps.len(), steps.lines().count());
}
