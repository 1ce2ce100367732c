//! Roles of users.

/// What a user may do. Each may do what those before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    pub fn from_name(name: &str) -> Option<Role> {
        [Role::Reader, Role::Editor, Role::Admin].into_iter().find(|role| role.name().eq_ignore_ascii_case(name))
    }
}
