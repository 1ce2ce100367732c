//! Writes a connection's answers: collected while more requests wait, never longer than a slow client is allowed.

use std::{io, time::Duration};

use tokio::io::{AsyncWrite, AsyncWriteExt};

use wend_bolt::{chunk, encode::Dialect, message::ResponseKind, packstream::Encoder, response::append};

use super::incoming::Control;
use crate::failure::Failure;

/// Answers are sent when so many bytes have come together.
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

    /// SUCCESS with a map of so many fields, which `write` appends.
    pub(super) fn success(&mut self, fields: usize, write: impl FnOnce(&mut Encoder)) {
        self.success_map(|out| {
            out.map(fields);
            write(out);
        });
    }

    /// SUCCESS with a map that `write` appends.
    pub(super) fn success_map(&mut self, write: impl FnOnce(&mut Encoder)) {
        append(&mut self.buffer, ResponseKind::Success, write);
    }

    pub(super) fn ignored(&mut self) {
        append(&mut self.buffer, ResponseKind::Ignored, |_| {});
    }

    pub(super) fn failure(&mut self, failure: &Failure, dialect: Dialect) {
        append(&mut self.buffer, ResponseKind::Failure, |out| failure.encode(out, dialect.version));
    }

    /// Says that the server is there.
    pub(super) fn noop(&mut self) {
        self.buffer.extend(chunk::NOOP);
    }

    /// Appends whole messages.
    pub(super) fn append(&mut self, messages: Vec<u8>) {
        if self.buffer.is_empty() {
            self.buffer = messages;
        } else {
            self.buffer.extend(messages);
        }
    }

    /// Whether something has come together.
    pub(super) fn waits(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Sends what has come together when it is much.
    pub(super) async fn flush_if_full(&mut self, control: &Control) -> io::Result<()> {
        if self.buffer.len() >= FULL { self.flush(control).await } else { Ok(()) }
    }

    /// Sends what has come together.
    pub(super) async fn flush(&mut self, control: &Control) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut at = 0;
        while at < self.buffer.len() {
            // The patience is with each piece, so that a large answer may take its time as long as it is read.
            let written = tokio::select! {
                written = tokio::time::timeout(self.patience, self.stream.write(&self.buffer[at..])) => written,
                () = control.gone() => return Err(io::ErrorKind::ConnectionAborted.into()),
            };
            match written {
                Ok(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => at += written?,
                Err(_) => {
                    tracing::warn!("a client does not read what is sent to it; its connection is closed");
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
        self.buffer.clear();
        self.buffer.shrink_to(4 * FULL);
        tokio::time::timeout(self.patience, self.stream.flush()).await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Sends what is left without waiting long, and says that nothing follows.
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
