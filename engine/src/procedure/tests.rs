//! Calls of algorithms that exist only here.

use wend_algorithms::Algorithm;

/// Algorithms that the library has in its own tests.
pub(super) fn algorithms() -> impl Iterator<Item = &'static dyn Algorithm> {
    std::iter::empty()
}
