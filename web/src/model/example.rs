//! What the page begins with, and what a new file holds.

use super::{FileKey, PodKey};

const WEB: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels:
    app: web
spec:
  containers:
  - name: nginx
    image: nginx:1.27-alpine
    ports:
    - containerPort: 80
";

const LEDGER: &str = "\
# Ends with code 1 two seconds after each start.
# Mend the command, save, watch the new pod.
apiVersion: v1
kind: Pod
metadata:
  name: ledger
spec:
  containers:
  - name: ledger
    image: busybox:1.36
    command: [\"sh\", \"-c\", \"sleep 2; exit 1\"]
";

const BEACON: &str = "\
# Refused: a container needs an image.
apiVersion: v1
kind: Pod
metadata:
  name: beacon
spec:
  containers:
  - name: beacon
    ports:
    - containerPort: 8080
";

const REPORT: &str = "\
# Runs once and is done.
apiVersion: v1
kind: Pod
metadata:
  name: report
spec:
  restartPolicy: Never
  containers:
  - name: report
    image: busybox:1.36
    command: [\"sh\", \"-c\", \"sleep 8\"]
";

/// The nodes of the starting example.
pub(super) const NODES: [&str; 2] = ["node01", "node02"];

/// The files of the starting example: a pod that runs, one that crashes, a file that is refused, a pod that ends.
pub(super) const FILES: [(&str, &str, &str); 5] = [
    ("node01", "beacon.yaml", BEACON),
    ("node01", "ledger.yaml", LEDGER),
    ("node01", "web.yaml", WEB),
    ("node02", "report.yaml", REPORT),
    ("node02", "web.yaml", WEB),
];

/// The file that the editor shows at first: the refused one.
pub(super) fn opened() -> FileKey {
    FileKey { node: NODES[0].into(), name: "beacon.yaml".into() }
}

/// The pod that is inspected at first: the crashing one.
pub(super) fn selected() -> PodKey {
    PodKey { node: NODES[0].into(), namespace: "default".into(), name: "ledger-node01".into() }
}

/// The text of a new file: a pod named after it when the name can be one.
pub(super) fn new_pod(file: &FileKey) -> String {
    let stem = file.name.split('.').next().unwrap_or_default();
    let fits =
        !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let name = if fits { stem } else { "pod" };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n  - name: {name}\n    image: nginx:1.27-alpine\n"
    )
}
