//! Commands about the machine itself and its kubelet.

use std::fmt::Write as _;

use super::{
    super::{Effect, Host, follow::Follow, shell},
    Cx, Flags, Reply,
};
use crate::{
    contract::RunState,
    id::NodeName,
    sim::World,
    time::{Time, parse_duration},
    view::{RecordKind, RecordView},
};

/// The kubelet's process.
const PID: u32 = 1420;
/// Lines that are shown when a log is followed.
const SHOWN: usize = 10;

fn here(cx: &Cx<'_>) -> NodeName {
    match cx.console.host() {
        Host::Node(node) => node.clone(),
        Host::Workstation => "".into(),
    }
}

pub(super) fn ssh(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let Some(name) = words.iter().find(|word| !word.starts_with('-')) else {
        return Reply::failed("usage: ssh NODE");
    };
    let name = name.rsplit('@').next().unwrap_or_default();
    let Some(node) = cx.world.nodes().find(|node| node.as_str() == name).cloned() else {
        return Reply {
            code: 255,
            ..Reply::failed(format!("ssh: Could not resolve hostname {name}: Name or service not known"))
        };
    };
    cx.console.path.push(Host::Node(node));
    Reply::default().with(Effect::Moved)
}

pub(super) fn exit(cx: &mut Cx<'_>, _: &[&str]) -> Reply {
    if cx.console.path.len() > 1 {
        cx.console.path.pop();
    }
    Reply::out("logout\n").with(Effect::Moved)
}

pub(super) fn export(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    // What has no value yet is a shell's own until it gets one.
    let pairs = words.iter().filter_map(|word| shell::assignment(word));
    cx.console.machine().vars.extend(pairs);
    Reply::default()
}

pub(super) fn unset(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    cx.console.machine().vars.retain(|name, _| !words.contains(&name.as_str()));
    Reply::default()
}

pub(super) fn clear(_: &mut Cx<'_>, _: &[&str]) -> Reply {
    Reply::default().with(Effect::Clear)
}

pub(super) fn hostname(cx: &mut Cx<'_>, _: &[&str]) -> Reply {
    match cx.console.host() {
        Host::Node(node) => Reply::out(format!("{node}\n")),
        Host::Workstation => Reply::out("workstation\n"),
    }
}

pub(super) fn date(cx: &mut Cx<'_>, _: &[&str]) -> Reply {
    let view = cx.world.view();
    let clock = view.nodes.first().map(|node| node.epoch.at(view.now));
    Reply::out(format!("{}\n", clock.unwrap_or_default()))
}

pub(super) fn ps(cx: &mut Cx<'_>, _: &[&str]) -> Reply {
    let node = here(cx);
    let mut out = "USER         PID COMMAND\nroot           1 /sbin/init\n".to_owned();
    if cx.world.kubelet_runs(&node).unwrap_or_default() {
        let _ = writeln!(
            out,
            "root        {PID} /usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --hostname-override={node}"
        );
    }
    let state = cx.world.runtime_state(&node).unwrap_or_default();
    let running = state.containers.iter().filter(|it| matches!(it.state, RunState::Running { .. }));
    for (number, container) in running.enumerate() {
        let command = cx.world.command(&node, &container.instance).unwrap_or_default().join(" ");
        let _ = writeln!(out, "root        {} {command}", 2000 + number * 17);
    }
    Reply::out(out)
}

pub(super) fn systemctl(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &[]);
    let node = here(cx);
    let Some((verb, units)) = flags.rest.split_first() else {
        return Reply::failed("usage: systemctl status|restart|stop|start kubelet");
    };
    if *verb == "daemon-reload" {
        return Reply::default();
    }
    let unit = units.first().copied().unwrap_or_default().trim_end_matches(".service");
    if unit != "kubelet" {
        return Reply {
            code: 5,
            ..Reply::failed(format!("Unit {unit}.service not found. This machine has kubelet.service."))
        };
    }
    let done = match *verb {
        "status" => return status(cx, &node),
        "is-active" => {
            let unit = unit_state(cx, &node);
            return Reply {
                code: if unit == Unit::Active { 0 } else { 3 },
                ..Reply::out(match unit {
                    Unit::Active => "active\n",
                    Unit::Failing => "activating\n",
                    Unit::Inactive => "inactive\n",
                })
            };
        }
        "restart" => cx.world.restart_kubelet(&node),
        "stop" => cx.world.stop_kubelet(&node),
        "start" => cx.world.start_kubelet(&node),
        _ => return Reply::failed(format!("Unknown command verb {verb}.")),
    };
    done.map_or_else(|error| Reply::failed(error.to_string()), |()| Reply::default())
}

/// How systemd sees the kubelet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Active,
    /// It was started, and ended at once.
    Failing,
    Inactive,
}

fn unit_state(cx: &Cx<'_>, node: &NodeName) -> Unit {
    if cx.world.kubelet_runs(node).unwrap_or_default() {
        return Unit::Active;
    }
    let last = cx.world.next_record(node).unwrap_or_default().saturating_sub(1);
    let records = cx.world.records_since(node, last).unwrap_or_default();
    let failed = records.iter().any(|it| it.text.starts_with("\"command failed\""));
    if failed { Unit::Failing } else { Unit::Inactive }
}

fn status(cx: &mut Cx<'_>, node: &NodeName) -> Reply {
    let unit = unit_state(cx, node);
    let runs = unit == Unit::Active;
    let active = match unit {
        Unit::Active => "active (running)",
        Unit::Failing => "activating (auto-restart) (Result: exit-code)",
        Unit::Inactive => "inactive (dead)",
    };
    let mut out = format!(
        "● kubelet.service - kubelet: The Kubernetes Node Agent\n     Loaded: loaded (/lib/systemd/system/kubelet.service; enabled; preset: enabled)\n     Active: {active}\n"
    );
    if runs {
        let _ = writeln!(
            out,
            "   Main PID: {PID} (kubelet)\n     CGroup: /system.slice/kubelet.service\n             └─{PID} /usr/bin/kubelet --config=/var/lib/kubelet/config.yaml"
        );
    }
    out.push('\n');
    let records = cx.world.records_since(node, 0).unwrap_or_default();
    out.push_str(&last(&journal_lines(cx.world, node, &records), SHOWN));
    Reply { code: if runs { 0 } else { 3 }, ..Reply::out(out) }
}

/// The last entries of a log; an entry may have several lines.
fn last(text: &str, count: usize) -> String {
    let starts: Vec<usize> = text
        .split_inclusive('\n')
        .scan(0, |at, line| {
            let begin = *at;
            *at += line.len();
            Some((begin, line))
        })
        .filter(|(_, line)| !line.starts_with(['\t', ' ']))
        .map(|(begin, _)| begin)
        .collect();
    let from = starts.len().checked_sub(count).and_then(|at| starts.get(at)).copied().unwrap_or(0);
    text[from..].to_owned()
}

pub(super) fn journalctl(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &["-u", "--unit", "-n", "--lines", "--since", "-o"]);
    let unit = flags.value(&["-u", "--unit"]).unwrap_or("kubelet").trim_end_matches(".service");
    if unit != "kubelet" {
        return Reply::out("-- No entries --\n");
    }
    let node = here(cx);
    let mut records = cx.world.records_since(&node, 0).unwrap_or_default();
    let next = records.last().map_or(0, |record| record.seq + 1);
    if let Some(since) = flags.value(&["--since"]) {
        let Some(from) = moment(cx.world.now(), since) else {
            return Reply::failed(format!("Failed to parse timestamp: {since}"));
        };
        records.retain(|record| record.at >= from);
    }
    let mut out = journal_lines(cx.world, &node, &records);
    let follow = flags.has(&["-f", "--follow"]);
    let count = flags.value(&["-n", "--lines"]).and_then(|count| count.parse().ok());
    if let Some(count) = count.or(follow.then_some(SHOWN)) {
        out = last(&out, count);
    }
    if out.is_empty() && !follow {
        "-- No entries --\n".clone_into(&mut out);
    }
    if !follow {
        return Reply::out(out);
    }
    Reply { follow: Some(Box::new(Follow::Journal { node, next })), ..Reply::out(out) }
}

/// `5 minutes ago`, `-5m`, `5m ago`.
fn moment(now: Time, since: &str) -> Option<Time> {
    let text = since.trim().trim_start_matches('-').trim_end_matches("ago").trim();
    let back = parse_duration(text).or_else(|| {
        let (count, unit) = text.split_once(' ')?;
        let count: u64 = count.parse().ok()?;
        let unit = match unit.trim().trim_end_matches('s') {
            "second" | "sec" => 1,
            "minute" | "min" => 60,
            "hour" => 3600,
            _ => return None,
        };
        Some(std::time::Duration::from_secs(count * unit))
    })?;
    Some(Time::from_zero(now.since_zero().saturating_sub(back)))
}

/// The lines of a kubelet's log among records, as the journal has them. Where in its source a line comes from is not told.
pub(in crate::console) fn journal_lines(world: &World, node: &NodeName, records: &[RecordView]) -> String {
    let Ok(view) = world.node_view(node) else { return String::new() };
    let mut out = String::new();
    for record in records {
        let RecordKind::Log { error } = record.kind else { continue };
        let clock = view.epoch.at(record.at).rfc_1123();
        let mut words = clock.split(' ').skip(1);
        let (day, month) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let time = words.nth(1).unwrap_or_default();
        let micros = record.at.since_zero().subsec_micros();
        let number = view.epoch.at(record.at).to_string().get(5..10).unwrap_or_default().replace('-', "");
        let letter = if error { 'E' } else { 'I' };
        let _ = writeln!(
            out,
            "{month} {day} {time} {node} kubelet[{PID}]: {letter}{number} {time}.{micros:06}    {PID} kubelet] {}",
            record.text
        );
    }
    out
}
