//! Vector indexes: what they refuse, and that their lists follow every change, in every snapshot.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use wend_storage::{
    Access, Error, IndexDefinition, LabelId, Metric, NodeId, PropertyKey, RANKS, Store, Transaction, Value,
    VectorLists, VectorSpace,
};

fn definition(tx: &Transaction, metric: Metric) -> IndexDefinition {
    IndexDefinition {
        name: "v".into(),
        on_edge: false,
        label: tx.intern_label("P").unwrap(),
        properties: vec![tx.intern_property_key("e").unwrap()],
        unique: false,
        vector: Some(VectorSpace { dimensions: 0, metric, lists: None }),
        text: None,
    }
}

/// Two lists, of vectors that point right and of those that point left.
fn lists() -> VectorLists {
    VectorLists { dimensions: 2, centroids: vec![1.0, 0.0, -1.0, 0.0], probes: [1; RANKS.len()], vectors: 2 }
}

fn assign(vectors: &[f32]) -> Vec<u32> {
    vectors.chunks_exact(2).map(|vector| lists().nearest(vector)).collect()
}

/// The nodes in the lists of the index, with their lists.
fn listed(tx: &Transaction) -> BTreeMap<u64, u32> {
    let indexes = tx.indexes(G).unwrap();
    let index = indexes.iter().find(|index| index.definition.name == "v").unwrap();
    let mut all = BTreeMap::new();
    for list in 0..index.lists {
        for element in tx.vector_list(index, list).unwrap().elements {
            assert!(all.insert(element, list).is_none(), "in two lists");
        }
    }
    all
}

/// The nodes with the label and a vector, with the list of each.
fn expected(tx: &Transaction, label: LabelId, key: PropertyKey) -> BTreeMap<u64, u32> {
    let mut all = BTreeMap::new();
    for node in tx.nodes(G, Some(label)).unwrap() {
        let node = node.unwrap();
        if let Some(Value::Vector(vector)) = tx.node_property(G, node, key).unwrap()
            && let Some(prepared) = Metric::Cosine.prepare(&vector)
        {
            all.insert(node.0, lists().nearest(&prepared));
        }
    }
    all
}

#[test]
fn what_is_no_vector_of_the_index_is_refused() {
    let store = new_store();
    let tx = store.begin(Access::Write).unwrap();
    let (label, key) = (tx.intern_label("P").unwrap(), tx.intern_property_key("e").unwrap());
    let floats = |numbers: &[f64]| Value::List(numbers.iter().map(|number| Some(Value::Float(*number))).collect());
    tx.insert_node(G, "a", &[label], vec![(key, floats(&[1.0, 2.0]))]).unwrap();
    let b = tx.insert_node(G, "b", &[label], vec![(key, Value::Vector(vec![1.0, 2.0, 3.0]))]).unwrap();
    let error = tx.create_vector_index(G, definition(&tx, Metric::Cosine)).unwrap_err().to_string();
    assert!(error.contains("the node 'b' has 3 numbers; of 2 vectors 1 have another length than 2"), "{error}");
    tx.set_node_property(G, b, key, None).unwrap();
    tx.create_vector_index(G, definition(&tx, Metric::Cosine)).unwrap();
    // A list has become a vector, and said how many numbers there are.
    assert_eq!(tx.node_property(G, NodeId(0), key).unwrap(), Some(Value::Vector(vec![1.0, 2.0])));
    assert_eq!(tx.indexes(G).unwrap()[0].definition.vector.unwrap().dimensions, 2);
    let refused = |result: Result<(), Error>| assert!(matches!(result, Err(Error::NotOfIndex { .. })), "{result:?}");
    refused(tx.set_node_property(G, b, key, Some(Value::Int(1))));
    refused(tx.set_node_property(G, b, key, Some(Value::Vector(vec![1.0]))));
    refused(tx.insert_node(G, "c", &[label], vec![(key, floats(&[1.0]))]).map(drop));
    let d = tx.insert_node(G, "d", &[], vec![(key, Value::Vector(vec![1.0]))]).unwrap();
    refused(tx.set_node_labels(G, d, &[label]));
    tx.set_node_property(G, b, key, Some(floats(&[3.0, 4.0]))).unwrap();
    tx.commit().unwrap();
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[derive(Clone, Debug)]
enum Change {
    Set(u8, f32, f32),
    Remove(u8),
    Label(u8, bool),
    Delete(u8),
    /// All vectors at once, as an algorithm writes them, and the lists anew.
    Replace(f32),
    Build,
}

fn change() -> impl Strategy<Value = Change> {
    let number = || prop_oneof![-2.0f32..2.0, Just(0.0)];
    prop_oneof![
        6 => (0..12u8, number(), number()).prop_map(|(node, x, y)| Change::Set(node, x, y)),
        1 => (0..12u8).prop_map(Change::Remove),
        2 => (0..12u8, any::<bool>()).prop_map(|(node, has)| Change::Label(node, has)),
        1 => (0..12u8).prop_map(Change::Delete),
        1 => number().prop_map(Change::Replace),
        1 => Just(Change::Build),
    ]
}

fn apply(store: &Store, tx: &Transaction, change: &Change, label: LabelId, key: PropertyKey) {
    let node = |name: u8| match tx.node_by_id(G, &name.to_string()).unwrap() {
        Some(node) => node,
        None => tx.insert_node(G, &name.to_string(), &[label], Vec::new()).unwrap(),
    };
    match change {
        Change::Set(name, x, y) => {
            tx.set_node_property(G, node(*name), key, Some(Value::Vector(vec![*x, *y]))).unwrap();
        }
        Change::Remove(name) => tx.set_node_property(G, node(*name), key, None).unwrap(),
        Change::Label(name, has) => {
            let labels: &[LabelId] = if *has { &[label] } else { &[] };
            tx.set_node_labels(G, node(*name), labels).unwrap();
        }
        Change::Delete(name) => tx.delete_node(G, node(*name)).unwrap(),
        Change::Replace(x) => {
            // Nodes of this transaction alone are not in the snapshot that a set is filled from.
            let mut writer = store.begin_vector_set(G, "e").unwrap();
            for node in store.begin(Access::Read).unwrap().nodes(G, None).unwrap() {
                writer.put(node.unwrap(), &[*x, 1.0]).unwrap();
            }
            writer.finish(Some(tx)).unwrap();
            tx.build_vector_lists(G, "v", &lists(), &assign).unwrap();
        }
        Change::Build => tx.build_vector_lists(G, "v", &lists(), &assign).unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn lists_follow_every_change(
        steps in prop::collection::vec((prop::collection::vec(change(), 1..5), 0..4u8), 1..12),
    ) {
        let mut store = new_store();
        let tx = store.begin(Access::Write).unwrap();
        let (label, key) = (tx.intern_label("P").unwrap(), tx.intern_property_key("e").unwrap());
        tx.create_vector_index(G, definition(&tx, Metric::Cosine)).unwrap();
        let first = tx.insert_node(G, "first", &[label], Vec::new()).unwrap();
        tx.set_node_property(G, first, key, Some(Value::Vector(vec![1.0, 1.0]))).unwrap();
        tx.commit().unwrap();
        drop(tx);
        let tx = store.begin(Access::Write).unwrap();
        tx.build_vector_lists(G, "v", &lists(), &assign).unwrap();
        tx.commit().unwrap();
        drop(tx);
        let mut snapshots: Vec<(Transaction, BTreeMap<u64, u32>)> = Vec::new();
        for (changes, end) in steps {
            let tx = store.begin(Access::Write).unwrap();
            for change in &changes {
                apply(&store, &tx, change, label, key);
                prop_assert_eq!(listed(&tx), expected(&tx, label, key));
            }
            match end {
                0 => tx.rollback().unwrap(),
                1 => {
                    let before = listed(&tx);
                    tx.savepoint();
                    for change in changes.iter().rev() {
                        apply(&store, &tx, change, label, key);
                    }
                    tx.rollback_to_savepoint().unwrap();
                    prop_assert_eq!(listed(&tx), before);
                    tx.commit().unwrap();
                }
                _ => tx.commit().unwrap(),
            }
            drop(tx);
            prop_assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
            if end == 3 {
                snapshots.clear();
                store.reopen();
            }
            let now = store.begin(Access::Read).unwrap();
            let is = listed(&now);
            prop_assert_eq!(&is, &expected(&now, label, key));
            snapshots.push((now, is));
            for (then, was) in &snapshots {
                prop_assert_eq!(&listed(then), was);
            }
        }
    }
}

#[test]
fn lists_have_versions_by_which_they_are_kept() {
    let store = new_store();
    let tx = store.begin(Access::Write).unwrap();
    let (label, key) = (tx.intern_label("P").unwrap(), tx.intern_property_key("e").unwrap());
    tx.create_vector_index(G, definition(&tx, Metric::Cosine)).unwrap();
    let a = tx.insert_node(G, "a", &[label], vec![(key, Value::Vector(vec![1.0, 0.0]))]).unwrap();
    tx.build_vector_lists(G, "v", &lists(), &assign).unwrap();
    tx.commit().unwrap();
    let version = |tx: &Transaction, list| tx.vector_list_version(&tx.indexes(G).unwrap()[0], list).unwrap();
    let before = store.begin(Access::Read).unwrap();
    let tx = store.begin(Access::Write).unwrap();
    tx.set_node_property(G, a, key, Some(Value::Vector(vec![-1.0, 0.1]))).unwrap();
    assert_eq!((version(&tx, 0), version(&tx, 1)), (None, None));
    tx.commit().unwrap();
    let after = store.begin(Access::Read).unwrap();
    assert_ne!(version(&before, 0), version(&after, 0));
    assert_ne!(version(&before, 1), version(&after, 1));
    // A load does not keep the lists, which are searched no more.
    let mut load = store.bulk_load(G).unwrap();
    load.node("b", &[label], vec![(key, Value::Vector(vec![1.0, 1.0]))]).unwrap();
    assert!(matches!(load.node("c", &[label], vec![(key, Value::Vector(vec![1.0]))]), Err(Error::NotOfIndex { .. })));
    load.finish().unwrap();
    let tx = store.begin(Access::Read).unwrap();
    assert_eq!(tx.indexes(G).unwrap()[0].lists, 0);
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}
