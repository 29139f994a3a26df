//! gRPC probes of a health server on the loopback.

use std::convert::Infallible;

use http_body_util::{StreamBody, combinators::BoxBody};
use hyper::{body::Frame, server::conn::http2 as server, service::service_fn};
use tokio::io::AsyncWriteExt;

use super::*;
use crate::probe::testing::{free_port, listen};

const TIMEOUT: Duration = Duration::from_secs(1);

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// A health server that answers each call with what `handler` makes of the request's message.
async fn serving(handler: fn(&[u8]) -> Option<Answer>) -> (u16, JoinSet<()>) {
    let (listener, port) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service_fn(move |request: Request<Incoming>| async move {
                assert_eq!(request.uri().path(), "/grpc.health.v1.Health/Check");
                assert_eq!(request.headers()[CONTENT_TYPE], "application/grpc");
                assert_eq!(request.headers()[TE], "trailers");
                assert_eq!(request.headers()[USER_AGENT], PROBE);
                let body = request.into_body().collect().await.unwrap().to_bytes();
                match handler(&body) {
                    Some(answer) => Ok::<_, Infallible>(answer),
                    None => std::future::pending().await,
                }
            });
            let connection = server::Builder::new(TokioExecutor::new());
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        }
    });
    (port, tasks)
}

/// A message and the status of the call after it.
fn answer(message: &'static [u8], code: &'static str, said: &'static str) -> Answer {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", code.parse().unwrap());
    trailers.insert("grpc-message", said.parse().unwrap());
    let frames = [Frame::data(Bytes::from_static(message)), Frame::trailers(trailers)];
    let body = StreamBody::new(futures_util::stream::iter(frames.map(Ok::<_, Infallible>)));
    Response::builder().header(CONTENT_TYPE, "application/grpc").body(BoxBody::new(body)).unwrap()
}

/// The status of a call and nothing else.
fn refusal(code: &str, said: &str) -> Answer {
    Response::builder()
        .header("grpc-status", code)
        .header("grpc-message", said)
        .body(BoxBody::new(Full::default()))
        .unwrap()
}

async fn ask(port: u16, service: &str) -> Result<(), String> {
    match check("127.0.0.1", port, service, TIMEOUT).await {
        Probed::Success => Ok(()),
        Probed::Failure(text) => Err(text.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_status_of_the_service_tells() {
    let (port, _server) = serving(|message| {
        Some(match message {
            [0, 0, 0, 0, 0] => answer(&[0, 0, 0, 0, 2, 8, 1], "0", ""),
            [0, 0, 0, 0, 4, 0x0a, 2, b'd', b'b'] => answer(&[0, 0, 0, 0, 2, 8, 2], "0", ""),
            [.., b'?'] => answer(&[0, 0, 0, 0, 0], "0", ""),
            _ => answer(&[0, 0, 0, 0, 2, 8, 9], "0", ""),
        })
    })
    .await;
    let unhealthy = |name: &str| Err(format!("service unhealthy (responded with \"{name}\")"));
    assert_eq!(ask(port, "").await, Ok(()));
    assert_eq!(ask(port, "db").await, unhealthy("NOT_SERVING"));
    assert_eq!(ask(port, "?").await, unhealthy("UNKNOWN"));
    assert_eq!(ask(port, "other").await, unhealthy("9"));
}

#[tokio::test]
async fn a_call_that_fails_says_why() {
    let (port, _server) = serving(|message| {
        Some(match message[7..] {
            [b'm'] => refusal("12", "unknown service grpc.health.v1.Health"),
            [b'n'] => answer(b"", "5", "unknown%20service"),
            [b'd'] => refusal("4", "late"),
            [b'h'] => Response::builder().status(404).body(BoxBody::new(Full::default())).unwrap(),
            _ => answer(b"what", "0", ""),
        })
    })
    .await;
    let said = |text: &str| Err(text.to_owned());
    let missing = "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ";
    let failed = "error: health rpc probe failed: rpc error: code = ";
    assert_eq!(ask(port, "m").await, said(&format!("{missing}unknown service grpc.health.v1.Health")));
    assert_eq!(ask(port, "n").await, said(&format!("{failed}NotFound desc = unknown service")));
    assert_eq!(ask(port, "d").await, said("timeout: health rpc did not complete within 1s"));
    assert_eq!(
        ask(port, "h").await,
        said(&format!("{missing}unexpected HTTP status code received from server: 404 Not Found"))
    );
    assert_eq!(
        ask(port, "x").await,
        said(&format!("{failed}Internal desc = failed to unmarshal the received message"))
    );
}

#[tokio::test]
async fn a_call_that_is_not_answered_times_out() {
    let (port, _server) = serving(|_| None).await;
    assert_eq!(ask(port, "").await, Err("timeout: health rpc did not complete within 1s".to_owned()));
}

fn no_connection(port: u16) -> Result<(), String> {
    Err(format!(
        "timeout: failed to connect service \"127.0.0.1:{port}\" within 1s: context deadline exceeded"
    ))
}

#[tokio::test]
async fn nobody_who_speaks_grpc_is_waited_for_in_vain() {
    let port = free_port().await;
    assert_eq!(ask(port, "").await, no_connection(port));
    let (listener, port) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    assert_eq!(ask(port, "").await, no_connection(port));
}
