//! Where a command's input comes from and its output goes.

use super::{Io, Machine, Stream, commands::Effect, parse::Redirect};

/// Where standard output and standard error go.
#[derive(Clone, Debug)]
pub(super) struct Targets([Target; 2]);

#[derive(Clone, Debug)]
enum Target {
    Own(Stream),
    File(String),
}

impl Default for Targets {
    fn default() -> Self {
        Self([Target::Own(Stream::Stdout), Target::Own(Stream::Stderr)])
    }
}

impl Machine {
    /// Opens what a command's redirections name. The error is what the shell says when it cannot.
    pub(super) fn redirect(&mut self, redirects: &[Redirect], io: &mut Io<'_>) -> Result<Targets, String> {
        let mut targets = Targets::default();
        for redirect in redirects {
            let target = self.text(&redirect.target, io);
            let fd = usize::from(redirect.fd.clamp(1, 2)) - 1;
            match redirect.op {
                ">" | ">>" => {
                    let path = self.path(&target);
                    let opened = match redirect.op {
                        ">" => io.disk.write(io.root, &path, String::new()),
                        _ => io.disk.append(io.root, &path, ""),
                    };
                    opened.map_err(|_| format!("sh: can't create {target}: Read-only file system\n"))?;
                    targets.0[fd] = Target::File(path);
                }
                "<" => {
                    let path = self.path(&target);
                    let content = io.disk.read(io.root, &path).map(str::to_owned);
                    let content = content.or_else(|| (path == "/dev/null").then(String::new));
                    let text = content.ok_or_else(|| format!("sh: can't open {target}: no such file\n"))?;
                    self.stdin = Some(text);
                }
                _ if target == "1" => targets.0[1] = targets.0[0].clone(),
                _ if target == "2" => targets.0[0] = targets.0[1].clone(),
                _ => {}
            }
        }
        Ok(targets)
    }

    /// Writes a command's output to its targets, the pipe or the log.
    pub(super) fn route(&mut self, effect: &Effect, targets: &Targets, io: &mut Io<'_>) {
        for (text, target) in [(&effect.out, &targets.0[0]), (&effect.err, &targets.0[1])] {
            match target {
                Target::File(path) => {
                    // It was opened, so it can be written.
                    let _ = io.disk.append(io.root, path, text);
                }
                Target::Own(Stream::Stdout) if !self.pipes.is_empty() => {
                    if let Some(pipe) = self.pipes.last_mut() {
                        pipe.push_str(text);
                    }
                }
                Target::Own(stream) => io.log.write(io.now, *stream, text),
            }
        }
    }

    pub(super) fn path(&self, path: &str) -> String {
        if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.cwd.trim_end_matches('/'))
        }
    }
}
