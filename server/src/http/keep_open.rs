//! What keeps a connection open.

use std::convert::Infallible;

use tokio::sync::mpsc;

/// A guard that a job for a connection holds until it has ended: the connection closes when no guard is left.
pub(in crate::http) type KeepOpen = mpsc::Sender<Infallible>;
