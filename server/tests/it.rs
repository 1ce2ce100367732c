//! The integration tests of the network port, in one binary: linking is what takes the time. A new file is one line here.

mod common;
mod console;
mod http;
mod http_arrow;
mod http_guard;
mod limits;
mod login;
mod mcp;
mod mutations;
mod operations;
mod statements;
mod states;
mod tables;
mod values;
mod websocket;
