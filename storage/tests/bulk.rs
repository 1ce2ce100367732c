//! Bulk load: what it adds, what it refuses, and that it is all or nothing.

use std::time::Instant;

use super::*;
use wend_storage::{Direction, Error, LoadReport, NodeId, Value};

#[test]
fn loaded_at_once() {
    let store = new_store();
        let old = nodes(&store, 2);
        let before = read(&store);
        let (person, knows, age) = (label(&store, "Person"), label(&store, "KNOWS"), key(&store, "age"));
        let mut load = store.bulk_load(G).unwrap();
        for number in 0..1000 {
            load.node(&format!("p{number}"), &[person], vec![(age, Value::Int(number))]).unwrap();
        }
        for number in 0..1000 {
            load.edge(knows, &format!("p{number}"), &format!("p{}", number * 7 % 1000), vec![]).unwrap();
        }
        load.edge(knows, "n0", "p5", vec![(age, Value::Int(1))]).unwrap();
        assert!(matches!(load.node("p3", &[], vec![]), Err(Error::DuplicateId { .. })));
        assert!(matches!(load.node("n1", &[], vec![]), Err(Error::DuplicateId { .. })));
        assert!(matches!(load.edge(knows, "p3", "nobody", vec![]), Err(Error::MissingNode { id }) if id == "nobody"));
        assert_eq!(read(&store).node_count(G).unwrap(), 2);
        assert_eq!(load.finish().unwrap(), LoadReport { nodes: 1000, edges: 1001 });
        assert_eq!(before.nodes(G, None).unwrap().count(), 2);
        let tx = read(&store);
        assert_eq!(tx.node_count(G).unwrap(), 1002);
        assert_eq!(tx.node_label_count(G, person).unwrap(), 1000);
        assert!(tx.graph_version(G).unwrap() > before.graph_version(G).unwrap());
        let p5 = tx.node_by_id(G, "p5").unwrap().unwrap();
        let mut found = vec![];
        tx.adjacency(G).unwrap().expand(p5, Direction::In, None, &mut found).unwrap();
        assert!(found.iter().any(|edge| edge.node == old[0]));
        assert_eq!(all_well(&store).edges, 1001);
        // Numbers go on from there.
        let tx = write(&store);
        assert!(node(&tx, "later") > p5);
        tx.commit().unwrap();
        let mut second = store.bulk_load(G).unwrap();
        second.node("p1000", &[], vec![]).unwrap();
        second.edge(knows, "p1000", "later", vec![]).unwrap();
        second.finish().unwrap();
        all_well(&store);
}

#[test]
fn abandoned() {
    let store = new_store();
    let mut load = store.bulk_load(G).unwrap();
    load.node("a", &[], vec![]).unwrap();
    drop(load);
    assert_eq!(all_well(&store).nodes, 0);
    assert_eq!(store.bulk_load(G).unwrap().finish().unwrap(), LoadReport::default());
    assert!(matches!(store.bulk_load(wend_storage::GraphId(9)), Err(Error::UnknownGraph { .. })));
}

#[test]
fn conflicts_with_others() {
    let store = new_store();
    nodes(&store, 1);
    // Others first.
    let mut load = store.bulk_load(G).unwrap();
    load.node("a", &[], vec![]).unwrap();
    let tx = write(&store);
    node(&tx, "a");
    tx.commit().unwrap();
    assert!(matches!(load.finish(), Err(Error::Conflict)));
    // The load first.
    let tx = write(&store);
    node(&tx, "b");
    let mut load = store.bulk_load(G).unwrap();
    load.node("b", &[], vec![]).unwrap();
    load.finish().unwrap();
    assert!(matches!(tx.commit(), Err(Error::Conflict)));
    // Another graph is no matter.
    let tx = write(&store);
    let other = tx.create_graph("other").unwrap();
    tx.commit().unwrap();
    let tx = write(&store);
    tx.insert_node(other, "b", &[], vec![]).unwrap();
    let mut load = store.bulk_load(G).unwrap();
    load.node("c", &[], vec![]).unwrap();
    load.finish().unwrap();
    tx.commit().unwrap();
    all_well(&store);
}

/// The figures of the design: 100,000 nodes and a million edges well under two seconds, and a scan of all edges.
#[test]
fn a_million_edges() {
    let store = new_store();
    let knows = label(&store, "KNOWS");
    let names: Vec<String> = (0..100_000).map(|number| format!("node{number}")).collect();
    let begun = Instant::now();
    let mut load = store.bulk_load(G).unwrap();
    for name in &names {
        load.node(name, &[knows], vec![]).unwrap();
    }
    let mut random = 1u64;
    let mut next = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % names.len()
    };
    for _ in 0..1_000_000 {
        load.edge(knows, &names[next()], &names[next()], vec![]).unwrap();
    }
    println!("bulk load: records {:?}", begun.elapsed());
    load.finish().unwrap();
    println!("bulk load: in all {:?}", begun.elapsed());
    let tx = read(&store);
    for _ in 0..2 {
        let begun = Instant::now();
        let range = tx.node_range(G).unwrap();
        let half = NodeId((range.start.0 + range.end.0) / 2);
        let count: usize = std::thread::scope(|scope| {
            let halves = [range.start..half, half..range.end].map(|nodes| {
                let tx = &tx;
                scope.spawn(move || tx.out_edges_scan(G, nodes).unwrap().count())
            });
            halves.into_iter().map(|half| half.join().unwrap()).sum()
        });
        assert_eq!(count, 1_000_000);
        println!("scan of all outgoing edges, two threads: {:?}", begun.elapsed());
    }
    let begun = Instant::now();
    let mut adjacency = tx.adjacency(G).unwrap();
    let mut found = vec![];
    for number in 0..100_000 {
        adjacency.expand(NodeId(number * 7919 % 100_000), Direction::Out, None, &mut found).unwrap();
    }
    assert_eq!(found.len(), 1_000_000);
    println!("expand of 100,000 nodes: {:?}", begun.elapsed());
    let begun = Instant::now();
    let mut labels = 0;
    for name in &names {
        let node = tx.node_by_id(G, name).unwrap().unwrap();
        labels += tx.node_labels_of(G, node).unwrap().unwrap().len();
    }
    assert_eq!(labels, 100_000);
    println!("100,000 nodes by _id and their labels: {:?}", begun.elapsed());
}
