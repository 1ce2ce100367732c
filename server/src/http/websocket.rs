//! Bolt within a WebSocket, for browsers: the WebSocket's messages are pieces of one byte stream.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::{Sink, Stream};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

use wend_bolt::handshake::MAGIC;

use super::{body::Body, keep_open::KeepOpen, problem::Problem};
use crate::{
    bolt,
    shared::{Peer, Shared},
    stream::Sniffed,
};

/// The most bytes of a WebSocket message. Bolt's chunks have at most 64 KiB, but one message may have several.
const LARGEST: usize = 16 << 20;

/// Whether a request asks for a WebSocket.
pub(super) fn is_asked<B>(request: &Request<B>) -> bool {
    let header = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or("");
    request.method() == Method::GET && header(UPGRADE).eq_ignore_ascii_case("websocket")
}

/// Upgrades a connection from HTTP to Bolt.
pub(super) fn accept(
    mut request: Request<Incoming>,
    shared: Arc<Shared>,
    peer: Peer,
    held: KeepOpen,
) -> Result<Response<Body>, Problem> {
    let wrong = |message: &str| Problem::request(StatusCode::BAD_REQUEST, message);
    let headers = request.headers();
    let upgrades = headers.get(CONNECTION).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !upgrades.split(',').any(|word| word.trim().eq_ignore_ascii_case("upgrade")) {
        return Err(wrong("a WebSocket needs Connection: Upgrade"));
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(wrong("a WebSocket needs Sec-WebSocket-Version: 13"));
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).ok_or_else(|| wrong("a WebSocket needs Sec-WebSocket-Key"))?;
    let accept = derive_accept_key(key.as_bytes());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(Ok(upgraded)) = tokio::time::timeout(peer.patience(), upgrade).await else { return };
        let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        let stream = Bytestream { socket, rest: Bytes::new() };
        let _open = shared.metrics.connected("websocket");
        match tokio::time::timeout(peer.patience(), Sniffed::read(stream, 4)).await {
            Ok(Ok(sniffed)) if sniffed.first() == MAGIC => {
                bolt::serve(sniffed.into_rest(), shared.clone(), peer).await;
            }
            _ => tracing::debug!(connection = peer.id, "the client of a WebSocket does not speak Bolt"),
        }
        drop(held);
    });
    let mut response = Body::answer(StatusCode::SWITCHING_PROTOCOLS, "text/plain", Body::Whole(None));
    response.headers_mut().clear();
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        response.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    Ok(response)
}

/// The messages of a WebSocket as one byte stream.
struct Bytestream<S> {
    socket: WebSocketStream<S>,
    /// The unread bytes of the last message.
    rest: Bytes,
}

fn failed(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => io::ErrorKind::ConnectionAborted.into(),
        other => io::Error::other(other),
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Bytestream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => self.rest = bytes,
                Some(Ok(Message::Text(_))) => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "Bolt is binary")));
                }
                // The socket answers pings itself.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => {
                    return Poll::Ready(Ok(()));
                }
                Some(Err(error)) => return Poll::Ready(Err(failed(error))),
            }
        }
        let length = buf.remaining().min(self.rest.len());
        buf.put_slice(&self.rest.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Bytestream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.socket).poll_ready(cx)).map_err(failed)?;
        let message = Message::Binary(Bytes::copy_from_slice(bytes));
        Pin::new(&mut self.socket).start_send(message).map_err(failed)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx).map_err(failed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx).map_err(failed)
    }
}
