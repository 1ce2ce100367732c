//! A cache of successful logins over HTTP: every request has its own credentials, and hashing each password would be
//! slow.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::auth::User;

/// How long a successful login is kept.
const KNOWN_FOR: Duration = Duration::from_secs(60);
/// The most logins kept.
const KNOWN: usize = 1000;

/// Successful logins by a digest of the Authorization header, keyed so that only this process can compute it.
#[derive(Debug)]
pub(crate) struct KnownLogins {
    key: [u8; 16],
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// The version of the users for which the entries hold.
    version: u64,
    users: HashMap<[u8; 32], (User, Instant)>,
}

impl Default for KnownLogins {
    fn default() -> Self {
        KnownLogins { key: *uuid::Uuid::new_v4().as_bytes(), entries: Mutex::default() }
    }
}

impl KnownLogins {
    /// The digest of an Authorization header.
    pub(crate) fn digest(&self, header: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.key).chain_update(header).finalize().into()
    }

    /// The user of a header with a recent successful login, unless users have changed since.
    pub(crate) fn get(&self, digest: &[u8; 32], version: u64) -> Option<User> {
        let mut entries = self.entries.lock();
        if entries.version != version {
            *entries = Entries { version, users: HashMap::new() };
        }
        let (user, since) = entries.users.get(digest)?;
        (since.elapsed() < KNOWN_FOR).then(|| user.clone())
    }

    /// Keeps the header of a successful login.
    pub(crate) fn put(&self, digest: [u8; 32], version: u64, user: User) {
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

#[cfg(test)]
mod tests {
    use wenddb::host::Role;

    use super::*;

    #[test]
    fn what_is_known_ends_with_a_change_of_users() {
        let known = KnownLogins::default();
        let digest = known.digest(b"Basic x");
        let user = User { name: "ann".to_owned(), role: Role::Reader, identity: None };
        assert_eq!(known.get(&digest, 0), None);
        known.put(digest, 0, user.clone());
        assert_eq!(known.get(&digest, 0), Some(user.clone()));
        assert_eq!(known.get(&digest, 1), None);
        known.put(digest, 0, user);
        assert_eq!(known.get(&digest, 1), None);
        assert_ne!(KnownLogins::default().digest(b"Basic x"), digest);
    }
}
