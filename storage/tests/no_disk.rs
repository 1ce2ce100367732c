//! A build without storage on disk says so.

use std::path::Path;

use crate::common::*;
use wend_storage::{Error, Store};

#[test]
fn a_path_needs_the_feature() {
    let path = Path::new("social.wend");
    let opened = Store::open(path, &fast()).map(drop);
    for result in [opened, memory().backup(path), Store::restore(path, path)] {
        let Err(error @ Error::NoDisk { .. }) = result else { panic!("{result:?}") };
        let text = error.to_string();
        assert!(text.contains("social.wend") && text.contains("the feature `rocksdb`"), "{text}");
    }
    assert!(!path.exists());
}
