//! One connection from the handshake to its end: requests are checked against the state, run, and answered.

use std::{
    collections::BTreeMap,
    future::pending,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{mpsc, watch},
    time::timeout,
};
use wend_bolt::{
    chunk::Assembler,
    encode::Dialect,
    handshake::{self, Answer},
    message::{RequestKind, ResponseKind},
    request::Request,
    response,
    version::Version,
};
use wenddb::{CancelToken, Session, host::HostedSession};

use super::{
    incoming::{Control, Incoming, QUEUE, read},
    open_result::OpenResult,
    output::Output,
    state::{State, Verdict},
};
use crate::{
    failure::Failure,
    shared::{Peer, Phase, Shared},
};

/// The interval at which a connection with an open transaction looks whether the server's shutdown has gone on.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// While a job takes longer than this, the responses to earlier requests are sent.
const PROMPT: Duration = Duration::from_millis(50);

/// Longer messages are decoded on a worker.
const LONG_MESSAGE: usize = 64 << 10;

/// The connection closes.
#[derive(Debug)]
pub(super) struct Ended;

pub(super) type Flow<T = ()> = Result<T, Ended>;

/// Serves a connection whose first four bytes, Bolt's magic number, have been read.
pub(crate) async fn serve<S>(mut stream: S, shared: Arc<Shared>, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let agreed = timeout(peer.patience(), agree(&mut stream)).await;
    let (version, manifest) = match agreed {
        Ok(Ok(Some(agreed))) => agreed,
        Ok(Ok(None)) => {
            tracing::debug!(connection = peer.id, "the client supports no version of Bolt that this server supports");
            return drop(timeout(Duration::from_secs(1), stream.shutdown()).await);
        }
        Ok(Err(_)) => return,
        Err(_) => return tracing::debug!(connection = peer.id, "no handshake in time"),
    };
    let (reading, writing) = tokio::io::split(stream);
    let control = Arc::new(Control::default());
    let (sender, requests) = mpsc::channel(QUEUE);
    let reader = tokio::spawn(read(reading, control.clone(), sender, shared.limits.clone(), shared.messages.share()));
    let output = Output::new(writing, shared.limits.slow_reader);
    let mut connection = Connection {
        out: output,
        control,
        requests,
        dialect: Dialect::new(version, false),
        manifest,
        state: State::Negotiation,
        session: None,
        results: BTreeMap::new(),
        next_qid: 0,
        last_qid: -1,
        deadline: None,
        login_by: peer.login_by,
        named_database: false,
        expired: None,
        quiet: false,
        routing: None,
        interrupted: false,
        watch: None,
        peer,
        shared,
    };
    connection.run().await;
    connection.end().await;
    connection.unwatch();
    // Input that the client sent in the meantime is read: the system would otherwise discard the last response.
    let _ = timeout(Duration::from_secs(1), async {
        while let Some(Incoming::Message(_)) = connection.requests.recv().await {
            connection.control.message_processed(0);
        }
    })
    .await;
    reader.abort();
}

/// Answers the first message of a client beyond the limit of connections with the reason.
pub(crate) async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, failure: &Failure) {
    let Ok(Some((version, _))) = agree(&mut stream).await else { return };
    let mut assembler = Assembler::default();
    let mut buffer = [0; 4096];
    loop {
        let Ok(length @ 1..) = stream.read(&mut buffer).await else { return };
        match assembler.feed(&buffer[..length], 64 << 10) {
            Ok((_, Some(_))) => break,
            Ok((_, None)) => {}
            Err(_) => return,
        }
    }
    let mut out = Vec::new();
    response::append(&mut out, ResponseKind::Failure, |out| failure.encode(out, version));
    if stream.write_all(&out).await.is_ok() && stream.shutdown().await.is_ok() {
        // As above: unread input would make the system discard the response.
        while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
    }
}

/// Agrees on a version; `true` = by the manifest.
async fn agree(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Option<(Version, bool)>> {
    let mut offers = [0; 16];
    stream.read_exact(&mut offers).await?;
    let answer = handshake::choose(&offers);
    // In one write: some clients expect the manifest in one piece.
    stream.write_all(&handshake::bytes(&answer)).await?;
    stream.flush().await?;
    match answer {
        Answer::Version(version) => Ok(Some((version, false))),
        Answer::None => Ok(None),
        Answer::Manifest => {
            let mut choice = [0; 4];
            stream.read_exact(&mut choice).await?;
            // The capabilities of the client, none of which is known here.
            for index in 0.. {
                match handshake::more_of_number(stream.read_u8().await?, index) {
                    Some(true) => {}
                    Some(false) => break,
                    None => return Ok(None),
                }
            }
            Ok(handshake::chosen(choice).map(|version| (version, true)))
        }
    }
}

/// Waits until the server's shutdown has reached a phase.
async fn reached(phases: &mut watch::Receiver<Phase>, phase: Phase) {
    // The sender lives as long as the server.
    if phases.wait_for(|now| *now >= phase).await.is_err() {
        pending::<()>().await;
    }
}

/// A connection after the handshake.
pub(super) struct Connection<W> {
    pub(super) out: Output<W>,
    pub(super) control: Arc<Control>,
    requests: mpsc::Receiver<Incoming>,
    pub(super) dialect: Dialect,
    /// Whether the version was chosen from the manifest.
    pub(super) manifest: bool,
    pub(super) state: State,
    /// The session, after the login; `None` while a job uses it.
    pub(super) session: Option<Session>,
    pub(super) results: BTreeMap<i64, OpenResult>,
    pub(super) next_qid: i64,
    pub(super) last_qid: i64,
    /// The deadline of the current statement or transaction.
    pub(super) deadline: Option<Instant>,
    pub(super) login_by: Instant,
    /// Whether the client named the graph of the current transaction.
    pub(super) named_database: bool,
    /// The failure of a transaction that expired while the client was idle; the next request receives it.
    expired: Option<Failure>,
    /// Whether the client has switched warnings off.
    pub(super) quiet: bool,
    /// The address by which the client knows this server.
    pub(super) routing: Option<String>,
    /// Whether the last statement was cancelled by a RESET.
    pub(super) interrupted: bool,
    /// The task that closes the connection when its user is dropped.
    pub(super) watch: Option<tokio::task::JoinHandle<()>>,
    pub(super) peer: Peer,
    pub(super) shared: Arc<Shared>,
}

impl<W: AsyncWrite + Unpin> Connection<W> {
    async fn run(&mut self) {
        loop {
            let Ok(incoming) = self.next().await else { return };
            let message = match incoming {
                Incoming::Message(message) => message,
                Incoming::Broken(reason) => {
                    return self.out.failure(&reason, self.dialect);
                }
            };
            let length = message.len();
            let handled = self.message(message).await;
            self.control.set_authenticated(self.state.is_authenticated());
            self.control.message_processed(length);
            if handled.is_err() || self.out.flush_if_full(&self.control).await.is_err() {
                return;
            }
        }
    }

    /// The next message. The collected responses are sent before waiting for it.
    async fn next(&mut self) -> Flow<Incoming> {
        if let Ok(incoming) = self.requests.try_recv() {
            return Ok(incoming);
        }
        self.out.flush(&self.control).await.map_err(|_| Ended)?;
        let mut phase = self.shared.phase.clone();
        loop {
            let idle = matches!(self.state, State::Streaming | State::TxReady | State::TxStreaming);
            let wait = match self.state.is_authenticated() {
                false => Some(self.login_by.saturating_duration_since(Instant::now())),
                true if idle && self.expired.is_none() => {
                    let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
                    Some(self.shared.limits.idle_transaction.min(left.unwrap_or(Duration::MAX)))
                }
                true => None,
            };
            let elapsed = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                incoming = self.requests.recv() => return incoming.ok_or(Ended),
                () = self.control.gone() => return Err(Ended),
                () = elapsed => {
                    if !self.state.is_authenticated() {
                        tracing::info!(connection = self.peer.id, client = %self.peer.client, "no login in time");
                        return Err(Ended);
                    }
                    self.expire().await?;
                }
                () = reached(&mut phase, Phase::Finishing) => {
                    // An open transaction may finish; nothing else may begin.
                    if !idle || *self.shared.phase.borrow() == Phase::Cancelling {
                        return Err(Ended);
                    }
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    }

    /// Ends a transaction whose client has been idle for too long.
    async fn expire(&mut self) -> Flow {
        let timed_out = self.deadline.is_some_and(|deadline| deadline <= Instant::now());
        self.abandon().await?;
        self.expired = Some(if timed_out {
            Failure::timed_out()
        } else {
            Failure::new(
                "Neo.TransientError.Transaction.Outdated",
                "25N14",
                "the transaction was idle for too long and was rolled back",
            )
        });
        Ok(())
    }

    async fn message(&mut self, message: Vec<u8>) -> Flow {
        let memory = match self.state.is_authenticated() {
            true => self.shared.limits.message_memory,
            false => self.shared.limits.message_before_login * 16,
        };
        // Reserved until the message and its values have been processed.
        let mut share = self.shared.messages.share();
        if let Err(failure) = share.hold_values(message.len(), memory) {
            if self.state == State::Failed {
                self.out.ignored();
                return Ok(());
            }
            return self.fail(failure).await;
        }
        let decoded = if message.len() > LONG_MESSAGE {
            let (decoded, _) = self.work(&CancelToken::new(), false, move || Request::decode(&message, memory)).await?;
            decoded
        } else {
            Request::decode(&message, memory)
        };
        let request = match decoded {
            Ok(request) => request,
            Err(error) => {
                // After a message that cannot be decoded, the following bytes cannot be trusted.
                self.out.failure(&Failure::decode(&error), self.dialect);
                return Err(Ended);
            }
        };
        let kind = request.kind();
        tracing::trace!(connection = self.peer.id, message = kind.name(), state = ?self.state);
        // A queued RESET cancels all requests before it.
        if self.control.resets() > 0
            && self.state.is_authenticated()
            && !matches!(kind, RequestKind::Reset | RequestKind::Goodbye)
        {
            self.out.ignored();
            return Ok(());
        }
        match self.state.verdict(kind, self.dialect.version) {
            Verdict::Refuse => {
                let problem = format!("{} cannot come in the state {:?}", kind.name(), self.state);
                self.out.failure(&Failure::request(problem), self.dialect);
                return Err(Ended);
            }
            Verdict::Ignore => {
                self.out.ignored();
                return Ok(());
            }
            Verdict::Do => {}
        }
        if !matches!(kind, RequestKind::Reset | RequestKind::Goodbye)
            && let Some(failure) = self.expired.take()
        {
            return self.fail(failure).await;
        }
        let done = match request {
            Request::Hello(fields) => self.hello(&fields).await,
            Request::Logon(fields) => self.logon(&fields).await,
            Request::Logoff => self.logoff().await,
            Request::Run { query, params, extra } => self.run_statement(query, params, &extra).await,
            Request::Pull(amount) => self.pull(amount, false).await,
            Request::Discard(amount) => self.pull(amount, true).await,
            Request::Begin(extra) => self.begin(&extra).await,
            Request::Commit => self.commit(true).await,
            Request::Rollback => self.commit(false).await,
            Request::Reset => {
                self.control.reset_done();
                self.expired = None;
                self.reset().await
            }
            Request::Route { routing, database } => self.route(&routing, database).await,
            Request::Telemetry => {
                self.out.success(0, |_| {});
                Ok(Ok(()))
            }
            Request::Goodbye => return Err(Ended),
        }?;
        match done {
            Ok(()) => Ok(()),
            Err(failure) => self.fail(failure).await,
        }
    }

    /// Answers with a failure; further requests are ignored until RESET. Before the login the connection closes,
    /// because a RESET would skip the login.
    async fn fail(&mut self, failure: Failure) -> Flow {
        if !self.state.is_authenticated() {
            self.out.failure(&failure, self.dialect);
            return Err(Ended);
        }
        if !self.results.is_empty() || self.session.as_ref().is_some_and(Session::in_transaction) {
            self.abandon().await?;
        }
        if self.interrupted && self.control.resets() > 0 {
            self.out.ignored();
        } else {
            self.out.failure(&failure, self.dialect);
        }
        self.state = State::Failed;
        Ok(())
    }

    /// Drops open results, and rolls back an open transaction.
    pub(super) async fn abandon(&mut self) -> Flow {
        let results = std::mem::take(&mut self.results);
        self.deadline = None;
        let Some(mut session) = self.session.take() else { return Ok(()) };
        let finished = self.shared.pool.run(false, move || {
            drop(results);
            let rolled_back = if session.in_transaction() { session.end_transaction(false) } else { Ok(()) };
            (session, rolled_back)
        });
        let (session, rolled_back) = finished.await.map_err(|_| Ended)?;
        self.session = Some(session);
        if let Err(error) = rolled_back {
            tracing::error!(connection = self.peer.id, %error, "a rollback failed");
        }
        Ok(())
    }

    /// Runs a job on the pool and waits for its result; `true` when it was cancelled by its deadline. A RESET, the loss
    /// of the client and the server's shutdown cancel it too.
    pub(super) async fn work<T: Send + 'static>(
        &mut self,
        cancel: &CancelToken,
        reserved: bool,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Flow<(T, bool)> {
        let mut finished = self.shared.pool.run(reserved, job);
        let mut phase = self.shared.phase.clone();
        let (mut timed_out, mut prompt) = (false, true);
        self.interrupted = false;
        loop {
            let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let cancelled = timed_out || self.interrupted;
            let over = async {
                match left {
                    Some(left) => tokio::time::sleep(left).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                result = &mut finished => return match result {
                    Ok(result) => Ok((result, timed_out)),
                    Err(_) => {
                        self.out.failure(&Failure::internal(), self.dialect);
                        Err(Ended)
                    }
                },
                () = self.control.interrupted(), if !cancelled => self.interrupted = true,
                () = reached(&mut phase, Phase::Cancelling), if !cancelled => self.interrupted = true,
                () = over, if !cancelled => timed_out = true,
                // Earlier responses do not wait for the end of a long job.
                () = tokio::time::sleep(PROMPT), if prompt && self.out.waits() => {
                    prompt = false;
                    let _ = self.out.flush(&self.control).await;
                }
                () = tokio::time::sleep(self.shared.limits.keep_alive) => {
                    self.out.noop();
                    // A client that does not read keeps its statement until the time limit.
                    let _ = self.out.flush(&self.control).await;
                }
            }
            if timed_out || self.interrupted {
                cancel.cancel();
            }
        }
    }

    /// Frees all resources of the connection.
    async fn end(&mut self) {
        let _ = self.abandon().await;
        self.session = None;
        self.out.finish().await;
    }
}
