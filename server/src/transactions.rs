//! Transactions over HTTP, which live from one request to the next and are rolled back when no request comes for a
//! while.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use wenddb::{Session, ZonedDateTime};

use crate::{auth::User, failure::Failure, limits::Limits};

/// The open transactions by id.
#[derive(Debug, Default)]
pub(crate) struct Transactions(Mutex<HashMap<String, Arc<Open>>>);

/// An open transaction.
pub(crate) struct Open {
    pub(crate) id: String,
    user: User,
    /// The graph in the path of the request that began the transaction.
    graph: String,
    /// The time limit of the whole transaction, whether it is in use or not.
    pub(crate) deadline: Option<Instant>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("id", &self.id).finish_non_exhaustive()
    }
}

struct State {
    /// The session with the transaction; `None` while a request uses it, and after its end.
    session: Option<Session>,
    expires: Instant,
}

fn not_found() -> Failure {
    Failure::new(
        "Neo.ClientError.Transaction.TransactionNotFound",
        "25N05",
        "there is no such transaction; it may have ended, or was rolled back because no request came for too long",
    )
}

impl Transactions {
    /// The number of open transactions.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().len()
    }

    /// Registers a transaction; [`Open::give_back`] then stores its session.
    pub(crate) fn add(
        &self,
        user: User,
        graph: &str,
        deadline: Option<Instant>,
        limits: &Limits,
    ) -> Result<Arc<Open>, Failure> {
        let most = limits.http_transactions;
        let mut open = self.0.lock();
        if open.len() >= most {
            return Err(Failure::new(
                "Neo.TransientError.Request.NoThreadsAvailable",
                "25N14",
                format!("there are {most} transactions over HTTP already; try again when some have ended"),
            ));
        }
        let expires = Instant::now() + limits.http_transaction;
        let transaction = Arc::new(Open {
            id: uuid::Uuid::new_v4().simple().to_string(),
            user,
            graph: graph.to_owned(),
            deadline,
            state: Mutex::new(State { session: None, expires }),
        });
        open.insert(transaction.id.clone(), transaction.clone());
        Ok(transaction)
    }

    /// Takes the session of a transaction for a request. Only the user who began the transaction may take it.
    pub(crate) fn take(&self, id: &str, user: &User, graph: &str) -> Result<(Arc<Open>, Session), Failure> {
        let open = self.0.lock().get(id).cloned();
        let open = open.filter(|open| open.user == *user && open.graph == graph).ok_or_else(not_found)?;
        match open.state.lock().session.take() {
            Some(session) => Ok((open.clone(), session)),
            None => Err(Failure::new(
                "Neo.ClientError.Transaction.TransactionAccessedConcurrently",
                "25N09",
                "another request is at work in this transaction; wait for its answer",
            )),
        }
    }

    /// Whether a transaction is open.
    pub(crate) fn has(&self, open: &Open) -> bool {
        self.0.lock().contains_key(&open.id)
    }

    /// Removes a transaction that has ended.
    pub(crate) fn remove(&self, open: &Open) {
        self.0.lock().remove(&open.id);
    }
}

impl Open {
    /// The user who began the transaction.
    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    /// Stores the session until the next request.
    pub(crate) fn give_back(&self, session: Session, limits: &Limits) {
        let mut state = self.state.lock();
        state.expires = Instant::now() + limits.http_transaction;
        state.session = Some(session);
    }

    /// How long the transaction waits for its next request; while a request uses it, the time until the next check.
    pub(crate) fn patience(&self) -> Duration {
        let state = self.state.lock();
        let idle = state.expires.saturating_duration_since(Instant::now());
        if state.session.is_none() { idle.max(Duration::from_millis(100)) } else { idle }
    }

    /// Takes the session when it has waited too long or `now` is set; `None` while a request uses it.
    pub(crate) fn expired(&self, now: bool) -> Option<Session> {
        let mut state = self.state.lock();
        let over = now || state.expires <= Instant::now();
        if over { state.session.take() } else { None }
    }

    /// The member `transaction` of a response.
    pub(crate) fn json(&self) -> Json {
        let left = self.state.lock().expires.saturating_duration_since(Instant::now());
        let at = SystemTime::now().checked_add(left).and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let seconds = at.map_or(0, |at| i64::try_from(at.as_secs()).unwrap_or(i64::MAX));
        let expires = ZonedDateTime::at_offset(seconds, 0, 0).map(|at| at.to_string()).unwrap_or_default();
        json!({"id": self.id, "expires": expires})
    }
}
