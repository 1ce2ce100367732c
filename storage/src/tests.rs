//! Tests that reach below the public surface: planted damage, and the log of conflicts.

use crate::keys;
use crate::kv::Family;
use crate::value::{Access, EdgeId, GraphId, LabelId, NodeId, Value};
use crate::{Error, IndexDefinition, Store};

const G: GraphId = GraphId(0);

/// Nodes 0..3, the edges 0 -> 1, 1 -> 2, 2 -> 2, a vector of each node.
pub(crate) fn sample(store: &Store) -> LabelId {
    let tx = store.begin(Access::Write).unwrap();
    let label = tx.intern_label("L").unwrap();
    for id in ["a", "b", "c"] {
        tx.insert_node(G, id, &[label], vec![]).unwrap();
    }
    for (from, to) in [(0, 1), (1, 2), (2, 2)] {
        tx.insert_edge(G, label, NodeId(from), NodeId(to), vec![]).unwrap();
    }
    let x = tx.intern_property_key("x").unwrap();
    tx.set_node_property(G, NodeId(0), x, Some(Value::Int(5))).unwrap();
    tx.set_node_property(G, NodeId(1), x, Some(Value::Int(6))).unwrap();
    let (name, properties) = ("i".to_owned(), vec![x]);
    tx.create_index(
        G,
        IndexDefinition { name, on_edge: false, label, properties, unique: true, vector: None, text: None },
    )
    .unwrap();
    tx.commit().unwrap();
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    for node in 0..3 {
        writer.put(NodeId(node), &[1.0, 2.0]).unwrap();
    }
    writer.finish(None).unwrap();
    label
}

#[test]
fn the_check_finds_planted_damage() {
    let label = LabelId(0);
    let out = keys::adjacent(G, NodeId(0), label, NodeId(1), EdgeId(0));
    let inward = keys::adjacent(G, NodeId(2), label, NodeId(2), EdgeId(2));
    let stray = keys::adjacent(G, NodeId(1), label, NodeId(0), EdgeId(9));
    let none = None;
    type Damage = (Family, Vec<u8>, Option<&'static [u8]>);
    let entry = |value: i64, node: u64| {
        let mut key = vec![0; 4];
        crate::index_key::put(&mut key, &Value::Int(value));
        key.extend_from_slice(&node.to_be_bytes());
        key
    };
    let damages: [Damage; 19] = [
        (Family::Indexes, entry(5, 0), none),
        (Family::Indexes, entry(5, 1), Some(&[])),
        (Family::Indexes, entry(5, 77), Some(&[])),
        (Family::Nodes, keys::node(G, NodeId(1)).to_vec(), none),
        (Family::Nodes, keys::node(G, NodeId(1)).to_vec(), Some(&[1, 200])),
        (Family::Nodes, keys::node(GraphId(5), NodeId(1)).to_vec(), Some(&[1, 0, 0, 0])),
        (Family::Ids, keys::id(G, "a"), none),
        (Family::Ids, keys::id(G, "a"), Some(&[0, 0, 0, 0, 0, 0, 0, 1])),
        (Family::Labels, keys::label(G, label, 0).to_vec(), none),
        (Family::Labels, keys::label(G, LabelId(3), 0).to_vec(), Some(&[])),
        (Family::Edges, keys::edge(G, EdgeId(0)).to_vec(), none),
        (Family::EdgeLabels, keys::label(G, label, 1).to_vec(), Some(&[0; 16])),
        (Family::EdgeLabels, keys::label(G, label, 7).to_vec(), Some(&[0; 16])),
        (Family::Out, out.to_vec(), none),
        (Family::In, inward.to_vec(), none),
        (Family::Out, stray.to_vec(), Some(&[])),
        (Family::Vectors, keys::vector(0, NodeId(77)).to_vec(), Some(&[0; 8])),
        (Family::Vectors, keys::vector(0, NodeId(1)).to_vec(), Some(&[0; 7])),
        (Family::Meta, keys::count((G, keys::Counted::Edges, LabelId(0))).to_vec(), Some(&[0, 0, 0, 0, 0, 0, 0, 2])),
    ];
    for (family, key, value) in damages {
        let store = Store::in_memory().unwrap();
        sample(&store);
        let report = store.check().unwrap();
        assert_eq!((report.nodes, report.edges, report.vectors, report.problems.len()), (3, 3, 3, 0));
        let mut batch = store.inner.kv.batch();
        match value {
            Some(value) => batch.put(family, &key, value).unwrap(),
            None => batch.delete(family, &key).unwrap(),
        }
        store.inner.kv.write(batch).unwrap();
        assert_ne!(store.check().unwrap().problems, Vec::<String>::new(), "{family:?} {key:?} {value:?}");
    }
}

#[test]
fn damaged_records_are_errors() {
    let store = Store::in_memory().unwrap();
    sample(&store);
    let mut batch = store.inner.kv.batch();
    batch.put(Family::Nodes, &keys::node(G, NodeId(0)), &[9, 9, 9]).unwrap();
    batch.put(Family::Out, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &[]).unwrap();
    store.inner.kv.write(batch).unwrap();
    let tx = store.begin(Access::Write).unwrap();
    assert!(matches!(tx.node(G, NodeId(0)), Err(Error::Corrupt(_))));
    let key = tx.intern_property_key("x").unwrap();
    assert!(matches!(tx.set_node_property(G, NodeId(0), key, Some(Value::Int(1))), Err(Error::Corrupt(_))));
    let mut out = vec![];
    let expanded = tx.adjacency(G).unwrap().expand(NodeId(0), crate::Direction::Out, None, &mut out);
    assert!(matches!(expanded, Err(Error::Corrupt(_))));
}

/// A transaction older than the log of commits cannot be checked, so it conflicts.
#[test]
fn the_log_is_kept_only_while_needed() {
    let store = Store::in_memory().unwrap();
    sample(&store);
    let old = store.begin(Access::Write).unwrap();
    old.delete_edge(G, EdgeId(0)).unwrap();
    let other = store.begin(Access::Write).unwrap();
    other.delete_edge(G, EdgeId(1)).unwrap();
    other.commit().unwrap();
    old.commit().unwrap();
    let last = store.begin(Access::Write).unwrap();
    last.delete_edge(G, EdgeId(2)).unwrap();
    last.commit().unwrap();
    let report = store.check().unwrap();
    assert_eq!((report.edges, report.problems), (0, vec![]));
}
