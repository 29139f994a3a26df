//! Places on the loopback for the tests of probes.

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A port that takes connections.
pub(super) async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A port where nobody listens.
pub(super) async fn free_port() -> u16 {
    listen().await.1
}

/// A port that drops every further attempt to connect: its queue is full and nobody accepts.
pub(super) async fn full() -> ((TcpListener, Vec<TcpStream>), u16) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let patience = std::time::Duration::from_millis(100);
    while let Ok(stream) = tokio::time::timeout(patience, TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
    }
    ((listener, waiting), address.port())
}
