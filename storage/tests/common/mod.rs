//! What the tests share.
#![allow(dead_code)]

use wend_storage::{Access, EdgeId, GraphId, LabelId, NodeId, PropertyKey, Store, StoreOptions, Transaction, Value};

/// A store of a test, and the directory it is in.
pub struct TestStore {
    store: Option<Store>,
    directory: Option<tempfile::TempDir>,
}

impl TestStore {
    pub fn in_memory() -> TestStore {
        TestStore { store: Some(Store::in_memory().unwrap()), directory: None }
    }

    pub fn on_disk() -> TestStore {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("db"), &fast()).unwrap();
        TestStore { store: Some(store), directory: Some(directory) }
    }

    /// Closes the store and opens it again, where it is on disk. All its handles have to be gone.
    pub fn reopen(&mut self) {
        if let Some(directory) = &self.directory {
            self.store = None;
            self.store = Some(Store::open(&directory.path().join("db"), &fast()).unwrap());
        }
    }
}

impl std::ops::Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store.as_ref().unwrap()
    }
}

pub fn memory() -> Store {
    Store::in_memory().unwrap()
}

/// Options for tests on disk: nobody pulls the plug, so no fsync.
pub fn fast() -> StoreOptions {
    StoreOptions { sync: false, ..StoreOptions::default() }
}

pub fn write(store: &Store) -> Transaction {
    store.begin(Access::Write).unwrap()
}

pub fn read(store: &Store) -> Transaction {
    store.begin(Access::Read).unwrap()
}

pub const G: GraphId = GraphId(0);

pub fn label(store: &Store, name: &str) -> LabelId {
    store.intern_label(name).unwrap()
}

pub fn key(store: &Store, name: &str) -> PropertyKey {
    store.intern_property_key(name).unwrap()
}

pub fn node(tx: &Transaction, id: &str) -> NodeId {
    tx.insert_node(G, id, &[], vec![]).unwrap()
}

pub fn edge(tx: &Transaction, from: NodeId, to: NodeId) -> EdgeId {
    let label = tx.intern_label("E").unwrap();
    tx.insert_edge(G, label, from, to, vec![]).unwrap()
}

/// Adds nodes `n0`, `n1`, ... in a commit of their own.
pub fn nodes(store: &Store, count: usize) -> Vec<NodeId> {
    let tx = write(store);
    let nodes = (0..count).map(|number| node(&tx, &format!("n{number}"))).collect();
    tx.commit().unwrap();
    nodes
}

pub fn vector(numbers: &[f32]) -> Value {
    Value::Vector(numbers.to_vec())
}

pub fn all_well(store: &Store) -> wend_storage::CheckReport {
    let report = store.check().unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    report
}
