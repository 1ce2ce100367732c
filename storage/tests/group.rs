//! Commits of many threads that share writes: each is whole, seen when it is answered, and there after reopening.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::*;
use wend_storage::{Access, Error, Store, StoreOptions, Value};

const THREADS: usize = 8;
const COMMITS: usize = 40;

/// How many nodes are counted, and how many there are.
fn counted(store: &Store) -> (u64, u64) {
    let tx = read(store);
    (tx.node_count(G).unwrap(), tx.nodes(G, None).unwrap().count() as u64)
}

#[test]
fn commits_of_many_threads_are_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let store = Store::open(&path, &StoreOptions::default()).unwrap();
    let all = nodes(&store, THREADS);
    let weights: Vec<_> = (0..THREADS).map(|thread| key(&store, &format!("w{thread}"))).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut before = 0;
            while !done.load(Ordering::Acquire) {
                let (count, there) = counted(&store);
                assert_eq!(count, there);
                // Each commit adds two.
                assert!(count >= before && (count - THREADS as u64).is_multiple_of(2), "{before} then {count}");
                before = count;
            }
        });
        let writers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (store, all, weights) = (&store, &all, &weights);
                scope.spawn(move || {
                    for number in 0..COMMITS {
                        let tx = write(store);
                        let one = node(&tx, &format!("a{thread}-{number}"));
                        let other = node(&tx, &format!("b{thread}-{number}"));
                        edge(&tx, one, other);
                        tx.set_node_property(G, all[thread], weights[thread], Some(Value::Int(number as i64))).unwrap();
                        tx.commit().unwrap();
                        let after = read(store);
                        assert_eq!(after.node_by_id(G, &format!("b{thread}-{number}")).unwrap(), Some(other));
                        // What goes alone comes between the groups.
                        if number % 16 == thread {
                            let mut writer = store.begin_vector_set(G, &format!("v{thread}")).unwrap();
                            writer.put(all[thread], &[number as f32]).unwrap();
                            writer.finish(None).unwrap();
                        }
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Release);
        reader.join().unwrap();
    });
    let expected = (THREADS + 2 * THREADS * COMMITS) as u64;
    assert_eq!(counted(&store), (expected, expected));
    all_well(&store);
    drop(store);
    let store = Store::open(&path, &StoreOptions::default()).unwrap();
    assert_eq!(counted(&store), (expected, expected));
    all_well(&store);
}

fn int(value: Option<Value>) -> i64 {
    match value {
        None => 0,
        Some(Value::Int(number)) => number,
        Some(other) => panic!("{other:?}"),
    }
}

/// Of transactions that change one property, all but one of each time conflict, however their commits are grouped.
#[test]
fn groups_lose_no_update() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("db"), &StoreOptions::default()).unwrap();
    let (counter, n) = (nodes(&store, 1)[0], key(&store, "n"));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut added = 0;
                while added < COMMITS {
                    let tx = store.begin(Access::Write).unwrap();
                    let old = int(tx.node_property(G, counter, n).unwrap());
                    tx.set_node_property(G, counter, n, Some(Value::Int(old + 1))).unwrap();
                    match tx.commit() {
                        Ok(()) => added += 1,
                        Err(Error::Conflict) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    let tx = read(&store);
    assert_eq!(int(tx.node_property(G, counter, n).unwrap()), (THREADS * COMMITS) as i64);
}
