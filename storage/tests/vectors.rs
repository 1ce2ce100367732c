//! Vector sets: replaced at once, carried over, abandoned, and set one by one.

use super::*;
use wend_storage::{Error, NodeId, Store, Value};

fn put(store: &Store, property: &str, vectors: &[(NodeId, f32)]) -> wend_storage::Result<u64> {
    let mut writer = store.begin_vector_set(G, property)?;
    for (node, number) in vectors {
        writer.put(*node, &[*number; 3])?;
    }
    writer.finish(None)
}

fn get(store: &Store, node: NodeId, property: &str) -> Option<Value> {
    let property = key(store, property);
    read(store).node_property(G, node, property).unwrap()
}

#[test]
fn replaced_and_carried_over() {
    let store = new_store();
    let all = nodes(&store, 4);
    let v0 = read(&store).graph_version(G).unwrap();
    assert_eq!(put(&store, "emb", &[(all[0], 1.0), (all[1], 1.0), (all[2], 1.0)]).unwrap(), 3);
    let old = read(&store);
    let emb = key(&store, "emb");
    assert_eq!(put(&store, "emb", &[(all[3], 2.0), (all[1], 2.0), (all[1], 2.5)]).unwrap(), 2);
    let values: Vec<_> = all.iter().map(|node| get(&store, *node, "emb")).collect();
    let expected = [1.0, 2.5, 1.0, 2.0].map(|number| Some(vector(&[number; 3])));
    assert_eq!(values, expected);
    assert_eq!(old.node_property(G, all[1], emb).unwrap(), Some(vector(&[1.0; 3])), "an old snapshot");
    assert_eq!(old.vectors(G, emb).unwrap().count(), 3);
    assert_ne!(old.vector_set(G, emb).unwrap(), read(&store).vector_set(G, emb).unwrap());
    assert_eq!(read(&store).graph_version(G).unwrap(), v0);
    let found: Vec<_> = read(&store).vectors(G, emb).unwrap().map(|v| v.unwrap().0).collect();
    assert_eq!(found, all);
    let record = read(&store).node(G, all[3]).unwrap().unwrap();
    assert_eq!(record.properties, [(emb, vector(&[2.0; 3]))]);
    let records: Vec<_> = read(&store).node_records(G, None).unwrap().map(|r| r.unwrap().1.properties.len()).collect();
    assert_eq!(records, [1, 1, 1, 1]);
    assert_eq!(all_well(&store).vectors, 4);
}

#[test]
fn a_reader_takes_any_order() {
    let store = new_store();
    let all = nodes(&store, 50);
    let with: Vec<_> = all.iter().filter(|node| node.0 % 3 != 0).map(|node| (*node, node.0 as f32)).collect();
    put(&store, "emb", &with).unwrap();
    let emb = key(&store, "emb");
    let tx = read(&store);
    let mut reader = tx.vector_reader(G, emb).unwrap();
    for place in [0, 1, 2, 2, 40, 3, 41, 42, 0, 49, 48] {
        let (node, mut out) = (all[place], vec![7.0]);
        let expected: &[f32] =
            if node.0 % 3 == 0 { &[7.0] } else { &[7.0, node.0 as f32, node.0 as f32, node.0 as f32] };
        assert_eq!(reader.read(node, &mut out).unwrap(), node.0 % 3 != 0);
        assert_eq!(out, expected);
    }
    let none = key(&store, "none");
    assert!(!tx.vector_reader(G, none).unwrap().read(all[1], &mut Vec::new()).unwrap());
}

#[test]
fn large_sets_in_any_order() {
    let store = new_store();
    let all = nodes(&store, 30_000);
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    let half = all.len() / 2;
    for node in all[half..].iter().chain(&all[..half + 10]) {
        writer.put(*node, &[node.0 as f32; 600]).unwrap();
    }
    assert_eq!(writer.finish(None).unwrap(), 30_000);
    let emb = key(&store, "emb");
    let mut cursor = read(&store).vectors(G, emb).unwrap();
    let mut out = vec![];
    for &node in &all {
        assert_eq!(cursor.next_into(&mut out).unwrap(), Some(node));
        assert_eq!(out, [node.0 as f32; 600]);
    }
    assert_eq!(cursor.next_into(&mut out).unwrap(), None);
}

#[test]
fn abandoned() {
    let store = new_store();
    let all = nodes(&store, 2);
    put(&store, "emb", &[(all[0], 1.0)]).unwrap();
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    writer.put(all[0], &[9.0]).unwrap();
    drop(writer);
    assert_eq!(get(&store, all[0], "emb"), Some(vector(&[1.0; 3])));
    // Given to a transaction that is rolled back.
    let tx = write(&store);
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    writer.put(all[1], &[9.0]).unwrap();
    writer.finish(Some(&tx)).unwrap();
    let emb = key(&store, "emb");
    assert_eq!(tx.node_property(G, all[1], emb).unwrap(), Some(vector(&[9.0])));
    assert_eq!(tx.node_property(G, all[0], emb).unwrap(), Some(vector(&[1.0; 3])));
    tx.rollback().unwrap();
    assert_eq!(get(&store, all[1], "emb"), None);
    assert_eq!(all_well(&store).vectors, 1);
    assert!(
        store
            .path()
            .is_none_or(|path| std::fs::read_dir(path.join("staging")).is_ok_and(|mut left| left.next().is_none()))
    );
}

#[test]
fn within_a_transaction() {
    let store = new_store();
    let all = nodes(&store, 3);
    put(&store, "emb", &[(all[0], 1.0), (all[1], 1.0)]).unwrap();
    let emb = key(&store, "emb");
    let tx = write(&store);
    tx.set_node_property(G, all[1], emb, Some(vector(&[5.0]))).unwrap();
    tx.savepoint();
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    writer.put(all[2], &[7.0]).unwrap();
    writer.finish(Some(&tx)).unwrap();
    tx.put_record("tasks", b"t", b"completed").unwrap();
    let see = |tx: &wend_storage::Transaction| {
        all.iter().map(|node| tx.node_property(G, *node, emb).unwrap()).collect::<Vec<_>>()
    };
    let expected = [Some(vector(&[1.0; 3])), Some(vector(&[5.0])), Some(vector(&[7.0]))];
    assert_eq!(see(&tx), expected);
    tx.rollback_to_savepoint().unwrap();
    assert_eq!(see(&tx)[2], None);
    assert_eq!(see(&tx)[1], expected[1]);
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    writer.put(all[2], &[7.0]).unwrap();
    writer.finish(Some(&tx)).unwrap();
    assert_eq!(tx.vectors(G, emb).unwrap().count(), 3);
    tx.commit().unwrap();
    assert_eq!(see(&read(&store)), expected);
    assert_eq!(all_well(&store).vectors, 3);
}

#[test]
fn twice_in_a_transaction() {
    let store = new_store();
    let all = nodes(&store, 3);
    let emb = key(&store, "emb");
    let tx = write(&store);
    for node in &all[..2] {
        let mut writer = store.begin_vector_set(G, "emb").unwrap();
        writer.put(*node, &[node.0 as f32]).unwrap();
        // Deleted by others in between: not to come back with what is carried over.
        writer.put(all[2], &[9.0]).unwrap();
        writer.finish(Some(&tx)).unwrap();
        if *node == all[0] {
            let other = write(&store);
            other.delete_node(G, all[2]).unwrap();
            other.commit().unwrap();
        }
    }
    assert_eq!(tx.node_property(G, all[0], emb).unwrap(), Some(vector(&[0.0])));
    tx.commit().unwrap();
    let found: Vec<_> = read(&store).vectors(G, emb).unwrap().map(|v| v.unwrap()).collect();
    assert_eq!(found, [(all[0], vec![0.0]), (all[1], vec![1.0])]);
    assert_eq!(all_well(&store).vectors, 2);
}

#[test]
fn single_vectors() {
    let store = new_store();
    let all = nodes(&store, 3);
    let emb = key(&store, "emb");
    // Without a set, a vector is in the record.
    let tx = write(&store);
    tx.set_node_property(G, all[0], emb, Some(vector(&[1.0]))).unwrap();
    tx.commit().unwrap();
    assert_eq!(get(&store, all[0], "emb"), Some(vector(&[1.0])));
    assert_eq!(all_well(&store).vectors, 0);
    // The set hides it where it has a vector.
    put(&store, "emb", &[(all[1], 2.0)]).unwrap();
    assert_eq!(get(&store, all[0], "emb"), Some(vector(&[1.0])));
    put(&store, "emb", &[(all[0], 3.0)]).unwrap();
    assert_eq!(get(&store, all[0], "emb"), Some(vector(&[3.0; 3])));
    let tx = write(&store);
    tx.set_node_property(G, all[0], emb, Some(vector(&[4.0]))).unwrap();
    tx.set_node_property(G, all[1], emb, Some(Value::Int(5))).unwrap();
    let new = tx.insert_node(G, "new", &[], vec![(emb, vector(&[6.0]))]).unwrap();
    assert_eq!(tx.vectors(G, emb).unwrap().map(|v| v.unwrap().0).collect::<Vec<_>>(), [all[0], new]);
    tx.commit().unwrap();
    assert_eq!(get(&store, all[0], "emb"), Some(vector(&[4.0])));
    assert_eq!(get(&store, all[1], "emb"), Some(Value::Int(5)));
    let mut out = vec![];
    assert!(read(&store).vector(G, new, emb, &mut out).unwrap());
    assert_eq!(out, [6.0]);
    let tx = write(&store);
    tx.set_node_property(G, all[0], emb, None).unwrap();
    tx.replace_node_properties(G, new, vec![(key(&store, "x"), Value::Bool(true))]).unwrap();
    tx.commit().unwrap();
    assert_eq!(get(&store, all[0], "emb"), None);
    assert_eq!(get(&store, new, "emb"), None);
    assert_eq!(all_well(&store).vectors, 0);
}

#[test]
fn deleted_nodes_do_not_come_back() {
    let store = new_store();
    let all = nodes(&store, 5);
    put(&store, "emb", &all.iter().map(|node| (*node, 1.0)).collect::<Vec<_>>()).unwrap();
    let delete = |node: NodeId| {
        let tx = write(&store);
        tx.delete_node(G, node).unwrap();
        tx.commit().unwrap();
    };
    delete(all[0]);
    let late = write(&store);
    late.delete_node(G, all[4]).unwrap();
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    writer.put(all[0], &[2.0]).unwrap();
    writer.put(all[1], &[2.0]).unwrap();
    writer.put(all[2], &[2.0]).unwrap();
    delete(all[1]);
    delete(all[3]);
    assert_eq!(writer.finish(None).unwrap(), 2);
    late.commit().unwrap();
    let emb = key(&store, "emb");
    assert_eq!(read(&store).vectors(G, emb).unwrap().map(|v| v.unwrap().0).collect::<Vec<_>>(), [all[2]]);
    assert_eq!(all_well(&store).vectors, 1);
}

#[test]
fn concurrent_changes_conflict() {
    let store = new_store();
    let all = nodes(&store, 3);
    put(&store, "emb", &[(all[0], 1.0), (all[1], 1.0)]).unwrap();
    let emb = key(&store, "emb");
    // A single vector set meanwhile would be lost.
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    writer.put(all[1], &[2.0]).unwrap();
    let tx = write(&store);
    tx.set_node_property(G, all[0], emb, Some(vector(&[3.0]))).unwrap();
    tx.commit().unwrap();
    assert!(matches!(writer.finish(None), Err(Error::Conflict)));
    assert_eq!(get(&store, all[0], "emb"), Some(vector(&[3.0])));
    // And one that would go to the replaced set.
    let tx = write(&store);
    tx.set_node_property(G, all[0], emb, Some(vector(&[4.0]))).unwrap();
    put(&store, "emb", &[(all[1], 5.0)]).unwrap();
    assert!(matches!(tx.commit(), Err(Error::Conflict)));
    // Two sets at once.
    let one = store.begin_vector_set(G, "emb").unwrap();
    let two = store.begin_vector_set(G, "emb").unwrap();
    one.finish(None).unwrap();
    assert!(matches!(two.finish(None), Err(Error::Conflict)));
    // A first set must not hide a record written meanwhile.
    let tx = write(&store);
    tx.set_node_property(G, all[0], key(&store, "new"), Some(Value::Int(1))).unwrap();
    put(&store, "new", &[(all[0], 1.0)]).unwrap();
    assert!(matches!(tx.commit(), Err(Error::Conflict)));
    assert_eq!(all_well(&store).vectors, 3);
}
