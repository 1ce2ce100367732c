//! A client's connection over HTTP to a server, with TLS or without.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;
use wend_bolt::client::{Address, ClientError, Trust, fingerprint, tls_config};

use crate::stream::Socket;

/// A connection.
pub(crate) struct Connected {
    pub(crate) sender: SendRequest<Empty<Bytes>>,
    /// The Host header: the address, because the server refuses unknown names.
    pub(crate) host: String,
    /// The fingerprint of the server's certificate, where the connection is encrypted.
    pub(crate) certificate: Option<String>,
}

/// Connects.
pub(crate) async fn connect(address: &Address, patience: Duration) -> Result<Connected, ClientError> {
    let stream = timeout(patience, TcpStream::connect((address.host(), address.port()))).await;
    let stream = stream.map_err(|_| silent())??;
    let host = stream.peer_addr()?.to_string();
    let mut certificate = None;
    let stream: Box<dyn Socket> = match address.trust() {
        Trust::Plain => Box::new(stream),
        Trust::Authority(_) | Trust::Anyone => {
            let (config, name) = tls_config(address)?;
            let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
            let no_tls = |_| io::Error::new(io::ErrorKind::TimedOut, "the server does not speak TLS");
            let stream = timeout(patience, connecting).await.map_err(no_tls)??;
            certificate = Some(fingerprint(stream.get_ref().1.peer_certificates()));
            Box::new(stream)
        }
    };
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    Ok(Connected { sender, host, certificate })
}

/// The error when nothing comes in time.
pub(crate) fn silent() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the server does not answer")
}
