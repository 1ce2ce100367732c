//! The algorithm as a whole.
