//! The integration tests of the store, in one binary: linking is what takes the time. A new file is one line here.
//!
//! What a store does is the same on both backends, so most files are compiled and run twice: they ask their parent for a store.

/// The files that know nothing of the backend; `new_store` gives them an empty store.
macro_rules! on_a_backend {
    ($new_store:expr) => {
        use crate::common::*;

        fn new_store() -> TestStore {
            $new_store
        }

        #[path = "bulk.rs"]
        mod bulk;
        #[path = "indexes.rs"]
        mod indexes;
        #[path = "isolation.rs"]
        mod isolation;
        #[path = "model.rs"]
        mod model;
        #[path = "speed.rs"]
        mod speed;
        #[path = "stress.rs"]
        mod stress;
        #[path = "text_index.rs"]
        mod text_index;
        #[path = "vector_index.rs"]
        mod vector_index;
        #[path = "vectors.rs"]
        mod vectors;
    };
}

mod common;
#[cfg(feature = "rocksdb")]
mod damage;
#[cfg(feature = "rocksdb")]
mod files;
#[cfg(feature = "rocksdb")]
mod fixture;
#[cfg(feature = "rocksdb")]
mod group;
#[cfg(not(feature = "rocksdb"))]
mod no_disk;
#[cfg(feature = "rocksdb")]
mod open_copies;

#[cfg(feature = "rocksdb")]
#[path = "."]
mod on_disk {
    on_a_backend!(TestStore::on_disk());
}

#[allow(clippy::duplicate_mod, reason = "on purpose: the same tests on another backend")]
#[path = "."]
mod in_memory {
    on_a_backend!(TestStore::in_memory());
}
