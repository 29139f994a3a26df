//! `cargo xtask test`: every check and suite, in the order in which they fail fastest.

use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::command::Cmd;
use crate::engine::{self, Engine};
use crate::tally::{Ran, Tally};
use crate::tools::{self, Browser, Install, PageTools};
use crate::trouble::{Outcome, Trouble};
use crate::{conformance, fuzz, mutations, page, seeds, tidy, worlds};

/// The packages that have suites for the browser. One list for every wasm build, because another list would
/// resolve other features and compile the dependencies again.
const WASM: &str = "--target wasm32-unknown-unknown --package standfast-web --package standfast-tests";
/// What suites compare with and this repository does not carry: the variable that names its folder, and what is left out without it.
const RECORDINGS: [(&str, &str); 2] = [
    (
        "STANDFAST_CONFORMANCE",
        "the full recording of the kubelet's verdicts; only the small set in tests/ ran",
    ),
    ("STANDFAST_LIVES", "recorded lives of pods"),
];

struct Options {
    install: Install,
    docker: bool,
    browser: bool,
    /// Variable and folder, for those that are set.
    recordings: Vec<(&'static str, PathBuf)>,
}

impl Options {
    fn read(mut args: Args) -> Outcome<Self> {
        let install = if args.flag("--no-install") { Install::Nothing } else { Install::Missing };
        let skips = args.values("--skip")?;
        args.finish()?;
        if let Some(other) = skips.iter().find(|skip| !matches!(skip.as_str(), "docker" | "browser")) {
            return Err(Trouble::new(format!("--skip {other}: only docker and browser can be skipped")));
        }
        let leaves_out = |name: &str| skips.iter().any(|skip| skip == name);
        let recordings = recordings()?;
        Ok(Self { install, docker: !leaves_out("docker"), browser: !leaves_out("browser"), recordings })
    }
}

/// Runs everything and prints the sum.
pub(crate) fn command(args: Args) -> Outcome<()> {
    let options = Options::read(args)?;
    let tools = PageTools::ensure(options.install)?;
    let browser = if options.browser { Some(tools::browser(options.install)?) } else { None };
    if options.docker {
        engine::prepare(options.install)?;
    }
    let mut tally = Tally::default();
    tally.check("formatting", || quiet(Cmd::cargo("fmt --all --check"), "fmt"));
    tally.check("tidy", || tidy::check(&crate::root()));
    tally.check("conformance page", || {
        conformance::check(&crate::root()).and_then(|()| conformance::note(&crate::root()))
    });
    tally.check("list of mutations", || mutations::check(&crate::root()));
    let built = tally.check("release page", || page::build(&tools));
    if built {
        tally.check("size of the page", page::check_size);
    }
    lints(&mut tally, &tools);
    native(&mut tally, &options);
    tally.check(&format!("{} seeded worlds", seeds::SOME), seeds::some);
    tally.check("fuzz targets, briefly", fuzz::some);
    tally.suites("every state of small worlds", 1, || tests(worlds::explore(worlds::SOME), "worlds"));
    match &browser {
        Some(browser) => in_browser(&mut tally, &tools, browser, built),
        None => tally.skip("wasm and page suites", "--skip browser"),
    }
    if options.docker {
        on_docker(&mut tally, &options);
    } else {
        tally.skip("suites on real containers", "--skip docker");
    }
    tally.finish()
}

fn lints(tally: &mut Tally, tools: &PageTools) {
    tally.check("lints, native", || {
        quiet(Cmd::cargo("clippy --workspace --all-targets -- -D warnings").minutes(30), "clippy native")
    });
    tally.check("lints, wasm", || {
        let clippy = Cmd::cargo("clippy --all-targets").words(WASM).words("-- -D warnings");
        quiet(tools.give(clippy).minutes(30), "clippy wasm")
    });
    tally.check("documentation", || {
        let doc = Cmd::cargo("doc --workspace --no-deps --document-private-items")
            .env("RUSTDOCFLAGS", "-D warnings");
        quiet(doc.minutes(20), "doc")
    });
}

fn native(tally: &mut Tally, options: &Options) {
    tally.suites("unit, scenario and conformance suites", 50, || {
        let cmd = Cmd::cargo("test --workspace --no-fail-fast").words("-- --show-output").minutes(40);
        // The agent under test finds no engine that it should not.
        tests(with_recordings(cmd.without_env("STANDFAST_DOCKER_HOST"), options), "test native")
    });
    for (name, what) in RECORDINGS {
        if !options.recordings.iter().any(|(set, _)| *set == name) {
            tally.skip(what, &format!("{name} names no folder"));
        }
    }
}

fn in_browser(tally: &mut Tally, tools: &PageTools, browser: &Browser, page_is_built: bool) {
    tally.suites("wasm suites in headless Chromium", 3, || {
        let cmd = Cmd::cargo("test --no-fail-fast").words(WASM).words("-- --nocapture").minutes(20);
        let cmd = cmd
            .env("CHROMEDRIVER", &browser.driver)
            .env("WASM_BINDGEN_USE_BROWSER", "1")
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", crate::root().join("webdriver.json"));
        tests(tools.give(cmd), "test wasm")
    });
    if !page_is_built {
        tally.skip("the release page in Chromium", "it was not built");
        return;
    }
    tally.suites("the release page in headless Chromium", 1, || {
        let cmd = Cmd::new("node").arg("web/e2e/run.mjs").env("CHROME", &browser.chromium);
        tests(cmd.minutes(10), "test page")
    });
}

fn on_docker(tally: &mut Tally, options: &Options) {
    let mut engine = None;
    tally.check("container engine", || {
        engine = Some(Engine::ready(options.install)?);
        Ok(())
    });
    let Some(engine) = engine else { return };
    tally.suites("suites on real containers", 1, || {
        let cmd = Cmd::cargo("test --workspace --no-fail-fast")
            .words("-- --ignored --show-output --test-threads=2");
        let cmd = with_recordings(cmd, options).env("STANDFAST_DOCKER_HOST", &engine.host);
        tests(cmd.minutes(20), "test docker")
    });
}

fn with_recordings(cmd: Cmd, options: &Options) -> Cmd {
    // An empty variable names no folder.
    let cmd = RECORDINGS.iter().fold(cmd, |cmd, (name, _)| cmd.without_env(name));
    options.recordings.iter().fold(cmd, |cmd, (name, folder)| cmd.env(name, folder))
}

fn quiet(cmd: Cmd, name: &str) -> Outcome<()> {
    cmd.run(name).map(|_| ())
}

/// Runs a program that runs tests: its output is needed whatever the verdict.
fn tests(cmd: Cmd, name: &str) -> Outcome<Ran> {
    let ended = cmd.run_unchecked(name)?;
    let trouble = (!ended.success).then(|| {
        Trouble::new(format!("{name} {}", ended.how))
            .output(crate::command::failures(&ended.output))
            .advise(format!("the whole output: {}", ended.log.display()))
    });
    Ok(Ran { output: ended.output, trouble })
}

fn recordings() -> Outcome<Vec<(&'static str, PathBuf)>> {
    let mut found = Vec::new();
    for (name, _) in RECORDINGS {
        if let Some(folder) = std::env::var_os(name).filter(|folder| !folder.is_empty()) {
            // Suites run in the folders of their packages; what was typed is relative to where it was typed.
            let doing = format!("{name}={}", folder.display());
            found.push((name, Path::new(&folder).canonicalize().map_err(Trouble::io(doing))?));
        }
    }
    Ok(found)
}
