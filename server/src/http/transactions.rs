//! Transactions over HTTP: kept between requests, and rolled back when none comes for a while.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use wenddb::{Session, ZonedDateTime};

use crate::{
    auth::User,
    bolt::failure::Failure,
    shared::{Phase, Shared},
};

/// The transactions that are open.
#[derive(Debug, Default)]
pub(crate) struct Transactions(Mutex<HashMap<String, Arc<Open>>>);

/// One of them.
pub(super) struct Open {
    pub(super) id: String,
    user: User,
    /// The graph in the path of the request that began it.
    graph: String,
    /// When it has taken too long, whatever it does.
    pub(super) deadline: Option<Instant>,
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
    pub(super) fn add(
        &self,
        shared: &Arc<Shared>,
        user: User,
        graph: &str,
        deadline: Option<Instant>,
    ) -> Result<Arc<Open>, Failure> {
        let most = shared.limits.http_transactions;
        let mut open = self.0.lock();
        if open.len() >= most {
            return Err(Failure::new(
                "Neo.TransientError.Request.NoThreadsAvailable",
                "25N14",
                format!("there are {most} transactions over HTTP already; try again when some have ended"),
            ));
        }
        let expires = Instant::now() + shared.limits.http_transaction;
        let transaction = Arc::new(Open {
            id: uuid::Uuid::new_v4().simple().to_string(),
            user,
            graph: graph.to_owned(),
            deadline,
            state: Mutex::new(State { session: None, expires }),
        });
        open.insert(transaction.id.clone(), transaction.clone());
        tokio::spawn(expire(transaction.clone(), shared.clone()));
        Ok(transaction)
    }

    /// Takes a transaction for a request of the user who began it.
    pub(super) fn take(&self, id: &str, user: &User, graph: &str) -> Result<(Arc<Open>, Session), Failure> {
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

    /// Forgets a transaction that has ended.
    pub(super) fn remove(&self, open: &Open) {
        self.0.lock().remove(&open.id);
    }
}

impl Open {
    /// Keeps the session until the next request.
    pub(super) fn give_back(&self, session: Session, shared: &Shared) {
        let mut state = self.state.lock();
        state.expires = Instant::now() + shared.limits.http_transaction;
        state.session = Some(session);
    }

    /// The member `transaction` of an answer.
    pub(super) fn json(&self) -> Json {
        let left = self.state.lock().expires.saturating_duration_since(Instant::now());
        let at = SystemTime::now().checked_add(left).and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let seconds = at.map_or(0, |at| i64::try_from(at.as_secs()).unwrap_or(i64::MAX));
        let expires = ZonedDateTime::at_offset(seconds, 0, 0).map(|at| at.to_string()).unwrap_or_default();
        json!({"id": self.id, "expires": expires})
    }
}

/// Ends a transaction for which no request comes any more.
async fn expire(open: Arc<Open>, shared: Arc<Shared>) {
    let mut phase = shared.phase.clone();
    let users = *shared.users.borrow();
    let user_gone = shared.clone().user_gone(open.user.clone(), users);
    tokio::pin!(user_gone);
    let mut gone = false;
    loop {
        let left = {
            let state = open.state.lock();
            let idle = state.expires.saturating_duration_since(Instant::now());
            // While a request works with it, the end is looked for again later.
            if state.session.is_none() { idle.max(Duration::from_millis(100)) } else { idle }
        };
        let stopping = tokio::select! {
            () = tokio::time::sleep(left) => false,
            () = &mut user_gone, if !gone => {
                gone = true;
                false
            }
            _ = phase.wait_for(|phase| *phase >= Phase::Finishing) => true,
        };
        if !shared.transactions.0.lock().contains_key(&open.id) {
            return;
        }
        let session = {
            let mut state = open.state.lock();
            let over = stopping || gone || state.expires <= Instant::now();
            if over { state.session.take() } else { None }
        };
        let Some(session) = session else {
            if stopping {
                // The request that works with it ends it.
                shared.transactions.remove(&open);
                return;
            }
            continue;
        };
        shared.transactions.remove(&open);
        let why = if gone { "its user is not there any more" } else { "no request came" };
        tracing::info!(transaction = open.id, "a transaction over HTTP was rolled back: {why}");
        roll_back(session, &shared).await;
        return;
    }
}

/// Rolls back the transaction of a session, and drops the session.
pub(super) async fn roll_back(mut session: Session, shared: &Shared) {
    let ended =
        shared.pool.run(false, move || if session.in_transaction() { session.end_transaction(false) } else { Ok(()) });
    if let Ok(Err(error)) = ended.await {
        tracing::error!(%error, "a rollback failed");
    }
}
