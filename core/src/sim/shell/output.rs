//! Where a command's output goes.

use super::{Io, Machine, Stream, commands::Effect, parse::Simple};

impl Machine {
    /// Writes a command's output where its redirections, the pipe or the log want it.
    pub(super) fn route(&mut self, effect: &Effect, simple: Option<&Simple>, io: &mut Io<'_>) {
        let mut targets = [Target::Own(Stream::Stdout), Target::Own(Stream::Stderr)];
        for redirect in simple.map(|simple| simple.redirects.as_slice()).unwrap_or_default() {
            let target = self.text(&redirect.target, io);
            let fd = usize::from(redirect.fd.clamp(1, 2)) - 1;
            match redirect.op {
                ">" | ">>" => {
                    let path = self.path(&target);
                    if redirect.op == ">" {
                        io.disk.write(io.root, &path, String::new());
                    }
                    targets[fd] = Target::File(path);
                }
                ">&" if target == "1" => targets[1] = targets[0].clone(),
                ">&" if target == "2" => targets[0] = targets[1].clone(),
                _ => {}
            }
        }
        for (text, target) in [(&effect.out, &targets[0]), (&effect.err, &targets[1])] {
            match target {
                Target::File(path) => io.disk.append(io.root, path, text),
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

#[derive(Clone)]
enum Target {
    Own(Stream),
    File(String),
}
