//! A container engine for the suites: the one that answers, or one of our own for as long as they run.
//!
//! Our own keeps its socket, data and state in one temporary folder, touches nothing of an installed Docker, and goes away with
//! this process however that ends: a small shell watches a pipe that closes when we do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::command::{self, Cmd};
use crate::tools::{self, Install};
use crate::trouble::{Outcome, Trouble};
use crate::{engine_api, report};

const START_LIMIT: Duration = Duration::from_secs(90);

/// Arguments: the folder, then dockerd and its own arguments.
const WATCHED: &str = r#"
trap : INT TERM HUP
dir=$1; shift
"$@" >"$dir/log" 2>&1 &
pid=$!
cat >/dev/null
kill "$pid" 2>/dev/null
wait "$pid"
rm -rf "$dir"
"#;

/// An engine that answers.
pub(crate) struct Engine {
    /// Its address, as `DOCKER_HOST` has it.
    pub(crate) host: String,
    own: Option<Child>,
}

impl Engine {
    /// The engine that answers at `DOCKER_HOST` or the usual socket, or else one of our own.
    pub(crate) fn ready(install: Install) -> Outcome<Self> {
        let host = usual_host();
        match engine_api::ping(&host) {
            Ok(()) => {
                report::note(&format!("containers run on the engine at {host}"));
                Ok(Self { host, own: None })
            }
            Err(why) => {
                report::note(&format!("no engine at {host} ({why}); starting one for these suites"));
                Self::start(install)
            }
        }
    }

    fn start(install: Install) -> Outcome<Self> {
        let dockerd = tools::docker_engine(install)?;
        let dir = std::env::temp_dir().join(format!("standfast-engine-{}", std::process::id()));
        fs::create_dir_all(&dir).map_err(Trouble::io(dir.display()))?;
        let host = format!("unix://{}", dir.join("docker.sock").display());
        let child = Cmd::new("sh")
            .arg("-c")
            .arg(WATCHED)
            .arg("standfast-engine")
            .arg(&dir)
            .arg(&dockerd)
            .arg("--host")
            .arg(&host)
            .arg("--data-root")
            .arg(dir.join("data"))
            .arg("--exec-root")
            .arg(dir.join("exec"))
            .arg("--pidfile")
            .arg(dir.join("pid"))
            // The folders of system programs, which dockerd needs and a user's path may lack.
            .env("PATH", command::path_with(&[PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")]))
            .into_inner()
            .stdin(Stdio::piped())
            .spawn()
            .map_err(Trouble::io("sh"))?;
        let engine = Self { host, own: Some(child) };
        engine.wait_until_it_answers(&dir.join("log"))?;
        Ok(engine)
    }

    fn wait_until_it_answers(&self, log: &Path) -> Outcome<()> {
        let start = Instant::now();
        loop {
            if engine_api::ping(&self.host).is_ok() {
                return Ok(());
            }
            let said = fs::read_to_string(log).unwrap_or_default();
            if said.contains("failed to start daemon") || start.elapsed() > START_LIMIT {
                return Err(Trouble::new("dockerd does not start").output(command::tail(&said)).advise(
                    "dockerd needs root and a kernel with bridges and overlayfs; set DOCKER_HOST to an engine that runs, \
                     or leave its suites out with `--skip docker`",
                ));
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(mut child) = self.own.take() {
            drop(child.stdin.take());
            child.wait().ok();
        }
    }
}

/// Installs what the suites will need, long before they need it, so that what is missing is named at once.
pub(crate) fn prepare(install: Install) -> Outcome<()> {
    // The suites make their images of it: no registry is asked.
    tools::static_busybox(install)?;
    if engine_api::ping(&usual_host()).is_err() {
        tools::docker_engine(install)?;
    }
    Ok(())
}

/// Where an engine is looked for.
pub(crate) fn usual_host() -> String {
    let host = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    host.unwrap_or_else(|| engine_api::USUAL_HOST.to_owned())
}
