//! The module `wenddb._wenddb`: what of the Python package has to be in Rust. It converts values, runs statements on threads that
//! Ctrl-C can interrupt, and hands arrays over without a copy; all else is Python, in `wenddb/`. The program `wend` is in it, too.

mod arrays;
mod call;
mod capsule;
mod describe;
mod error;
mod handle;
mod load;
mod page;
mod parts;
mod program;
mod relational;
mod table;
mod value;

use pyo3::prelude::*;

/// The module.
#[pymodule]
mod _wenddb {
    #[pymodule_export]
    use super::describe::{algorithms, suggest};
    #[pymodule_export]
    use super::handle::{Database, Rows, Session};
    #[pymodule_export]
    use super::page::{graph_page, map_page};
    #[pymodule_export]
    use super::parts::{Parts, PartsBlock, PartsGraph};
    #[pymodule_export]
    use super::program::program;
    #[pymodule_export]
    use super::relational::{import_source, import_tables};
    #[pymodule_export]
    use super::table::Table;
}
