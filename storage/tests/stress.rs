//! Threads that get in each other's way; afterwards everything must still agree.

use super::*;
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
    let mut store = new_store();
    nodes(&store, 20);
    let (committed, conflicts) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|thread| {
                let store = Store::clone(&store);
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
    store.reopen();
    all_well(&store);
}
