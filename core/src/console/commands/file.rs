//! Commands about files and folders.

use std::fmt::Write as _;

use super::{Cx, Effect, Flags, Reply};

/// Does something with each path, and collects what went wrong.
fn each<T: std::fmt::Display>(
    name: &str,
    paths: &[&str],
    mut with: impl FnMut(&str) -> Result<(), T>,
) -> Reply {
    if paths.is_empty() {
        return Reply::failed(format!("{name}: missing operand"));
    }
    let mut reply = Reply::default();
    for path in paths {
        if let Err(why) = with(path) {
            let _ = writeln!(reply.err, "{name}: cannot {} '{path}': {why}", verb(name));
            reply.code = 1;
        }
    }
    reply
}

fn verb(name: &str) -> &'static str {
    match name {
        "rm" => "remove",
        "touch" => "touch",
        "mkdir" => "create directory",
        "stat" => "stat",
        _ => "access",
    }
}

pub(super) fn ls(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &[]);
    let (all, long) = (flags.has(&["-a", "-A"]), flags.has(&["-l"]));
    let paths = if flags.rest.is_empty() { vec!["."] } else { flags.rest.clone() };
    let files = cx.console.files(cx.world);
    let mut reply = Reply::default();
    for path in &paths {
        let names = if files.is_folder(path) {
            files.names(path)
        } else {
            files.read(path).map(|_| vec![(*path).to_owned()])
        };
        let mut names = match names {
            Ok(names) => names,
            Err(why) => {
                let _ = writeln!(reply.err, "ls: cannot access '{path}': {why}");
                reply.code = 2;
                continue;
            }
        };
        names.retain(|name| all || !name.starts_with('.'));
        if paths.len() > 1 {
            let _ = writeln!(reply.out, "{path}:");
        }
        for name in names {
            let bare = name.trim_end_matches('/');
            if long {
                let inside = if files.is_folder(path) { format!("{path}/{bare}") } else { bare.to_owned() };
                let size = files.read(&inside).map_or(4096, |text| text.len());
                let mode = if name.ends_with('/') { "drwxr-xr-x 2" } else { "-rw------- 1" };
                let _ = writeln!(reply.out, "{mode} root root {size:>6} {bare}");
            } else {
                let _ = writeln!(reply.out, "{bare}");
            }
        }
    }
    reply
}

/// Where a file goes that is copied or moved to `to`.
fn target(files: &super::super::files::Files<'_>, from: &str, to: &str) -> String {
    if files.is_folder(to) {
        let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        format!("{}/{name}", to.trim_end_matches('/'))
    } else {
        to.to_owned()
    }
}

pub(super) fn cp(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &[]);
    let Some((to, sources)) = flags.rest.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return Reply::failed("cp: missing file operand");
    };
    let mut files = cx.console.files(cx.world);
    each("cp", sources, |from| {
        let text = files.read(from)?;
        let to = target(&files, from, to);
        files.write(&to, &text)
    })
}

pub(super) fn mv(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &[]);
    let Some((to, sources)) = flags.rest.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return Reply::failed("mv: missing file operand");
    };
    let mut files = cx.console.files(cx.world);
    each("mv", sources, |from| {
        let to = target(&files, from, to);
        files.rename(from, &to)
    })
}

pub(super) fn rm(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &[]);
    let (deep, force) = (flags.has(&["-r", "-R", "--recursive"]), flags.has(&["-f", "--force"]));
    let mut files = cx.console.files(cx.world);
    let paths: Vec<String> = flags.rest.iter().flat_map(|path| spread(&files, path)).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let reply = each("rm", &paths, |path| {
        if deep && files.is_folder(path) { files.remove_folder(path) } else { files.remove(path) }
    });
    if force { Reply::default() } else { reply }
}

/// The paths that `FOLDER/*` stands for.
fn spread(files: &super::super::files::Files<'_>, path: &str) -> Vec<String> {
    let Some((folder, pattern)) = path.rsplit_once('/').filter(|(_, name)| name.contains('*')) else {
        return vec![path.to_owned()];
    };
    let names = files.names(folder).unwrap_or_default();
    let shown = names.iter().filter(|name| !name.starts_with('.') && matches(pattern, name));
    shown.map(|name| format!("{folder}/{name}")).collect()
}

/// Whether a name is what a pattern with `*` means.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(tail, &rest[at..]))
}

pub(super) fn mkdir(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let flags = Flags::parse(words, &[]);
    let mut files = cx.console.files(cx.world);
    each("mkdir", &flags.rest, |path| {
        if files.exists(path) && !flags.has(&["-p"]) {
            return Err("File exists".to_owned());
        }
        files.make_folder(path).map_err(|why| why.to_string())
    })
}

pub(super) fn touch(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let mut files = cx.console.files(cx.world);
    each("touch", &Flags::parse(words, &[]).rest, |path| files.touch(path))
}

pub(super) fn chmod(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let Some((_, paths)) = words.split_first() else { return Reply::failed("chmod: missing operand") };
    let mut files = cx.console.files(cx.world);
    // Modes are not kept; what a watch sees of the change is.
    each("chmod", paths, |path| if files.is_folder(path) { Ok(()) } else { files.touch(path) })
}

pub(super) fn stat(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let files = cx.console.files(cx.world);
    let mut out = String::new();
    let mut reply = each("stat", words, |path| {
        let (size, kind) = if files.is_folder(path) {
            (4096, "directory")
        } else {
            (files.read(path)?.len(), "regular file")
        };
        let _ = writeln!(out, "  File: {path}\n  Size: {size}\t\t{kind}");
        Ok::<(), super::super::files::FileError>(())
    });
    reply.out = out;
    reply
}

pub(super) fn find(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let name = words.iter().position(|word| *word == "-name").and_then(|at| words.get(at + 1));
    let start = words.first().filter(|word| !word.starts_with('-')).copied().unwrap_or(".");
    let files = cx.console.files(cx.world);
    if !files.exists(start) {
        return Reply::failed(format!("find: '{start}': No such file or directory"));
    }
    let mut found = Vec::new();
    let mut open = vec![start.trim_end_matches('/').to_owned()];
    while let Some(path) = open.pop() {
        let mut names = files.names(&path).unwrap_or_default();
        names.reverse();
        open.extend(names.iter().map(|name| format!("{path}/{}", name.trim_end_matches('/'))));
        let last = path.rsplit('/').next().unwrap_or_default();
        if name.is_none_or(|pattern| matches(pattern, last)) {
            found.push(path);
        }
    }
    Reply::out(found.iter().fold(String::new(), |all, path| all + path + "\n"))
}

pub(super) fn pwd(cx: &mut Cx<'_>, _: &[&str]) -> Reply {
    Reply::out(format!("{}\n", cx.console.machine().cwd))
}

pub(super) fn cd(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let path = words.first().copied().unwrap_or("~");
    let files = cx.console.files(cx.world);
    if !files.is_folder(path) {
        return Reply::failed(format!("bash: cd: {path}: No such file or directory"));
    }
    let to = files.absolute(path);
    cx.console.machine().cwd = to;
    Reply::default().with(Effect::Moved)
}

pub(super) fn edit(cx: &mut Cx<'_>, words: &[&str]) -> Reply {
    let Some(path) = words.iter().find(|word| !word.starts_with('-')) else {
        return Reply::failed("name the file to edit");
    };
    let files = cx.console.files(cx.world);
    if files.is_folder(path) {
        return Reply::failed(format!("\"{path}\" is a directory"));
    }
    let text = files.read(path).unwrap_or_default();
    let path = files.absolute(path);
    Reply::default().with(Effect::Edit { path, text })
}
