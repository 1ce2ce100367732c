//! Statements and transactions: RUN, PULL, DISCARD, BEGIN, COMMIT, ROLLBACK.

use std::time::{Duration, Instant};

use tokio::io::AsyncWrite;
use wend_bolt::{
    decode::Fields,
    request::{Amount, TransactionExtra},
};
use wenddb::{
    CancelToken, Params, Session, Statement,
    host::{HostedSession, Role},
};

use super::{
    connection::{Connection, Ended, Flow},
    open_result::{OpenResult, SliceEnd, run, slice},
    session::Answer,
    state::State,
    summary,
};
use crate::failure::Failure;
use crate::shared;
use crate::statement::{deadline, is_short, take_graph};

impl<W: AsyncWrite + Unpin> Connection<W> {
    /// The deadline of a statement or transaction that begins now.
    fn deadline(&self, asked: Option<u64>, task: bool) -> Option<Instant> {
        let role = self.session.as_ref().map_or(Role::Reader, Session::role);
        deadline(&self.shared.limits, role, asked, task)
    }

    pub(super) async fn begin(&mut self, extra: &Fields) -> Answer {
        let extra = match TransactionExtra::read(extra) {
            Ok(extra) => extra,
            Err(problem) => return Ok(Err(Failure::request(problem))),
        };
        self.deadline = self.deadline(extra.timeout, false);
        self.named_database = extra.database.is_some();
        let session = self.session.take().ok_or(Ended)?;
        let ((session, begun), _) = self
            .work(&CancelToken::new(), false, move || {
                let mut session = session;
                let graph = extra.database.map_or(Ok(()), |name| take_graph(&mut session, &name));
                let begun = graph.and_then(|()| session.begin_transaction(extra.read_only));
                (session, begun)
            })
            .await?;
        let graph = session.graph().to_owned();
        self.session = Some(session);
        if let Err(error) = begun {
            return Ok(Err(Failure::engine(&error, "")));
        }
        (self.state, self.next_qid, self.last_qid) = (State::TxReady, 0, -1);
        let reports = self.dialect.version.reports_database() && !self.named_database;
        self.out.success(usize::from(reports), |out| {
            if reports {
                out.string("db").string(&graph);
            }
        });
        Ok(Ok(()))
    }

    /// Parses a statement; a long one on a worker.
    async fn prepare(&mut self, text: &str) -> Flow<Result<Statement, wenddb::Error>> {
        let session = self.session.take().ok_or(Ended)?;
        if is_short(text) {
            let prepared = session.parse(text);
            self.session = Some(session);
            return Ok(prepared);
        }
        let text = text.to_owned();
        let job = move || {
            let prepared = session.parse(&text);
            (session, prepared)
        };
        let ((session, prepared), _) = self.work(&CancelToken::new(), false, job).await?;
        self.session = Some(session);
        Ok(prepared)
    }

    pub(super) async fn run_statement(&mut self, statement: String, params: Params, extra: &Fields) -> Answer {
        let own = self.state == State::Ready;
        let mut extra = match TransactionExtra::read(extra) {
            Ok(extra) => extra,
            Err(problem) => return Ok(Err(Failure::request(problem))),
        };
        if own {
            self.deadline = self.deadline(extra.timeout, false);
            self.named_database = extra.database.is_some();
        } else {
            extra = TransactionExtra::default();
        }
        if self.results.len() >= self.shared.limits.open_results {
            let most = self.shared.limits.open_results;
            return Ok(Err(Failure::request(format!("a transaction has at most {most} results open at a time"))));
        }
        let began = Instant::now();
        let statement = match self.prepare(&statement).await? {
            Ok(statement) => statement,
            Err(error) => {
                self.ended(&statement, false, began.elapsed(), 0);
                return Ok(Err(Failure::engine(&error, &statement)));
            }
        };
        if own && statement.is_task() {
            self.deadline = self.deadline(extra.timeout, true);
        }
        let session = self.session.take().ok_or(Ended)?;
        let cancel = CancelToken::new();
        let (ran, token) = (statement.clone(), cancel.clone());
        let ((session, outcome), timed_out) = self
            .work(&cancel, statement.is_administration(), move || {
                let mut session = session;
                if own {
                    session.set_read_only(extra.read_only);
                }
                let graph = extra.database.map_or(Ok(()), |name| take_graph(&mut session, &name));
                let outcome = graph.and_then(|()| run(&mut session, &ran, params, token));
                (session, outcome)
            })
            .await?;
        self.session = Some(session);
        let result = match outcome {
            Err(error) => {
                self.ended(statement.text(), false, began.elapsed(), 0);
                let cancelled = error.kind() == wenddb::ErrorKind::Cancelled;
                let failure = if cancelled && timed_out {
                    Failure::timed_out()
                } else {
                    Failure::engine(&error, statement.text())
                };
                return Ok(Err(failure));
            }
            Ok(result) => result,
        };
        let qid = self.next_qid;
        (self.next_qid, self.last_qid) = (qid + 1, qid);
        let reports = own && self.dialect.version.reports_database() && !self.named_database;
        self.out.success(2 + usize::from(!own) + usize::from(reports), |out| {
            out.string("fields").list(result.columns().len());
            result.columns().iter().for_each(|column| {
                out.string(column);
            });
            out.string("t_first").int(result.milliseconds());
            if !own {
                out.string("qid").int(qid);
            }
            if reports {
                out.string("db").string(&result.graph);
            }
        });
        self.state = if own { State::Streaming } else { State::TxStreaming };
        self.results.insert(qid, result);
        Ok(Ok(()))
    }

    pub(super) async fn pull(&mut self, amount: Amount, discard: bool) -> Answer {
        let qid = amount.qid.unwrap_or(self.last_qid);
        let Some(mut result) = self.results.remove(&qid) else {
            return Ok(Err(Failure::request(format!("there is no open result {qid}"))));
        };
        let mut left = amount.rows;
        let (dialect, control) = (self.dialect, self.control.clone());
        loop {
            let (cancel, control, reserved) = (result.cancel.clone(), control.clone(), result.administration);
            let ((back, bytes, end), timed_out) = self
                .work(&cancel, reserved, move || {
                    let (bytes, end) = slice(&mut result, left, discard, dialect, &control);
                    (result, bytes, end)
                })
                .await?;
            result = back;
            self.out.append(bytes);
            match end {
                SliceEnd::Full(rest) => {
                    left = rest;
                    self.out.flush(&self.control).await.map_err(|_| Ended)?;
                    if timed_out || self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                        return Ok(Err(Failure::timed_out()));
                    }
                }
                SliceEnd::More => {
                    self.out.success(1, |out| {
                        out.string("has_more").bool(true);
                    });
                    self.results.insert(qid, result);
                    return Ok(Ok(()));
                }
                SliceEnd::Done => return self.finish_result(&result, discard),
                SliceEnd::Failed(failure) => {
                    self.ended(result.text(), false, result.started.elapsed(), result.read);
                    return Ok(Err(if timed_out { Failure::timed_out() } else { failure }));
                }
                SliceEnd::Interrupted => {
                    self.interrupted = true;
                    return Ok(Err(Failure::request("the statement was cancelled")));
                }
            }
        }
    }

    /// Counts a statement that has ended.
    fn ended(&self, statement: &str, succeeded: bool, time: Duration, rows: u64) {
        self.shared.ended(&shared::Ended { protocol: "bolt", statement, succeeded, time, rows });
    }

    fn finish_result(&mut self, result: &OpenResult, discard: bool) -> Answer {
        let own = self.state == State::Streaming;
        self.ended(result.text(), true, result.started.elapsed(), result.read);
        let summary = result.summary();
        let bookmark = own.then(|| self.shared.bookmark(summary.writes));
        let end = summary::End {
            database: &result.graph,
            bookmark: bookmark.as_deref(),
            milliseconds: result.milliseconds(),
            quiet: self.quiet,
            discarded: discard,
        };
        let version = self.dialect.version;
        self.out.success_map(|out| summary::encode(out, summary, &end, version));
        if self.results.is_empty() {
            self.state = if own { State::Ready } else { State::TxReady };
        }
        if own {
            self.deadline = None;
            if let Some(session) = &mut self.session {
                session.set_read_only(false);
            }
        }
        Ok(Ok(()))
    }

    pub(super) async fn commit(&mut self, commit: bool) -> Answer {
        let results = std::mem::take(&mut self.results);
        let session = self.session.take().ok_or(Ended)?;
        // A commit is not cancelled: the client could not know its outcome.
        let deadline = self.deadline.take();
        if commit && deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            self.session = Some(session);
            return Ok(Err(Failure::timed_out()));
        }
        let ended: Flow<_> = self
            .work(&CancelToken::new(), false, move || {
                let mut session = session;
                drop(results);
                let ended = session.end_transaction(commit);
                (session, ended)
            })
            .await;
        let ((session, ended), _) = ended?;
        self.session = Some(session);
        self.interrupted = false;
        if let Err(error) = ended {
            return Ok(Err(Failure::engine(&error, "")));
        }
        self.state = State::Ready;
        let bookmark = commit.then(|| self.shared.bookmark(true));
        self.out.success(usize::from(commit), |out| {
            if let Some(bookmark) = &bookmark {
                out.string("bookmark").string(bookmark);
            }
        });
        Ok(Ok(()))
    }
}
