//! Volumes.

use serde_json::Value;

use super::{
    super::object::{holds, list, number, text},
    Page,
};

pub(super) fn volumes(page: &mut Page, space: &str, volumes: &[Value]) {
    if volumes.is_empty() {
        return page.field(0, &format!("{space}Volumes"), "<none>");
    }
    page.line(0, format!("{space}Volumes:"));
    for volume in volumes {
        let indent = if space.is_empty() { "" } else { " " };
        page.line(1, format!("{indent}{}:", text(volume, "/name")));
        let kind = volume.as_object().into_iter().flatten().find(|(key, _)| *key != "name");
        if let Some((kind, source)) = kind {
            one(page, kind, source);
        }
    }
}

fn one(page: &mut Page, kind: &str, source: &Value) {
    let get = |key: &str| text(source, &format!("/{key}"));
    let flag = |key: &str| holds(source, &format!("/{key}")).to_string();
    let fields: Vec<(&str, String)> = match kind {
        "hostPath" => vec![
            ("Type", "HostPath (bare host directory volume)".into()),
            ("Path", get("path").into()),
            ("HostPathType", get("type").into()),
        ],
        "emptyDir" => vec![
            ("Type", "EmptyDir (a temporary directory that shares a pod's lifetime)".into()),
            ("Medium", get("medium").into()),
            (
                "SizeLimit",
                if get("sizeLimit").is_empty() { "<unset>".into() } else { get("sizeLimit").into() },
            ),
        ],
        "configMap" => vec![
            ("Type", "ConfigMap (a volume populated by a ConfigMap)".into()),
            ("Name", get("name").into()),
            ("Optional", flag("optional")),
        ],
        "secret" => vec![
            ("Type", "Secret (a volume populated by a Secret)".into()),
            ("SecretName", get("secretName").into()),
            ("Optional", flag("optional")),
        ],
        "persistentVolumeClaim" => vec![
            (
                "Type",
                "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)".into(),
            ),
            ("ClaimName", get("claimName").into()),
            ("ReadOnly", flag("readOnly")),
        ],
        "nfs" => vec![
            ("Type", "NFS (an NFS mount that lasts the lifetime of a pod)".into()),
            ("Server", get("server").into()),
            ("Path", get("path").into()),
            ("ReadOnly", flag("readOnly")),
        ],
        "image" => vec![
            ("Type", "Image (a container image or OCI artifact)".into()),
            ("Reference", get("reference").into()),
            ("PullPolicy", get("pullPolicy").into()),
        ],
        "downwardAPI" => return downward(page, source),
        "projected" => return projected(page, source),
        _ => vec![("Type", "<unknown>".into())],
    };
    for (key, value) in fields {
        page.field(2, key, value);
    }
}

fn downward(page: &mut Page, source: &Value) {
    page.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
    page.line(2, "Items:");
    for item in list(source, "/items") {
        let from = match text(item, "/fieldRef/fieldPath") {
            "" => text(item, "/resourceFieldRef/resource"),
            path => path,
        };
        page.line(3, format!("{from} -> {}", text(item, "/path")));
    }
}

fn projected(page: &mut Page, source: &Value) {
    page.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in list(source, "/sources") {
        if source.get("secret").is_some() {
            page.field(2, "SecretName", text(source, "/secret/name"));
            page.field(2, "Optional", holds(source, "/secret/optional").to_string());
        } else if source.get("downwardAPI").is_some() {
            page.field(2, "DownwardAPI", "true");
        } else if source.get("configMap").is_some() {
            page.field(2, "ConfigMapName", text(source, "/configMap/name"));
            page.field(2, "Optional", holds(source, "/configMap/optional").to_string());
        } else if source.get("serviceAccountToken").is_some() {
            let seconds = number(source, "/serviceAccountToken/expirationSeconds");
            page.field(2, "TokenExpirationSeconds", seconds.to_string());
        }
    }
}
