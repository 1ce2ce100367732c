//! The directory of a database on disk: its lock, its identity, and whether its write-ahead logs are whole.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) mod exit;
pub(crate) mod home;
pub(crate) mod lock;
mod note;
pub(crate) mod synced;
mod wal;
