//! HTTP probes and hooks: one GET, redirects on the same host followed, and the kubelet's texts.

use std::{fmt, io, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Response, Uri,
    body::{Body as _, Bytes, Incoming},
    client::conn::http1,
    header::{ACCEPT, CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION, REFERER, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use standfast_core::contract::{Hooked, Probed};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::{MOST_OUTPUT, dial, insecure, place::Place};

/// How the kubelet's probes name themselves.
pub(crate) const PROBE: &str = "kube-probe/1.36";
/// How its lifecycle hooks do.
pub(crate) const HOOK: &str = "kube-lifecycle/1.36";

/// After so many requests a probe goes round in circles.
const MOST_REQUESTS: usize = 10;

/// An HTTP probe.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Get<'a> {
    /// HTTPS, whose certificate nobody looks at.
    pub(crate) https: bool,
    /// The address; empty for the node's own.
    pub(crate) host: &'a str,
    /// The port.
    pub(crate) port: u16,
    /// The path, with its query.
    pub(crate) path: &'a str,
    /// Headers, in order.
    pub(crate) headers: &'a [(Arc<str>, Arc<str>)],
    /// How it names itself unless a header says so.
    pub(crate) agent: &'static str,
}

/// Why there is no response: the address that was asked, and what was the matter with it.
struct Trouble(String, String);

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Get \"{}\": {}", self.0, self.1)
    }
}

/// A response whose connection lives as long as it does.
struct Reply {
    response: Response<Incoming>,
    _connection: JoinSet<()>,
}

/// Asks, within `timeout`.
pub(crate) async fn get(probe: Get<'_>, timeout: Duration) -> Probed {
    let deadline = Instant::now() + timeout;
    let reply = match ask(probe, deadline).await {
        Ok(reply) => reply,
        Err(trouble) => return Probed::Failure(trouble.to_string().into()),
    };
    let status = reply.response.status().as_u16();
    let Ok(body) = timeout_at(deadline, read(reply.response.into_body())).await else {
        let words = "context deadline exceeded (Client.Timeout or context cancellation while reading body)";
        return Probed::Error(words.into());
    };
    match (status, body) {
        (_, Err(words)) => Probed::Error(words.into()),
        (200..300, Ok(_)) => Probed::Success,
        (300..400, Ok(body)) => {
            Probed::Warning(format!("Probe terminated redirects, Response body: {body}").into())
        }
        (_, Ok(_)) => Probed::Failure(format!("HTTP probe failed with statuscode: {status}").into()),
    }
}

/// Asks for a hook, within `timeout`: any answer will do. A server that does not speak HTTPS is asked again by HTTP.
pub(crate) async fn hook(get: Get<'_>, timeout: Duration) -> Hooked {
    let deadline = Instant::now() + timeout;
    let Err(trouble) = ask(get, deadline).await else { return Hooked::Success };
    if get.https && trouble.1 == insecure::NO_TLS && ask(Get { https: false, ..get }, deadline).await.is_ok()
    {
        return Hooked::Fallback(super::join(get.host, get.port).into());
    }
    Hooked::failed(trouble.to_string())
}

/// Asks, and asks again where it is sent to, as long as that is on the same host.
async fn ask(probe: Get<'_>, deadline: Instant) -> Result<Reply, Trouble> {
    let place = Place::first(probe.https, probe.host, probe.port, probe.path);
    let mut place = place.map_err(|error| Trouble(probe.path.to_owned(), error.to_string()))?;
    let mut headers =
        headers(probe.headers, probe.agent).map_err(|words| Trouble(place.shown.clone(), words))?;
    let first = place.host().to_owned();
    let refers = !headers.contains_key(REFERER);
    let mut requests = 0;
    loop {
        let asked = timeout_at(deadline, request(&place, headers.clone())).await;
        let reply = asked.unwrap_or_else(|_| Err(LATE.to_owned()));
        let reply = reply.map_err(|words| Trouble(place.shown.clone(), words))?;
        let Some(location) = location(&reply.response) else { return Ok(reply) };
        let next = place.follow(&location).map_err(|error| {
            let words = format!("failed to parse Location header {location:?}: {error}");
            Trouble(place.shown.clone(), words)
        })?;
        if next.host() != first {
            return Ok(reply);
        }
        requests += 1;
        if requests == MOST_REQUESTS {
            return Err(Trouble(location, format!("stopped after {MOST_REQUESTS} redirects")));
        }
        if !Place::is_relative(&location) {
            headers.remove(HOST);
        }
        let secret = place.scheme() == "https" && next.scheme() == "http";
        match HeaderValue::from_str(&place.shown) {
            Ok(from) if refers && !secret => headers.insert(REFERER, from),
            _ if refers => headers.remove(REFERER),
            _ => None,
        };
        place = next;
    }
}

const LATE: &str = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

/// Where a response sends its reader.
fn location(response: &Response<Incoming>) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
    (!location.is_empty()).then_some(location)
}

/// The headers of the probe with what it does not say itself.
fn headers(wanted: &[(Arc<str>, Arc<str>)], agent: &'static str) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in wanted {
        let invalid = |what: &str| format!("net/http: invalid header field {what} for \"{name}\"");
        let value = HeaderValue::from_str(value).map_err(|_| invalid("value"))?;
        headers.append(HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("name"))?, value);
    }
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(agent));
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    // An empty value asks for no such header.
    for name in [ACCEPT, USER_AGENT, HOST] {
        if headers.get(&name).is_some_and(HeaderValue::is_empty) {
            headers.remove(name);
        }
    }
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(headers)
}

async fn request(place: &Place, mut headers: HeaderMap) -> Result<Reply, String> {
    if !matches!(place.scheme(), "http" | "https") {
        return Err(format!("unsupported protocol scheme \"{}\"", place.scheme()));
    }
    let stream = dial::dial(place.host(), place.port()).await.map_err(|error| error.to_string())?;
    let ends = ends(&stream);
    let host = HeaderValue::from_str(&place.authority).map_err(|error| error.to_string())?;
    // Only the first of several names counts.
    let host = headers.remove(HOST).unwrap_or(host);
    headers.insert(HOST, host);
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = Uri::try_from(&place.target).map_err(|error| error.to_string())?;
    *request.headers_mut() = headers;
    let sent = if place.scheme() == "https" {
        send(request, insecure::handshake(place.host(), stream).await?).await
    } else {
        send(request, stream).await
    };
    sent.map_err(|error| words(&error, &ends))
}

async fn send(
    request: Request<Empty<Bytes>>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> hyper::Result<Reply> {
    let mut builder = http1::Builder::new();
    let (mut sender, connection) = builder.title_case_headers(true).handshake(TokioIo::new(stream)).await?;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        // The request or the body tells what goes wrong.
        let _ = connection.await;
    });
    let response = sender.send_request(request).await?;
    Ok(Reply { response, _connection: tasks })
}

/// The beginning of a body.
async fn read(mut body: Incoming) -> Result<String, String> {
    let mut bytes = Vec::new();
    while bytes.len() < MOST_OUTPUT && !body.is_end_stream() {
        match body.frame().await {
            Some(Ok(frame)) => bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
            Some(Err(_)) => return Err("unexpected EOF".to_owned()),
            None => break,
        }
    }
    bytes.truncate(MOST_OUTPUT);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Both ends of a connection, as errors name them.
fn ends(stream: &TcpStream) -> String {
    match (stream.local_addr(), stream.peer_addr()) {
        (Ok(local), Ok(peer)) => format!("{local}->{peer}"),
        _ => String::new(),
    }
}

fn words(error: &hyper::Error, ends: &str) -> String {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
    match cause {
        Some(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => {
            format!("read tcp {ends}: read: {}", dial::words(cause))
        }
        None if error.is_parse() => {
            "net/http: HTTP/1.x transport connection broken: malformed HTTP response".to_owned()
        }
        None if !error.is_incomplete_message() && !error.is_closed() => error.to_string(),
        _ => "EOF".to_owned(),
    }
}

#[cfg(test)]
mod tests;
