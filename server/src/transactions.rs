//! Transactions over HTTP: kept between requests, and rolled back when none comes for a while.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use wenddb::{Session, ZonedDateTime};

use crate::{auth::User, failure::Failure, limits::Limits};

/// The transactions that are open.
#[derive(Debug, Default)]
pub(crate) struct Transactions(Mutex<HashMap<String, Arc<Open>>>);

/// One of them.
pub(crate) struct Open {
    pub(crate) id: String,
    user: User,
    /// The graph in the path of the request that began it.
    graph: String,
    /// When it has taken too long, whatever it does.
    pub(crate) deadline: Option<Instant>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("id", &self.id).finish_non_exhaustive()
    }
}

struct State {
    /// `None` while a request works with it, and when it has ended.
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
    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().len()
    }

    /// Keeps a transaction; the session is given back with [`Open::give_back`].
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

    /// Takes a transaction for a request of the user who began it.
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

    /// Forgets a transaction that has ended.
    pub(crate) fn remove(&self, open: &Open) {
        self.0.lock().remove(&open.id);
    }
}

impl Open {
    /// The user who began it.
    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    /// Keeps the session until the next request.
    pub(crate) fn give_back(&self, session: Session, limits: &Limits) {
        let mut state = self.state.lock();
        state.expires = Instant::now() + limits.http_transaction;
        state.session = Some(session);
    }

    /// How long it still waits for a request; while one works with it, until the next look.
    pub(crate) fn patience(&self) -> Duration {
        let state = self.state.lock();
        let idle = state.expires.saturating_duration_since(Instant::now());
        if state.session.is_none() { idle.max(Duration::from_millis(100)) } else { idle }
    }

    /// The session, when it has waited too long or `now` is set, and no request works with it.
    pub(crate) fn expired(&self, now: bool) -> Option<Session> {
        let mut state = self.state.lock();
        let over = now || state.expires <= Instant::now();
        if over { state.session.take() } else { None }
    }

    /// The member `transaction` of an answer.
    pub(crate) fn json(&self) -> Json {
        let left = self.state.lock().expires.saturating_duration_since(Instant::now());
        let at = SystemTime::now().checked_add(left).and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let seconds = at.map_or(0, |at| i64::try_from(at.as_secs()).unwrap_or(i64::MAX));
        let expires = ZonedDateTime::at_offset(seconds, 0, 0).map(|at| at.to_string()).unwrap_or_default();
        json!({"id": self.id, "expires": expires})
    }
}
