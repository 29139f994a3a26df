//! Containers: what they are, what they do, what they see.

use serde_json::Value;

use super::{
    super::{
        age::date,
        object::{holds, list, number, scalar, text},
    },
    Page,
    parts::amounts,
};
use crate::manifest::quantity::Quantity;

/// Containers under a title. `space` is what stands before the title inside a template, where there is no status.
pub(super) fn containers(
    page: &mut Page,
    title: &str,
    space: &str,
    pod: &Value,
    pointer: &str,
    statuses: &str,
) {
    page.line(0, format!("{space}{title}:"));
    for container in list(pod, pointer) {
        let name = text(container, "/name");
        let known = if statuses.is_empty() { &[] } else { list(pod, statuses) };
        let status = known.iter().find(|it| text(it, "/name") == name);
        page.line(1, format!("{}{name}:", if space.is_empty() { "" } else { " " }));
        basics(page, container, status);
        for (title, pointer) in [("Command", "/command"), ("Args", "/args")] {
            words(page, title, list(container, pointer));
        }
        if let Some(status) = status {
            state(page, "State", status, "/state");
            if status.pointer("/lastState/terminated").is_some() {
                state(page, "Last State", status, "/lastState");
            }
            page.field(2, "Ready", if holds(status, "/ready") { "True" } else { "False" });
            page.field(2, "Restart Count", number(status, "/restartCount").to_string());
        }
        amounts(page, 2, "Limits", container, "/resources/limits");
        amounts(page, 2, "Requests", container, "/resources/requests");
        for (title, key) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if let Some(probe) = container.get(key) {
                page.field(2, title, self::probe(probe));
            }
        }
        env_from(page, list(container, "/envFrom"));
        env(page, container, if statuses.is_empty() { None } else { Some(pod) });
        mounts(page, list(container, "/volumeMounts"));
    }
}

fn basics(page: &mut Page, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        page.field(2, "Container ID", text(status, "/containerID"));
    }
    page.field(2, "Image", text(container, "/image"));
    if let Some(status) = status {
        page.field(2, "Image ID", text(status, "/imageID"));
    }
    for (title, key) in [("Port", "/containerPort"), ("Host Port", "/hostPort")] {
        let all: Vec<String> = list(container, "/ports").iter().map(|it| port(it, key)).collect();
        match all.as_slice() {
            [] => page.field(2, title, "<none>"),
            [one] => page.field(2, title, one),
            several => page.field(2, &format!("{title}s"), several.join(", ")),
        }
    }
    let seccomp = text(container, "/securityContext/seccompProfile/type");
    page.some(2, "SeccompProfile", seccomp);
}

fn port(port: &Value, key: &str) -> String {
    let protocol = match text(port, "/protocol") {
        "" => "TCP",
        protocol => protocol,
    };
    let name = match text(port, "/name") {
        "" => String::new(),
        name => format!(" ({name})"),
    };
    format!("{}/{protocol}{name}", number(port, key))
}

fn words(page: &mut Page, title: &str, words: &[Value]) {
    if words.is_empty() {
        return;
    }
    page.line(2, format!("{title}:"));
    for word in words {
        for line in word.as_str().unwrap_or_default().split('\n') {
            page.line(3, line);
        }
    }
}

fn state(page: &mut Page, title: &str, status: &Value, pointer: &str) {
    let state = status.pointer(pointer);
    let get = |kind: &str| state.and_then(|state| state.get(kind));
    if let Some(running) = get("running") {
        page.field(2, title, "Running");
        page.field(3, "Started", moment(running, "/startedAt"));
    } else if let Some(ended) = get("terminated") {
        page.field(2, title, "Terminated");
        page.some(3, "Reason", text(ended, "/reason"));
        page.some(3, "Message", text(ended, "/message"));
        page.field(3, "Exit Code", number(ended, "/exitCode").to_string());
        if number(ended, "/signal") > 0 {
            page.field(3, "Signal", number(ended, "/signal").to_string());
        }
        page.field(3, "Started", moment(ended, "/startedAt"));
        page.field(3, "Finished", moment(ended, "/finishedAt"));
    } else {
        page.field(2, title, "Waiting");
        page.some(3, "Reason", get("waiting").map_or("", |waiting| text(waiting, "/reason")));
    }
}

/// A time; what has none happened, for Go, at the beginning of our calendar.
fn moment(of: &Value, pointer: &str) -> String {
    match text(of, pointer) {
        "" => "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(),
        time => date(time),
    }
}

fn probe(probe: &Value) -> String {
    let number = |key: &str| number(probe, &format!("/{key}"));
    let port = |of: &Value| of.get("port").map(scalar).unwrap_or_default();
    let what = if let Some(exec) = probe.get("exec") {
        let words: Vec<&str> = list(exec, "/command").iter().filter_map(Value::as_str).collect();
        format!("exec [{}]", words.join(" "))
    } else if let Some(get) = probe.get("httpGet") {
        let scheme = match text(get, "/scheme") {
            "" => "http".to_owned(),
            scheme => scheme.to_lowercase(),
        };
        format!("http-get {scheme}://{}:{}{}", text(get, "/host"), port(get), text(get, "/path"))
    } else if let Some(socket) = probe.get("tcpSocket") {
        format!("tcp-socket {}:{}", text(socket, "/host"), port(socket))
    } else if let Some(grpc) = probe.get("grpc") {
        format!("grpc <pod>:{} {}", port(grpc), text(grpc, "/service"))
    } else {
        "unknown".to_owned()
    };
    format!(
        "{what} delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds"),
        number("timeoutSeconds"),
        number("periodSeconds"),
        number("successThreshold"),
        number("failureThreshold"),
    )
}

fn env_from(page: &mut Page, sources: &[Value]) {
    if sources.is_empty() {
        return;
    }
    page.line(2, "Environment Variables from:");
    for source in sources {
        let (kind, key) = if source.get("configMapRef").is_some() {
            ("ConfigMap", "configMapRef")
        } else {
            ("Secret", "secretRef")
        };
        let prefix = match text(source, "/prefix") {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        let of = |what: &str| format!("/{key}/{what}");
        let optional = holds(source, &of("optional"));
        page.line(3, format!("{}\t{kind}{prefix}\tOptional: {optional}", text(source, &of("name"))));
    }
}

fn env(page: &mut Page, container: &Value, pod: Option<&Value>) {
    let vars = list(container, "/env");
    if vars.is_empty() {
        return page.field(2, "Environment", "<none>");
    }
    page.line(2, "Environment:");
    for var in vars {
        let name = text(var, "/name");
        let Some(from) = var.get("valueFrom").filter(|from| !from.is_null()) else {
            for (index, line) in text(var, "/value").split('\n').enumerate() {
                if index == 0 { page.field(3, name, line) } else { page.line(3, format!("\t{line}")) }
            }
            continue;
        };
        page.field(3, name, source(from, container, pod));
    }
}

fn source(from: &Value, container: &Value, pod: Option<&Value>) -> String {
    let optional = |of: &Value| holds(of, "/optional");
    if let Some(field) = from.get("fieldRef") {
        let path = text(field, "/fieldPath");
        let value = match (pod, path) {
            (Some(pod), "metadata.name" | "metadata.namespace" | "metadata.uid") => {
                text(pod, &format!("/{}", path.replace('.', "/")))
            }
            _ => "",
        };
        return format!("{value} ({}:{path})", text(field, "/apiVersion"));
    }
    if let Some(resource) = from.get("resourceFieldRef") {
        let name = text(resource, "/resource");
        return format!("{} ({name})", amount(container, name, text(resource, "/divisor")));
    }
    if let Some(key) = from.get("secretKeyRef") {
        let (key_name, name) = (text(key, "/key"), text(key, "/name"));
        return format!("<set to the key '{key_name}' in secret '{name}'>\tOptional: {}", optional(key));
    }
    if let Some(key) = from.get("configMapKeyRef") {
        let (key_name, name) = (text(key, "/key"), text(key, "/name"));
        return format!("<set to the key '{key_name}' of config map '{name}'>\tOptional: {}", optional(key));
    }
    String::new()
}

/// A container's resource in units of `divisor`, rounded up.
fn amount(container: &Value, resource: &str, divisor: &str) -> i64 {
    let (list, name) = resource.split_once('.').unwrap_or((resource, ""));
    let amount = container.pointer(&format!("/resources/{list}/{name}")).map(scalar).unwrap_or_default();
    let millis = |text: &str| Quantity::parse(text).map_or(0, Quantity::millis);
    let unit = match millis(divisor) {
        0 => 1000,
        unit => unit,
    };
    let amount = millis(&amount);
    amount / unit + i64::from(amount % unit != 0)
}

fn mounts(page: &mut Page, mounts: &[Value]) {
    if mounts.is_empty() {
        return page.field(2, "Mounts", "<none>");
    }
    page.line(2, "Mounts:");
    let mut mounts: Vec<&Value> = mounts.iter().collect();
    crate::sort::by(&mut mounts, |a, b| text(a, "/mountPath").cmp(text(b, "/mountPath")));
    for mount in mounts {
        let mode = if holds(mount, "/readOnly") { "ro" } else { "rw" };
        let path = match text(mount, "/subPath") {
            "" => String::new(),
            path => format!(",path={path:?}"),
        };
        page.line(3, format!("{} from {} ({mode}{path})", text(mount, "/mountPath"), text(mount, "/name")));
    }
}
