//! Bolt, the protocol of the graph ecosystem's drivers: 4.4, 5.0 to 5.4, 5.6 to 5.8 and 6.0.
//!
//! From the bottom up: `version`, `handshake`, `chunk`; `message` with `decode` (requests), `encode`, `failure` and
//! `summary` (answers); `state`, the table of what may come when: all of them functions of bytes. `incoming` reads a
//! socket, `output` writes it, `work` runs statements on the pool's threads, `connection` ties them together.

pub mod chunk;
mod connection;
pub mod decode;
pub mod encode;
pub mod failure;
pub mod handshake;
mod incoming;
pub mod message;
mod output;
mod session;
pub mod state;
pub mod summary;
mod transaction;
pub mod version;
mod work;

pub(crate) use connection::{refuse, serve};
