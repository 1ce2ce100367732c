//! Open results: statements run on the pool's threads, and their rows turned into bytes a slice at a time.
//!
//! No thread waits for a socket: a slice of rows ends when enough bytes have come together, and the next begins when
//! they have been written.

use std::time::Instant;

use wend_bolt::{encode::Dialect, response::append_record};
use wenddb::{CancelToken, Params, Row, Rows, RunOptions, Session, Statement, Summary};

use super::incoming::Control;
use crate::failure::Failure;

/// The bytes of a slice of rows.
const SLICE: usize = 128 << 10;

/// A result that is not read to its end.
pub(super) struct OpenResult {
    rows: Rows,
    /// The next row, which was read to know whether there are more.
    ahead: Option<Row>,
    statement: Statement,
    pub(super) started: Instant,
    /// The number of rows read so far.
    pub(super) read: u64,
    /// Cancels the statement.
    pub(super) cancel: CancelToken,
    /// The graph of the session, for the summary.
    pub(super) graph: String,
    /// Whether the statement is administration, whose rows are read by the reserved workers.
    pub(super) administration: bool,
}

impl OpenResult {
    pub(super) fn columns(&self) -> &[String] {
        self.rows.columns()
    }

    /// The text of the statement.
    pub(super) fn text(&self) -> &str {
        self.statement.text()
    }

    pub(super) fn summary(&self) -> &Summary {
        self.rows.summary()
    }

    pub(super) fn milliseconds(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn next(&mut self) -> Result<Option<Row>, Failure> {
        if let Some(row) = self.ahead.take() {
            return Ok(Some(row));
        }
        self.rows.next().transpose().map_err(|error| Failure::engine(&error, self.statement.text()))
    }
}

/// Runs a statement; `cancel` ends it, and the reading of its rows.
pub(super) fn run(
    session: &mut Session,
    statement: &Statement,
    params: Params,
    cancel: CancelToken,
) -> Result<OpenResult, wenddb::Error> {
    let started = Instant::now();
    let options = RunOptions { cancel, ..RunOptions::default() };
    let rows = session.run_with(statement, params, &options)?;
    Ok(OpenResult {
        cancel: options.cancel,
        rows,
        ahead: None,
        statement: statement.clone(),
        started,
        read: 0,
        graph: session.graph().to_owned(),
        administration: statement.is_administration(),
    })
}

/// How a slice ended.
#[derive(Debug)]
pub(super) enum SliceEnd {
    /// It is long enough; this many rows are still requested.
    Full(Option<u64>),
    /// The requested rows are there, and there are more.
    More,
    /// There are no more rows.
    Done,
    /// Reading failed.
    Failed(Failure),
    /// It was cancelled.
    Interrupted,
}

/// Reads rows and encodes them, unless they are discarded.
pub(super) fn slice(
    result: &mut OpenResult,
    mut left: Option<u64>,
    discard: bool,
    dialect: Dialect,
    control: &Control,
) -> (Vec<u8>, SliceEnd) {
    let mut out = Vec::new();
    let mut read = 0u32;
    let end = loop {
        read += 1;
        if read.is_multiple_of(64) && control.is_interrupted() {
            break SliceEnd::Interrupted;
        }
        match result.next() {
            Err(failure) => break SliceEnd::Failed(failure),
            Ok(None) => break SliceEnd::Done,
            Ok(Some(row)) if left == Some(0) => {
                result.ahead = Some(row);
                break SliceEnd::More;
            }
            Ok(Some(row)) => {
                result.read += 1;
                if !discard {
                    append_record(&mut out, row.values(), dialect);
                }
            }
        }
        left = left.map(|left| left - 1);
        // A slice of discarded rows ends too, so that the time limit is checked.
        if out.len() >= SLICE || (discard && read >= 1 << 16) {
            break SliceEnd::Full(left);
        }
    };
    (out, end)
}
