//! Rules for a container's ports.

use std::collections::BTreeSet;

use super::{At, Errors, text};

/// Checks the ports of one container.
pub(super) fn check(ports: &At<'_>, errors: &mut Errors) {
    let mut names = BTreeSet::new();
    for port in ports.items() {
        let name = port.field("name");
        if !name.text().is_empty() {
            let problems = text::port_name(name.text());
            if problems.is_empty() && !names.insert(name.text()) {
                errors.duplicate(&name, name.text());
            }
            for problem in problems {
                errors.invalid_text(&name, problem);
            }
        }
        let container_port = port.field("containerPort");
        match container_port.int().unwrap_or(0) {
            0 => errors.required(&container_port, ""),
            number => {
                if let Some(problem) = text::port_number(number) {
                    errors.invalid(&container_port, number, problem);
                }
            }
        }
        let host_port = port.field("hostPort");
        if let Some(number) = host_port.int().filter(|number| *number != 0)
            && let Some(problem) = text::port_number(number)
        {
            errors.invalid(&host_port, number, problem);
        }
        errors.one_of(&port.field("protocol"), &["SCTP", "TCP", "UDP"]);
    }
}

/// No two containers may want the same port of the host.
pub(super) fn conflicts(containers: &At<'_>, errors: &mut Errors) {
    let mut taken = BTreeSet::new();
    for container in containers.items() {
        take(&container, &container.field("ports"), &mut taken, errors);
    }
}

/// The same within one init container. Kubernetes reports it as if it were the first.
pub(super) fn conflicts_within(containers: &At<'_>, container: &At<'_>, errors: &mut Errors) {
    let shown = containers.index_at(0, container);
    take(container, &shown.field("ports"), &mut BTreeSet::new(), errors);
}

fn take(container: &At<'_>, shown: &At<'_>, taken: &mut BTreeSet<String>, errors: &mut Errors) {
    let ports = container.field("ports");
    for (port, shown) in ports.items().zip(shown.items()) {
        let number = port.field("hostPort").int().unwrap_or(0);
        if number == 0 {
            continue;
        }
        let key = format!("{}/{}/{number}", port.field("protocol").text(), port.field("hostIP").text());
        if taken.contains(&key) {
            errors.duplicate(&shown.field("hostPort"), &*key);
        }
        taken.insert(key);
    }
}

/// With `hostNetwork`, a container's port is the host's.
pub(super) fn host_network(spec: &At<'_>, errors: &mut Errors) {
    if !spec.field("hostNetwork").is_true() {
        return;
    }
    for container in spec.field("containers").items() {
        for port in container.field("ports").items() {
            let host = port.field("hostPort").int().unwrap_or(0);
            if host != 0 && host != port.field("containerPort").int().unwrap_or(0) {
                let detail = "must match `containerPort` when `hostNetwork` is true";
                errors.invalid(&port.field("hostPort"), host, detail);
            }
        }
    }
}
