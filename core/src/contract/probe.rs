//! Looking into a container: probes.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// Which of a container's probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProbeKind {
    /// Whether it must be restarted.
    Liveness,
    /// Whether it can serve.
    Readiness,
    /// Whether it has started.
    Startup,
}

impl ProbeKind {
    /// Its name inside a sentence.
    #[must_use]
    pub const fn lower(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
            Self::Startup => "startup",
        }
    }
}

impl fmt::Display for ProbeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a probe or a hook does, with names of ports resolved and addresses filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// Run a command in the container; exit code 0 is success.
    Exec {
        /// The command.
        command: Vec<Arc<str>>,
    },
    /// Make an HTTP request from the node; a status of 200 to 399 is success.
    HttpGet {
        /// HTTPS, whose certificate nobody looks at.
        https: bool,
        /// The address; empty for the node's own.
        host: Arc<str>,
        /// The port.
        port: u16,
        /// The path, with its query.
        path: Arc<str>,
        /// Headers, in order.
        headers: Vec<(Arc<str>, Arc<str>)>,
    },
    /// Open a connection from the node.
    TcpSocket {
        /// The address; empty for the node's own.
        host: Arc<str>,
        /// The port.
        port: u16,
    },
    /// Ask the gRPC health service, without TLS; serving is success.
    Grpc {
        /// The address; empty for the node's own.
        host: Arc<str>,
        /// The port.
        port: u16,
        /// The service; empty for the server as a whole.
        service: Arc<str>,
    },
}

/// What a probe found. Texts are the kubelet's own, as its events carry them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probed {
    /// All is well.
    Success,
    /// All is well, but: a redirect to another host was not followed.
    Warning(Arc<str>),
    /// It is not.
    Failure(Arc<str>),
    /// It could not be found out, which says nothing about the container.
    Error(Arc<str>),
}
