//! Opening, locking, formats, reopening, backup and restore.

use std::fs;

use crate::common::*;
use wend_storage::{Direction, Error, NodeId, Store, StoreOptions, Value};

fn refused(result: wend_storage::Result<Store>) -> Error {
    match result {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

#[test]
fn what_is_committed_is_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let store = Store::open(&path, &StoreOptions::default()).unwrap();
    let tx = write(&store);
    let (person, age) = (tx.intern_label("Person").unwrap(), tx.intern_property_key("age").unwrap());
    let a = tx.insert_node(G, "a", &[person], vec![(age, Value::Int(4))]).unwrap();
    tx.insert_edge(G, person, a, a, vec![(age, Value::Int(5))]).unwrap();
    tx.commit().unwrap();
    let lost = write(&store);
    let b = node(&lost, "b");
    drop((lost, tx, store));

    let store = Store::open(&path, &StoreOptions { create: false, ..fast() }).unwrap();
    let tx = write(&store);
    assert_eq!(tx.label("Person").unwrap(), Some(person));
    assert_eq!(&*tx.property_key_name(age).unwrap(), "age");
    assert_eq!(tx.node_by_id(G, "a").unwrap(), Some(a));
    assert_eq!(tx.node_by_id(G, "b").unwrap(), None);
    assert_eq!((tx.node_count(G).unwrap(), tx.edge_count(G).unwrap()), (1, 1));
    let c = node(&tx, "c");
    assert!(c > a && c <= b);
    tx.commit().unwrap();
    assert_eq!(store.path(), Some(&*path));
    all_well(&store);
}

#[test]
fn a_second_open_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &fast()).unwrap();
    assert!(matches!(refused(Store::open(dir.path(), &fast())), Error::Locked { .. }));
    let read_only = StoreOptions { read_only: true, ..fast() };
    assert!(matches!(refused(Store::open(dir.path(), &read_only)), Error::Locked { .. }));
    drop(store);
    let one = Store::open(dir.path(), &read_only).unwrap();
    let two = Store::open(dir.path(), &read_only).unwrap();
    assert!(matches!(refused(Store::open(dir.path(), &fast())), Error::Locked { .. }));
    assert!(matches!(one.begin(wend_storage::Access::Write), Err(Error::ReadOnly(_))));
    assert_eq!(read(&two).node_count(G).unwrap(), 0);
}

#[test]
fn an_open_transaction_keeps_the_database_open() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &fast()).unwrap();
    let tx = read(&store);
    drop(store);
    assert!(matches!(refused(Store::open(dir.path(), &fast())), Error::Locked { .. }));
    drop(tx);
    Store::open(dir.path(), &fast()).unwrap();
}

#[test]
fn not_a_database() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    let no_create = StoreOptions { create: false, ..fast() };
    assert!(matches!(refused(Store::open(&missing, &no_create)), Error::NotADatabase { .. }));
    assert!(!missing.exists());
    fs::write(dir.path().join("letter.txt"), "hello").unwrap();
    assert!(matches!(refused(Store::open(dir.path(), &fast())), Error::NotADatabase { .. }));
    assert!(matches!(refused(Store::open(&dir.path().join("letter.txt"), &fast())), Error::NotADatabase { .. }));
}

#[test]
fn other_formats() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), &fast()).unwrap());
    let identity = dir.path().join("WENDDB");
    let ours = fs::read_to_string(&identity).unwrap();
    assert_eq!(ours, format!("WendDB\nformat {}\n", wend_storage::FORMAT_VERSION));
    fs::write(&identity, "WendDB\nformat 99\n").unwrap();
    assert!(matches!(refused(Store::open(dir.path(), &fast())), Error::FormatTooNew { found: 99, .. }));
    fs::write(&identity, "WendDB\nformat 0\n").unwrap();
    assert!(matches!(refused(Store::open(dir.path(), &fast())), Error::FormatTooOld { found: 0, .. }));
    fs::write(&identity, "nonsense").unwrap();
    assert!(matches!(refused(Store::open(dir.path(), &fast())), Error::NotADatabase { .. }));
    fs::write(&identity, ours).unwrap();
    Store::open(dir.path(), &fast()).unwrap();
}

#[test]
fn lost_data_is_not_an_empty_database() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), &fast()).unwrap());
    fs::remove_file(dir.path().join("data/CURRENT")).unwrap();
    assert!(matches!(refused(Store::open(dir.path(), &fast())), Error::Corrupt(_)));
}

#[test]
fn creating_that_was_cut_off_begins_again() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("WENDDB"), "WendDB\nformat 1\ncreating\n").unwrap();
    let store = Store::open(dir.path(), &fast()).unwrap();
    nodes(&store, 1);
    drop(store);
    assert_eq!(read(&Store::open(dir.path(), &fast()).unwrap()).node_count(G).unwrap(), 1);
}

fn sample(store: &Store) {
    let all = nodes(store, 10);
    let tx = write(store);
    for pair in all.windows(2) {
        edge(&tx, pair[0], pair[1]);
    }
    tx.put_record("tasks", b"t", b"v").unwrap();
    tx.commit().unwrap();
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    for node in &all {
        writer.put(*node, &[node.0 as f32, 1.0]).unwrap();
    }
    assert_eq!(writer.finish(None).unwrap(), 10);
}

fn is_sample(store: &Store) {
    let report = all_well(store);
    assert_eq!((report.nodes, report.edges, report.vectors), (10, 9, 10));
    let tx = read(store);
    let n3 = tx.node_by_id(G, "n3").unwrap().unwrap();
    let mut found = vec![];
    tx.adjacency(G).unwrap().expand(n3, Direction::Both, None, &mut found).unwrap();
    assert_eq!(found.len(), 2);
    let emb = tx.property_key("emb").unwrap().unwrap();
    assert_eq!(tx.node_property(G, n3, emb).unwrap(), Some(vector(&[n3.0 as f32, 1.0])));
    assert_eq!(tx.get_record("tasks", b"t").unwrap().as_deref(), Some(&b"v"[..]));
}

#[test]
fn backup_and_restore() {
    let dir = tempfile::tempdir().unwrap();
    let (db, backup, again) = (dir.path().join("db"), dir.path().join("backup"), dir.path().join("again"));
    let store = Store::open(&db, &fast()).unwrap();
    sample(&store);
    store.backup(&backup).unwrap();
    let tx = write(&store);
    node(&tx, "after");
    tx.commit().unwrap();
    assert!(matches!(store.backup(&backup), Err(Error::NotEmpty { .. })));
    assert!(matches!(Store::restore(&backup, &db), Err(Error::NotEmpty { .. })));
    fs::create_dir(&again).unwrap();
    Store::restore(&backup, &again).unwrap();
    is_sample(&Store::open(&again, &fast()).unwrap());
    is_sample(&Store::open(&backup, &StoreOptions { read_only: true, ..fast() }).unwrap());
    assert!(matches!(Store::restore(&dir.path().join("none"), &dir.path().join("x")), Err(Error::NotADatabase { .. })));
    assert!(!dir.path().join("x").exists());
    assert!(matches!(Store::restore(&db, &dir.path().join("x")), Err(Error::Locked { .. })));
    let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["again", "backup", "db"], "nothing half-made is left");
}

#[test]
fn backup_of_memory_and_of_read_only() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let store = memory();
    sample(&store);
    store.backup(&one).unwrap();
    let copy = Store::open(&one, &StoreOptions { read_only: true, ..fast() }).unwrap();
    is_sample(&copy);
    copy.backup(&two).unwrap();
    let store = Store::open(&two, &fast()).unwrap();
    is_sample(&store);
    let tx = write(&store);
    assert!(node(&tx, "more") > NodeId(9));
    tx.commit().unwrap();
}

#[test]
fn stale_files_are_removed_at_open() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), &fast()).unwrap());
    let stale = dir.path().join("staging/7/0.sst");
    fs::create_dir_all(stale.parent().unwrap()).unwrap();
    fs::write(&stale, "rubbish").unwrap();
    drop(Store::open(dir.path(), &fast()).unwrap());
    assert!(!stale.exists());
}
