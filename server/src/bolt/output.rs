//! The writing half of a connection: responses are collected while more requests are queued, and a slow client is given
//! up.

use std::{io, time::Duration};

use tokio::io::{AsyncWrite, AsyncWriteExt};

use wend_bolt::{chunk, encode::Dialect, message::ResponseKind, packstream::Encoder, response::append};

use super::incoming::Control;
use crate::failure::Failure;

/// Responses are sent when so many bytes have been collected.
const FULL: usize = 64 << 10;

/// The writing half of a connection.
#[derive(Debug)]
pub(super) struct Output<W> {
    stream: W,
    buffer: Vec<u8>,
    patience: Duration,
}

impl<W: AsyncWrite + Unpin> Output<W> {
    pub(super) fn new(stream: W, patience: Duration) -> Self {
        Output { stream, buffer: Vec::new(), patience }
    }

    /// Appends SUCCESS with a map of `fields` entries, which `write` appends.
    pub(super) fn success(&mut self, fields: usize, write: impl FnOnce(&mut Encoder)) {
        self.success_map(|out| {
            out.map(fields);
            write(out);
        });
    }

    /// Appends SUCCESS with a map that `write` appends.
    pub(super) fn success_map(&mut self, write: impl FnOnce(&mut Encoder)) {
        append(&mut self.buffer, ResponseKind::Success, write);
    }

    pub(super) fn ignored(&mut self) {
        append(&mut self.buffer, ResponseKind::Ignored, |_| {});
    }

    pub(super) fn failure(&mut self, failure: &Failure, dialect: Dialect) {
        append(&mut self.buffer, ResponseKind::Failure, |out| failure.encode(out, dialect.version));
    }

    /// Appends NOOP, a sign of life.
    pub(super) fn noop(&mut self) {
        self.buffer.extend(chunk::NOOP);
    }

    /// Appends complete messages.
    pub(super) fn append(&mut self, messages: Vec<u8>) {
        if self.buffer.is_empty() {
            self.buffer = messages;
        } else {
            self.buffer.extend(messages);
        }
    }

    /// Whether collected responses have not been sent.
    pub(super) fn waits(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Sends the collected responses when there are many.
    pub(super) async fn flush_if_full(&mut self, control: &Control) -> io::Result<()> {
        if self.buffer.len() >= FULL { self.flush(control).await } else { Ok(()) }
    }

    /// Sends the collected responses.
    pub(super) async fn flush(&mut self, control: &Control) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut at = 0;
        while at < self.buffer.len() {
            // The time limit is per piece: a large response may take long as long as the client reads.
            let written = tokio::select! {
                written = tokio::time::timeout(self.patience, self.stream.write(&self.buffer[at..])) => written,
                () = control.gone() => return Err(io::ErrorKind::ConnectionAborted.into()),
            };
            match written {
                Ok(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => at += written?,
                Err(_) => {
                    tracing::warn!("a client does not read its responses; its connection is closed");
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
        self.buffer.clear();
        self.buffer.shrink_to(4 * FULL);
        tokio::time::timeout(self.patience, self.stream.flush()).await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Sends the rest within a second, and closes this side of the connection.
    pub(super) async fn finish(&mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), async {
            if !self.buffer.is_empty() {
                self.stream.write_all(&self.buffer).await?;
            }
            self.stream.shutdown().await
        })
        .await;
        self.buffer.clear();
    }
}
