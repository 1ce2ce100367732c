//! Figures to look at (`--nocapture`), not to pass or fail by.

use std::time::{Duration, Instant};

use super::*;
use wend_storage::Value;

fn show(what: &str, count: usize, took: Duration) {
    println!("{what}: {took:?}, {:.2} us each", took.as_secs_f64() * 1e6 / count as f64);
}

#[test]
#[ignore = "figures to look at: run it with --ignored --nocapture"]
fn figures() {
    let begun = Instant::now();
    let mut store = new_store();
    show("create", 1, begun.elapsed());
    let begun = Instant::now();
    store.reopen();
    show("open", 1, begun.elapsed());
    let age = key(&store, "age");
    let person = label(&store, "Person");

    let begun = Instant::now();
    for number in 0..200 {
        let tx = write(&store);
        tx.insert_node(G, &format!("s{number}"), &[person], vec![(age, Value::Int(1))]).unwrap();
        tx.commit().unwrap();
    }
    show("commit of one node, not synced", 200, begun.elapsed());

    let begun = Instant::now();
    let tx = write(&store);
    let count = 100_000;
    let all: Vec<_> = (0..count)
        .map(|number| {
            let properties = vec![(age, Value::Int(number as i64))];
            tx.insert_node(G, &format!("n{number}"), &[person], properties).unwrap()
        })
        .collect();
    show("insert_node in one transaction", count, begun.elapsed());
    let begun = Instant::now();
    for pair in all.windows(2) {
        edge(&tx, pair[0], pair[1]);
    }
    show("insert_edge in one transaction", count, begun.elapsed());
    let begun = Instant::now();
    tx.commit().unwrap();
    show("its commit", 2 * count, begun.elapsed());

    let tx = read(&store);
    let begun = Instant::now();
    let sum: usize = all.iter().filter(|node| tx.node_property(G, **node, age).unwrap().is_some()).count();
    show("node_property", sum, begun.elapsed());
    let begun = Instant::now();
    let mut reader = tx.node_reader(G);
    let sum: usize =
        all.iter().filter(|node| reader.go(**node).unwrap() && reader.property(age).unwrap().is_some()).count();
    show("node_reader", sum, begun.elapsed());
    let begun = Instant::now();
    show("nodes by label", tx.nodes(G, Some(person)).unwrap().count(), begun.elapsed());
    let begun = Instant::now();
    show("all nodes", tx.nodes(G, None).unwrap().count(), begun.elapsed());
    let begun = Instant::now();
    show("node_records", tx.node_records(G, None).unwrap().count(), begun.elapsed());

    let mut adjacency = tx.adjacency(G).unwrap();
    let mut found = vec![];
    let begun = Instant::now();
    for at in 0..count {
        adjacency.expand(all[at * 7919 % count], wend_storage::Direction::Both, None, &mut found).unwrap();
    }
    show("expand of nodes here and there", count, begun.elapsed());
    let begun = Instant::now();
    let found = (0..count).filter(|at| tx.node_by_id(G, &format!("n{}", at * 7919 % count)).unwrap().is_some()).count();
    show("node_by_id", found, begun.elapsed());
    let begun = Instant::now();
    for number in 0..2000 {
        let tx = write(&store);
        tx.insert_node(G, &format!("t{number}"), &[person], vec![(age, Value::Int(1))]).unwrap();
        tx.commit().unwrap();
    }
    show("commit of one node beside many", 2000, begun.elapsed());
    println!("bytes in memory: {:?}", store.memory_bytes());

    let vector = vec![0.5f32; 128];
    let begun = Instant::now();
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    for node in &all {
        writer.put(*node, &vector).unwrap();
    }
    writer.finish(None).unwrap();
    show("vectors of 128 written", count, begun.elapsed());
    let tx = read(&store);
    let emb = key(&store, "emb");
    let mut cursor = tx.vectors(G, emb).unwrap();
    let mut out = vec![];
    let begun = Instant::now();
    let mut seen = 0;
    while cursor.next_into(&mut out).unwrap().is_some() {
        seen += 1;
    }
    show("vectors scanned", seen, begun.elapsed());
    let begun = Instant::now();
    store.check().unwrap();
    show("check", 1, begun.elapsed());
}

#[test]
#[ignore = "figures to look at: run it with --ignored --nocapture"]
fn commits() {
    let store = new_store();
    let (age, person) = (key(&store, "age"), label(&store, "Person"));
    for count in [1000, 10_000, 50_000] {
        let begun = Instant::now();
        for number in 0..count {
            let tx = write(&store);
            tx.insert_node(G, &format!("{count}-{number}"), &[person], vec![(age, Value::Int(1))]).unwrap();
            tx.commit().unwrap();
        }
        show("commit of one node", count, begun.elapsed());
    }
}
