//! A small read-only HTTP server: the page's files, and what the node knows as JSON.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz` | `ok`, or 503 and what does not answer |
//! | `/api/v1alpha1/node` | the node as a [`NodeView`](standfast_core::view::NodeView) |
//! | `/api/v1/pods`, `/api/v1/events` | its pods and events as Kubernetes lists them |
//! | `/api/v1alpha1/records?since=N` | the journal from record N on |
//! | anything else | a file of the page |

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc::Sender, oneshot},
    time::sleep,
};

use crate::agent::Query;

/// Nobody needs more connections to one node.
const CONNECTIONS: usize = 64;
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

type Answer = Response<Full<Bytes>>;

#[derive(Debug)]
struct Site {
    page: Option<PathBuf>,
    queries: Sender<Query>,
    /// Only this machine may ask: then names of other machines are refused, so that no web page reaches in through one.
    loopback: bool,
}

/// Serves until the task is aborted.
pub async fn serve(
    listener: TcpListener,
    address: SocketAddr,
    page: Option<PathBuf>,
    queries: Sender<Query>,
) {
    let site = Arc::new(Site { page, queries, loopback: address.ip().is_loopback() });
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let site = Arc::clone(&site);
        tokio::spawn(async move {
            let _place = place;
            let service = service_fn(move |request| {
                let site = Arc::clone(&site);
                async move { Ok::<_, Infallible>(site.answer(&request).await) }
            });
            let mut connection = http1::Builder::new();
            connection.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl Site {
    async fn answer(&self, request: &Request<Incoming>) -> Answer {
        let head = request.method() == Method::HEAD;
        if request.method() != Method::GET && !head {
            return text(StatusCode::METHOD_NOT_ALLOWED, "this server only shows: use GET");
        }
        if self.loopback && !is_local(request) {
            return text(StatusCode::FORBIDDEN, "this server answers only to names of this machine");
        }
        let answer = match request.uri().path() {
            "/healthz" => self.health().await,
            "/api/v1alpha1/node" => self.ask(Query::Node).await,
            "/api/v1/pods" => self.ask(Query::Pods).await,
            "/api/v1/events" => self.ask(Query::Events).await,
            "/api/v1alpha1/records" => match since(request.uri().query()) {
                Some(since) => self.ask(|to| Query::Records(since, to)).await,
                None => text(StatusCode::BAD_REQUEST, "`since` must be a record number"),
            },
            path if path.starts_with("/api/") => text(StatusCode::NOT_FOUND, "there is no such view"),
            path => self.file(path).await,
        };
        if head { answer.map(|_| Full::default()) } else { answer }
    }

    async fn health(&self) -> Answer {
        let (to, told) = oneshot::channel();
        let asked = self.queries.send(Query::Health(to)).await;
        match (asked, told.await) {
            (Ok(()), Ok(Ok(()))) => text(StatusCode::OK, "ok"),
            (Ok(()), Ok(Err(trouble))) => text(StatusCode::SERVICE_UNAVAILABLE, &trouble),
            (Err(_), _) | (_, Err(_)) => text(StatusCode::SERVICE_UNAVAILABLE, "the node is ending"),
        }
    }

    async fn ask<T: Serialize>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Query) -> Answer {
        let (to, told) = oneshot::channel();
        if self.queries.send(question(to)).await.is_err() {
            return text(StatusCode::SERVICE_UNAVAILABLE, "the node is ending");
        }
        match told.await.map(|view| serde_json::to_vec(&view)) {
            Ok(Ok(json)) => respond(StatusCode::OK, "application/json", json.into()),
            Ok(Err(error)) => text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
            Err(_) => text(StatusCode::SERVICE_UNAVAILABLE, "the node is ending"),
        }
    }

    async fn file(&self, path: &str) -> Answer {
        let Some(page) = &self.page else {
            return text(StatusCode::NOT_FOUND, "no page is served: start the agent with --page DIR");
        };
        let Some(relative) = inside(path) else {
            return text(StatusCode::NOT_FOUND, "there is no such file");
        };
        let file = page.join(&relative);
        match tokio::fs::read(&file).await {
            Ok(bytes) => respond(StatusCode::OK, media_type(&file), bytes.into()),
            Err(_) => text(StatusCode::NOT_FOUND, "there is no such file"),
        }
    }
}

fn is_local(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(names_this_machine)
}

/// Whether the host that a request names, with or without a port, is this machine's loopback.
fn names_this_machine(host: &str) -> bool {
    let name =
        host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The number after `since=`; 0 when nothing is asked.
fn since(query: Option<&str>) -> Option<u64> {
    let pairs = query.unwrap_or_default().split('&');
    pairs.filter_map(|pair| pair.strip_prefix("since=")).next_back().map_or(Some(0), |n| n.parse().ok())
}

/// A path of a URL as a file inside the page's folder; `None` when it would lead out of it.
fn inside(path: &str) -> Option<PathBuf> {
    let path = path.trim_start_matches('/');
    let path =
        if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let plain = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !path.contains(['%', '\\', '\0'])).then(|| path.into())
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "md" | "txt" | "yaml" | "ftl" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn text(status: StatusCode, words: &str) -> Answer {
    respond(status, "text/plain; charset=utf-8", format!("{words}\n").into())
}

fn respond(status: StatusCode, media_type: &'static str, body: Bytes) -> Answer {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_page() {
        assert_eq!(inside("/"), Some("index.html".into()));
        assert_eq!(inside("/a/b.js"), Some("a/b.js".into()));
        for path in ["/../etc/passwd", "/a/../../b", "/%2e%2e/x", "/./x/.."] {
            assert_eq!(inside(path), None, "{path}");
        }
    }

    #[test]
    fn only_names_of_this_machine_count() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:80", "[::1]:8080", "[::1]"] {
            assert!(names_this_machine(host), "{host}");
        }
        for host in ["127.0.0.1.example.org", "example.org:8080", "", "192.0.2.1", ":80"] {
            assert!(!names_this_machine(host), "{host}");
        }
    }

    #[test]
    fn since_is_a_number() {
        assert_eq!(
            ["since=5", "a=1&since=7", ""].map(|query| since(Some(query))),
            [Some(5), Some(7), Some(0)]
        );
        assert_eq!(since(Some("since=x")), None);
    }
}
