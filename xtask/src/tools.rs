//! What the other commands need on this machine: found, or installed at the pinned version.
//!
//! Tools built from source go into a folder of the user, named by tool and version, so that a second clone does not
//! build them again. System packages are installed only on Debian and only as root; anywhere else a missing one is
//! an error that names it.

mod apt;
pub(crate) use apt::is_root;

mod from_source;
mod node;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::command::{self, Cmd};
use crate::report;
use crate::trouble::{Outcome, Trouble};

const TRUNK: from_source::Pin = from_source::Pin {
    package: "trunk",
    folder: "trunk",
    version: "0.21.14",
    program: "trunk",
    opt_level: "0",
};
/// The test runner spends its time in this tool: one level of optimisation halves the suites' time.
const WASM_BINDGEN: from_source::Pin = from_source::Pin {
    package: "wasm-bindgen-cli",
    folder: "wasm-bindgen",
    version: "0.2.129",
    program: "wasm-bindgen-test-runner",
    opt_level: "1",
};

/// Whether missing things are installed, or only named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Install {
    /// Install what is missing, and say so.
    Missing,
    /// Fail, and name what is missing.
    Nothing,
}

impl Install {
    /// Says that something is about to be installed, or refuses to.
    fn announce(self, what: &str, size: &str) -> Outcome<()> {
        if self == Self::Nothing {
            return Err(Trouble::new(format!("{what} is missing"))
                .advise("install it, or leave out --no-install so that this command does"));
        }
        report::note(&format!("installing {what} ({size})"));
        Ok(())
    }
}

/// The tools that build and test the page, with the search path that finds them.
pub(crate) struct PageTools {
    path: OsString,
}

impl PageTools {
    /// Finds or installs everything that building and testing wasm needs.
    pub(crate) fn ensure(install: Install) -> Outcome<Self> {
        // What takes minutes comes last, so that what is missing is named at once.
        wasm_target(install)?;
        standard_library_source(install)?;
        node::ensure(install)?;
        let packages = node::packages(install)?;
        let folders =
            [packages, from_source::ensure(&WASM_BINDGEN, install)?, from_source::ensure(&TRUNK, install)?];
        Ok(Self { path: command::path_with(&folders) })
    }

    /// A command that finds these tools before any others.
    pub(crate) fn give(&self, cmd: Cmd) -> Cmd {
        cmd.env("PATH", &self.path)
    }
}

/// The browser and its driver.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Finds or installs Chromium and its driver.
pub(crate) fn browser(install: Install) -> Outcome<Browser> {
    let chromium = apt::program(&["chromium", "chromium-browser"], "chromium", install)?;
    let driver = apt::program(&["chromedriver"], "chromium-driver", install)?;
    Ok(Browser { chromium, driver })
}

/// Finds or installs what a container engine of our own needs; gives `dockerd`.
pub(crate) fn docker_engine(install: Install) -> Outcome<PathBuf> {
    apt::program(&["iptables"], "iptables", install)?;
    apt::program(&["dockerd"], "docker.io", install)
}

/// Finds or installs the static busybox that the test images are made of.
pub(crate) fn static_busybox(install: Install) -> Outcome<()> {
    apt::package_file("/bin/busybox", "busybox-static", install)
}

/// The released page compiles the standard library itself, without the texts of panics.
fn standard_library_source(install: Install) -> Outcome<()> {
    let sysroot = Cmd::new("rustc").words("--print sysroot").read().map(PathBuf::from);
    if sysroot.is_some_and(|root| root.join("lib/rustlib/src/rust/library/Cargo.lock").is_file()) {
        return Ok(());
    }
    install.announce("the source of Rust's standard library", "4 MB, by rustup")?;
    let added = Cmd::new("rustup").words("component add rust-src").run("rustup component");
    added.map(|_| ()).map_err(|trouble| {
        trouble.advise("`rustup component add rust-src` must work; without rustup, install your system's package of that source")
    })
}

fn wasm_target(install: Install) -> Outcome<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = Cmd::new("rustc").words("--print sysroot").read().map(PathBuf::from);
    if sysroot.is_some_and(|root| root.join("lib/rustlib").join(TARGET).join("lib").is_dir()) {
        return Ok(());
    }
    install.announce("the Rust target wasm32-unknown-unknown", "20 MB, by rustup")?;
    let added = Cmd::new("rustup").words("target add").arg(TARGET).run("rustup target");
    added.map(|_| ()).map_err(|trouble| {
        trouble.advise("`rustup target add wasm32-unknown-unknown` must work; without rustup, install your system's package of that target")
    })
}
