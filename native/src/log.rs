//! Log lines on standard error.

use standfast_core::view::{RecordKind, RecordView};
use tracing::Level;

use crate::cli::LogFormat;

/// Starts logging. A second call changes nothing.
pub fn start(format: LogFormat, verbose: u8) {
    let level = match verbose {
        0 => Level::INFO,
        1 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let lines = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    let _ = match format {
        LogFormat::Text => lines.with_target(false).with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_target(false).try_init(),
    };
}

/// Logs a line of the node's journal.
pub fn record(record: &RecordView) {
    let pod = record.pod.as_ref().map(|pod| format!("{}/{}", pod.namespace, pod.name)).unwrap_or_default();
    let because = record.because.as_deref().unwrap_or_default();
    let text = record.text.as_ref();
    match &record.kind {
        // The regular looks at folder and runtime are no news.
        RecordKind::Planned if record.pod.is_none() => tracing::debug!(because, "{text}"),
        RecordKind::Planned => tracing::info!(pod, because, "{text}"),
        RecordKind::Failed => tracing::warn!(pod, "{text}"),
        RecordKind::Event { warning: true, reason, .. } => tracing::warn!(pod, reason = %reason, "{text}"),
        RecordKind::Event { warning: false, reason, .. } => tracing::info!(pod, reason = %reason, "{text}"),
        RecordKind::Log { error: true } => tracing::error!(pod, "{text}"),
        RecordKind::Log { error: false } => tracing::info!(pod, "{text}"),
        RecordKind::Observed { .. } => tracing::info!(pod, "{text}"),
    }
}
