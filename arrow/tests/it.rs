//! The integration tests of the Arrow crate, in one binary: linking is what takes the time. A new file is one line here.

mod round_trip;
