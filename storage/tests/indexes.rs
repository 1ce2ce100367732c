//! Indexes on properties: what is found, what is refused, and what concurrent transactions and large data do to them.

use std::ops::Bound;

use super::*;
use wend_storage::{Access, Error, IndexBound, IndexDefinition, NodeId, Store, Transaction, Value};

/// Adds the index `i` on `x` of nodes labelled `P`.
fn index(store: &Store, tx: &Transaction, unique: bool) -> wend_storage::Result<wend_storage::IndexId> {
    let definition = IndexDefinition {
        name: "i".to_owned(),
        on_edge: false,
        label: label(store, "P"),
        properties: vec![key(store, "x")],
        unique,
        vector: None,
        text: None,
    };
    tx.create_index(G, definition)
}

fn with_x(store: &Store, tx: &Transaction, id: &str, x: Value) -> wend_storage::Result<NodeId> {
    tx.insert_node(G, id, &[label(store, "P")], vec![(key(store, "x"), x)])
}

fn found(tx: &Transaction, equal: &[Value], bound: &IndexBound) -> Option<Vec<u64>> {
    let index = tx.indexes(G).unwrap()[0].id;
    let cursor = tx.index_scan(G, index, equal, bound).unwrap()?;
    Some(cursor.map(Result::unwrap).collect())
}

#[test]
fn a_search_stays_within_comparable_values() {
    let store = new_store();
    let tx = write(&store);
    index(&store, &tx, false).unwrap();
    for (number, x) in [Value::Int(1), Value::Float(1.0), Value::Float(2.5), Value::Int(3)].into_iter().enumerate() {
        with_x(&store, &tx, &format!("n{number}"), x).unwrap();
    }
    assert_eq!(found(&tx, &[Value::Int(1)], &IndexBound::All), Some(vec![0, 1]));
    assert_eq!(found(&tx, &[Value::Bool(true)], &IndexBound::All), Some(vec![]));
    assert_eq!(found(&tx, &[Value::List(vec![])], &IndexBound::All), None);
    let above = IndexBound::Between(Bound::Excluded(Value::Int(1)), Bound::Unbounded);
    assert_eq!(found(&tx, &[], &above), Some(vec![2, 3]));
    let strange = IndexBound::Between(Bound::Included(Value::Int(1)), Bound::Included(Value::Bool(true)));
    assert_eq!(found(&tx, &[], &strange), None);
    let empty = IndexBound::Between(Bound::Included(Value::Int(3)), Bound::Excluded(Value::Int(1)));
    assert_eq!(found(&tx, &[], &empty), Some(vec![]));

    // With another type among the values `<` is an error, which only a look at each can tell.
    with_x(&store, &tx, "s", Value::String("abc".to_owned())).unwrap();
    assert_eq!(found(&tx, &[], &above), None);
    assert_eq!(found(&tx, &[], &IndexBound::StartsWith("ab".to_owned())), Some(vec![4]));
    assert_eq!(found(&tx, &[], &IndexBound::StartsWith("b".to_owned())), Some(vec![]));
    tx.commit().unwrap();
    all_well(&store);
}

#[test]
fn a_unique_index_holds_against_everyone() {
    let store = new_store();
    let tx = write(&store);
    index(&store, &tx, true).unwrap();
    with_x(&store, &tx, "a", Value::Int(1)).unwrap();
    let refused = with_x(&store, &tx, "b", Value::Float(1.0)).unwrap_err();
    assert_eq!(refused.to_string(), "the index `i` is unique, and a node already exists with label `P` and `x` = 1");
    assert_eq!(tx.node_by_id(G, "b").unwrap(), None);
    // What has no order is not compared.
    with_x(&store, &tx, "c", Value::Float(f64::NAN)).unwrap();
    with_x(&store, &tx, "d", Value::Float(f64::NAN)).unwrap();
    tx.commit().unwrap();

    let (one, two) = (write(&store), write(&store));
    with_x(&store, &one, "e", Value::Int(5)).unwrap();
    with_x(&store, &two, "f", Value::Int(5)).unwrap();
    one.commit().unwrap();
    assert!(matches!(two.commit(), Err(Error::Conflict)));

    for values in [[5, 6], [7, 7]] {
        let mut load = store.bulk_load(G).unwrap();
        for (number, x) in values.into_iter().enumerate() {
            let properties = vec![(key(&store, "x"), Value::Int(x))];
            load.node(&format!("load{number}"), &[label(&store, "P")], properties).unwrap();
        }
        assert!(matches!(load.finish(), Err(Error::DuplicateKey { .. })));
    }
    assert_eq!(all_well(&store).nodes, 4);
}

#[test]
fn an_index_misses_nothing_that_is_written_meanwhile() {
    for create_first in [true, false] {
        let store = new_store();
        nodes(&store, 3);
        let (writer, creator) = (write(&store), write(&store));
        with_x(&store, &writer, "a", Value::Int(1)).unwrap();
        index(&store, &creator, false).unwrap();
        let (first, second) = if create_first { (&creator, &writer) } else { (&writer, &creator) };
        first.commit().unwrap();
        assert!(matches!(second.commit(), Err(Error::Conflict)), "{create_first}");
        all_well(&store);
    }
    let store = new_store();
    let tx = write(&store);
    index(&store, &tx, false).unwrap();
    tx.commit().unwrap();
    let (writer, dropper) = (write(&store), write(&store));
    with_x(&store, &writer, "a", Value::Int(1)).unwrap();
    dropper.drop_index(G, "i").unwrap();
    dropper.commit().unwrap();
    assert!(matches!(writer.commit(), Err(Error::Conflict)));
    let mut load = store.bulk_load(G).unwrap();
    load.node("z", &[], vec![]).unwrap();
    let tx = write(&store);
    index(&store, &tx, false).unwrap();
    tx.commit().unwrap();
    assert!(matches!(load.finish(), Err(Error::Conflict)));
    all_well(&store);
}

/// More elements than go through a transaction: sorted runs, which are there with the commit and gone without.
#[test]
fn a_large_index_is_filled_from_runs() {
    const NODES: u64 = 120_000;
    let mut store = new_store();
    let (p, x) = (label(&store, "P"), key(&store, "x"));
    let mut load = store.bulk_load(G).unwrap();
    for number in 0..NODES {
        load.node(&number.to_string(), &[p], vec![(x, Value::Int((number % 1000) as i64))]).unwrap();
    }
    load.finish().unwrap();

    let tx = write(&store);
    assert!(matches!(index(&store, &tx, true), Err(Error::DuplicateKey { .. })));
    tx.savepoint();
    index(&store, &tx, false).unwrap();
    assert_eq!(found(&tx, &[Value::Int(7)], &IndexBound::All).unwrap().len(), 120);
    tx.rollback_to_savepoint().unwrap();
    assert!(tx.indexes(G).unwrap().is_empty());
    index(&store, &tx, false).unwrap();
    tx.delete_node(G, NodeId(7)).unwrap();
    with_x(&store, &tx, "new", Value::Int(8)).unwrap();
    assert_eq!(found(&tx, &[Value::Int(7)], &IndexBound::All).unwrap().len(), 119);
    assert_eq!(found(&tx, &[Value::Int(8)], &IndexBound::All).unwrap().len(), 121);
    tx.commit().unwrap();
    assert_eq!(all_well(&store).nodes, NODES);
    drop(tx);

    store.reopen();
    let tx = write(&store);
    assert_eq!(found(&tx, &[Value::Int(8)], &IndexBound::All).unwrap().len(), 121);
    tx.drop_graph(G).unwrap();
    tx.create_graph("other").unwrap();
    tx.commit().unwrap();
    assert!(store.begin(Access::Read).unwrap().indexes(G).unwrap().is_empty());
    all_well(&store);
}
