//! Defaults of a container of any kind.

use super::{
    Node, Number, Value, absent_default, each, image, is_absent, number_default, resources, text_default,
    within, zero,
};

/// Gives a container its defaults.
pub(super) fn apply(container: &mut Node) {
    let image = container.get("image").and_then(Node::as_str).unwrap_or_default();
    let policy = image::pull_policy(image);
    text_default(container, "imagePullPolicy", policy);
    text_default(container, "terminationMessagePath", "/dev/termination-log");
    text_default(container, "terminationMessagePolicy", "File");
    absent_default(container, "resources", Value::Map(Vec::new()));
    within(container, "resources", resources::canonical);
    each(container, "ports", |port| text_default(port, "protocol", "TCP"));
    each(container, "env", |variable| within(variable, "valueFrom", env_source));
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        within(container, name, probe);
    }
    within(container, "lifecycle", |lifecycle| {
        for name in ["postStart", "preStop"] {
            within(lifecycle, name, http_get);
        }
    });
}

/// With `hostNetwork`, a port is the host's: `hostPort` is the container's port.
pub(super) fn host_ports(spec: &mut Node) {
    for list in ["containers", "initContainers"] {
        each(spec, list, |container| {
            each(container, "ports", |port| {
                let unset =
                    is_absent(port, "hostPort") || port.get("hostPort").is_some_and(|p| p.value == zero());
                if let Some(same) = port.get("containerPort").filter(|_| unset).map(|node| node.value.clone())
                {
                    port.set("hostPort", same);
                }
            });
        });
    }
}

/// Defaults of a reference to one of the pod's fields or a container's resource, which volumes have too.
pub(super) fn downward_reference(node: &mut Node) {
    within(node, "fieldRef", |field| text_default(field, "apiVersion", "v1"));
    within(node, "resourceFieldRef", |resource| {
        absent_default(resource, "divisor", Value::String("0".into()));
        within(resource, "divisor", resources::canonical_quantity);
    });
}

fn env_source(source: &mut Node) {
    downward_reference(source);
    within(source, "fileKeyRef", |file| absent_default(file, "optional", Value::Bool(false)));
}

fn probe(probe: &mut Node) {
    for (name, number) in
        [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
    {
        number_default(probe, name, number);
    }
    http_get(probe);
    within(probe, "grpc", |grpc| absent_default(grpc, "service", Value::String("".into())));
}

fn http_get(handler: &mut Node) {
    within(handler, "httpGet", |get| {
        text_default(get, "path", "/");
        text_default(get, "scheme", "HTTP");
        absent_default(get, "port", Value::Number(Number::Int(0)));
    });
}
