//! Tools of the Rust world, built once per version into a folder of the user.
//!
//! The release profile of these tools is made for people who use them all day. Here they run for seconds, so they are
//! built quickly instead: link-time optimisation off costs nothing that one notices and saves most of the build.

use std::fs;
use std::path::PathBuf;

use super::Install;
use crate::command::Cmd;
use crate::report;
use crate::trouble::{Outcome, Trouble};

/// One tool at one version.
pub(super) struct Pin {
    pub(super) package: &'static str,
    pub(super) folder: &'static str,
    pub(super) version: &'static str,
    /// The program that shows that the tool is there.
    pub(super) program: &'static str,
    pub(super) opt_level: &'static str,
}

/// The folder with the tool's programs, after building it when it is not there.
pub(super) fn ensure(pin: &Pin, install: Install) -> Outcome<PathBuf> {
    let tools = folder()?;
    let name = format!("{}-{}", pin.folder, pin.version);
    let home = tools.join(&name);
    let bin = home.join("bin");
    if bin.join(pin.program).is_file() {
        return Ok(bin);
    }
    install.announce(&name, "built from source, 3 to 8 minutes, once for this user")?;
    let scratch = tools.join(format!("{name}.build"));
    let built = report::step(&format!("build {name}"), || {
        Cmd::cargo("install --locked --force")
            .arg(pin.package)
            .arg("--version")
            .arg(pin.version)
            .arg("--root")
            .arg(&home)
            .dir(&tools)
            .env("CARGO_TARGET_DIR", &scratch)
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", pin.opt_level)
            .without_env("RUSTFLAGS")
            .minutes(45)
            .run(&format!("build {name}"))
    });
    fs::remove_dir_all(&scratch).ok();
    built?;
    Ok(bin)
}

fn folder() -> Outcome<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let cache = cache.ok_or_else(|| {
        Trouble::new("no folder for tools")
            .advise("set HOME or XDG_CACHE_HOME to a folder that can be written")
    })?;
    let tools = cache.join("standfast/tools");
    fs::create_dir_all(&tools).map_err(Trouble::io(tools.display()))?;
    Ok(tools)
}
