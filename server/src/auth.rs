//! Logins: passwords and tokens of the database's users, few at a time, and none for a while after several that failed.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use wenddb::{Database, Role};

use crate::{bolt::failure::Failure, pool::Pool};

/// What a client says to be let in. It has no `Debug`, so that no log shows it.
pub(crate) struct Credentials {
    pub(crate) scheme: String,
    pub(crate) principal: String,
    pub(crate) secret: String,
}

/// Who was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// Why a client was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoginError {
    /// User or password is wrong; which of them is not said.
    Wrong,
    /// Too many logins failed.
    Locked,
    /// A way of login that is not known.
    Scheme(String),
    /// The database could not be read.
    Internal,
}

impl LoginError {
    /// What the client is told.
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

/// So many failures from one address for one user, and logins are refused for a while.
const FAILURES: u32 = 3;
const LOCKED_FOR: Duration = Duration::from_secs(5);

/// The most pairs of address and user remembered; the oldest go first.
const REMEMBERED: usize = 10_000;

/// How clients are let in.
#[derive(Debug)]
pub(crate) enum Auth {
    /// Whoever comes, as an administrator.
    Off,
    /// Who has a password or token.
    Users(Users),
}

/// What logins are checked against.
#[derive(Debug)]
pub(crate) struct Users {
    database: Database,
    failures: Arc<Mutex<HashMap<(IpAddr, String), (u32, Instant)>>>,
}

impl Auth {
    /// Logins of the database's users.
    pub(crate) fn users(database: Database) -> Self {
        Auth::Users(Users { database, failures: Arc::default() })
    }

    /// Lets a client in, or not.
    pub(crate) async fn login(
        &self,
        pool: &Pool,
        credentials: Credentials,
        client: IpAddr,
    ) -> Result<User, LoginError> {
        let users = match self {
            Auth::Off => {
                let name = Some(credentials.principal).filter(|name| !name.is_empty());
                return Ok(User { name: name.unwrap_or_else(|| "anonymous".to_owned()), role: Role::Admin });
            }
            Auth::Users(users) => users,
        };
        let scheme = credentials.scheme.as_str();
        // Of a token the name is not known before it is checked.
        let who = match scheme {
            "basic" => (client, credentials.principal.chars().take(255).collect::<String>()),
            "bearer" => (client, String::new()),
            other => return Err(LoginError::Scheme(other.chars().take(50).collect())),
        };
        // A token cannot be guessed; counting would only let one wrong program lock out the others of its machine.
        if scheme == "basic" && users.is_locked(&who) {
            return Err(LoginError::Locked);
        }
        let (database, bearer) = (users.database.clone(), scheme == "bearer");
        let checked = pool.login(move || {
            if bearer {
                database.check_token(&credentials.secret)
            } else {
                let role = database.check_password(&credentials.principal, &credentials.secret)?;
                Ok(role.map(|role| (credentials.principal, role)))
            }
        });
        match checked.await {
            Ok(Ok(Some((name, role)))) => {
                users.failures.lock().remove(&who);
                Ok(User { name, role })
            }
            Ok(Ok(None)) => {
                tracing::warn!(%client, user = who.1, "a login failed");
                if !bearer {
                    users.failed(who);
                }
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

impl Users {
    fn is_locked(&self, who: &(IpAddr, String)) -> bool {
        let failures = self.failures.lock();
        failures.get(who).is_some_and(|(count, last)| *count >= FAILURES && last.elapsed() < LOCKED_FOR)
    }

    fn failed(&self, who: (IpAddr, String)) {
        let mut failures = self.failures.lock();
        if failures.len() >= REMEMBERED {
            failures.retain(|_, (_, last)| last.elapsed() < LOCKED_FOR);
        }
        if failures.len() >= REMEMBERED
            && let Some(oldest) = failures.iter().min_by_key(|(_, (_, last))| *last).map(|(who, _)| who.clone())
        {
            failures.remove(&oldest);
        }
        let entry = failures.entry(who).or_insert((0, Instant::now()));
        // After the time of a lock counting begins anew.
        let before = if entry.1.elapsed() < LOCKED_FOR { entry.0 } else { 0 };
        *entry = (before + 1, Instant::now());
    }
}
