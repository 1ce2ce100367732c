//! The server's side of Bolt; the protocol itself is the crate `wend-bolt`.
//!
//! From the bottom up: `state`, the table of what may come when, and `summary` are functions of bytes. `incoming` reads
//! a socket, `output` writes it, `open_result` runs statements on the pool's threads, `session` and `transaction`
//! answer the requests, `connection` ties them together.

mod connection;
mod incoming;
mod open_result;
mod output;
mod session;
pub mod state;
pub mod summary;
mod transaction;

pub(crate) use connection::{refuse, serve};
