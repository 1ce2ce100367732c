//! Vectors after a change of the graph: those computed again and those kept are together what a full run gives.

use proptest::prelude::*;

use super::*;
use crate::{Change, Output, Rows};

/// Edges of small groups of nodes that lie in a row, so that a change is far from most nodes.
fn groups(nodes: u32) -> impl Strategy<Value = Vec<(u32, u32, f64)>> {
    let edge = (0..nodes, 1..4u32, 1..4u32)
        .prop_map(move |(from, far, weight)| (from, (from + far).min(nodes - 1), f64::from(weight)));
    proptest::collection::vec(edge, 0..nodes as usize * 2)
}

/// The nodes whose rows differ.
fn changed(before: &Graph, after: &Graph) -> Vec<u32> {
    let row = |graph: &Graph, v: u32| match v as usize >= graph.node_count() {
        true => None,
        false => Some((graph.neighbors(v).to_vec(), graph.weights(v).map(<[_]>::to_vec))),
    };
    (0..after.node_count() as u32).filter(|&v| row(before, v) != row(after, v)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn an_update_has_the_bits_of_a_full_run(
        edges in groups(120),
        removed in proptest::collection::vec(any::<proptest::sample::Index>(), 0..3),
        added in proptest::collection::vec((0..125u32, 0..125u32, 1..3u8), 0..3),
        new_nodes in 0..5u32,
        length in 2..5i64,
        (p, q) in proptest::sample::select(RATIOS.to_vec()),
        window in 1..25i64,
        weighted in any::<bool>(),
        skip in any::<bool>(),
        threads in 1..4usize,
    ) {
        let before = graph(120, &edges, weighted);
        let mut edited = edges;
        for index in removed {
            if !edited.is_empty() {
                edited.remove(index.index(edited.len()));
            }
        }
        let nodes = 120 + new_nodes;
        edited.extend(added.into_iter().filter(|&(a, b, _)| a < nodes && b < nodes).map(|(a, b, w)| (a, b, w.into())));
        let after = graph(nodes as usize, &edited, weighted);
        let arguments = arguments(&[
            ("dimensions", Argument::Int(9)),
            ("walkLength", Argument::Int(length)),
            ("walksPerNode", Argument::Int(3)),
            ("window", Argument::Int(window)),
            ("p", Argument::Float(p)),
            ("q", Argument::Float(q)),
            ("isolated", Argument::String(if skip { "skip" } else { "zero" }.into())),
        ]);
        let pool = pool(threads);
        let context = Context::new(&pool);
        let rows = |output: Output| -> Vec<Option<Vec<u32>>> {
            let Column::Vectors { dimensions, data } = &output.columns[0] else { panic!("vectors") };
            let mut found = data.chunks(*dimensions).map(bits);
            match output.rows {
                Rows::Nodes => found.map(Some).collect(),
                Rows::SomeNodes(kept) => {
                    let mut rows = vec![None; nodes as usize];
                    kept.iter().for_each(|&v| rows[v as usize] = found.next());
                    rows
                }
                other => panic!("{other:?}"),
            }
        };
        let mut kept = rows(Node2Vec.run(Input::from(&before), &arguments, &context).unwrap());
        let full = rows(Node2Vec.run(Input::from(&after), &arguments, &context).unwrap());
        let change = changed(&before, &after);
        let change = Change { nodes: &change, nodes_before: 120 };
        if let Some(update) = Node2Vec.update(Input::from(&after), &arguments, change, &context).unwrap() {
            kept.resize(nodes as usize, None);
            let computed = rows(update.output);
            for v in update.nodes {
                kept[v as usize] = computed[v as usize].clone();
            }
            prop_assert_eq!(kept, full);
        }
    }
}

#[test]
fn a_small_change_is_no_reason_to_walk_everywhere() {
    let path: Vec<(u32, u32, f64)> = (0..999).map(|v| (v, v + 1, 1.0)).collect();
    let mut longer = path.clone();
    longer.push((500, 502, 1.0));
    let arguments = arguments(&[("walkLength", Argument::Int(6)), ("dimensions", Argument::Int(8))]);
    let pool = pool(2);
    let change = Change { nodes: &[500, 502], nodes_before: 1000 };
    let after = graph(1000, &longer, false);
    let update = Node2Vec.update(Input::from(&after), &arguments, change, &Context::new(&pool)).unwrap();
    let nodes = update.expect("an update").nodes;
    assert_eq!(nodes, (495..=507).collect::<Vec<u32>>());
    // Walks that reach everywhere leave nothing to be kept.
    let far = super::arguments(&[("walkLength", Argument::Int(600)), ("dimensions", Argument::Int(8))]);
    assert_eq!(Node2Vec.update(Input::from(&after), &far, change, &Context::new(&pool)).unwrap(), None);
}
