//! Roles of users.

#[cfg(not(feature = "users"))]
use crate::error::Error;

/// What a user may do. Each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(not(feature = "users"), allow(dead_code, reason = "without users every session is an administrator's"))]
pub enum Role {
    /// Reads.
    Reader,
    /// Changes data, graphs and indexes, runs tasks, reads files with LOAD CSV.
    Editor,
    /// Manages users too.
    Admin,
}

impl Role {
    /// Its name, as in `SHOW USERS`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Editor => "editor",
            Role::Admin => "admin",
        }
    }

    /// The role of that name.
    #[cfg(feature = "users")]
    pub fn from_name(name: &str) -> Option<Role> {
        [Role::Reader, Role::Editor, Role::Admin].into_iter().find(|role| role.name().eq_ignore_ascii_case(name))
    }
}

/// The error of statements about users in a build without them.
#[cfg(not(feature = "users"))]
pub(crate) fn without_users() -> Error {
    Error::rule("users and tokens are not part of this build of the library")
        .with_hint("the feature `users` of the crate wenddb adds them; wend and wend serve have it")
}
