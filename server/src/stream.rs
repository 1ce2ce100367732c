//! Streams: one whose first bytes can be read twice, to detect the protocol, and one with a time limit for writes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// Any stream of a connection.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

/// A stream whose first bytes have been read and are given again.
pub(crate) struct Sniffed<S> {
    first: Vec<u8>,
    at: usize,
    stream: S,
}

impl<S: AsyncRead + Unpin> Sniffed<S> {
    /// Reads the first `count` bytes, or fewer when the stream ends.
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

    /// The stream without the first bytes.
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

/// A stream whose writes have a time limit: otherwise a client that does not read would hold its connection for ever.
pub(crate) struct TimedWrites<S> {
    stream: S,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    /// The timer of [`LINGER`], which starts when this side is shut down.
    lingering: Option<Pin<Box<Sleep>>>,
}

/// How long input is still read after the last response: the system discards sent data when a socket with unread input
/// closes.
const LINGER: Duration = Duration::from_secs(1);

impl<S> TimedWrites<S> {
    /// A stream whose writes may wait for `patience`.
    pub(crate) fn new(stream: S, patience: Duration) -> Self {
        TimedWrites { stream, patience, waiting: None, lingering: None }
    }

    /// The result of a write, or a time-out when it has waited too long.
    fn timed<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.waiting = None;
            return polled;
        }
        let patience = self.patience;
        ready!(self.waiting.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedWrites<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TimedWrites<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.timed(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.timed(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
            ready!(self.timed(cx, polled))?;
        }
        let mut rest = [0; 16 << 10];
        loop {
            let mut buf = ReadBuf::new(&mut rest);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => break,
            }
        }
        self.lingering.get_or_insert_with(|| Box::pin(sleep(LINGER))).as_mut().poll(cx).map(Ok)
    }
}
