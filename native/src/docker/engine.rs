//! The connection to a Docker engine: made when first needed, made again after trouble, with a deadline for every question.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bollard::{API_DEFAULT_VERSION, Docker, errors::Error};
use standfast_core::contract::Failure;

/// For questions that an engine answers at once. A hung engine accepts connections and never answers.
pub(super) const SHORT: Duration = Duration::from_secs(10);
/// For work: the kubelet's own `runtimeRequestTimeout`.
pub(super) const LONG: Duration = Duration::from_mins(2);

/// An engine, reachable or not.
#[derive(Clone)]
pub struct Engine {
    host: Arc<str>,
    client: Arc<Mutex<Option<Docker>>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Engine {
    /// The engine that answers, or will, at `host`: `unix:///path`, `tcp://host:port` or `http://host:port`.
    #[must_use]
    pub fn at(host: &str) -> Self {
        Self { host: host.into(), client: Arc::default() }
    }

    /// Where it answers.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// A client whose questions must be answered within `deadline`.
    pub async fn client(&self, deadline: Duration) -> Result<Docker, Failure> {
        let known = self.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(client) = known {
            return Ok(client.with_timeout(deadline));
        }
        let client = self.connect().await.map_err(|error| self.failure(error))?;
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(client.clone());
        Ok(client.with_timeout(deadline))
    }

    /// Asks for a sign of life.
    pub async fn ping(&self) -> Result<(), Failure> {
        let client = self.client(SHORT).await?;
        client.ping().await.map(|_| ()).map_err(|error| self.failure(error))
    }

    async fn connect(&self) -> Result<Docker, Error> {
        let deadline = SHORT.as_secs();
        let host = self.host.as_ref();
        let client = if let Some(path) = host.strip_prefix("unix://") {
            Docker::connect_with_unix(path, deadline, API_DEFAULT_VERSION)?
        } else if host.starts_with("tcp://") || host.starts_with("http://") {
            Docker::connect_with_http(host, deadline, API_DEFAULT_VERSION)?
        } else {
            return Err(Error::UnsupportedURISchemeError { uri: host.to_owned() });
        };
        // Never a fixed version: newer engines drop old ones, and older engines do not know new ones.
        client.negotiate_version().await
    }

    /// What a failed question means. An engine that cannot be reached is asked for its version again when it is back.
    #[must_use]
    pub fn failure(&self, error: Error) -> Failure {
        let failure = classify(error);
        match failure {
            Failure::Unreachable(text) => {
                *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Failure::Unreachable(format!("Docker at {} does not answer: {text}", self.host))
            }
            failure => failure,
        }
    }
}

/// What an engine's error means, without the context of a question.
#[must_use]
pub(super) fn classify(error: Error) -> Failure {
    match error {
        Error::DockerResponseServerError { status_code, message } => match status_code {
            _ if is_bad_reference(&message) => Failure::InvalidImageName(message),
            404 => Failure::NotFound(message),
            409 => Failure::Conflict(message),
            501 => Failure::Unsupported(message),
            _ if is_taken(&message) => Failure::Conflict(message),
            _ => Failure::Other(message),
        },
        Error::DockerStreamError { error } => Failure::Other(error),
        Error::RequestTimeoutError => Failure::Unreachable("no answer in time".to_owned()),
        Error::IOError { .. }
        | Error::HyperResponseError { .. }
        | Error::HyperLegacyError { .. }
        | Error::SocketNotFoundError(_) => Failure::Unreachable(chain(&error)),
        error => Failure::Other(chain(&error)),
    }
}

/// Whether the words say that a host port is taken.
fn is_taken(message: &str) -> bool {
    message.contains("port is already allocated") || message.contains("address already in use")
}

fn is_bad_reference(message: &str) -> bool {
    message.contains("invalid reference format")
        || message.contains("couldn't parse image")
        || message.contains("cannot specify 64-byte hexadecimal")
}

/// An error and what caused it, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}

/// The words of a failure, and whether it says that there is no such thing.
#[must_use]
pub(super) fn is_not_found(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 404, .. })
}

/// Whether an engine answered that it is so already.
#[must_use]
pub(super) fn is_unchanged(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 304, .. })
}

/// Whether something else holds the name, or the same removal is under way.
#[must_use]
pub(super) fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 409, .. })
}
