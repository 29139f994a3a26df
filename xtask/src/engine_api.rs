//! The one word of the Docker Engine API that is needed before any suite or agent runs: is it there?

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// An engine that hangs accepts connections and never answers.
const LIMIT: Duration = Duration::from_secs(2);

/// Where Docker listens when nothing says otherwise.
pub(crate) const USUAL_HOST: &str = "unix:///var/run/docker.sock";

/// Whether an engine answers at `host`, and if not, why.
pub(crate) fn ping(host: &str) -> Result<(), String> {
    let answer = ask(host).map_err(|error| error.to_string())?;
    let first = answer.lines().next().unwrap_or_default();
    if first.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(format!("it answers `{first}`")) }
}

fn ask(host: &str) -> io::Result<String> {
    if let Some(path) = host.strip_prefix("unix://") {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(LIMIT))?;
        return exchange(stream);
    }
    if let Some(address) = host.strip_prefix("tcp://").or_else(|| host.strip_prefix("http://")) {
        let stream = TcpStream::connect(address.trim_end_matches('/'))?;
        stream.set_read_timeout(Some(LIMIT))?;
        return exchange(stream);
    }
    Err(io::Error::other(format!("{host} is neither unix://PATH nor tcp://HOST:PORT")))
}

fn exchange(mut stream: impl Read + Write) -> io::Result<String> {
    // HTTP 1.0: the engine closes when it has said everything.
    stream.write_all(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn answers(text: &'static str) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("tcp://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 64];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(text.as_bytes()).unwrap();
        });
        let result = ping(&host);
        server.join().unwrap();
        result
    }

    #[test]
    fn an_engine_is_there_when_it_says_so() {
        assert_eq!(answers("HTTP/1.0 200 OK\r\n\r\nOK"), Ok(()));
        assert!(answers("HTTP/1.0 503 Busy\r\n\r\n").unwrap_err().contains("503"));
        assert!(ping("unix:///nowhere/docker.sock").is_err());
        assert!(ping("ssh://me@there").unwrap_err().contains("ssh://me@there"));
    }
}
