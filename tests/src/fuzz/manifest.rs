//! Any bytes as a manifest: a verdict that is whole and always the same; and what is accepted reads back as what it is.

use standfast_core::{
    console::print::yaml,
    id::NodeName,
    manifest::{Origin, Parsed, Pod, Severity, Stage, parse, print::to_json},
};

use super::Broken;

const NODE: &str = "node01";
const FILE: &str = "/etc/kubernetes/manifests/web.yaml";

pub(super) fn run(bytes: &[u8]) -> Result<(), Broken> {
    let parsed = read(bytes);
    whole(bytes, &parsed)?;
    let again = read(bytes);
    if format!("{parsed:?}") != format!("{again:?}") {
        return Err("another verdict the second time".to_owned());
    }
    parsed.pod.map_or(Ok(()), |pod| reads_back(&pod))
}

fn read(bytes: &[u8]) -> Parsed {
    parse(bytes, &Origin { path: FILE, node: &NodeName::from(NODE) })
}

/// A verdict does not contradict itself, and its places are in the file.
fn whole(bytes: &[u8], parsed: &Parsed) -> Result<(), Broken> {
    let Parsed { pod, diagnostics, stage, error, errors } = parsed;
    let accepted = *stage == Stage::Ok;
    let wrong = diagnostics.iter().any(|it| it.severity == Severity::Error);
    if pod.is_some() != accepted || error.is_none() != accepted || wrong == accepted {
        return Err(format!("stage {stage:?} with {error:?}, {diagnostics:?}"));
    }
    if errors.is_empty() == (*stage == Stage::Validate) {
        return Err(format!("stage {stage:?} with {errors:?}"));
    }
    let text = std::str::from_utf8(bytes).ok();
    for diagnostic in diagnostics {
        let Some(span) = diagnostic.span else { continue };
        let (start, end) = (span.start as usize, span.end as usize);
        let splits = text.is_some_and(|text| !text.is_char_boundary(start) || !text.is_char_boundary(end));
        if start > end || end > bytes.len() || splits {
            return Err(format!("in {} bytes this has no place: {diagnostic:?}", bytes.len()));
        }
    }
    Ok(())
}

/// A pod as it is printed, JSON or YAML, is a manifest of the same pod.
fn reads_back(pod: &Pod) -> Result<(), Broken> {
    let mut object = to_json(&pod.object.tree());
    let own = pod.id.name.strip_suffix(&format!("-{NODE}")).unwrap_or_default();
    object["apiVersion"] = "v1".into();
    object["kind"] = "Pod".into();
    object["metadata"]["name"] = own.into();
    for text in [object.to_string(), yaml(&object)] {
        let again = read(text.as_bytes());
        let Some(back) = again.pod else { return Err(format!("{:?}\n{text}", again.error)) };
        if (back.object != pod.object) || back.spec != pod.spec || back.labels != pod.labels {
            return Err(format!("printed:\n{text}\nread back:\n{:?}\nwas:\n{:?}", back.object, pod.object));
        }
    }
    Ok(())
}
