//! Logins: passwords and tokens of the database's users. Failed logins are counted and lead to a pause.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::Notify;
use wenddb::{
    Database, Session,
    host::{self, Host, HostedSession, Identity, Role},
};

use crate::{failure::Failure, pool::Pool};

/// The credentials of a client. There is no `Debug`, so that they cannot appear in a log.
pub(crate) struct Credentials {
    pub(crate) scheme: String,
    pub(crate) principal: String,
    pub(crate) secret: String,
}

/// A user after the login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The identity of a user of the database: another user of the same name has another identity.
    pub(crate) identity: Option<Identity>,
}

impl User {
    /// Sets the user of a session.
    pub(crate) fn enter(&self, session: &mut Session) {
        session.set_user(self.name.as_str(), self.role);
        if let Some(identity) = self.identity {
            session.set_identity(identity);
        }
    }
}

impl From<host::User> for User {
    fn from(user: host::User) -> Self {
        User { name: user.name, role: user.role, identity: Some(user.identity) }
    }
}

/// Why a login failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoginError {
    /// The user or the password is wrong; the client does not learn which.
    Wrong,
    /// Too many logins failed.
    Locked,
    /// The authentication scheme is unknown.
    Scheme(String),
    /// The database could not be read.
    Internal,
}

impl LoginError {
    /// The failure for the client.
    pub(crate) fn failure(&self) -> Failure {
        match self {
            LoginError::Wrong => Failure::unauthorized(),
            LoginError::Locked => Failure::new(
                "Neo.ClientError.Security.AuthenticationRateLimit",
                "42NFF",
                "too many logins have failed; wait a few seconds",
            ),
            LoginError::Scheme(scheme) => Failure::new(
                "Neo.ClientError.Security.Unauthorized",
                "42NFF",
                format!(
                    "logins by the scheme \"{scheme}\" are not taken; use basic (user and password) or bearer (token)"
                ),
            ),
            LoginError::Internal => Failure::internal(),
        }
    }
}

/// The number of failures from one address for one user after which logins are refused for a while.
const FAILURES: usize = 3;
const LOCKED_FOR: Duration = Duration::from_secs(5);

/// The most pairs of address and user that are counted; the oldest are dropped.
const REMEMBERED: usize = 10_000;

/// How clients log in.
#[derive(Debug)]
pub(crate) enum Auth {
    /// Without authentication: every client has the role admin.
    Off,
    /// With the passwords and tokens of the database's users.
    Users(Users),
}

/// The database with the users, and the counters of failed logins.
#[derive(Debug)]
pub(crate) struct Users {
    database: Database,
    attempts: Arc<Attempts>,
}

/// The key of a counter: address and user name.
type Who = (IpAddr, String);

/// The counters of recent password checks.
#[derive(Debug, Default)]
struct Attempts(Mutex<HashMap<Who, Entry>>);

#[derive(Debug)]
struct Entry {
    failures: usize,
    last: Instant,
    /// The number of checks in progress.
    running: usize,
    /// Wakes logins that wait for a check to end.
    ended: Arc<Notify>,
}

impl Entry {
    fn forget_old_failures(&mut self) {
        if self.last.elapsed() >= LOCKED_FOR {
            self.failures = 0;
        }
    }
}

/// A password check in progress. Dropped without an outcome, it counts neither as failed nor as successful.
#[derive(Debug)]
struct Attempt {
    attempts: Arc<Attempts>,
    who: Who,
}

impl Attempts {
    /// Reserves a place for a check. There are as many places as failures are allowed. While all are in use, further
    /// logins wait, and they are refused when the checks fail. So parallel connections cannot try more passwords than
    /// one connection, and a right password is never refused for coming often.
    async fn begin(self: &Arc<Self>, who: Who) -> Result<Attempt, LoginError> {
        loop {
            let ended = {
                let mut entries = self.0.lock();
                if !entries.contains_key(&who) {
                    make_room(&mut entries);
                }
                let entry = entries.entry(who.clone()).or_insert_with(|| Entry {
                    failures: 0,
                    last: Instant::now(),
                    running: 0,
                    ended: Arc::default(),
                });
                entry.forget_old_failures();
                if entry.failures >= FAILURES {
                    return Err(LoginError::Locked);
                }
                if entry.failures + entry.running < FAILURES {
                    entry.running += 1;
                    return Ok(Attempt { attempts: self.clone(), who });
                }
                // Registered before waiting, so that no wake-up is lost.
                entry.ended.clone().notified_owned()
            };
            ended.await;
        }
    }
}

impl Attempt {
    /// Records the outcome of the check.
    fn ended(&self, right: bool) {
        if let Some(entry) = self.attempts.0.lock().get_mut(&self.who) {
            // After the pause, counting starts again from zero.
            entry.forget_old_failures();
            entry.failures = if right { 0 } else { entry.failures + 1 };
            entry.last = Instant::now();
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut entries = self.attempts.0.lock();
        if let Some(entry) = entries.get_mut(&self.who) {
            entry.running -= 1;
            entry.ended.notify_waiters();
            // Logins that wait have a handle to the old entry, and make a new one.
            if entry.running == 0 && entry.failures == 0 {
                entries.remove(&self.who);
            }
        }
    }
}

/// Drops the oldest entry when there are too many. Entries with checks in progress stay.
fn make_room(entries: &mut HashMap<Who, Entry>) {
    if entries.len() < REMEMBERED {
        return;
    }
    entries.retain(|_, entry| entry.running > 0 || entry.last.elapsed() < LOCKED_FOR);
    if entries.len() < REMEMBERED {
        return;
    }
    let idle = entries.iter().filter(|(_, entry)| entry.running == 0);
    if let Some(oldest) = idle.min_by_key(|(_, entry)| entry.last).map(|(who, _)| who.clone()) {
        entries.remove(&oldest);
    }
}

impl Auth {
    /// Authentication by the users of the database.
    pub(crate) fn users(database: Database) -> Self {
        Auth::Users(Users { database, attempts: Arc::default() })
    }

    /// Checks the credentials of a client.
    pub(crate) async fn login(
        &self,
        pool: &Pool,
        credentials: Credentials,
        client: IpAddr,
    ) -> Result<User, LoginError> {
        let users = match self {
            Auth::Off => {
                let name = Some(credentials.principal).filter(|name| !name.is_empty());
                let name = name.unwrap_or_else(|| "anonymous".to_owned());
                return Ok(User { name, role: Role::Admin, identity: None });
            }
            Auth::Users(users) => users,
        };
        // A token cannot be guessed. Counting failures would only let one misconfigured program lock out others on its
        // machine.
        let attempt = match credentials.scheme.as_str() {
            "basic" => {
                let name: String = credentials.principal.chars().take(255).collect();
                Some(users.attempts.begin((client, name)).await?)
            }
            "bearer" => None,
            other => return Err(LoginError::Scheme(other.chars().take(50).collect())),
        };
        let database = users.database.clone();
        let name = attempt.as_ref().map_or(String::new(), |attempt| attempt.who.1.clone());
        // The outcome is recorded on the thread that checks, also when the client has gone.
        let checked = pool.login(move || match attempt {
            None => database.check_token(&credentials.secret),
            Some(attempt) => {
                let checked = database.check_password(&credentials.principal, &credentials.secret);
                if let Ok(user) = &checked {
                    attempt.ended(user.is_some());
                }
                checked
            }
        });
        match checked.await {
            Ok(Ok(Some(user))) => Ok(user.into()),
            Ok(Ok(None)) => {
                tracing::warn!(%client, user = name, "a login failed");
                Err(LoginError::Wrong)
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "a login could not be checked");
                Err(LoginError::Internal)
            }
            Err(_) => Err(LoginError::Internal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who() -> Who {
        ([127, 0, 0, 1].into(), "ann".to_owned())
    }

    #[tokio::test]
    async fn attempts_that_wait_are_counted_before_they_are_checked() {
        let attempts = Arc::new(Attempts::default());
        let mut first = Vec::new();
        for _ in 0..FAILURES {
            first.push(attempts.begin(who()).await.unwrap());
        }
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                tokio::spawn({
                    let attempts = attempts.clone();
                    async move { attempts.begin(who()).await.map(drop) }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(waiting.iter().all(|attempt| !attempt.is_finished()));
        for attempt in first {
            attempt.ended(false);
        }
        for attempt in waiting {
            assert_eq!(attempt.await.unwrap(), Err(LoginError::Locked));
        }
        assert!(attempts.begin(([127, 0, 0, 1].into(), "bob".to_owned())).await.is_ok());
    }

    #[tokio::test]
    async fn a_right_password_is_let_in_however_often_it_comes() {
        let attempts = Arc::new(Attempts::default());
        let logins: Vec<_> = (0..50)
            .map(|_| {
                tokio::spawn({
                    let attempts = attempts.clone();
                    async move {
                        let attempt = attempts.begin(who()).await?;
                        tokio::task::yield_now().await;
                        attempt.ended(true);
                        Ok::<_, LoginError>(())
                    }
                })
            })
            .collect();
        for login in logins {
            assert_eq!(login.await.unwrap(), Ok(()));
        }
        assert!(attempts.0.lock().is_empty());
    }
}
