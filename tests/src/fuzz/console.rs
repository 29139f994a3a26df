//! Any text as what somebody types, at a node and at the workstation beside it: each line gets its answer, the world goes on, and a recording
//! of it plays back the same.
//!
//! A line that begins with `# ` is typed at the node, one that begins with `$ ` at the workstation; other lines belong to the one before, as
//! those of a here-document do. Half a second passes after each.

use std::time::Duration;

use standfast_core::{
    config::Config,
    console::{Console, Effect, Host, Save},
    sim::World,
    trace::replay,
};

use super::Broken;

const WEB: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec:\n  containers:\n  \
                   - {name: main, image: 'lab:1', args: [run]}\n  - {name: other, image: 'busybox:1.35', command: [sleep, '60']}\n";
/// As many lines as anybody types before the next input.
const LINES: usize = 24;
/// Steps of the world behind one line: whoever makes it busier than that is left alone.
const ENOUGH: u64 = 2_000;

pub(super) fn run(bytes: &[u8]) -> Result<(), Broken> {
    let text = String::from_utf8_lossy(bytes);
    let mut world = World::new(1);
    world.trace();
    let node =
        world.add_node(Config { api: true, ..Config::default() }).map_err(|error| error.to_string())?;
    world.set_api_server(true);
    world.write(&node, "web.yaml", WEB.as_bytes()).map_err(|error| error.to_string())?;
    world.advance(Duration::from_secs(3));
    let (mut at_node, mut beside) = (Console::new(Host::Node(node)), Console::new(Host::Workstation));
    for (on_node, line) in lines(&text).into_iter().take(LINES) {
        let console = if on_node { &mut at_node } else { &mut beside };
        typed(console, &mut world, &line)?;
        let (begun, until) = (world.steps(), world.now() + Duration::from_millis(500));
        if world.run_until(until, |world| world.steps() > begun + ENOUGH) {
            break;
        }
        console.more(&mut world);
    }
    let again = replay(&world.recording()).map_err(|error| error.to_string())?;
    if again.view() == world.view() { Ok(()) } else { Err("the replayed world looks another way".to_owned()) }
}

/// One line: what it could become, what comes of it, and the editor that it may open.
fn typed(console: &mut Console, world: &mut World, line: &str) -> Result<(), Broken> {
    let last = line.rsplit(|c: char| c.is_whitespace() || matches!(c, '|' | ';' | '&')).next();
    for choice in console.complete(world, line) {
        if !choice.starts_with(last.unwrap_or_default()) {
            return Err(format!("`{line}` does not become `{choice}`"));
        }
    }
    let output = console.run(world, line);
    for effect in output.effects {
        if let Effect::Edit { path, text } = effect {
            console.save(world, &path, &format!("{text}# edited\n"), Save::default());
        }
    }
    if console.prompt().is_empty() { Err("nothing stands before the cursor".to_owned()) } else { Ok(()) }
}

/// The lines with where they are typed.
fn lines(text: &str) -> Vec<(bool, String)> {
    let mut lines: Vec<(bool, String)> = Vec::new();
    for line in text.split('\n') {
        match (line.strip_prefix("# "), line.strip_prefix("$ "), lines.last_mut()) {
            (Some(line), _, _) => lines.push((true, line.to_owned())),
            (None, Some(line), _) => lines.push((false, line.to_owned())),
            (None, None, Some((_, last))) => {
                last.push('\n');
                last.push_str(line);
            }
            (None, None, None) => lines.push((true, line.to_owned())),
        }
    }
    lines
}
