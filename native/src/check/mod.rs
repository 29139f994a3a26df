//! `standfast check`: what the kubelet would say of manifests, without running anything.
//!
//! The verdicts are the core's. Here is only where the files come from and how what is said of them looks.

mod excerpt;
mod input;
mod json;
mod people;
mod source;

use std::{
    io::{self, BufWriter, IsTerminal as _, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::ValueEnum;
use standfast_core::{
    contract::FileContent,
    id::NodeName,
    manifest::{self, Diagnostic, Origin, Parsed},
};

pub use input::InputError;

/// Say what the kubelet would say of manifests: accepted or not, why not, and what it would ignore silently.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Exit status: 0 all accepted, 1 some refused, 2 could not run.")]
pub struct Args {
    /// Manifests, or folders of manifests; `-` for standard input.
    #[arg(value_name = "PATH", default_value = "manifests")]
    pub paths: Vec<PathBuf>,
    /// For people, or one JSON object a file and line.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// Print each accepted pod as it would run, with all defaults.
    #[arg(long)]
    pub print_pod: bool,
    /// The node that would run the pods: the suffix of their names.
    #[arg(long, value_name = "NAME", default_value = "node01")]
    pub node: String,
}

/// How the verdicts are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people: excerpts of the files with marks under what is meant.
    Text,
    /// For machines: one JSON object a file and line.
    Jsonl,
}

/// A file and what it came to.
#[derive(Debug)]
struct Checked {
    path: String,
    content: FileContent,
    parsed: Parsed,
}

impl Checked {
    fn bytes(&self) -> &[u8] {
        match &self.content {
            FileContent::Bytes(bytes) => bytes,
            FileContent::TooBig | FileContent::Unreadable(_) => &[],
        }
    }

    fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.parsed.diagnostics.iter().filter(|diagnostic| diagnostic.severity == manifest::Severity::Warning)
    }
}

/// Checks and prints; the status says whether all were accepted.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let paint =
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let ended =
        check(args, paint, &mut out).and_then(|accepted| out.flush().map(|()| accepted).map_err(Into::into));
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        // Whoever read the output has seen enough.
        Err(InputError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(2),
        Err(error) => {
            eprintln!("standfast: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether all files are accepted, once they are printed.
fn check(args: &Args, paint: bool, out: &mut impl Write) -> Result<bool, InputError> {
    let node = NodeName::from(args.node.trim().to_lowercase());
    let mut checked: Vec<Checked> = Vec::new();
    for path in &args.paths {
        for (path, content) in input::read(path)? {
            let parsed = manifest::parse_content(&content, &Origin { path: &path, node: &node });
            checked.push(Checked { path, content, parsed });
        }
    }
    add_duplicates(&mut checked);
    match args.output {
        Output::Jsonl => {
            for file in &checked {
                writeln!(out, "{}", json::line(file, args.print_pod))?;
            }
        }
        Output::Text => people::print(&checked, args.print_pod, paint, out)?,
    }
    Ok(checked.iter().all(|file| file.parsed.pod.is_some()))
}

/// Says of files that hold pods of the same name that they do.
fn add_duplicates(checked: &mut [Checked]) {
    let files: Vec<(&str, &Parsed)> = checked.iter().map(|file| (file.path.as_str(), &file.parsed)).collect();
    for (index, diagnostic) in manifest::duplicate_pods(&files) {
        if let Some(file) = checked.get_mut(index) {
            file.parsed.diagnostics.push(diagnostic);
        }
    }
}

#[cfg(test)]
mod tests;
