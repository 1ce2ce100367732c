//! `wend-server`: WendDB's network port.
//!
//! One socket speaks Bolt, so that the drivers of the graph ecosystem send GQL unchanged, and HTTP. [`Server::bind`]
//! opens it on a database, [`Server::run`] serves it. The engine is synchronous: sockets are awaited on tokio,
//! statements run on a bounded number of threads, and no thread waits for a socket.
//!
//! # Inside, from the bottom up
//! - `failure`: what a client is told when something fails, with the codes that drivers know.
//! - `limits`, `budget`: what one client may take, and the memory of all clients' messages.
//! - `console`: the page that is part of the binary, and what it is told.
//! - `contain`: libraries that panic on bad input.
//! - `statement`: what a statement is allowed, in every protocol; `metrics`: counters.
//! - `pool`: the threads of statements; `auth`, `known_logins`: logins; `transactions`: those over HTTP, between
//!   requests.
//! - `tls`, `stream`: encryption, and streams whose first bytes have been read to know the protocol.
//! - `shared`: what all connections share.
//! - `mcp`: the Model Context Protocol, for language models: over HTTP, and over standard input and output for the shell.
//! - `bolt`: the server's side of Bolt, whose messages are those of the crate `wend-bolt`.
//! - `http`: requests and responses over HTTP on the same port; Bolt within a WebSocket.
//! - `server`: the listener; `until_stopped`: the server as a process; `settings`: flags, environment and file.
//! - `web`: a client of HTTP; `download` a backup by it, `ping` a health check, both for the shell.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod auth;
pub mod bolt;
mod budget;
pub mod console;
mod contain;
pub mod download;
mod failure;
pub mod http;
mod known_logins;
mod limits;
pub mod mcp;
mod metrics;
pub mod ping;
mod pool;
mod scratch;
mod server;
mod settings;
mod shared;
mod statement;
mod stream;
mod tls;
mod transactions;
mod until_stopped;
mod uploads;
mod web;

pub use limits::Limits;
pub use server::{Config, Server};
pub use settings::{SETTINGS, Setting, Settings, SettingsError};
pub use tls::{TlsFiles, TlsMode, self_signed};
pub use until_stopped::serve_until_stopped;
