//! `wend-server`: WendDB's network port.
//!
//! One socket speaks Bolt, so that the drivers of the graph ecosystem send GQL unchanged, and HTTP. [`Server::bind`] opens it on a
//! database, [`Server::run`] serves it. The engine is synchronous: sockets are awaited on tokio, statements run on a
//! bounded number of threads, and no thread waits for a socket.
//!
//! # Inside, from the bottom up
//! - `packstream`: the encoding of values; `bolt`: the protocol. Functions of bytes, but for four files.
//! - `http`: requests, answers and transactions over HTTP, on the same port; Bolt within a WebSocket.
//! - `client`: the other side of Bolt, for the shell; `download`: a backup over HTTP, for the shell too.
//! - `contain`: libraries that panic on bad input.
//! - `budget`: the memory of all clients' messages.
//! - `statement`: what a statement is allowed, whatever brings it; `metrics`: what is counted.
//! - `pool`: the threads of statements; `auth`: logins; `limits`: what one client may take.
//! - `tls`, `stream`: encryption, and streams whose first bytes have been looked at.
//! - `shared`: what all connections have; `server`: the listener; `settings`: the table of flags, environment and file.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod auth;
pub mod bolt;
mod budget;
pub mod client;
mod contain;
pub mod download;
pub mod http;
mod limits;
mod metrics;
pub mod packstream;
mod pool;
mod run;
mod server;
mod settings;
mod shared;
mod statement;
mod stream;
mod tls;

pub use limits::Limits;
pub use run::run;
pub use server::{Config, Server};
pub use settings::{SETTINGS, Setting, Settings, SettingsError};
pub use tls::{TlsFiles, TlsMode, self_signed};
