//! Named anomalies, each with two transactions at a time.

use super::*;
use wend_storage::{Access, Direction, Error, Value};

fn conflict<T: std::fmt::Debug>(result: wend_storage::Result<T>) {
    assert!(matches!(result, Err(Error::Conflict)), "{result:?}");
}

#[test]
fn dirty_read() {
    let store = new_store();
    let writer = write(&store);
    node(&writer, "a");
    assert_eq!(read(&store).node_by_id(G, "a").unwrap(), None);
    writer.rollback().unwrap();
    assert_eq!(read(&store).node_by_id(G, "a").unwrap(), None);
    assert_eq!(read(&store).node_count(G).unwrap(), 0);
}

#[test]
fn unrepeatable_read_and_phantom() {
    let store = new_store();
    let [a, ..] = nodes(&store, 3)[..] else { panic!() };
    let age = key(&store, "age");
    let reader = read(&store);
    let before = (reader.node(G, a).unwrap(), reader.nodes(G, None).unwrap().count(), reader.node_count(G).unwrap());
    let writer = write(&store);
    writer.set_node_property(G, a, age, Some(Value::Int(1))).unwrap();
    node(&writer, "new");
    writer.commit().unwrap();
    let after = (reader.node(G, a).unwrap(), reader.nodes(G, None).unwrap().count(), reader.node_count(G).unwrap());
    assert_eq!(before, after);
    assert_eq!(read(&store).node_count(G).unwrap(), 4);
}

#[test]
fn lost_update() {
    let store = new_store();
    let a = nodes(&store, 1)[0];
    let age = key(&store, "age");
    let (one, two) = (write(&store), write(&store));
    one.set_node_property(G, a, age, Some(Value::Int(1))).unwrap();
    two.set_node_property(G, a, age, Some(Value::Int(2))).unwrap();
    one.commit().unwrap();
    conflict(two.commit());
    assert_eq!(read(&store).node_property(G, a, age).unwrap(), Some(Value::Int(1)));
    // After a failed commit the transaction is over, and trying again works.
    assert!(matches!(two.commit(), Err(Error::Closed)));
    let again = write(&store);
    again.set_node_property(G, a, age, Some(Value::Int(2))).unwrap();
    again.commit().unwrap();
    assert_eq!(read(&store).node_property(G, a, age).unwrap(), Some(Value::Int(2)));
}

#[test]
fn changes_of_different_nodes_do_not_conflict() {
    let store = new_store();
    let all = nodes(&store, 2);
    let age = key(&store, "age");
    let (one, two) = (write(&store), write(&store));
    one.set_node_property(G, all[0], age, Some(Value::Int(1))).unwrap();
    two.set_node_property(G, all[1], age, Some(Value::Int(2))).unwrap();
    one.commit().unwrap();
    two.commit().unwrap();
    all_well(&store);
}

#[test]
fn edges_at_one_node_and_its_properties_do_not_conflict() {
    let store = new_store();
    let all = nodes(&store, 3);
    let age = key(&store, "age");
    let (one, two, three) = (write(&store), write(&store), write(&store));
    edge(&one, all[0], all[1]);
    edge(&two, all[0], all[2]);
    three.set_node_property(G, all[0], age, Some(Value::Int(1))).unwrap();
    for tx in [one, two, three] {
        tx.commit().unwrap();
    }
    assert_eq!(read(&store).edge_count(G).unwrap(), 2);
    all_well(&store);
}

#[test]
fn dangling_edge_deleted_first() {
    let store = new_store();
    let all = nodes(&store, 2);
    let (inserter, deleter) = (write(&store), write(&store));
    edge(&inserter, all[0], all[1]);
    deleter.delete_node(G, all[1]).unwrap();
    deleter.commit().unwrap();
    conflict(inserter.commit());
    all_well(&store);
}

#[test]
fn dangling_edge_inserted_first() {
    let store = new_store();
    let all = nodes(&store, 2);
    let (inserter, deleter) = (write(&store), write(&store));
    edge(&inserter, all[0], all[1]);
    deleter.delete_node(G, all[1]).unwrap();
    inserter.commit().unwrap();
    conflict(deleter.commit());
    all_well(&store);
}

#[test]
fn the_same_id_at_once() {
    let store = new_store();
    let (one, two) = (write(&store), write(&store));
    node(&one, "a");
    node(&two, "a");
    one.commit().unwrap();
    conflict(two.commit());
    assert_eq!(read(&store).node_count(G).unwrap(), 1);
    let three = write(&store);
    assert!(matches!(three.insert_node(G, "a", &[], vec![]), Err(Error::DuplicateId { id }) if id == "a"));
}

#[test]
fn deleted_and_set_at_once() {
    let store = new_store();
    let a = nodes(&store, 1)[0];
    let age = key(&store, "age");
    let (one, two) = (write(&store), write(&store));
    one.delete_node(G, a).unwrap();
    two.set_node_property(G, a, age, Some(Value::Int(2))).unwrap();
    one.commit().unwrap();
    conflict(two.commit());
    all_well(&store);
}

#[test]
fn new_names_at_once() {
    let store = new_store();
    let (one, two) = (write(&store), write(&store));
    let label = one.intern_label("New").unwrap();
    assert_eq!(two.intern_label("New").unwrap(), label);
    one.insert_node(G, "a", &[label], vec![]).unwrap();
    two.insert_node(G, "b", &[label], vec![]).unwrap();
    one.commit().unwrap();
    two.commit().unwrap();
    assert_eq!(read(&store).node_label_count(G, label).unwrap(), 2);
}

#[test]
fn graphs_made_and_dropped_at_once() {
    let store = new_store();
    let (one, two) = (write(&store), write(&store));
    one.create_graph("x").unwrap();
    two.create_graph("x").unwrap();
    one.commit().unwrap();
    conflict(two.commit());

    let x = read(&store).graph("x").unwrap().unwrap();
    let (dropper, writer) = (write(&store), write(&store));
    dropper.drop_graph(x).unwrap();
    writer.insert_node(x, "a", &[], vec![]).unwrap();
    dropper.commit().unwrap();
    conflict(writer.commit());
    assert_eq!(read(&store).graph("x").unwrap(), None);
    all_well(&store);
}

#[test]
fn a_dropped_graph_is_gone_but_for_older_snapshots() {
    let store = new_store();
    let tx = write(&store);
    let x = tx.create_graph("x").unwrap();
    let person = tx.intern_label("P").unwrap();
    let a = tx.insert_node(x, "a", &[person], vec![]).unwrap();
    tx.insert_edge(x, person, a, a, vec![]).unwrap();
    node(&tx, "kept");
    tx.commit().unwrap();
    let old = read(&store);
    let tx = write(&store);
    tx.insert_node(x, "b", &[person], vec![]).unwrap();
    tx.drop_graph(x).unwrap();
    assert_eq!(tx.graph("x").unwrap(), None);
    tx.commit().unwrap();
    assert_eq!(old.node_count(x).unwrap(), 1);
    assert_eq!(old.node_by_id(x, "a").unwrap(), Some(a));
    let new = read(&store);
    assert_eq!(new.node_count(x).unwrap(), 0);
    assert_eq!(new.node_by_id(x, "a").unwrap(), None);
    assert_eq!(new.node_count(G).unwrap(), 1);
    all_well(&store);
}

#[test]
fn own_writes_are_seen_everywhere() {
    let store = new_store();
    let all = nodes(&store, 3);
    let (p, q) = (label(&store, "P"), label(&store, "Q"));
    let tx = write(&store);
    let e = tx.insert_edge(G, p, all[0], all[1], vec![]).unwrap();
    tx.commit().unwrap();

    let tx = write(&store);
    let new = tx.insert_node(G, "new", &[q], vec![]).unwrap();
    tx.insert_edge(G, q, all[0], new, vec![]).unwrap();
    tx.delete_edge(G, e).unwrap();
    let looped = tx.insert_edge(G, p, all[0], all[0], vec![]).unwrap();
    let mut adjacency = tx.adjacency(G).unwrap();
    let mut found = vec![];
    adjacency.expand(all[0], Direction::Out, None, &mut found).unwrap();
    assert_eq!(found.iter().map(|a| a.node).collect::<Vec<_>>(), [all[0], new]);
    found.clear();
    adjacency.expand(all[0], Direction::Both, None, &mut found).unwrap();
    assert_eq!(found.len(), 2, "a self-loop once");
    found.clear();
    adjacency.between(all[0], all[0], Direction::Both, None, &mut found).unwrap();
    assert_eq!(found.iter().map(|a| a.edge).collect::<Vec<_>>(), [looped]);
    found.clear();
    adjacency.between(all[0], all[1], Direction::Out, None, &mut found).unwrap();
    assert_eq!(found, []);
    assert_eq!(adjacency.degree(new, Direction::In, Some(q)).unwrap(), 1);
    assert_eq!(tx.nodes(G, Some(q)).unwrap().map(Result::unwrap).collect::<Vec<_>>(), [new]);
    assert_eq!(tx.edge_labels(G).unwrap(), [(p, 1), (q, 1)]);
    assert_eq!(tx.node_range(G).unwrap(), all[0]..wend_storage::NodeId(new.0 + 1));
}

#[test]
fn a_cursor_does_not_see_what_is_written_after_it() {
    let store = new_store();
    nodes(&store, 3);
    let tx = write(&store);
    node(&tx, "own");
    let cursor = tx.nodes(G, None).unwrap();
    let mut count = 0;
    for found in cursor {
        found.unwrap();
        count += 1;
        node(&tx, &format!("more{count}"));
    }
    assert_eq!(count, 4);
}

#[test]
fn a_node_with_edges_is_not_deleted() {
    let store = new_store();
    let all = nodes(&store, 2);
    let tx = write(&store);
    let e = edge(&tx, all[0], all[1]);
    assert!(matches!(tx.delete_node(G, all[1]), Err(Error::EdgesExist { id }) if id == "n1"));
    tx.commit().unwrap();
    let tx = write(&store);
    assert!(matches!(tx.delete_node(G, all[0]), Err(Error::EdgesExist { .. })));
    tx.delete_edge(G, e).unwrap();
    tx.delete_node(G, all[0]).unwrap();
    assert!(matches!(tx.insert_edge(G, label(&store, "E"), all[0], all[1], vec![]), Err(Error::MissingNode { .. })));
    tx.commit().unwrap();
    all_well(&store);
}

#[test]
fn savepoints_undo_everything() {
    let store = new_store();
    let all = nodes(&store, 2);
    let (p, age) = (label(&store, "P"), key(&store, "age"));
    let tx = write(&store);
    tx.set_node_property(G, all[0], age, Some(Value::Int(1))).unwrap();
    tx.savepoint();
    tx.set_node_property(G, all[0], age, Some(Value::Int(2))).unwrap();
    tx.set_node_labels(G, all[0], &[p]).unwrap();
    edge(&tx, all[0], all[1]);
    tx.savepoint();
    node(&tx, "x");
    tx.release_savepoint().unwrap();
    let g = tx.create_graph("other").unwrap();
    tx.rollback_to_savepoint().unwrap();
    assert_eq!(tx.node_property(G, all[0], age).unwrap(), Some(Value::Int(1)));
    assert_eq!(tx.node_labels(G).unwrap(), []);
    assert_eq!((tx.node_count(G).unwrap(), tx.edge_count(G).unwrap()), (2, 0));
    assert_eq!(tx.graph("other").unwrap(), None);
    assert!(matches!(tx.rollback_to_savepoint(), Err(Error::NoSavepoint)));
    tx.commit().unwrap();
    assert_eq!(read(&store).node_count(g).unwrap(), 0);
    all_well(&store);
}

#[test]
fn versions_grow_with_changes_only() {
    let store = new_store();
    let v0 = read(&store).graph_version(G).unwrap();
    let a = nodes(&store, 1)[0];
    let v1 = read(&store).graph_version(G).unwrap();
    assert!(v1 > v0);
    let tx = write(&store);
    tx.put_record("tasks", b"1", b"running").unwrap();
    assert!(!tx.graph_dirty(G) && tx.has_changes());
    tx.commit().unwrap();
    assert_eq!(read(&store).graph_version(G).unwrap(), v1);
    let old = read(&store);
    let tx = write(&store);
    tx.set_node_labels(G, a, &[label(&store, "P")]).unwrap();
    assert!(tx.graph_dirty(G));
    tx.commit().unwrap();
    assert_eq!(old.graph_version(G).unwrap(), v1);
    assert!(read(&store).graph_version(G).unwrap() > v1);
}

#[test]
fn a_read_transaction_does_not_write() {
    let store = new_store();
    let tx = read(&store);
    assert!(matches!(tx.insert_node(G, "a", &[], vec![]), Err(Error::ReadOnly(_))));
    tx.savepoint();
    tx.rollback_to_savepoint().unwrap();
    tx.commit().unwrap();
}

#[test]
fn cursors_outlive_everything() {
    let store = new_store();
    nodes(&store, 5);
    let cursor = { read(&store).nodes(G, None).unwrap() };
    let adjacency = { read(&store).adjacency(G).unwrap() };
    drop(store);
    assert_eq!(cursor.count(), 5);
    drop(adjacency);
}

#[test]
fn many_threads_count_exactly() {
    let store = new_store();
    let a = nodes(&store, 1)[0];
    let count = key(&store, "count");
    let tries: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let store = store.clone();
                scope.spawn(move || {
                    let mut tries = 0;
                    for round in 0..50 {
                        loop {
                            tries += 1;
                            let tx = store.begin(Access::Write).unwrap();
                            let old = match tx.node_property(G, a, count).unwrap() {
                                Some(Value::Int(old)) => old,
                                _ => 0,
                            };
                            tx.set_node_property(G, a, count, Some(Value::Int(old + 1))).unwrap();
                            node(&tx, &format!("{thread}-{round}"));
                            match tx.commit() {
                                Ok(()) => break,
                                Err(Error::Conflict) => {}
                                Err(other) => panic!("{other}"),
                            }
                        }
                    }
                    tries
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(tries >= 200);
    let tx = read(&store);
    assert_eq!(tx.node_property(G, a, count).unwrap(), Some(Value::Int(200)));
    assert_eq!(tx.node_count(G).unwrap(), 201);
    all_well(&store);
}
