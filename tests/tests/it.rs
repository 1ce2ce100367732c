//! The integration tests of the whole, in one binary: linking is what takes the time. A new file is one line here.

mod bad_input;
mod campaigns;
mod crash;
mod cypher;
mod docs;
mod fixture;
mod fuzz;
mod habits;
mod ldbc;
mod mcp;
mod modules;
mod tasks;
mod tidy;
