//! Opening connections, and what to say when that fails, as Go says it.

use std::{fmt, io};

use tokio::net::{TcpStream, lookup_host};

use super::join;

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum DialError {
    /// Nobody knows the name.
    Lookup(String),
    /// The address does not take connections.
    Connect(String, io::Error),
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup(host) => write!(f, "dial tcp: lookup {host}: no such host"),
            Self::Connect(address, error) => write!(f, "dial tcp {address}: connect: {}", words(error)),
        }
    }
}

/// Connects to the first address that answers; of several troubles the first is told.
pub(super) async fn dial(host: &str, port: u16) -> Result<TcpStream, DialError> {
    let unknown = || DialError::Lookup(host.to_owned());
    let addresses = lookup_host(join(host, port)).await.map_err(|_| unknown())?;
    let mut first = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                first.get_or_insert(DialError::Connect(address.to_string(), error));
            }
        }
    }
    Err(first.unwrap_or_else(unknown))
}

/// The words of an I/O error: in small letters and without its number.
pub(super) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
