//! Threads that get in each other's way; afterwards everything must still agree.

use std::path::Path;

use crate::common::*;
use wend_storage::{Access, Direction, Error, NodeId, Result, Store};

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// One random transaction.
fn act(store: &Store, random: &mut Random, name: &str) -> Result<()> {
    let (label, emb) = (store.intern_label("L")?, store.intern_property_key("emb")?);
    let tx = store.begin(Access::Write)?;
    let nodes: Vec<NodeId> = tx.nodes(G, None)?.collect::<Result<_>>()?;
    for _ in 0..1 + random.below(3) {
        let mut any = || nodes.get(random.below(nodes.len().max(1))).copied().unwrap_or(NodeId(0));
        let (one, other) = (any(), any());
        let outcome = match random.below(6) {
            0 => tx.insert_node(G, &format!("{name}-{}", random.below(1_000_000)), &[label], vec![]).map(drop),
            1 | 2 => tx.insert_edge(G, label, one, other, vec![]).map(drop),
            3 => {
                let mut edges = vec![];
                tx.adjacency(G)?.expand(one, Direction::Both, None, &mut edges)?;
                edges
                    .into_iter()
                    .try_for_each(|edge| tx.delete_edge(G, edge.edge))
                    .and_then(|()| tx.delete_node(G, one))
            }
            4 => tx.set_node_property(G, one, emb, Some(vector(&[2.0]))),
            _ if nodes.is_empty() => Ok(()),
            _ => {
                let mut writer = store.begin_vector_set(G, "emb")?;
                for node in nodes.iter().step_by(2) {
                    writer.put(*node, &[1.0])?;
                }
                writer.finish(if random.below(2) == 0 { Some(&tx) } else { None }).map(drop)
            }
        };
        match outcome {
            Err(Error::MissingNode { .. } | Error::DuplicateId { .. } | Error::MissingEdge { .. }) => {}
            other => other?,
        }
    }
    if random.below(10) == 0 { tx.rollback() } else { tx.commit() }
}

#[test]
fn many_threads() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("db"), &fast()).unwrap();
    nodes(&store, 20);
    let (committed, conflicts) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|thread| {
                let store = store.clone();
                scope.spawn(move || {
                    let (mut random, mut committed, mut conflicts) = (Random(thread), 0, 0);
                    for _ in 0..150 {
                        match act(&store, &mut random, &format!("t{thread}")) {
                            Ok(()) => committed += 1,
                            Err(Error::Conflict) => conflicts += 1,
                            Err(other) => panic!("{other}"),
                        }
                    }
                    (committed, conflicts)
                })
            })
            .collect();
        let checker = scope.spawn(|| (0..10).for_each(|_| drop(all_well(&store))));
        let counts = threads.into_iter().map(|thread| thread.join().unwrap());
        let sums = counts.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        checker.join().unwrap();
        sums
    });
    println!("{committed} committed, {conflicts} conflicts, {:?}", all_well(&store));
    assert!(committed > 100 && conflicts > 0);
    drop(store);
    all_well(&Store::open(&dir.path().join("db"), &fast()).unwrap());
}

/// The files as they are at some moment are what a crash leaves: everything committed is there.
#[test]
fn files_copied_while_open() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let store = Store::open(&path, &Default::default()).unwrap();
    for round in 0..5u64 {
        let tx = write(&store);
        for number in 0..10 {
            let node = node(&tx, &format!("{round}-{number}"));
            edge(&tx, node, node);
        }
        tx.commit().unwrap();
        let mut load = store.bulk_load(G).unwrap();
        let label = load.intern_label("Loaded").unwrap();
        load.node(&format!("load{round}"), &[label], vec![]).unwrap();
        load.edge(label, &format!("load{round}"), "0-0", vec![]).unwrap();
        load.finish().unwrap();
        let mut writer = store.begin_vector_set(G, "emb").unwrap();
        writer.put(NodeId(round), &[1.0]).unwrap();
        writer.finish(None).unwrap();
        let open = write(&store);
        node(&open, "uncommitted");

        let copy = dir.path().join(format!("copy{round}"));
        // Again when RocksDB tidied up meanwhile.
        while copy_files(&path, &copy).is_err() || names(&path) != names(&copy) {
            std::fs::remove_dir_all(&copy).unwrap();
        }
        let report = all_well(&Store::open(&copy, &fast()).unwrap());
        assert_eq!((report.nodes, report.edges, report.vectors), (11 * (round + 1), 11 * (round + 1), round + 1));
    }
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_files(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn names(path: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        std::fs::read_dir(path.join("data")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}
