//! A cache of logins over HTTP that succeeded: every request brings its own, and hashing each password would be slow.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::auth::User;

/// How long a password that was right is known as such.
const KNOWN_FOR: Duration = Duration::from_secs(60);
/// So many of them.
const KNOWN: usize = 1000;

/// Passwords that were right lately, by a digest that only this process can make.
#[derive(Debug)]
pub(crate) struct KnownLogins {
    key: [u8; 16],
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// The state of the users for which they hold.
    version: u64,
    users: HashMap<[u8; 32], (User, Instant)>,
}

impl Default for KnownLogins {
    fn default() -> Self {
        KnownLogins { key: *uuid::Uuid::new_v4().as_bytes(), entries: Mutex::default() }
    }
}

impl KnownLogins {
    /// The key of a header.
    pub(crate) fn digest(&self, header: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.key).chain_update(header).finalize().into()
    }

    /// The user of a header that was right lately, while the users have this version.
    pub(crate) fn get(&self, digest: &[u8; 32], version: u64) -> Option<User> {
        let mut entries = self.entries.lock();
        if entries.version != version {
            *entries = Entries { version, users: HashMap::new() };
        }
        let (user, since) = entries.users.get(digest)?;
        (since.elapsed() < KNOWN_FOR).then(|| user.clone())
    }

    /// Keeps a header that was right.
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
    use wenddb::Role;

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
