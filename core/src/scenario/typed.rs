//! Lines that are typed at a terminal: `on HOST: COMMAND`, or `kubectl ...` at the workstation.

use std::sync::Arc;

use super::{StepKind, error::ScenarioError};

/// The machine beside the nodes.
pub(super) const WORKSTATION: &str = "workstation";

/// A step that is typed, when it is one. What stands behind the colon is the shell's, quotes and all.
pub(super) fn typed(line: u32, text: &str) -> Result<Option<StepKind>, ScenarioError> {
    let trimmed = text.trim();
    if trimmed.starts_with("kubectl ") {
        return Ok(Some(StepKind::Type { host: WORKSTATION.into(), line: trimmed.into() }));
    }
    // Without the colon it is a step about a node.
    let Some((host, command)) = trimmed.strip_prefix("on ").and_then(|rest| rest.split_once(':')) else {
        return Ok(None);
    };
    if host.contains([' ', '"']) {
        return Ok(None);
    }
    let (host, command): (Arc<str>, Arc<str>) = (host.into(), command.trim().into());
    if command.is_empty() {
        let error = ScenarioError::line(line, text, "a machine is named, and nothing is typed there");
        return Err(error.help("write `on node01: ls`, or `on workstation: kubectl get pods`"));
    }
    Ok(Some(StepKind::Type { host, line: command }))
}
