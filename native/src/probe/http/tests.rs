//! HTTP probes of servers on the loopback that remember what they were asked.

use std::{
    convert::Infallible,
    sync::{Mutex, PoisonError},
};

use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use tokio::{io::AsyncWriteExt, net::TcpListener};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::PrivatePkcs8KeyDer,
        sign::{CertifiedKey, SingleCertAndKey},
    },
};

use super::*;
use crate::probe::testing::{free_port, full, listen};

const TIMEOUT: Duration = Duration::from_millis(500);

type Handler = fn(&Request<Incoming>) -> Response<Full<Bytes>>;

/// A server that remembers what it was asked.
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Request<()>>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    async fn start(handler: Handler) -> Self {
        let (listener, port) = listen().await;
        let seen = Arc::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, Arc::clone(&seen), handler));
        Self { port, seen, _tasks: tasks }
    }

    fn seen(&self) -> Vec<Request<()>> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Probed {
        get_from("127.0.0.1", self.port, path, headers).await
    }
}

async fn serve(listener: TcpListener, seen: Arc<Mutex<Vec<Request<()>>>>, handler: Handler) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(|request: Request<Incoming>| {
            let response = handler(&request);
            let (head, _) = request.into_parts();
            seen.lock().unwrap().push(Request::from_parts(head, ()));
            async { Ok::<_, Infallible>(response) }
        });
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }
}

async fn get_from(host: &str, port: u16, path: &str, headers: &[(&str, &str)]) -> Probed {
    let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    get(Get { https: false, host, port, path, headers: &headers, agent: PROBE }, TIMEOUT).await
}

fn answer(status: u16, body: &str) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(body.to_owned().into()).unwrap()
}

fn redirect(to: String) -> Response<Full<Bytes>> {
    Response::builder().status(302).header(LOCATION, to).body("moved".into()).unwrap()
}

fn failure(text: impl Into<Arc<str>>) -> Probed {
    Probed::Failure(text.into())
}

/// A server that writes this and then closes, or waits for ever.
async fn raw(bytes: &'static [u8], close: bool) -> (u16, JoinSet<()>) {
    let (listener, port) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await;
        stream.write_all(bytes).await.unwrap();
        if !close {
            std::future::pending::<()>().await;
        }
    });
    (port, tasks)
}

#[tokio::test]
async fn the_status_tells() {
    let server = Server::start(|request| {
        let status = request.uri().path()[1..].parse().unwrap();
        answer(status, "body")
    })
    .await;
    for status in ["/200", "/204", "/299"] {
        assert_eq!(server.get(status, &[]).await, Probed::Success, "{status}");
    }
    for status in [400, 404, 500, 503] {
        let said = format!("HTTP probe failed with statuscode: {status}");
        assert_eq!(server.get(&format!("/{status}"), &[]).await, failure(said));
    }
    // A redirect to nowhere, and one that is none.
    let said = Probed::Warning("Probe terminated redirects, Response body: body".into());
    assert_eq!(server.get("/302", &[]).await, said);
    assert_eq!(server.get("/399", &[]).await, said);
}

#[tokio::test]
async fn a_request_has_the_headers_of_the_kubelet() {
    let server = Server::start(|_| answer(200, "")).await;
    assert_eq!(server.get("/a%20b?c=d", &[]).await, Probed::Success);
    let seen = server.seen().remove(0);
    let host = format!("127.0.0.1:{}", server.port);
    assert_eq!((seen.method().as_str(), seen.uri().to_string().as_str()), ("GET", "/a%20b?c=d"));
    let all: Vec<_> =
        seen.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let mut expected =
        vec![("user-agent", "kube-probe/1.36"), ("accept", "*/*"), ("connection", "close"), ("host", &*host)];
    expected.sort_unstable();
    let mut all = all;
    all.sort_unstable();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn a_probe_may_say_its_own_headers() {
    let server = Server::start(|_| answer(200, "")).await;
    let wanted = [
        ("host", "web.example"),
        ("User-Agent", "me"),
        ("accept", ""),
        ("X-A", "1"),
        ("x-a", "2"),
        ("X-B", ""),
    ];
    assert_eq!(server.get("/", &wanted).await, Probed::Success);
    let seen = server.seen().remove(0);
    let values = |name: &str| seen.headers().get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(values("host"), ["web.example"]);
    assert_eq!(values("user-agent"), ["me"]);
    assert_eq!(values("x-a"), ["1", "2"]);
    assert_eq!(values("x-b"), [""]);
    assert!(values("accept").is_empty());
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_a_failure() {
    let server = Server::start(|_| answer(200, "")).await;
    let said =
        format!("Get \"http://127.0.0.1:{}/\": net/http: invalid header field value for \"X\"", server.port);
    assert_eq!(server.get("/", &[("X", "a\nb")]).await, failure(said));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed() {
    let server = Server::start(|request| match request.uri().path() {
        "/" => redirect("/next".to_owned()),
        "/next" => redirect(format!("http://{}/end?x", request.headers()[HOST].to_str().unwrap())),
        "/end" => answer(500, ""),
        _ => answer(404, ""),
    })
    .await;
    assert_eq!(server.get("/", &[]).await, failure("HTTP probe failed with statuscode: 500"));
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[1].headers()[REFERER], *format!("http://127.0.0.1:{}/", server.port));
    assert_eq!(seen[2].uri(), "/end?x");
    assert_eq!(seen[2].headers()[USER_AGENT], PROBE);
}

#[tokio::test]
async fn a_name_given_to_the_server_stays_only_where_it_was_meant() {
    let server = Server::start(|request| match request.uri().path() {
        "/" => redirect("/next".to_owned()),
        "/next" => {
            redirect(format!("http://127.0.0.1:{}/end", request.headers()["x-port"].to_str().unwrap()))
        }
        _ => answer(200, ""),
    })
    .await;
    let port = server.port.to_string();
    assert_eq!(server.get("/", &[("Host", "web.example"), ("x-port", &port)]).await, Probed::Success);
    let hosts: Vec<_> = server.seen().iter().map(|request| request.headers()[HOST].clone()).collect();
    assert_eq!(hosts, ["web.example", "web.example", &format!("127.0.0.1:{port}")]);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_a_warning() {
    let server = Server::start(|_| redirect("http://elsewhere.example/".to_owned())).await;
    let said = "Probe terminated redirects, Response body: moved";
    assert_eq!(server.get("/", &[]).await, Probed::Warning(said.into()));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn redirects_in_circles_are_a_failure() {
    let server = Server::start(|_| redirect("/again".to_owned())).await;
    assert_eq!(server.get("/", &[]).await, failure("Get \"/again\": stopped after 10 redirects"));
    assert_eq!(server.seen().len(), 10);
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let port = free_port().await;
    let said =
        format!("Get \"http://127.0.0.1:{port}/\": dial tcp 127.0.0.1:{port}: connect: connection refused");
    assert_eq!(get_from("127.0.0.1", port, "/", &[]).await, failure(&*said));
    assert_eq!(get_from("", port, "", &[]).await, failure(said), "no host is this one");
}

#[tokio::test]
async fn a_host_that_does_not_answer_in_time_is_a_failure() {
    let late = |port| format!("Get \"http://127.0.0.1:{port}/\": {LATE}");
    let (_full, port) = full().await;
    assert_eq!(get_from("127.0.0.1", port, "/", &[]).await, failure(late(port)));
    let (port, _silent) = raw(b"", false).await;
    assert_eq!(get_from("127.0.0.1", port, "/", &[]).await, failure(late(port)));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_an_error() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
    let said = "context deadline exceeded (Client.Timeout or context cancellation while reading body)";
    let (port, _server) = raw(head, false).await;
    assert_eq!(get_from("127.0.0.1", port, "/", &[]).await, Probed::Error(said.into()));
    let (port, _server) = raw(head, true).await;
    assert_eq!(get_from("127.0.0.1", port, "/", &[]).await, Probed::Error("unexpected EOF".into()));
}

#[tokio::test]
async fn a_long_body_is_not_read_to_its_end() {
    let server = Server::start(|_| answer(304, "").map(|_| vec![b'x'; 1 << 20].into())).await;
    assert!(matches!(server.get("/", &[]).await, Probed::Warning(_)));
    let server = Server::start(|_| answer(300, &"x".repeat(1 << 20))).await;
    let Probed::Warning(text) = server.get("/", &[]).await else { panic!("no warning") };
    assert_eq!(text.matches('x').count(), MOST_OUTPUT);
}

#[tokio::test]
async fn a_server_that_speaks_something_else_is_a_failure() {
    let (port, _server) = raw(b"", true).await;
    let begin = format!("Get \"http://127.0.0.1:{port}/\": ");
    assert_eq!(get_from("127.0.0.1", port, "/", &[]).await, failure(format!("{begin}EOF")));
    let (port, _server) = raw(b"SSH-2.0-x\r\n", false).await;
    let begin = format!("Get \"http://127.0.0.1:{port}/\": ");
    let said = "net/http: HTTP/1.x transport connection broken: malformed HTTP response";
    assert_eq!(get_from("127.0.0.1", port, "/", &[]).await, failure(format!("{begin}{said}")));
}

#[tokio::test]
async fn no_certificate_is_too_bad() {
    // An Ed25519 key in PKCS #8, and a certificate that is not even one.
    let key = [&b"\x30\x2e\x02\x01\0\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..], &[7; 32]].concat();
    let key = ring::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(key)).unwrap();
    let certificate = vec![b"trust me".to_vec().into()];
    let resolver = SingleCertAndKey::from(CertifiedKey::new(certificate, key));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    let (listener, port) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.unwrap();
        let service = service_fn(|_| async { Ok::<_, Infallible>(answer(503, "")) });
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    });
    let probe = Get { https: true, host: "127.0.0.1", port, path: "/", headers: &[], agent: PROBE };
    assert_eq!(get(probe, TIMEOUT).await, failure("HTTP probe failed with statuscode: 503"));
}

#[tokio::test]
async fn https_to_a_server_without_it_is_a_failure() {
    let server = Server::start(|_| answer(200, "")).await;
    let probe =
        Get { https: true, host: "127.0.0.1", port: server.port, path: "/", headers: &[], agent: PROBE };
    let said = "tls: first record does not look like a TLS handshake";
    let said = format!("Get \"https://127.0.0.1:{}/\": {said}", server.port);
    assert_eq!(get(probe, TIMEOUT).await, failure(said));
}

#[tokio::test]
async fn any_answer_will_do_for_a_hook() {
    let server = Server::start(|_| answer(500, "no")).await;
    let plain =
        Get { https: false, host: "127.0.0.1", port: server.port, path: "/bye", headers: &[], agent: HOOK };
    assert_eq!(hook(plain, TIMEOUT).await, Hooked::Success);
    let agent = server.seen.lock().unwrap_or_else(PoisonError::into_inner)[0].headers()[USER_AGENT].clone();
    assert_eq!(agent, HOOK);
    // One that does not speak HTTPS is asked again without.
    let address = format!("127.0.0.1:{}", server.port);
    assert_eq!(hook(Get { https: true, ..plain }, TIMEOUT).await, Hooked::Fallback(address.into()));
    let nobody = Get { port: free_port().await, ..plain };
    assert!(matches!(hook(nobody, TIMEOUT).await, Hooked::Failure { output: None, .. }));
}
