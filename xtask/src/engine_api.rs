//! The few words of the Docker Engine API that are needed before any suite runs: is it there, and load an image.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

const QUICK: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_mins(2);

/// Where Docker listens when nothing says otherwise.
pub(crate) const USUAL_HOST: &str = "unix:///var/run/docker.sock";

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Whether an engine answers at `host`, and if not, why.
pub(crate) fn ping(host: &str) -> Result<(), String> {
    let answer = request(host, "GET", "/_ping", &[], QUICK).map_err(|error| error.to_string())?;
    if is_success(&answer) { Ok(()) } else { Err(format!("it answers `{}`", first_line(&answer))) }
}

/// Whether the engine knows an image.
pub(crate) fn has_image(host: &str, name: &str) -> io::Result<bool> {
    request(host, "GET", &format!("/images/{name}/json"), &[], LONG).map(|answer| is_success(&answer))
}

/// Makes an image of one layer from an archive of files.
pub(crate) fn import(host: &str, repository: &str, tag: &str, archive: &[u8]) -> io::Result<()> {
    // CMD ["sh"], percent-encoded.
    let path = format!("/images/create?fromSrc=-&repo={repository}&tag={tag}&changes=CMD%20%5B%22sh%22%5D");
    let answer = request(host, "POST", &path, archive, LONG)?;
    let refused = !is_success(&answer) || answer.contains("errorDetail");
    if refused { Err(io::Error::other(answer.lines().last().unwrap_or_default().to_owned())) } else { Ok(()) }
}

fn request(host: &str, method: &str, path: &str, body: &[u8], limit: Duration) -> io::Result<String> {
    let mut stream = connect(host, limit)?;
    // HTTP 1.0: the engine closes when it has said everything.
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/x-tar\r\n")?;
    write!(stream, "Content-Length: {}\r\n\r\n", body.len())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn connect(host: &str, limit: Duration) -> io::Result<Box<dyn Stream>> {
    if let Some(path) = host.strip_prefix("unix://") {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(limit))?;
        return Ok(Box::new(stream));
    }
    if let Some(address) = host.strip_prefix("tcp://").or_else(|| host.strip_prefix("http://")) {
        let stream = TcpStream::connect(address.trim_end_matches('/'))?;
        stream.set_read_timeout(Some(limit))?;
        return Ok(Box::new(stream));
    }
    Err(io::Error::other(format!("{host} is neither unix://PATH nor tcp://HOST:PORT")))
}

fn is_success(answer: &str) -> bool {
    first_line(answer).split(' ').nth(1).is_some_and(|code| code.starts_with('2'))
}

fn first_line(answer: &str) -> &str {
    answer.lines().next().unwrap_or_default()
}
