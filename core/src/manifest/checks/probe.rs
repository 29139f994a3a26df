//! Rules for probes and hooks, and for what they do.

use super::{At, Errors, text};
use crate::manifest::tree::{Number, Value};

/// Checks hooks and probes of a container that may have them.
pub(super) fn all(container: &At<'_>, spec: &At<'_>, grace: i64, errors: &mut Errors) {
    lifecycle(&container.field("lifecycle"), spec, grace, errors);
    let liveness = container.field("livenessProbe");
    probe(&liveness, grace, errors);
    must_succeed_once(&liveness, errors);
    let readiness = container.field("readinessProbe");
    probe(&readiness, grace, errors);
    let own_grace = readiness.field("terminationGracePeriodSeconds");
    if let Some(seconds) = own_grace.int() {
        errors.invalid(&own_grace, seconds, "must not be set for readinessProbes");
    }
    let startup = container.field("startupProbe");
    probe(&startup, grace, errors);
    must_succeed_once(&startup, errors);
}

fn must_succeed_once(probe: &At<'_>, errors: &mut Errors) {
    let threshold = probe.field("successThreshold");
    if let Some(times) = threshold.int().filter(|times| *times != 1) {
        errors.invalid(&threshold, times, "must be 1");
    }
}

const COUNTS: [&str; 5] =
    ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];

fn probe(probe: &At<'_>, grace: i64, errors: &mut Errors) {
    if !probe.is_set() {
        return;
    }
    handler(probe, &["exec", "httpGet", "tcpSocket", "grpc"], grace, errors);
    for field in COUNTS.map(|name| probe.field(name)) {
        if let Some(value) = field.int().filter(|value| *value < 0) {
            errors.invalid(&field, value, text::NOT_NEGATIVE);
        }
    }
    let own_grace = probe.field("terminationGracePeriodSeconds");
    if let Some(seconds) = own_grace.int().filter(|seconds| *seconds <= 0) {
        errors.invalid(&own_grace, seconds, "must be greater than 0");
    }
}

fn lifecycle(lifecycle: &At<'_>, spec: &At<'_>, grace: i64, errors: &mut Errors) {
    for hook in ["postStart", "preStop"].map(|name| lifecycle.field(name)) {
        if hook.is_set() {
            handler(&hook, &["exec", "httpGet", "tcpSocket", "sleep"], grace, errors);
        }
    }
    stop_signal(&lifecycle.field("stopSignal"), spec, errors);
}

fn handler(at: &At<'_>, kinds: &[&'static str], grace: i64, errors: &mut Errors) {
    let mut found = false;
    for kind in kinds {
        let handler = at.field(kind);
        if !handler.is_set() {
            continue;
        }
        if found {
            errors.forbidden(&handler, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match *kind {
            "exec" => {
                if handler.field("command").is_empty() {
                    errors.required(&handler.field("command"), "");
                }
            }
            "httpGet" => http_get(&handler, errors),
            "sleep" => sleep(&handler, grace, errors),
            _ => port(&handler.field("port"), errors),
        }
    }
    if !found {
        errors.required(at, "must specify a handler type");
    }
}

fn http_get(get: &At<'_>, errors: &mut Errors) {
    errors.need_text(&get.field("path"));
    port(&get.field("port"), errors);
    errors.one_of(&get.field("scheme"), &["HTTP", "HTTPS"]);
    let headers = get.field("httpHeaders");
    for header in headers.items() {
        let name = header.field("name");
        // Kubernetes reports these at the list.
        for problem in text::header_name(name.text()) {
            errors.invalid(&headers.at_entry(&name), name.text(), problem);
        }
    }
}

/// A port's number or its name.
fn port(port: &At<'_>, errors: &mut Errors) {
    match port.node().map(|node| &node.value) {
        Some(Value::String(name)) => {
            for problem in text::port_name(name) {
                errors.invalid_text(port, problem);
            }
        }
        Some(Value::Number(Number::Int(number))) => {
            if let Some(problem) = text::port_number(*number) {
                errors.invalid(port, *number, problem);
            }
        }
        _ => errors.invalid(port, 0, text::between(1, 65535)),
    }
}

fn sleep(sleep: &At<'_>, grace: i64, errors: &mut Errors) {
    let seconds = sleep.field("seconds").int().unwrap_or(0);
    if seconds < 0 || seconds > grace {
        let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.invalid(sleep, seconds, detail);
    }
}

/// Signals that Windows knows.
const WINDOWS_SIGNALS: [&str; 2] = ["SIGKILL", "SIGTERM"];

/// Signals that Linux knows, sorted.
const LINUX_SIGNALS: [&str; 65] = [
    "SIGABRT",
    "SIGALRM",
    "SIGBUS",
    "SIGCHLD",
    "SIGCLD",
    "SIGCONT",
    "SIGFPE",
    "SIGHUP",
    "SIGILL",
    "SIGINT",
    "SIGIO",
    "SIGIOT",
    "SIGKILL",
    "SIGPIPE",
    "SIGPOLL",
    "SIGPROF",
    "SIGPWR",
    "SIGQUIT",
    "SIGRTMAX",
    "SIGRTMAX-1",
    "SIGRTMAX-10",
    "SIGRTMAX-11",
    "SIGRTMAX-12",
    "SIGRTMAX-13",
    "SIGRTMAX-14",
    "SIGRTMAX-2",
    "SIGRTMAX-3",
    "SIGRTMAX-4",
    "SIGRTMAX-5",
    "SIGRTMAX-6",
    "SIGRTMAX-7",
    "SIGRTMAX-8",
    "SIGRTMAX-9",
    "SIGRTMIN",
    "SIGRTMIN+1",
    "SIGRTMIN+10",
    "SIGRTMIN+11",
    "SIGRTMIN+12",
    "SIGRTMIN+13",
    "SIGRTMIN+14",
    "SIGRTMIN+15",
    "SIGRTMIN+2",
    "SIGRTMIN+3",
    "SIGRTMIN+4",
    "SIGRTMIN+5",
    "SIGRTMIN+6",
    "SIGRTMIN+7",
    "SIGRTMIN+8",
    "SIGRTMIN+9",
    "SIGSEGV",
    "SIGSTKFLT",
    "SIGSTOP",
    "SIGSYS",
    "SIGTERM",
    "SIGTRAP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGUSR1",
    "SIGUSR2",
    "SIGVTALRM",
    "SIGWINCH",
    "SIGXCPU",
    "SIGXFSZ",
];

fn stop_signal(signal: &At<'_>, spec: &At<'_>, errors: &mut Errors) {
    if !signal.is_set() {
        return;
    }
    match spec.field("os").field("name").text() {
        "" => errors.forbidden(signal, "may not be set for containers with empty `spec.os.name`"),
        "windows" => errors.one_of(signal, &WINDOWS_SIGNALS),
        "linux" => errors.one_of(signal, &LINUX_SIGNALS),
        _ => {}
    }
}
