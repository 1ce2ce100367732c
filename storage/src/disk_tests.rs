//! Tests that reach below the public surface of a store on disk: what a crash leaves behind, and older databases.

use crate::keys::{self, meta};
use crate::kv::{Family, Hint};
use crate::tests::sample;
use crate::value::{Access, GraphId, NodeId, PropertyKey, Value};
use crate::{Error, Store, StoreOptions, pending};

const G: GraphId = GraphId(0);

fn open(path: &std::path::Path) -> Store {
    Store::open(path, &StoreOptions { sync: false, ..StoreOptions::default() }).unwrap()
}

#[test]
fn a_bulk_load_that_was_cut_off_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let label = sample(&store);
    // What is there when the process dies between ingesting and the last commit.
    pending::write(&store.inner.kv, G, 3, 3).unwrap();
    let mut load = store.bulk_load(G).unwrap();
    for number in 0..50 {
        let properties = vec![(PropertyKey(0), Value::Int(100 + number))];
        load.node(&format!("new{number}"), &[label], properties).unwrap();
    }
    for (from, to) in [("a", "new1"), ("new1", "a"), ("b", "c")] {
        load.edge(label, from, to, vec![]).unwrap();
    }
    for (family, runs) in load.write_runs().unwrap() {
        store.inner.kv.ingest(family, &runs).unwrap();
    }
    drop(load);
    assert_ne!(store.check().unwrap().problems, Vec::<String>::new());
    drop(store);

    let read_only = StoreOptions { read_only: true, ..StoreOptions::default() };
    assert!(matches!(Store::open(dir.path(), &read_only), Err(Error::Unfinished(_))));
    let store = open(dir.path());
    let report = store.check().unwrap();
    assert_eq!((report.nodes, report.edges, report.problems), (3, 3, vec![]));
    assert!(!pending::is_pending(&store.inner.kv).unwrap());
    assert_eq!(store.begin(Access::Read).unwrap().node_by_id(G, "new1").unwrap(), None);
}

#[test]
fn a_vector_set_that_was_cut_off_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    sample(&store);
    let mut batch = store.inner.kv.batch();
    for node in 0..100 {
        batch.put(Family::Vectors, &keys::vector(5, NodeId(node)), &[0; 4]).unwrap();
        batch.put(Family::Vectors, &keys::vector(9, NodeId(node)), &[0; 4]).unwrap();
    }
    store.inner.kv.write(batch).unwrap();
    drop(store);
    let store = open(dir.path());
    let mut iter = store.inner.kv.snapshot().prefix(Family::Vectors, &[], Hint::Scan).unwrap();
    let mut sets = vec![];
    while let Some(key) = iter.key() {
        sets.push(keys::read_u64(key, 0).unwrap());
        iter.advance().unwrap();
    }
    assert_eq!(sets, [0, 0, 0]);
}

#[test]
fn a_newer_format_inside_is_refused_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut batch = store.inner.kv.batch();
    batch.put(Family::Meta, &[meta::FORMAT], &7u32.to_be_bytes()).unwrap();
    store.inner.kv.write(batch).unwrap();
    drop(store);
    assert!(matches!(Store::open(dir.path(), &StoreOptions::default()), Err(Error::FormatTooNew { found: 7, .. })));
}

/// A database made before there were indexes: without their family, and with five numbers.
#[test]
fn an_older_database_gets_the_family_of_indexes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut batch = store.inner.kv.batch();
    batch.put(Family::Meta, &[meta::STATE], &store.inner.numbers.state(0)[..40]).unwrap();
    store.inner.kv.write(batch).unwrap();
    drop(store);
    let data = dir.path().join("data");
    let names = Family::ALL.map(Family::name);
    let db = rocksdb::DB::open_cf(&rocksdb::Options::default(), &data, names).unwrap();
    db.drop_cf("indexes").unwrap();
    drop(db);

    let read_only = StoreOptions { read_only: true, ..StoreOptions::default() };
    let store = Store::open(dir.path(), &read_only).unwrap();
    assert!(store.begin(Access::Read).unwrap().indexes(G).unwrap().is_empty());
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
    drop(store);
    let store = open(dir.path());
    sample(&store);
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn an_index_that_was_cut_off_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    sample(&store);
    let mut batch = store.inner.kv.batch();
    for number in 0..100u64 {
        batch.put(Family::Indexes, &[&[0, 0, 0, 9, 0x18, 1][..], &number.to_be_bytes()].concat(), &[]).unwrap();
    }
    store.inner.kv.write(batch).unwrap();
    drop(store);
    let store = open(dir.path());
    let mut iter = store.inner.kv.snapshot().prefix(Family::Indexes, &[], Hint::Scan).unwrap();
    let mut entries = 0;
    while iter.key().is_some() {
        entries += 1;
        iter.advance().unwrap();
    }
    assert_eq!(entries, 2);
}
