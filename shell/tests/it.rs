//! The integration tests of the binary, in one binary: linking is what takes the time. A new file is one line here.

mod cli;
mod common;
mod connect;
mod draw;
mod postgres;
mod relational;
mod repl;
mod serve;
