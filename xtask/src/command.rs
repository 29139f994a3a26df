//! Runs other programs: output kept in a log file, a limit on time, a sign of life while one waits.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::report;
use crate::trouble::{Outcome, Trouble};

const TAIL_LINES: usize = 60;
const SIGN_OF_LIFE: Duration = Duration::from_mins(1);
const TEN_MINUTES: Duration = Duration::from_mins(10);

/// A program to run, with everything it needs.
pub(crate) struct Cmd {
    inner: Command,
    shown: String,
    limit: Duration,
}

impl Cmd {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let shown = program.as_ref().to_string_lossy().into_owned();
        let mut inner = Command::new(program);
        inner.current_dir(crate::root()).stdin(Stdio::null());
        Self { inner, shown, limit: TEN_MINUTES }
    }

    /// Cargo as it was when this program was started.
    pub(crate) fn cargo(words: &str) -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).words(words)
    }

    /// Adds arguments that hold no spaces.
    pub(crate) fn words(mut self, words: &str) -> Self {
        for word in words.split_whitespace() {
            self = self.arg(word);
        }
        self
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&arg.as_ref().to_string_lossy());
        self.inner.arg(arg);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.inner.env_remove(name);
        self
    }

    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.inner.current_dir(dir);
        self
    }

    pub(crate) fn minutes(mut self, minutes: u64) -> Self {
        self.limit = Duration::from_mins(minutes);
        self
    }

    /// The underlying command, for the few places that need more than running to the end.
    pub(crate) fn into_inner(self) -> Command {
        self.inner
    }

    /// Runs to the end and gives what was printed; failing when the program does.
    pub(crate) fn run(self, name: &str) -> Outcome<String> {
        let shown = self.shown.clone();
        let ended = self.run_unchecked(name)?;
        if ended.success {
            return Ok(ended.output);
        }
        Err(Trouble::new(format!("`{shown}` {}", ended.how))
            .output(tail(&ended.output))
            .advise(format!("the whole output: {}", ended.log.display())))
    }

    /// Runs to the end, whatever the program's verdict.
    pub(crate) fn run_unchecked(mut self, name: &str) -> Outcome<Ended> {
        let log = log_path(name)?;
        let file = File::create(&log).map_err(Trouble::io(log.display()))?;
        let mut header = file.try_clone().map_err(Trouble::io(log.display()))?;
        let same = file.try_clone().map_err(Trouble::io(log.display()))?;
        writeln!(header, "$ {}", self.shown).map_err(Trouble::io(log.display()))?;
        let mut child = self.inner.stdout(file).stderr(same).spawn().map_err(Trouble::io(&self.shown))?;
        let status = wait(&mut child, self.limit, name, &log).map_err(Trouble::io(&self.shown))?;
        let output = String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()).into_owned();
        let how = match status {
            None => format!("was stopped after {} minutes", self.limit.as_secs() / 60),
            Some(status) => format!("ended with {status}"),
        };
        Ok(Ended { success: status.is_some_and(|status| status.success()), how, output, log })
    }

    /// Whether the program runs and succeeds; nothing is printed or kept.
    pub(crate) fn succeeds(mut self) -> bool {
        self.inner.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// What a quick program prints, without the last line end; `None` when it fails or is missing.
    pub(crate) fn read(mut self) -> Option<String> {
        let output = self.inner.stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }
}

/// How a program ended.
pub(crate) struct Ended {
    pub(crate) success: bool,
    pub(crate) how: String,
    pub(crate) output: String,
    pub(crate) log: PathBuf,
}

/// The last lines of an output.
pub(crate) fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

/// What a failing run of tests says of its failures: its failure reports, or else the end.
pub(crate) fn failures(output: &str) -> String {
    let mut inside = false;
    let reports = output.lines().filter(|line| {
        inside = line.trim_end() == "failures:" || (inside && !line.starts_with("test result: "));
        inside
    });
    let reports: Vec<&str> = reports.take(4 * TAIL_LINES).collect();
    if reports.is_empty() { tail(output) } else { reports.join("\n") }
}

/// Where a program is found on the path, if anywhere.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// The search path with folders put before it.
pub(crate) fn path_with(first: &[PathBuf]) -> OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = first.iter().cloned().chain(std::env::split_paths(&old));
    std::env::join_paths(all).unwrap_or(old)
}

fn log_path(name: &str) -> Outcome<PathBuf> {
    let dir = crate::root().join("target/xtask");
    fs::create_dir_all(&dir).map_err(Trouble::io(dir.display()))?;
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    Ok(dir.join(format!("{plain}.log")))
}

/// Waits for a child; `None` when the time ran out and it was killed with all that it started.
fn wait(child: &mut Child, limit: Duration, name: &str, log: &Path) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut last_sign = start;
    let mut pause = Duration::from_millis(5);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            kill_tree(child.id());
            child.kill().ok();
            child.wait()?;
            return Ok(None);
        }
        if last_sign.elapsed() > SIGN_OF_LIFE {
            last_sign = Instant::now();
            let last = fs::read(log).unwrap_or_default();
            let last = String::from_utf8_lossy(&last).lines().last().unwrap_or_default().to_owned();
            let last: String = last.trim().chars().take(70).collect();
            report::note(&format!("{name}: {} so far: {last}", report::seconds(start.elapsed())));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// Kills what a process started, deepest first, so that no test server outlives its suite.
fn kill_tree(parent: u32) {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
        kill_tree(child);
        Cmd::new("kill").arg("-KILL").arg(child.to_string()).succeeds();
    }
}
