//! `wend-server`: WendDB's network port.
//!
//! One socket speaks Bolt, so that the drivers of the graph ecosystem send GQL unchanged. [`Server::bind`] opens it on a
//! database, [`Server::run`] serves it. The engine is synchronous: sockets are awaited on tokio, statements run on a
//! bounded number of threads, and no thread waits for a socket.
//!
//! # Inside, from the bottom up
//! - `packstream`: the encoding of values; `bolt`: the protocol. Functions of bytes, but for four files.
//! - `pool`: the threads of statements; `auth`: logins; `limits`: what one client may take.
//! - `shared`: what all connections have; `server`: the listener.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod auth;
pub mod bolt;
mod limits;
pub mod packstream;
mod pool;
mod server;
mod shared;

pub use limits::Limits;
pub use server::{Config, Server};
