//! A socket between an agent and its engine: every question passes here, and may be delayed, cut off, or be the last thing that the agent does.
//!
//! It knows as much of HTTP as engines speak: a head, a body of known length or in chunks, one question after the other.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI32, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{UnixListener, UnixStream},
    sync::oneshot,
};

/// A question to the engine.
#[derive(Clone, Debug)]
pub struct Question {
    pub method: String,
    /// Without the version.
    pub path: String,
    pub query: String,
    pub body: Vec<u8>,
}

impl Question {
    /// Whether the engine changes something for it.
    pub fn changes(&self) -> bool {
        self.method != "GET" && self.method != "HEAD"
    }
}

/// A moment in the life of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// The engine has not heard it.
    Before,
    /// The engine works at it.
    During,
    /// The engine has answered, and the answer was not heard.
    After,
}

/// What becomes of a question.
#[derive(Clone, Debug)]
pub enum Fate {
    Pass,
    /// Its answer comes later.
    Delay(Duration),
    /// The connection breaks in the middle of the answer.
    CutAnswer,
    /// It is never answered, and the connection stays.
    Swallow,
    /// Something else than the engine answers it.
    Answered(&'static str),
    /// The agent is killed.
    Kill(Moment),
}

/// Decides of each question, and hears the answers to those that name something new.
pub trait Judge: Send + Sync + 'static {
    fn fate(&self, question: &Question) -> Fate;
    fn answered(&self, _question: &Question, _body: &[u8]) {}
}

pub struct Proxy {
    pub socket: PathBuf,
    victim: Arc<AtomicI32>,
    dying: Arc<AtomicBool>,
    _stop: oneshot::Sender<()>,
}

impl Proxy {
    /// A proxy at `socket` before the engine at `engine`.
    pub fn start(socket: &Path, engine: &Path, judge: Arc<dyn Judge>) -> Self {
        let (victim, dying) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicBool::new(false)));
        let (stop, stopped) = oneshot::channel();
        let engine = engine.to_owned();
        let link = Link { engine, judge, victim: Arc::clone(&victim), dying: Arc::clone(&dying) };
        let at = socket.to_owned();
        let (ready_to, ready) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = UnixListener::bind(at).unwrap();
                ready_to.send(()).unwrap();
                let accept = async {
                    loop {
                        let (client, _) = listener.accept().await.unwrap();
                        let link = link.clone();
                        tokio::spawn(async move { link.serve(client).await });
                    }
                };
                tokio::select! { () = accept => {}, _ = stopped => {} }
            });
            // Connections that hang end with their thread.
            runtime.shutdown_background();
        });
        ready.recv().unwrap();
        Self { socket: socket.to_owned(), victim, dying, _stop: stop }
    }

    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Whom [`Fate::Kill`] kills.
    pub fn victim(&self, pid: u32) {
        self.victim.store(i32::try_from(pid).unwrap(), Ordering::SeqCst);
        self.dying.store(false, Ordering::SeqCst);
    }
}

#[derive(Clone)]
struct Link {
    engine: PathBuf,
    judge: Arc<dyn Judge>,
    victim: Arc<AtomicI32>,
    /// Its death is decided: what it still asks is not heard.
    dying: Arc<AtomicBool>,
}

impl Link {
    /// Until one of the two closes, or a fate cuts it.
    async fn serve(&self, client: UnixStream) -> Option<()> {
        let mut client = Wire::new(client);
        let mut engine = Wire::new(UnixStream::connect(&self.engine).await.ok()?);
        loop {
            let message = client.message(None).await?;
            let question = question(&message)?;
            if self.dying.load(Ordering::SeqCst) {
                return None;
            }
            let fate = self.judge.fate(&question);
            if matches!(fate, Fate::Kill(_)) {
                self.dying.store(true, Ordering::SeqCst);
            }
            match fate {
                Fate::Kill(Moment::Before) => return self.kill(),
                Fate::Swallow => return std::future::pending().await,
                Fate::Answered(body) => {
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
                    let answer = format!("{head} {}\r\n\r\n{body}", body.len());
                    client.stream.write_all(answer.as_bytes()).await.ok()?;
                    continue;
                }
                Fate::Pass
                | Fate::Delay(_)
                | Fate::CutAnswer
                | Fate::Kill(Moment::During | Moment::After) => {}
            }
            if engine.stream.write_all(&message).await.is_err() && matches!(fate, Fate::Kill(_)) {
                return self.kill();
            }
            match fate {
                // The answer that tells what happens has no end.
                Fate::Kill(moment) if moment == Moment::During || question.path == "/events" => {
                    tokio::time::sleep(Duration::from_millis(8)).await;
                    return self.kill();
                }
                Fate::Kill(_) => {
                    engine.message(None).await;
                    return self.kill();
                }
                Fate::CutAnswer => {
                    let answer = engine.message(None).await?;
                    client.stream.write_all(&answer[..answer.len() / 2]).await.ok()?;
                    return None;
                }
                Fate::Delay(time) => tokio::time::sleep(time).await,
                Fate::Pass | Fate::Swallow | Fate::Answered(_) => {}
            }
            let answer = engine.message(Some(&mut client.stream)).await?;
            if answer.starts_with(b"HTTP/1.1 101") {
                copy_bidirectional(&mut client.stream, &mut engine.stream).await.ok()?;
                return None;
            }
            let body = head_end(&answer).map_or(&[][..], |end| &answer[end..]);
            self.judge.answered(&question, body);
        }
    }

    fn kill(&self) -> Option<()> {
        let pid = Pid::from_raw(self.victim.load(Ordering::SeqCst))?;
        let _ = kill_process(pid, Signal::KILL);
        None
    }
}

/// One direction of a connection, with what was read too far.
struct Wire {
    stream: UnixStream,
    ahead: Vec<u8>,
}

impl Wire {
    fn new(stream: UnixStream) -> Self {
        Self { stream, ahead: Vec::new() }
    }

    /// Reads more, or hears that the listener is gone.
    async fn fill(&mut self, to: &mut Option<&mut UnixStream>) -> io::Result<usize> {
        let mut piece = vec![0; 16 * 1024];
        let count = match to {
            None => self.stream.read(&mut piece).await?,
            Some(listener) => {
                let mut nothing = [0; 1];
                tokio::select! {
                    count = self.stream.read(&mut piece) => count?,
                    // Who waits for an answer says nothing: this is the end of it.
                    _ = listener.read(&mut nothing) => return Err(io::ErrorKind::BrokenPipe.into()),
                }
            }
        };
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(listener) = to {
            listener.write_all(&piece[..count]).await?;
        }
        self.ahead.extend_from_slice(&piece[..count]);
        Ok(count)
    }

    /// Reads one whole message, and passes it on meanwhile. Gives the head alone when the connection is upgraded.
    async fn message(&mut self, mut to: Option<&mut UnixStream>) -> Option<Vec<u8>> {
        let end = loop {
            match head_end(&self.ahead) {
                Some(end) => break end,
                None => self.fill(&mut to).await.ok()?,
            };
        };
        let head = String::from_utf8_lossy(&self.ahead[..end]).to_lowercase();
        let header = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let bodiless = ["http/1.1 101", "http/1.1 204", "http/1.1 304"].iter().any(|it| head.starts_with(it));
        let length = header("content-length").and_then(|length| length.parse::<usize>().ok());
        let chunked = header("transfer-encoding") == Some("chunked");
        let until_close = head.starts_with("http/1.1 200") && length.is_none() && !chunked;
        let whole = |have: &[u8]| match length {
            _ if bodiless => true,
            Some(length) => have.len() >= end + length,
            None if chunked => have.ends_with(b"\r\n0\r\n\r\n") || have[end..] == *b"0\r\n\r\n",
            None => !until_close,
        };
        while !whole(&self.ahead) {
            if self.fill(&mut to).await.is_err() {
                return until_close.then(|| std::mem::take(&mut self.ahead));
            }
        }
        Some(std::mem::take(&mut self.ahead))
    }
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn question(message: &[u8]) -> Option<Question> {
    let end = head_end(message)?;
    let head = String::from_utf8_lossy(&message[..end]).into_owned();
    let mut words = head.lines().next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let versioned = path.strip_prefix("/v").and_then(|rest| rest.split_once('/'));
    let path = versioned.map_or_else(|| path.to_owned(), |(_, rest)| format!("/{rest}"));
    Some(Question { method, path, query: query.to_owned(), body: message[end..].to_vec() })
}
