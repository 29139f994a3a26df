//! Images: is it there, fetch it. Names are completed as the kubelet does, so that none is taken for the beginning of an id.

use std::time::Duration;

use bollard::{errors::Error, query_parameters::CreateImageOptionsBuilder};
use futures_util::StreamExt as _;
use standfast_core::contract::{Failure, ImageInfo};
use tokio::time::timeout;

use super::engine::{Engine, LONG, SHORT, classify, is_not_found};

/// A pull that reports nothing for so long has stalled.
const STALLED: Duration = Duration::from_mins(5);

/// What the engine knows of an image; `None` when it does not have it.
pub(super) async fn inspect(engine: &Engine, image: &str) -> Result<Option<ImageInfo>, Failure> {
    match engine.client(SHORT).await?.inspect_image(&complete(image)).await {
        Ok(found) => Ok(Some(ImageInfo {
            id: found.id.unwrap_or_default().into(),
            size: found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            user: found.config.and_then(|config| config.user).unwrap_or_default().into(),
        })),
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(engine.failure(error)),
    }
}

/// Fetches an image.
pub(super) async fn pull(engine: &Engine, image: &str) -> Result<ImageInfo, Failure> {
    let name = complete(image);
    let client = engine.client(LONG).await?;
    let options = CreateImageOptionsBuilder::new().from_image(&name).build();
    let mut progress = Box::pin(client.create_image(Some(options), None, None));
    loop {
        let step = timeout(STALLED, progress.next()).await;
        match step.map_err(|_| Failure::Other(format!("pulling {name} made no progress for 5 minutes")))? {
            None => break,
            Some(Ok(step)) => {
                if let Some(error) = step.error_detail {
                    return Err(Failure::ImageNotFound(error.message.unwrap_or_default()));
                }
            }
            Some(Err(error)) => return Err(pull_failure(engine, error)),
        }
    }
    let missing = || Failure::ImageNotFound(format!("{name} was pulled and is not there"));
    inspect(engine, image).await?.ok_or_else(missing)
}

/// Every refusal of a registry, and every registry that cannot be reached, means that there is no image.
fn pull_failure(engine: &Engine, error: Error) -> Failure {
    match error {
        Error::DockerResponseServerError { .. } | Error::DockerStreamError { .. } => match classify(error) {
            Failure::InvalidImageName(text) => Failure::InvalidImageName(text),
            other => Failure::ImageNotFound(other.to_string()),
        },
        error => engine.failure(error),
    }
}

/// A reference with a tag: `:latest` when it has neither tag nor digest.
fn complete(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    if last.contains([':', '@']) || image.is_empty() { image.to_owned() } else { format!("{image}:latest") }
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn a_name_without_a_tag_gets_latest() {
        assert_eq!(
            ["busybox", "host:5000/a/b", "a:1", "a@sha256:00", "cafe"].map(complete),
            ["busybox:latest", "host:5000/a/b:latest", "a:1", "a@sha256:00", "cafe:latest"]
        );
    }
}
