//! The files of a database, copied while it is open.

use std::path::Path;

use crate::common::*;
use wend_storage::{NodeId, Store};

/// The files as they are at some moment are what a crash leaves: everything committed is there.
#[test]
fn files_copied_while_open() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let store = Store::open(&path, &Default::default()).unwrap();
    for round in 0..5u64 {
        let tx = write(&store);
        for number in 0..10 {
            let node = node(&tx, &format!("{round}-{number}"));
            edge(&tx, node, node);
        }
        tx.commit().unwrap();
        let mut load = store.bulk_load(G).unwrap();
        let label = load.intern_label("Loaded").unwrap();
        load.node(&format!("load{round}"), &[label], vec![]).unwrap();
        load.edge(label, &format!("load{round}"), "0-0", vec![]).unwrap();
        load.finish().unwrap();
        let mut writer = store.begin_vector_set(G, "emb").unwrap();
        writer.put(NodeId(round), &[1.0]).unwrap();
        writer.finish(None).unwrap();
        let open = write(&store);
        node(&open, "uncommitted");

        let copy = dir.path().join(format!("copy{round}"));
        // Again when RocksDB tidied up meanwhile.
        while copy_files(&path, &copy).is_err() || names(&path) != names(&copy) {
            std::fs::remove_dir_all(&copy).unwrap();
        }
        let report = all_well(&Store::open(&copy, &fast()).unwrap());
        assert_eq!((report.nodes, report.edges, report.vectors), (11 * (round + 1), 11 * (round + 1), round + 1));
    }
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_files(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn names(path: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        std::fs::read_dir(path.join("data")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}
