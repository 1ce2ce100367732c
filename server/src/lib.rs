//! `wend-server`: WendDB's network port.
//!
//! One socket speaks Bolt, so that the drivers of the graph ecosystem send GQL unchanged. [`Server::bind`] opens it on a
//! database, [`Server::run`] serves it. The engine is synchronous: sockets are awaited on tokio, statements run on a
//! bounded number of threads, and no thread waits for a socket.
//!
//! # Inside, from the bottom up
//! - `packstream`: the encoding of values; `bolt`: the protocol. Functions of bytes, but for four files.
//! - `pool`: the threads of statements; `auth`: logins; `limits`: what one client may take.
//! - `tls`, `stream`: encryption, and streams whose first bytes have been looked at.
//! - `shared`: what all connections have; `server`: the listener; `settings`: the table of flags, environment and file.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod auth;
pub mod bolt;
mod limits;
pub mod packstream;
mod pool;
mod run;
mod server;
mod settings;
mod shared;
mod stream;
mod tls;

pub use limits::Limits;
pub use run::run;
pub use server::{Config, Server};
pub use settings::{SETTINGS, Setting, Settings, SettingsError};
pub use tls::{TlsFiles, TlsMode, self_signed};
