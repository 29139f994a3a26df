//! Whether a port takes connections.

use std::time::Duration;

use standfast_core::contract::Probed;
use tokio::time;

use super::{dial::dial, join};

/// Opens a connection and closes it.
pub(crate) async fn connect(host: &str, port: u16, timeout: Duration) -> Probed {
    match time::timeout(timeout, dial(host, port)).await {
        Ok(Ok(_)) => Probed::Success,
        Ok(Err(error)) => Probed::Failure(error.to_string().into()),
        Err(_) => Probed::Failure(format!("dial tcp {}: i/o timeout", join(host, port)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::testing::{free_port, full, listen};

    const TIMEOUT: Duration = Duration::from_millis(300);

    #[tokio::test]
    async fn an_open_port_is_success() {
        let (_listener, port) = listen().await;
        assert_eq!(connect("127.0.0.1", port, TIMEOUT).await, Probed::Success);
        assert_eq!(connect("", port, TIMEOUT).await, Probed::Success);
    }

    #[tokio::test]
    async fn a_closed_port_refuses() {
        let port = free_port().await;
        let said = format!("dial tcp 127.0.0.1:{port}: connect: connection refused");
        assert_eq!(connect("127.0.0.1", port, TIMEOUT).await, Probed::Failure(said.into()));
    }

    #[tokio::test]
    async fn a_host_that_does_not_answer_times_out() {
        let (_full, port) = full().await;
        let said = format!("dial tcp 127.0.0.1:{port}: i/o timeout");
        assert_eq!(connect("127.0.0.1", port, TIMEOUT).await, Probed::Failure(said.into()));
    }
}
