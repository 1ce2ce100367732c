//! Runs a statement for a request on the pool's threads, a slice of rows at a time, until the rows end, the client is
//! gone, or the time limit is reached.

use std::{future::pending, sync::Arc, time::Instant};

use bytes::Bytes;
use serde_json::{Map, Value as Json, json};
use tokio::sync::{mpsc, oneshot};
use wenddb::{CancelToken, ErrorKind, Params, Rows, RunOptions, Session, Statement, Summary, host::HostedSession};

use super::{
    body::{Aborted, Piece},
    expiry::roll_back,
    format::{self, Format},
    problem::Problem,
};
use crate::{
    auth::User,
    failure::Failure,
    shared::{Ended, Phase, Shared},
    statement::{is_short, take_graph},
    transactions::Open,
};

/// The bytes of a slice of rows.
const SLICE: usize = 256 << 10;

/// How a response begins.
pub(super) enum Head {
    /// The whole response.
    Whole(Vec<u8>),
    /// A streamed response: pieces follow.
    Stream,
}

/// Sends the beginning of the response to the request.
pub(super) type TellHead = oneshot::Sender<Result<Head, Problem>>;

/// Why a job was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    TimedOut,
    Gone,
    Stopping,
}

impl Cut {
    pub(super) fn failure(self) -> Failure {
        match self {
            Cut::TimedOut => Failure::timed_out(),
            Cut::Gone => Failure::new("Neo.ClientError.Transaction.Terminated", "40000", "the client is gone"),
            Cut::Stopping => {
                Failure::new("Neo.TransientError.General.DatabaseUnavailable", "08000", "the server stops")
            }
        }
    }
}

/// The result of a job, unless the job was cancelled.
pub(super) fn ended<T>(given: T, cut: Option<Cut>) -> Result<T, Problem> {
    cut.map_or(Ok(given), |cut| Err(cut.failure().into()))
}

/// Runs the jobs of one request, with their time limit.
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) out: mpsc::Sender<Piece>,
    pub(super) deadline: Option<Instant>,
    /// The user; a job is cancelled when the user is dropped.
    pub(super) user: User,
}

impl Worker {
    /// Waits until the job has to be cancelled: time limit, client or user gone, server stopping.
    pub(super) async fn cut(&self) -> Cut {
        let mut phase = self.shared.phase.clone();
        let user_gone = self.shared.clone().user_gone(self.user.clone(), *self.shared.users.borrow());
        let over = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.out.closed() => Cut::Gone,
            () = user_gone => Cut::Gone,
            () = reached(&mut phase, Phase::Cancelling) => Cut::Stopping,
            () = over => Cut::TimedOut,
        }
    }

    /// Runs a job on the pool and waits for its result. Calls `cancel` when the job has to end early, and gives the reason
    /// with the result then.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        cancel: impl Fn() + Send + Sync,
        reserved: bool,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Option<Cut>), Failure> {
        let mut finished = self.shared.pool.run(reserved, job);
        let mut cut = None;
        loop {
            tokio::select! {
                biased;
                result = &mut finished => return match result {
                    Ok(result) => Ok((result, cut)),
                    Err(_) => Err(Failure::internal()),
                },
                why = self.cut(), if cut.is_none() => {
                    cut = Some(why);
                    cancel();
                }
            }
        }
    }

    /// Sends a piece of the response; fails when the client does not take it.
    pub(super) async fn send(&self, bytes: Vec<u8>) -> Result<(), Cut> {
        if bytes.is_empty() {
            return Ok(());
        }
        let sent = self.out.send(Ok(Bytes::from(bytes)));
        match tokio::time::timeout(self.shared.limits.slow_reader, sent).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Cut::Gone),
        }
    }
}

/// Waits until the server's shutdown has reached a phase.
async fn reached(phases: &mut tokio::sync::watch::Receiver<Phase>, phase: Phase) {
    if phases.wait_for(|now| *now >= phase).await.is_err() {
        pending::<()>().await;
    }
}

/// A statement to run.
pub(super) struct Work {
    pub(super) statement: String,
    /// The time limit if the statement is a task.
    pub(super) task_deadline: Option<Instant>,
    pub(super) params: Params,
    pub(super) read_only: bool,
    pub(super) counters: bool,
    /// The graph to use, outside of a transaction.
    pub(super) graph: Option<String>,
    pub(super) format: Box<dyn Format>,
    /// The transaction the statement belongs to, and whether it is committed afterwards.
    pub(super) transaction: Option<(Arc<Open>, bool)>,
}

/// Runs a statement to its end; `head` receives the beginning of the response.
pub(super) async fn run(mut worker: Worker, session: Session, work: Work, head: TellHead) {
    let started = Instant::now();
    let transaction = work.transaction.clone();
    // The text is needed again only for the log of slow statements.
    let statement = if worker.shared.log_slow.is_zero() { String::new() } else { work.statement.clone() };
    let mut rows_sent = 0;
    let mut head = Some(head);
    let mut format = None;
    let (outcome, session) = attempt(&mut worker, session, work, &mut head, &mut format, &mut rows_sent).await;
    let shared = &worker.shared;
    shared.ended(&Ended {
        protocol: "http",
        statement: &statement,
        succeeded: outcome.is_ok(),
        time: started.elapsed(),
        rows: rows_sent,
    });
    let failure = match outcome {
        Ok(()) => {
            // A transaction that was not committed stays open for the next request.
            if let Some((open, commit)) = transaction {
                match session {
                    Some(session) if !commit && *shared.phase.borrow() == Phase::Running => {
                        open.give_back(session, &shared.limits)
                    }
                    Some(session) => {
                        shared.transactions.remove(&open);
                        roll_back(session, shared).await;
                    }
                    None => shared.transactions.remove(&open),
                }
            }
            return;
        }
        Err(failure) => failure,
    };
    if let Some((open, _)) = transaction {
        shared.transactions.remove(&open);
        if let Some(session) = session {
            roll_back(session, shared).await;
        }
    }
    if let Some(head) = head {
        drop(head.send(Err(failure.into())));
        return;
    }
    let mut bytes = Vec::new();
    let told = format.is_some_and(|mut format: Box<dyn Format>| format.failed(&mut bytes, &failure));
    if told {
        let _ = worker.send(bytes).await;
    } else {
        let _ = worker.out.send(Err(Aborted)).await;
    }
}

/// Runs the statement, sends its rows, and commits its transaction where that is asked for.
async fn attempt(
    worker: &mut Worker,
    session: Session,
    work: Work,
    head: &mut Option<TellHead>,
    format_left: &mut Option<Box<dyn Format>>,
    rows_sent: &mut u64,
) -> (Result<(), Failure>, Option<Session>) {
    let Work { statement: text, task_deadline, params, read_only, counters, graph, mut format, transaction } = work;
    let own = transaction.is_none();
    let (session, prepared) = match prepare(worker, session, &text).await {
        Ok(prepared) => prepared,
        Err(failure) => return (Err(failure), None),
    };
    let statement = match prepared {
        Ok(statement) => statement,
        Err(error) => return (Err(Failure::engine(&error, &text)), Some(session)),
    };
    if own && statement.is_task() {
        worker.deadline = task_deadline;
    }
    let worker = &*worker;
    let administration = statement.is_administration();
    let text: Arc<str> = text.into();
    let cancel = CancelToken::new();
    let options = RunOptions { cancel: cancel.clone(), ..RunOptions::default() };
    let begun = worker
        .work(
            || cancel.cancel(),
            administration,
            move || {
                let mut session = session;
                if own {
                    session.set_read_only(read_only);
                }
                let taken = graph.map_or(Ok(()), |name| take_graph(&mut session, &name));
                let rows = taken.and_then(|()| session.run_with(&statement, params, &options));
                (session, rows)
            },
        )
        .await;
    let (session, mut rows) = match begun {
        Ok(((session, Ok(rows)), None)) => (session, rows),
        Ok(((session, Ok(_)), Some(cut))) => return (Err(cut.failure()), Some(session)),
        Ok(((session, Err(error)), cut)) => return (Err(failure(&error, &text, cut)), Some(session)),
        Err(failure) => return (Err(failure), None),
    };
    let mut first = true;
    loop {
        let statement = text.clone();
        let job = move || slice(rows, format, first, &statement);
        let (slice, cut) = match worker.work(|| cancel.cancel(), administration, job).await {
            Ok(done) => done,
            Err(failure) => return (Err(failure), Some(session)),
        };
        format = slice.format;
        *rows_sent += slice.rows;
        let late = worker.deadline.is_some_and(|deadline| deadline <= Instant::now());
        let cut = cut.or(late.then_some(Cut::TimedOut));
        let more = match slice.end {
            End::Failed(error) => {
                *format_left = Some(format);
                return (Err(cut.map_or(error, Cut::failure)), Some(session));
            }
            End::Done(summary) => {
                return finish(
                    worker,
                    session,
                    slice.bytes,
                    format,
                    format_left,
                    &summary,
                    counters,
                    transaction,
                    head,
                )
                .await;
            }
            End::Full(more) => more,
        };
        if let Some(cut) = cut {
            *format_left = Some(format);
            return (Err(cut.failure()), Some(session));
        }
        rows = more;
        if let Some(head) = head.take()
            && head.send(Ok(Head::Stream)).is_err()
        {
            return (Err(Cut::Gone.failure()), Some(session));
        }
        if let Err(cut) = worker.send(slice.bytes).await {
            return (Err(cut.failure()), Some(session));
        }
        first = false;
    }
}

/// Parses a statement; a long one on a worker.
async fn prepare(
    worker: &Worker,
    session: Session,
    text: &str,
) -> Result<(Session, wenddb::Result<Statement>), Failure> {
    if is_short(text) {
        let prepared = session.parse(text);
        return Ok((session, prepared));
    }
    let text = text.to_owned();
    let job = move || {
        let prepared = session.parse(&text);
        (session, prepared)
    };
    worker.work(|| {}, false, job).await.map(|(prepared, _)| prepared)
}

#[expect(clippy::too_many_arguments, reason = "the end of one long function")]
async fn finish(
    worker: &Worker,
    session: Session,
    mut bytes: Vec<u8>,
    mut format: Box<dyn Format>,
    format_left: &mut Option<Box<dyn Format>>,
    summary: &Summary,
    counters: bool,
    transaction: Option<(Arc<Open>, bool)>,
    head: &mut Option<TellHead>,
) -> (Result<(), Failure>, Option<Session>) {
    let mut tail = format::summary(summary, counters);
    let mut session = Some(session);
    match &transaction {
        None => {
            tail.insert("bookmarks".to_owned(), json!([worker.shared.bookmark(summary.writes)]));
        }
        Some((open, false)) => {
            tail.insert("transaction".to_owned(), open.json());
        }
        Some((_, true)) => {
            if let Some(session) = session.take()
                && let Err(failure) = commit(worker, session).await
            {
                *format_left = Some(format);
                return (Err(failure), None);
            }
            tail.append(&mut committed(&worker.shared));
        }
    }
    if let Err(failure) = format.end(&mut bytes, tail) {
        *format_left = Some(format);
        return (Err(failure), session);
    }
    let sent = match head.take() {
        Some(head) => head.send(Ok(Head::Whole(bytes))).map_err(|_| Cut::Gone),
        None => worker.send(bytes).await,
    };
    // A commit counts whether the client receives the response or not.
    let kept = transaction.is_none_or(|(_, commit)| commit);
    (if kept { Ok(()) } else { sent.map_err(Cut::failure) }, session)
}

/// Commits the transaction of a session. A commit is not cancelled: the client could not know its outcome.
pub(super) async fn commit(worker: &Worker, session: Session) -> Result<(), Failure> {
    if worker.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
        roll_back(session, &worker.shared).await;
        return Err(Failure::timed_out());
    }
    let done = worker.shared.pool.run(false, move || {
        let mut session = session;
        session.end_transaction(true)
    });
    match done.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Failure::engine(&error, "")),
        Err(_) => Err(Failure::internal()),
    }
}

/// The members of a response about a commit.
pub(super) fn committed(shared: &Shared) -> Map<String, Json> {
    Map::from_iter([("bookmarks".to_owned(), json!([shared.bookmark(true)]))])
}

fn failure(error: &wenddb::Error, statement: &str, cut: Option<Cut>) -> Failure {
    match cut {
        Some(cut) if error.kind() == ErrorKind::Cancelled => cut.failure(),
        _ => Failure::engine(error, statement),
    }
}

/// A slice of rows as bytes.
struct Slice {
    format: Box<dyn Format>,
    bytes: Vec<u8>,
    rows: u64,
    end: End,
}

enum End {
    Full(Rows),
    Done(Summary),
    Failed(Failure),
}

fn slice(mut rows: Rows, mut format: Box<dyn Format>, first: bool, statement: &str) -> Slice {
    let mut bytes = Vec::new();
    let mut read = 0;
    if first {
        format.begin(&mut bytes, rows.columns());
    }
    let end = loop {
        match format.next(&mut bytes, &mut rows, statement) {
            Ok(None) => break End::Done(rows.summary().clone()),
            Err(failure) => break End::Failed(failure),
            Ok(Some(rows)) => read += rows as u64,
        }
        // A format that buffers rows (Arrow) ends slices by their number of rows, so that a client that is gone is
        // noticed.
        if bytes.len() >= SLICE || read >= 1 << 16 {
            break End::Full(rows);
        }
    };
    Slice { format, bytes, rows: read, end }
}
