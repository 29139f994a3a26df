//! The page: built by Trunk as it is released, measured as a browser downloads it.

use std::path::PathBuf;

use crate::args::Args;
use crate::command::Cmd;
use crate::report;
use crate::tools::{Install, PageTools};
use crate::trouble::{Outcome, Trouble};

/// What the page fetches by itself once it is up; until then a text area serves.
const LATER: &str = "editor-";
/// All that a first visit downloads before the page is up, compressed, stays below this.
const FIRST_LOAD_LIMIT: u64 = 450 * 1024;

/// `cargo xtask build`.
pub(crate) fn command(mut args: Args) -> Outcome<()> {
    let install = if args.flag("--no-install") { Install::Nothing } else { Install::Missing };
    args.finish()?;
    let tools = PageTools::ensure(install)?;
    report::step("release page", || build(&tools))?;
    check_size()
}

/// Where the built page lies.
pub(crate) fn folder() -> PathBuf {
    crate::root().join("dist")
}

/// Builds the page for release.
pub(crate) fn build(tools: &PageTools) -> Outcome<()> {
    // Trunk is told to stay offline, and says so to Cargo too.
    without_panic_texts(Cmd::cargo("fetch --locked --target wasm32-unknown-unknown")).run("fetch")?;
    // Trunk takes the usual value of NO_COLOR for a wrong argument.
    let trunk =
        Cmd::new("trunk").words("build --release --cargo-profile wasm-release").without_env("NO_COLOR");
    without_panic_texts(tools.give(trunk)).minutes(30).run("trunk build").map(|_| ())
}

/// A twentieth of the page would be what panics say, and nothing panics. That the standard library is compiled for it is a feature of the
/// pinned toolchain that must be asked for.
fn without_panic_texts(cmd: Cmd) -> Cmd {
    cmd.env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Zunstable-options -Cpanic=immediate-abort")
}

/// Prints the size of each file, raw and as brotli; fails when the first load is too heavy.
pub(crate) fn check_size() -> Outcome<()> {
    let sizes = measure()?;
    for size in &sizes {
        report::note(&format!(
            "{:<50} {:>9} raw {:>9} brotli",
            size.name,
            kilobytes(size.raw),
            kilobytes(size.brotli)
        ));
    }
    let add = |sum: (u64, u64), size: &Size| (sum.0 + size.raw, sum.1 + size.brotli);
    let total = |name: &str, (raw, brotli): (u64, u64)| {
        report::note(&format!("{name:<50} {:>9} raw {:>9} brotli", kilobytes(raw), kilobytes(brotli)));
    };
    let first = sizes.iter().filter(|size| !size.name.starts_with(LATER)).fold((0, 0), add);
    total("first load", first);
    total("and the editor, fetched once the page is up", sizes.iter().fold((0, 0), add));
    let brotli = first.1;
    if brotli <= FIRST_LOAD_LIMIT {
        return Ok(());
    }
    Err(Trouble::new(format!(
        "the first load is {}, more than {}",
        kilobytes(brotli),
        kilobytes(FIRST_LOAD_LIMIT)
    ))
    .advise("look for a dependency or a generated table that grew"))
}

struct Size {
    name: String,
    raw: u64,
    brotli: u64,
}

fn measure() -> Outcome<Vec<Size>> {
    let printed = Cmd::new("node").arg("xtask/src/sizes.mjs").arg(folder()).run("sizes")?;
    let sizes: Vec<Size> = printed.lines().filter_map(parse).collect();
    if sizes.is_empty() { Err(Trouble::new("the built page has no files")) } else { Ok(sizes) }
}

fn parse(line: &str) -> Option<Size> {
    let mut words = line.strip_prefix("size ")?.split(' ');
    let (raw, brotli) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(Size { name: words.next()?.to_owned(), raw, brotli })
}

#[expect(clippy::cast_precision_loss, reason = "sizes for people, far below 2^52")]
fn kilobytes(bytes: u64) -> String {
    format!("{:.1} KB", bytes as f64 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_script_prints() {
        let size = parse("size 2048 512 app.wasm").unwrap();
        assert_eq!(
            (size.name.as_str(), kilobytes(size.raw).as_str(), size.brotli),
            ("app.wasm", "2.0 KB", 512)
        );
        assert!(parse("$ node --eval").is_none());
    }
}
