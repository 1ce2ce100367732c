//! The end of abandoned transactions over HTTP: no request comes, the user is dropped, or the server stops.

use std::sync::Arc;

use wenddb::{Session, host::HostedSession};

use crate::{
    shared::{Phase, Shared},
    transactions::Open,
};

/// Waits until a transaction is abandoned, and rolls it back.
pub(super) async fn expire(open: Arc<Open>, shared: Arc<Shared>) {
    let mut phase = shared.phase.clone();
    let users = *shared.users.borrow();
    let user_gone = shared.clone().user_gone(open.user().clone(), users);
    tokio::pin!(user_gone);
    let mut gone = false;
    loop {
        let stopping = tokio::select! {
            () = tokio::time::sleep(open.patience()) => false,
            () = &mut user_gone, if !gone => {
                gone = true;
                false
            }
            _ = phase.wait_for(|phase| *phase >= Phase::Finishing) => true,
        };
        if !shared.transactions.has(&open) {
            return;
        }
        let Some(session) = open.expired(stopping || gone) else {
            if stopping {
                // The request that uses the transaction ends it.
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
