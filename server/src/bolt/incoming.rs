//! The reading half of a connection: messages are read ahead, so that a RESET or the client's end is noticed while a
//! statement runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::{Notify, mpsc},
};

use wend_bolt::{
    chunk::Assembler,
    message::{RequestKind, tag},
};

use crate::{budget::Share, failure::Failure, limits::Limits};

/// The most messages read ahead.
pub(super) const QUEUE: usize = 1024;

/// The state that the reading and the processing half of a connection share.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// RESETs that were read and are not processed yet.
    resets: AtomicUsize,
    closed: AtomicBool,
    interrupted: Notify,
    authenticated: AtomicBool,
    /// The number of messages queued, and of those processed.
    handed: AtomicU64,
    processed: AtomicU64,
    queued_bytes: AtomicUsize,
    progress: Notify,
}

impl Control {
    /// Whether the running statement must be cancelled: a RESET is queued, or the client is gone.
    pub(super) fn is_interrupted(&self) -> bool {
        self.resets.load(Ordering::Acquire) > 0 || self.is_closed()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn resets(&self) -> usize {
        self.resets.load(Ordering::Acquire)
    }

    pub(super) fn reset_done(&self) {
        let _ = self.resets.fetch_update(Ordering::AcqRel, Ordering::Acquire, |resets| resets.checked_sub(1));
    }

    /// Waits until the running statement must be cancelled.
    pub(super) async fn interrupted(&self) {
        loop {
            let notified = self.interrupted.notified();
            if self.is_interrupted() {
                return;
            }
            notified.await;
        }
    }

    /// Waits until the client is gone.
    pub(super) async fn gone(&self) {
        loop {
            let notified = self.interrupted.notified();
            if self.is_closed() {
                return;
            }
            notified.await;
        }
    }

    pub(super) fn set_authenticated(&self, authenticated: bool) {
        self.authenticated.store(authenticated, Ordering::Release);
    }

    pub(super) fn message_processed(&self, bytes: usize) {
        self.queued_bytes.fetch_sub(bytes, Ordering::AcqRel);
        self.processed.fetch_add(1, Ordering::AcqRel);
        self.progress.notify_one();
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.interrupted.notify_waiters();
    }

    /// Before the login, waits until all messages are processed: the limit of the next message depends on the login.
    async fn settled(&self) {
        while !self.authenticated.load(Ordering::Acquire)
            && self.processed.load(Ordering::Acquire) < self.handed.load(Ordering::Acquire)
        {
            self.progress.notified().await;
        }
    }

    async fn room(&self, most: usize) {
        while self.queued_bytes.load(Ordering::Acquire) > most {
            self.progress.notified().await;
        }
    }

    fn most(&self, limits: &Limits) -> usize {
        if self.authenticated.load(Ordering::Acquire) { limits.message } else { limits.message_before_login }
    }
}

/// What the reading half passes on.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(Vec<u8>),
    /// The client broke a limit: it receives a failure, and the connection closes.
    Broken(Failure),
}

/// Reads messages until the connection ends.
pub(super) async fn read(
    mut stream: impl AsyncRead + Unpin,
    control: Arc<Control>,
    queue: mpsc::Sender<Incoming>,
    limits: Arc<Limits>,
    share: Share,
) {
    let reason = read_until_end(&mut stream, &control, &queue, &limits, share).await;
    match reason {
        // Queued like a message, so that the failure follows the responses to earlier requests.
        Some(reason) => {
            let _ = queue.send(Incoming::Broken(reason)).await;
            // Unread input is read and discarded: the system would otherwise discard responses that are not sent yet.
            let mut rest = [0; 4096];
            while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {}
        }
        None => control.close(),
    }
}

async fn read_until_end(
    stream: &mut (impl AsyncRead + Unpin),
    control: &Control,
    queue: &mpsc::Sender<Incoming>,
    limits: &Limits,
    mut share: Share,
) -> Option<Failure> {
    let mut assembler = Assembler::default();
    let mut buffer = vec![0; 16 << 10];
    let (mut window, mut in_window) = (Instant::now(), 0);
    loop {
        let length = if assembler.in_message() {
            let left = limits.slow_sender.saturating_sub(window.elapsed());
            match tokio::time::timeout(left, stream.read(&mut buffer)).await {
                Ok(read) => read.ok()?,
                Err(_) if in_window >= limits.slow_sender_bytes => {
                    (window, in_window) = (Instant::now(), 0);
                    continue;
                }
                Err(_) => return Some(Failure::request("the rest of a message did not come in time")),
            }
        } else {
            stream.read(&mut buffer).await.ok()?
        };
        if length == 0 {
            return None;
        }
        in_window += length;
        let mut at = 0;
        while at < length {
            let began = assembler.in_message();
            let (read, message) = match assembler.feed(&buffer[at..length], control.most(limits)) {
                Ok(fed) => fed,
                Err(error) => return Some(Failure::request(error.to_string())),
            };
            at += read;
            if !began && assembler.in_message() {
                (window, in_window) = (Instant::now(), 0);
            }
            // The receiver of the message counts it from here on.
            if let Err(failure) = share.hold(assembler.length()) {
                return Some(failure);
            }
            let Some(message) = message else { continue };
            let kind = tag(&message).and_then(RequestKind::of_tag);
            if kind == Some(RequestKind::Reset) {
                control.resets.fetch_add(1, Ordering::AcqRel);
                control.interrupted.notify_waiters();
            }
            control.queued_bytes.fetch_add(message.len(), Ordering::AcqRel);
            control.handed.fetch_add(1, Ordering::AcqRel);
            queue.send(Incoming::Message(message)).await.ok()?;
            if kind == Some(RequestKind::Goodbye) {
                return None;
            }
            control.settled().await;
            control.room(limits.message).await;
        }
        // A larger buffer for clients that send much.
        if length == buffer.len() && buffer.len() < 256 << 10 {
            buffer.resize(buffer.len() * 4, 0);
        }
    }
}
