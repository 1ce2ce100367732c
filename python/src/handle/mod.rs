//! What Python holds: databases, sessions and results, which know each other so that a database that is closed closes all of them.

mod database;
mod result;
mod session;
mod stream;

pub(crate) use database::Database;
pub(crate) use result::Rows;
pub(crate) use session::Session;
