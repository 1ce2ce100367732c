//! The program `wend`, which is in this module too, so that one installation gives both and has the engine once.

use std::{
    ffi::OsString,
    panic::{AssertUnwindSafe, catch_unwind},
};

use pyo3::prelude::*;

/// The exit status of a panic, which has been printed: that of a program in Rust.
const PANICKED: u8 = 101;

/// Runs the program with a command line, the first word being its name, and gives its exit status.
#[pyfunction]
pub(crate) fn program(py: Python<'_>, args: Vec<OsString>) -> u8 {
    py.detach(|| catch_unwind(AssertUnwindSafe(|| wend::run(args))).unwrap_or(PANICKED))
}
