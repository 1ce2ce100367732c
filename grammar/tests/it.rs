//! The integration tests of the parser, in one binary: linking is what takes the time. A new file is one line here.

mod common;
mod conformance;
mod errors;
mod expressions;
mod hints;
mod lexical;
mod limits;
mod properties;
mod statements;
