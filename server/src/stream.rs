//! A connection whose first bytes have been looked at, and are read again by whoever it is handed to.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// A stream that can be handed around whatever is below it.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

/// A stream with bytes that come before those still in it.
pub(crate) struct Sniffed<S> {
    first: Vec<u8>,
    at: usize,
    stream: S,
}

impl<S: AsyncRead + Unpin> Sniffed<S> {
    /// Reads the first bytes, so many, or fewer when the stream ends.
    pub(crate) async fn read(mut stream: S, count: usize) -> io::Result<Self> {
        let mut first = vec![0; count];
        let mut length = 0;
        while length < count {
            match stream.read(&mut first[length..]).await? {
                0 => break,
                read => length += read,
            }
        }
        first.truncate(length);
        Ok(Sniffed { first, at: 0, stream })
    }

    /// The first bytes.
    pub(crate) fn first(&self) -> &[u8] {
        &self.first
    }

    /// The stream behind the first bytes.
    pub(crate) fn into_rest(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Sniffed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.at < self.first.len() {
            let length = buf.remaining().min(self.first.len() - self.at);
            buf.put_slice(&self.first[self.at..self.at + length]);
            self.at += length;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Sniffed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
