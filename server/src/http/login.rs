//! Logins: every request brings its own, and a password that was right is not hashed again for a minute.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::problem::Problem;
use crate::{
    auth::{Auth, Credentials, LoginError, User},
    shared::{Peer, Shared},
};

/// How long a password that was right is known as such.
const KNOWN_FOR: Duration = Duration::from_secs(60);
/// So many of them.
const KNOWN: usize = 1000;

/// Passwords that were right lately, by a digest that only this process can make.
#[derive(Debug)]
pub(crate) struct Known {
    key: [u8; 16],
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// The state of the users for which they hold.
    version: u64,
    users: HashMap<[u8; 32], (User, Instant)>,
}

impl Default for Known {
    fn default() -> Self {
        Known { key: *uuid::Uuid::new_v4().as_bytes(), entries: Mutex::default() }
    }
}

impl Known {
    fn digest(&self, header: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.key).chain_update(header).finalize().into()
    }

    fn get(&self, digest: &[u8; 32], version: u64) -> Option<User> {
        let mut entries = self.entries.lock();
        if entries.version != version {
            *entries = Entries { version, users: HashMap::new() };
        }
        let (user, since) = entries.users.get(digest)?;
        (since.elapsed() < KNOWN_FOR).then(|| user.clone())
    }

    fn put(&self, digest: [u8; 32], version: u64, user: User) {
        let mut entries = self.entries.lock();
        if entries.version != version {
            return;
        }
        if entries.users.len() >= KNOWN {
            entries.users.clear();
        }
        entries.users.insert(digest, (user, Instant::now()));
    }
}

/// The user of a request.
pub(super) async fn login(headers: &HeaderMap, shared: &Shared, peer: &Peer) -> Result<User, Problem> {
    let header = headers.get(AUTHORIZATION);
    let credentials = match header {
        Some(header) => credentials(header.as_bytes())?,
        None if matches!(shared.auth, Auth::Off) => {
            Credentials { scheme: "none".to_owned(), principal: String::new(), secret: String::new() }
        }
        None => return Err(Problem::anonymous()),
    };
    // What was known before the users changed is not known any more.
    let version = shared.database.users_version();
    let kept = header.filter(|_| credentials.scheme == "basic" && !matches!(shared.auth, Auth::Off));
    let digest = kept.map(|header| shared.known_logins.digest(header.as_bytes()));
    if let Some(user) = digest.as_ref().and_then(|digest| shared.known_logins.get(digest, version)) {
        return Ok(user);
    }
    let checked = shared.auth.login(&shared.pool, credentials, peer.client.ip()).await;
    match checked {
        Ok(user) => {
            if let Some(digest) = digest {
                shared.known_logins.put(digest, version, user.clone());
            }
            Ok(user)
        }
        Err(error) => {
            shared.metrics.login_failed();
            Err(Problem::login(error))
        }
    }
}

/// What a header of the form `Basic ...` or `Bearer ...` says.
fn credentials(header: &[u8]) -> Result<Credentials, Problem> {
    let malformed = || {
        let message = "Authorization is \"Basic \" and user:password in base64, or \"Bearer \" and a token";
        Problem::request(StatusCode::BAD_REQUEST, message)
    };
    let text = std::str::from_utf8(header).map_err(|_| malformed())?;
    let (scheme, rest) = text.split_once(' ').ok_or_else(malformed)?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Credentials { scheme: "bearer".to_owned(), principal: String::new(), secret: rest.to_owned() });
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Problem::login(LoginError::Scheme(scheme.chars().take(50).collect())));
    }
    let decoded = STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(malformed)?;
    let (principal, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    Ok(Credentials { scheme: "basic".to_owned(), principal: principal.to_owned(), secret: secret.to_owned() })
}

#[cfg(test)]
mod tests {
    use wenddb::Role;

    use super::*;

    #[test]
    fn headers_are_read() {
        let read = credentials(b"Basic YW5uOnM6ZWNyZXQ=").ok().unwrap();
        assert_eq!((read.scheme.as_str(), read.principal.as_str(), read.secret.as_str()), ("basic", "ann", "s:ecret"));
        assert_eq!(credentials(b"bearer wend_x").ok().unwrap().secret, "wend_x");
        for (header, status) in [
            (&b"Basic"[..], 400),
            (b"Basic !!!", 400),
            (b"Basic YW5u", 400),
            (b"Basic \xff\xff", 400),
            (b"Digest x", 401),
        ] {
            assert_eq!(credentials(header).err().unwrap().status.as_u16(), status);
        }
    }

    #[test]
    fn what_is_known_ends_with_a_change_of_users() {
        let known = Known::default();
        let digest = known.digest(b"Basic x");
        let user = User { name: "ann".to_owned(), role: Role::Reader, identity: None };
        assert_eq!(known.get(&digest, 0), None);
        known.put(digest, 0, user.clone());
        assert_eq!(known.get(&digest, 0), Some(user.clone()));
        assert_eq!(known.get(&digest, 1), None);
        known.put(digest, 0, user);
        assert_eq!(known.get(&digest, 1), None);
        assert_ne!(Known::default().digest(b"Basic x"), digest);
    }
}
