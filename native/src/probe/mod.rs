//! Probes that the node makes over the network: HTTP, TCP and gRPC, by the kubelet's rules and in its words.
//!
//! Nothing here knows pods or engines: a probe is told where to look and how long it may take, and says what it found. What a result
//! means is the core's affair. Follows `pkg/probe/{http,tcp,grpc}` of Kubernetes.

mod dial;
pub(crate) mod grpc;
pub(crate) mod http;
mod insecure;
mod place;
pub(crate) mod tcp;
#[cfg(test)]
mod testing;
mod wire;

/// More of an answer is not kept.
pub(crate) const MOST_OUTPUT: usize = 10 << 10;

/// A host and a port as an address is written; no host is the node's own.
fn join(host: &str, port: u16) -> String {
    let host = if host.is_empty() { LOCAL } else { host };
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// The node itself.
const LOCAL: &str = "127.0.0.1";

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn addresses_are_written_as_they_are_dialled() {
        assert_eq!(join("10.0.0.5", 80), "10.0.0.5:80");
        assert_eq!(join("fd00::5", 80), "[fd00::5]:80");
        assert_eq!(join("[fd00::5]", 80), "[fd00::5]:80");
        assert_eq!(join("", 80), "127.0.0.1:80");
    }
}
