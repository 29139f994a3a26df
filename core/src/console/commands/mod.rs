//! The commands, by name.

mod containers;
mod crictl;
mod docker;
mod file;
mod kubeadm;
mod kubectl;
mod system;
mod text;

use std::collections::BTreeMap;

pub(super) use self::{
    containers::short,
    kubeadm::{Job, VERBS as KUBEADM, go_on},
    kubectl::{Edited, Waiting, edited, not_edited, options, wait},
    system::journal_lines,
};
pub(super) use self::{crictl::VERBS as CRICTL, docker::VERBS as DOCKER};
use super::{Console, Effect, Host, follow::Follow};
use crate::sim::World;

/// What a machine has of its own.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    /// Where commands work.
    pub(super) cwd: String,
    /// The variables of its shell.
    pub(super) vars: BTreeMap<String, String>,
    /// Its files, when it is the workstation. Folders end in `/`.
    pub(super) files: BTreeMap<String, String>,
    /// Whether it has what machines have from the beginning.
    pub(super) furnished: bool,
}

impl Default for Machine {
    fn default() -> Self {
        let vars = [("HOME".to_owned(), "/root".to_owned()), ("USER".to_owned(), "root".to_owned())];
        Self { cwd: "/root".into(), vars: vars.into(), files: BTreeMap::new(), furnished: false }
    }
}

/// What came of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) code: i32,
    pub(super) effects: Vec<Effect>,
    /// What it goes on with.
    pub(super) follow: Option<Box<Follow>>,
}

impl Reply {
    pub(super) fn out(text: impl Into<String>) -> Self {
        Self { out: text.into(), ..Self::default() }
    }

    /// An error of one line.
    pub(super) fn failed(text: impl Into<String>) -> Self {
        Self { err: text.into() + "\n", code: 1, ..Self::default() }
    }

    fn with(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

/// What a command can reach.
struct Cx<'a> {
    console: &'a mut Console,
    world: &'a mut World,
    /// What was piped into it.
    input: Option<&'a str>,
}

type Run = fn(&mut Cx<'_>, &[&str]) -> Reply;

struct Known {
    name: &'static str,
    run: Run,
    /// Whether only nodes have it.
    node: bool,
    help: &'static str,
}

const fn any(name: &'static str, run: Run, help: &'static str) -> Known {
    Known { name, run, node: false, help }
}

const fn node(name: &'static str, run: Run, help: &'static str) -> Known {
    Known { name, run, node: true, help }
}

/// All commands. A second name of a command has no help of its own.
static COMMANDS: &[Known] = &[
    any("ls", file::ls, "ls [-a] [-l] [PATH...]: what is in a folder"),
    any("cat", text::cat, "cat [FILE...]: what is in a file"),
    any("cp", file::cp, "cp FROM TO: copy a file"),
    any("mv", file::mv, "mv FROM TO: rename or move a file"),
    any("rm", file::rm, "rm [-r] [-f] PATH...: delete"),
    any("mkdir", file::mkdir, "mkdir [-p] PATH...: make folders"),
    any("touch", file::touch, "touch FILE...: make an empty file, or change its time"),
    any("stat", file::stat, "stat FILE...: about a file"),
    any("find", file::find, "find [PATH] [-name PATTERN]: files below a folder"),
    any("chown", file::chmod, ""),
    any("chmod", file::chmod, "chmod MODE FILE...: noticed by the kubelet as a change"),
    any("pwd", file::pwd, "pwd: the folder you are in"),
    any("cd", file::cd, "cd [PATH]: go to a folder"),
    any("vi", file::edit, "vi FILE: edit a file"),
    any("vim", file::edit, ""),
    any("nano", file::edit, ""),
    any("echo", text::echo, "echo TEXT [> FILE]: print or write a text"),
    any("tee", text::tee, "tee [-a] FILE: write what comes in, and pass it on"),
    any("grep", text::grep, "grep [-i] [-v] [-n] [-c] TEXT [FILE...]: lines with a text"),
    any("head", text::head, "head [-n N] [FILE]: the first lines"),
    any("tail", text::tail, "tail [-n N] [FILE]: the last lines"),
    any("less", text::cat, ""),
    any("more", text::cat, ""),
    any("wc", text::wc, "wc [-l]: how many lines, words, bytes"),
    any("ssh", system::ssh, "ssh NODE: go to a node"),
    any("exit", system::exit, "exit: go back"),
    any("logout", system::exit, ""),
    any("clear", system::clear, "clear: an empty screen"),
    any("export", system::export, "export NAME=VALUE: a variable, such as KUBECONFIG; $NAME is its value"),
    any("unset", system::unset, ""),
    any("true", |_, _| Reply::default(), ""),
    any("sudo", run_words, ""),
    any("xargs", xargs, "xargs COMMAND: the command, with what is piped in as its last words"),
    any("hostname", system::hostname, "hostname: which machine this is"),
    any("date", system::date, "date: the time in this world"),
    any("help", help, "help: this list"),
    any("kubectl", kubectl::run, "kubectl VERB ...: ask the API server"),
    any("k", kubectl::run, ""),
    node(
        "kubeadm",
        kubeadm::run,
        "kubeadm init|join|reset|token|upgrade|version: make this node part of a cluster",
    ),
    node("ps", system::ps, "ps aux: processes of this node"),
    node(
        "journalctl",
        system::journalctl,
        "journalctl -u kubelet [-f] [-n N] [--since TIME]: the kubelet's log",
    ),
    node("systemctl", system::systemctl, "systemctl status|restart|stop|start kubelet"),
    node(
        "docker",
        docker::run,
        "docker ps|logs|inspect|kill|stop|rm|exec|images: containers, as Docker shows them",
    ),
    node(
        "crictl",
        crictl::run,
        "crictl pods|ps|logs|inspect|stop|rm|images: containers, as the kubelet's runtime shows them",
    ),
];

/// The names of all commands of a machine.
pub(super) fn names(host: &Host) -> impl Iterator<Item = &'static str> {
    let on_node = matches!(host, Host::Node(_));
    COMMANDS.iter().filter(move |command| on_node || !command.node).map(|command| command.name)
}

/// Runs a command.
pub(super) fn run(console: &mut Console, world: &mut World, words: &[String], input: Option<&str>) -> Reply {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    run_words(&mut Cx { console, world, input }, &words)
}

fn run_words(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let Some((name, rest)) = words.split_first() else { return Reply::default() };
    let on_node = matches!(cx.console.host(), Host::Node(_));
    match COMMANDS.iter().find(|command| command.name == *name) {
        Some(command) if on_node || !command.node => (command.run)(cx, rest),
        Some(_) => {
            let text =
                format!("bash: {name}: command not found\nOnly nodes have it: go to one with `ssh NODE`.");
            Reply { code: 127, ..Reply::failed(text) }
        }
        None => {
            let known: Vec<&str> = names(cx.console.host()).collect();
            let text = format!("bash: {name}: command not found\nThere is: {}", known.join(" "));
            Reply { code: 127, ..Reply::failed(text) }
        }
    }
}

fn xargs(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let more = cx.input.take().unwrap_or_default();
    let words: Vec<&str> =
        words.iter().copied().filter(|word| *word != "-r").chain(more.split_whitespace()).collect();
    run_words(cx, &words)
}

fn help(cx: &mut Cx<'_>, _: &[&str]) -> Reply {
    let on_node = matches!(cx.console.host(), Host::Node(_));
    let shown = COMMANDS.iter().filter(|it| !it.help.is_empty() && (on_node || !it.node));
    Reply::out(shown.fold(String::new(), |all, command| all + command.help + "\n"))
}

/// Words that are flags, and words that are not. `valued` flags take the word behind them, or what follows `=`.
struct Flags<'w> {
    flags: Vec<(&'w str, &'w str)>,
    rest: Vec<&'w str>,
}

impl<'w> Flags<'w> {
    fn parse(words: &[&'w str], valued: &[&str]) -> Self {
        let (mut flags, mut rest) = (Vec::new(), Vec::new());
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            if word == "--" {
                rest.extend(words);
                break;
            }
            if !word.starts_with('-') || word == "-" {
                rest.push(word);
            } else if let Some((flag, value)) = word.split_once('=') {
                flags.push((flag, value));
            } else if valued.contains(&word) {
                flags.push((word, words.next().unwrap_or_default()));
            } else if let Some((flag, value)) = word
                .get(..2)
                .filter(|flag| valued.contains(flag) && !word.starts_with("--"))
                .map(|flag| (flag, &word[2..]))
            {
                flags.push((flag, value));
            } else {
                flags.push((word, ""));
            }
        }
        Self { flags, rest }
    }

    fn has(&self, names: &[&str]) -> bool {
        // Short flags may stand together: `-la`.
        self.flags.iter().any(|(flag, _)| {
            names.iter().any(|name| {
                let together = name.len() == 2 && !flag.starts_with("--");
                flag == name || (together && name.chars().nth(1).is_some_and(|c| flag.contains(c)))
            })
        })
    }

    fn value(&self, names: &[&str]) -> Option<&'w str> {
        self.flags.iter().find(|(flag, _)| names.contains(flag)).map(|(_, value)| *value)
    }
}
