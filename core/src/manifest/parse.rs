//! The way of a manifest from bytes to a pod. It stops the verdict at the first refusal, as the kubelet does, and goes on collecting
//! what else there is to say.

use std::sync::Arc;

use super::{
    Code, Diagnostic, ErrorType, FieldError, Format, Origin, Parsed, SIZE_LIMIT, Severity, Span, Stage,
    checks, defaults, extract, kind, lint, load, schema, static_pod, tree::Node,
};
use crate::contract::FileContent;

/// Parses what was read from a file.
#[must_use]
pub fn parse_content(content: &FileContent, origin: &Origin<'_>) -> Parsed {
    match content {
        FileContent::Bytes(bytes) => parse(bytes, origin),
        FileContent::TooBig => unreadable("the read limit is reached"),
        FileContent::Unreadable(text) => unreadable(text),
    }
}

/// Parses a manifest.
#[must_use]
pub fn parse(bytes: &[u8], origin: &Origin<'_>) -> Parsed {
    if bytes.len() >= SIZE_LIMIT {
        return unreadable("the read limit is reached");
    }
    let mut report = Report::default();
    report.diagnostics.extend(lint::file_name(origin.path));
    match load(bytes) {
        Err(error) => {
            let help = syntax_help(&error.text, bytes, error.span);
            report.refuse(Stage::Decode, &error.text);
            report.say(Code::Syntax, error.text, "", Some(error.span), help);
        }
        Ok(loaded) => {
            report.diagnostics.extend(loaded.notes);
            document(&loaded.root, loaded.format, bytes, origin, &mut report);
        }
    }
    report.finish()
}

/// From a tree to a pod.
fn document(root: &Node, format: Format, bytes: &[u8], origin: &Origin<'_>, report: &mut Report) {
    if let Err(stranger) = kind::identify(root, format, bytes) {
        let other = kind::other_kind(root).filter(|_| stranger.stage == Stage::Kind);
        let misfit = other.and_then(|kind| schema::metadata_misfit(root, kind, format, bytes));
        if let Some(misfit) = misfit {
            report.misfits(&[misfit]);
        }
        report.refuse(stranger.stage, &stranger.text);
        report.say(stranger.code, stranger.text, stranger.field, stranger.span, stranger.help);
        return;
    }
    let decoded = schema::decode(root, format, bytes);
    report.diagnostics.extend(decoded.notes);
    report.misfits(&decoded.misfits);
    let mut pod = decoded.pod;
    if static_pod::name_missing(&pod) {
        let text = "invalid pod: name is needed for the pod";
        report.refuse(Stage::Name, text);
        let help = Some("add `metadata.name`".into());
        report.say(
            Code::NameMissing,
            text.into(),
            "metadata.name",
            pod.get("metadata").map(|node| node.span),
            help,
        );
    }
    defaults::apply(&mut pod);
    let id = static_pod::bind(&mut pod, origin);
    let errors = checks::validate(&pod);
    report.invalid(errors, &decoded.misfits);
    if let Some((refused, span)) = static_pod::refused_reference(&pod) {
        report.refuse(Stage::Reference, &refused.to_string());
        let help = "a static pod has no API server to ask: put what it needs into the pod, or into files on the node";
        report.say(Code::ApiReference, refused.to_string(), "", span, Some(help.into()));
    }
    if report.stage.is_none() {
        report.pod = Some(Arc::new(extract(pod, id, origin.path)));
    }
}

/// The verdict so far.
#[derive(Default)]
struct Report {
    pod: Option<Arc<super::Pod>>,
    diagnostics: Vec<Diagnostic>,
    stage: Option<Stage>,
    error: Option<Arc<str>>,
    errors: Vec<FieldError>,
}

impl Report {
    /// Refuses the manifest, unless it is refused already.
    fn refuse(&mut self, stage: Stage, text: &str) {
        if self.stage.is_none() {
            self.stage = Some(stage);
            self.error = Some(text.into());
        }
    }

    fn say(&mut self, code: Code, message: String, field: &str, span: Option<Span>, help: Option<String>) {
        let field = field.into();
        self.diagnostics.push(Diagnostic { code, severity: Severity::Error, message, field, span, help });
    }

    fn misfits(&mut self, misfits: &[schema::Misfit]) {
        for misfit in misfits {
            self.refuse(Stage::Decode, &misfit.text);
            self.say(
                Code::WrongType,
                misfit.text.clone(),
                &misfit.field,
                Some(misfit.span),
                misfit.help.clone(),
            );
        }
    }

    /// What validation found. Fields that do not even have the right type are left out: what is said of their absence is not so.
    fn invalid(&mut self, errors: Vec<FieldError>, misfits: &[schema::Misfit]) {
        if errors.is_empty() {
            return;
        }
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        if self.stage.is_none() {
            self.refuse(Stage::Validate, &format!("invalid pod: [{}]", texts.join(" ")));
            self.errors.clone_from(&errors);
        }
        for (error, text) in errors.into_iter().zip(texts) {
            let related = |misfit: &schema::Misfit| {
                misfit.field.starts_with(&*error.field) || error.field.starts_with(&*misfit.field)
            };
            let nameless = error.field.starts_with("metadata.name") && self.stage == Some(Stage::Name);
            if !nameless && !misfits.iter().any(related) {
                let code = code_of(error.kind);
                let help = (code == Code::NotFound).then(|| "name something that this manifest has".into());
                self.say(code, text, &error.field, error.span, help);
            }
        }
    }

    fn finish(mut self) -> Parsed {
        crate::sort::by_key(&mut self.diagnostics, |diagnostic| diagnostic.span.map_or(0, |span| span.start));
        Parsed {
            pod: self.pod,
            diagnostics: self.diagnostics,
            stage: self.stage.unwrap_or(Stage::Ok),
            error: self.error,
            errors: self.errors,
        }
    }
}

fn unreadable(text: &str) -> Parsed {
    let mut report = Report::default();
    report.refuse(Stage::Read, text);
    report.say(Code::Unreadable, text.into(), "", None, None);
    report.finish()
}

const fn code_of(kind: ErrorType) -> Code {
    match kind {
        ErrorType::Required => Code::Required,
        ErrorType::Invalid | ErrorType::TypeInvalid => Code::Invalid,
        ErrorType::NotSupported => Code::NotSupported,
        ErrorType::Duplicate => Code::Duplicate,
        ErrorType::Forbidden => Code::Forbidden,
        ErrorType::NotFound => Code::NotFound,
        ErrorType::TooLong | ErrorType::TooMany => Code::TooLong,
    }
}

/// What usually is behind a mistake of the syntax.
fn syntax_help(text: &str, bytes: &[u8], span: Span) -> Option<String> {
    let line = line_at(bytes, span.start as usize);
    let help = if line.contains("{{") || text.contains("invalid map key") {
        "this looks like a template: what is between `{{` and `}}` must be filled in before it is a manifest"
    } else if line.starts_with('\t')
        || line.trim_start_matches(' ').starts_with('\t')
        || text.contains("tab character")
    {
        "YAML is indented with spaces, never with tabs"
    } else if text.contains("mapping values are not allowed") {
        "put the value in quotes if it has a `: ` in it; otherwise the line is indented too far"
    } else if text.contains("could not find expected ':'") || text.contains("did not find expected key") {
        "compare the indentation with the lines above: a key without a colon, or a line that stands too far left or right"
    } else if text.contains("did not find expected '-' indicator") {
        "the items of a list stand under each other, each with its `- `"
    } else if text.contains("control characters") || text.contains("UTF-8") || text.contains("UTF-16") {
        "the file is not UTF-8 text: save it as such"
    } else if text.contains("looking for beginning of object key string") {
        "a file that begins with `{` is read as JSON: keys need double quotes, and no comma stands before `}`"
    } else {
        return None;
    };
    Some(help.into())
}

/// The line around a byte, as far as it is text.
fn line_at(bytes: &[u8], at: usize) -> String {
    let at = at.min(bytes.len());
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position + 1);
    let end =
        bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |position| at + position);
    String::from_utf8_lossy(&bytes[start..end]).into_owned()
}
