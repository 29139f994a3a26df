//! `cargo xtask up`: from a fresh clone to pods that run, in one command.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::args::Args;
use crate::command::Cmd;
use crate::tools::{self, Install, PageTools};
use crate::trouble::{Outcome, Trouble};
use crate::{engine, engine_api, page, report};

const USUAL_PORT: u16 = 8080;
const EXAMPLE: &str = include_str!("example.yaml");

/// Builds everything, then becomes the agent.
pub(crate) fn command(mut args: Args) -> Outcome<()> {
    let install = if args.flag("--no-install") { Install::Nothing } else { Install::Missing };
    let port = port(args.values("--port")?)?;
    args.finish()?;
    if TcpStream::connect(loopback(port)).is_ok() {
        return Err(Trouble::new(format!("something listens on port {port} already"))
            .advise("stop it, or choose another port: cargo xtask up --port 8081"));
    }
    let tools = PageTools::ensure(install)?;
    report::step("page", || page::build(&tools))?;
    report::step("agent", || {
        Cmd::cargo("build --release --locked --package standfast").minutes(30).run("build agent")
    })?;
    let manifests = crate::root().join("manifests");
    write_example(&manifests)?;
    let (runtime, why) = runtime();
    println!("\nContainers: {why}");
    announce_later(port)?;
    Err(become_agent(&manifests, runtime, port))
}

/// Waits for the agent to listen and then says where. A process of its own, so that the agent itself is what Ctrl-C stops.
pub(crate) fn announce(mut args: Args) -> Outcome<()> {
    let port = port(args.values("--port")?)?;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        if TcpStream::connect(loopback(port)).is_ok() {
            println!("\n  The page    http://127.0.0.1:{port}/  (simulated nodes, to try things)");
            println!("  The agent   http://127.0.0.1:{port}/api/v1alpha1/node  (what became of ./manifests)");
            println!("  Ctrl-C stops the agent; containers on an engine run on.\n");
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err(Trouble::new(format!("nothing listens on port {port} after 30 seconds"))
        .advise("the agent's own lines above say why"))
}

fn announce_later(port: u16) -> Outcome<()> {
    let this = std::env::current_exe().map_err(Trouble::io("find this program"))?;
    let announcer = Cmd::new(this).arg("announce").arg("--port").arg(port.to_string()).into_inner().spawn();
    announcer.map(|_| ()).map_err(Trouble::io("announce"))
}

/// Replaces this process, so that signals and the exit code are the agent's own.
fn become_agent(manifests: &Path, runtime: &str, port: u16) -> Trouble {
    let agent = agent();
    let mut cmd = Cmd::new(&agent).arg("run");
    // The agent's usual folder for volumes belongs to root.
    if let Some(home) = std::env::var_os("HOME").filter(|_| !tools::is_root()) {
        cmd = cmd.arg("--root-dir").arg(Path::new(&home).join(".local/state/standfast"));
    }
    let error = cmd
        .arg("--manifests")
        .arg(manifests)
        .arg("--runtime")
        .arg(runtime)
        .arg("--listen")
        .arg(loopback(port).to_string())
        .arg("--page")
        .arg(page::folder())
        .into_inner()
        .stdin(Stdio::inherit())
        .exec();
    Trouble::io(agent.display())(error)
}

fn agent() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), PathBuf::from);
    target.join("release/standfast")
}

/// Docker when its socket answers, else the simulator; with the sentence that says why.
fn runtime() -> (&'static str, String) {
    let host = engine::usual_host();
    match engine_api::ping(&host) {
        Ok(()) => ("docker", format!("real ones, on the engine at {host}")),
        Err(why) => ("sim", format!("simulated ones, because no engine answers at {host} ({why})")),
    }
}

fn write_example(manifests: &Path) -> Outcome<()> {
    if manifests.exists() {
        return Ok(());
    }
    fs::create_dir_all(manifests).map_err(Trouble::io(manifests.display()))?;
    let file = manifests.join("hello.yaml");
    fs::write(&file, EXAMPLE).map_err(Trouble::io(file.display()))?;
    report::note("wrote an example: manifests/hello.yaml");
    Ok(())
}

fn port(values: Vec<String>) -> Outcome<u16> {
    let Some(value) = values.into_iter().next_back() else { return Ok(USUAL_PORT) };
    value.parse().map_err(|_| Trouble::new(format!("--port {value}: not a port (1 to 65535)")))
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
