//! The integration tests of the store, in one binary: linking is what takes the time. A new file is one line here.

mod bulk;
mod common;
mod damage;
mod files;
mod fixture;
mod indexes;
mod isolation;
mod model;
mod speed;
mod stress;
mod vectors;
