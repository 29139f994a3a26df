//! gRPC probes: one call of `grpc.health.v1.Health/Check` without TLS.

use std::{fmt, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http2,
    header::{CONTENT_TYPE, HeaderMap, TE, USER_AGENT},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use standfast_core::{contract::Probed, time::GoDuration};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

use super::{MOST_OUTPUT, dial::dial, http::PROBE, join, wire};

/// A server that does not answer is tried again while there is time.
const PAUSE: Duration = Duration::from_secs(1);

const SERVING: u64 = 1;
const DEADLINE_EXCEEDED: u64 = 4;
const UNIMPLEMENTED: u64 = 12;

/// gRPC's status codes by number.
const CODES: [&str; 17] = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];

/// The health service's own statuses by number.
const HEALTH: [&str; 4] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/// A call that failed.
struct Status {
    code: u64,
    message: String,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rpc error: code = {} desc = {}", name(&CODES, self.code), self.message)
    }
}

/// Asks a server whether a service, or all of it, serves.
pub(crate) async fn check(host: &str, port: u16, service: &str, timeout: Duration) -> Probed {
    let (deadline, address) = (Instant::now() + timeout, join(host, port));
    let mut connected = false;
    let called = timeout_at(deadline, async {
        loop {
            if let Some(result) = call(host, port, service, timeout, &mut connected).await {
                return result;
            }
            connected = false;
            sleep(PAUSE).await;
        }
    })
    .await;
    let shown = GoDuration(timeout);
    let late = || format!("timeout: health rpc did not complete within {shown}");
    let text = match called {
        Ok(Ok(SERVING)) => return Probed::Success,
        Ok(Ok(status)) => format!("service unhealthy (responded with \"{}\")", name(&HEALTH, status)),
        Ok(Err(Status { code: UNIMPLEMENTED, message })) => format!(
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): {message}"
        ),
        Ok(Err(Status { code: DEADLINE_EXCEEDED, .. })) => late(),
        Ok(Err(status)) => format!("error: health rpc probe failed: {status}"),
        Err(_) if connected => late(),
        Err(_) => format!(
            "timeout: failed to connect service \"{address}\" within {shown}: context deadline exceeded"
        ),
    };
    Probed::Failure(text.into())
}

fn name(names: &[&str], number: u64) -> String {
    let known = usize::try_from(number).ok().and_then(|index| names.get(index));
    known.map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

/// One call; none when there is nobody who speaks HTTP/2.
async fn call(
    host: &str,
    port: u16,
    service: &str,
    timeout: Duration,
    connected: &mut bool,
) -> Option<Result<u64, Status>> {
    let stream = dial(host, port).await.ok()?;
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.ok()?;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        // The call tells what goes wrong.
        let _ = connection.await;
    });
    *connected = true;
    let request = Request::post(format!("http://{}/grpc.health.v1.Health/Check", join(host, port)))
        .header(CONTENT_TYPE, "application/grpc")
        .header(TE, "trailers")
        .header(USER_AGENT, PROBE)
        .header("grpc-timeout", format!("{}m", timeout.as_millis()))
        .body(Full::new(Bytes::from(wire::request(service))))
        .ok()?;
    let response = sender.send_request(request).await.ok()?;
    Some(read(response).await)
}

async fn read(response: Response<Incoming>) -> Result<u64, Status> {
    let (head, body) = response.into_parts();
    if let Some(status) = status(&head.headers) {
        // No message comes with it, or it is no success.
        return Err(status);
    }
    if !head.status.is_success() {
        let message = format!("unexpected HTTP status code received from server: {}", head.status);
        return Err(Status { code: code_of(head.status.as_u16()), message });
    }
    let broken = |message: String| Status { code: 13, message };
    let body = Limited::new(body, MOST_OUTPUT).collect().await;
    let body = body.map_err(|error| Status { code: 14, message: error.to_string() })?;
    match body.trailers().and_then(status) {
        Some(Status { code: 0, .. }) => {}
        Some(failed) => return Err(failed),
        None => return Err(broken("server closed the stream without sending trailers".to_owned())),
    }
    wire::status(&body.to_bytes())
        .ok_or_else(|| broken("failed to unmarshal the received message".to_owned()))
}

/// The status of a call in headers or trailers.
fn status(headers: &HeaderMap) -> Option<Status> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let code = text("grpc-status")?.parse().unwrap_or(2);
    Some(Status { code, message: unescaped(text("grpc-message").unwrap_or_default()) })
}

/// What an HTTP status means to gRPC.
const fn code_of(status: u16) -> u64 {
    match status {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => UNIMPLEMENTED,
        429 | 502..=504 => 14,
        _ => 2,
    }
}

/// Messages travel with their special bytes escaped.
fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| first == b'%').and_then(|digits| str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
