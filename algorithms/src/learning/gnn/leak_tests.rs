//! Held-out edges and held-out targets are never learned from: changing, adding or removing them changes no bit.
//!
//! Test edges may be anything. Validation edges choose the epoch that is kept, so of them the losses of all epochs are
//! compared, and the vectors of a run of one epoch, which leaves nothing to choose.

use rand::Rng;
use rayon::ThreadPoolBuilder;

use crate::algorithm::input::Input;
use crate::algorithm::output::{Column, Scalar};
use crate::core::argument::Argument;
use crate::core::context::Context;
use crate::graph::property::{Property, PropertyGraph, Values};
use crate::numeric::random::{Xoroshiro128, mix};

const USERS: u32 = 12;
const ITEMS: u32 = 15;

/// An edge with its part and a number that edge features are made of.
#[derive(Clone, Copy)]
struct Edge {
    from: u32,
    to: u32,
    part: &'static str,
    stars: f64,
}

fn edge(from: u32, to: u32, part: &'static str) -> Edge {
    Edge { from, to, part, stars: f64::from((from * 7 + to * 3) % 5) }
}

/// Purchases in which users of a kind like items of a kind.
fn training() -> Vec<Edge> {
    let chosen =
        |&(user, item): &(u32, u32)| mix(u64::from(user * 100 + item)) % 10 < if user % 3 == item % 3 { 6 } else { 1 };
    pairs().filter(chosen).map(|(user, item)| edge(user, USERS + item, "train")).collect()
}

fn pairs() -> impl Iterator<Item = (u32, u32)> {
    (0..USERS).flat_map(|user| (0..ITEMS).map(move |item| (user, item)))
}

/// Held-out edges drawn by `seed` among the pairs that do not train.
fn held_out(seed: u64, part: &'static str, share: u64) -> Vec<Edge> {
    let known: Vec<(u32, u32)> = training().iter().map(|edge| (edge.from, edge.to)).collect();
    pairs()
        .map(|(user, item)| edge(user, USERS + item, part))
        .filter(|edge| !known.contains(&(edge.from, edge.to)))
        .filter(|edge| mix(seed ^ u64::from(edge.from * 1000 + edge.to)) % 100 < share)
        .map(|edge| Edge { stars: 1e6 * seed as f64, ..edge })
        .collect()
}

/// Training edges in their order with the others scattered among them.
fn scattered(held: &[Edge]) -> Vec<Edge> {
    let mut all = training();
    let mut rng = Xoroshiro128::new(held.len() as u64, 1, 1);
    for &edge in held {
        all.insert((rng.next_u64() % (all.len() as u64 + 1)) as usize, edge);
    }
    all
}

fn texts<'a>(of: impl Iterator<Item = &'a str>) -> Values {
    let names: Vec<&str> = of.collect();
    let mut distinct: Vec<std::sync::Arc<str>> = Vec::new();
    let codes = names
        .iter()
        .map(|name| {
            let known = distinct.iter().position(|known| **known == **name);
            known.unwrap_or_else(|| {
                distinct.push((*name).into());
                distinct.len() - 1
            }) as u32
        })
        .collect();
    Values::Texts { distinct, codes }
}

fn property(name: &str, values: Values) -> Property {
    Property { name: name.into(), values }
}

/// Users who bought items, and users who know each other; with `split` on the purchases.
fn graph(bought: &[Edge]) -> PropertyGraph {
    let knows: Vec<(u32, u32)> = (0..USERS).map(|user| (user, (user + 3) % USERS)).collect();
    let nodes = USERS + ITEMS;
    let age = (0..nodes).map(|node| f64::from(node % 3) + f64::from(node) / 50.0).collect();
    let parts = bought.iter().map(|edge| edge.part).chain(knows.iter().map(|_| "none"));
    let stars = bought.iter().map(|edge| edge.stars).chain(knows.iter().map(|_| 1.0)).collect();
    PropertyGraph {
        node_types: vec!["User".into(), "Item".into()],
        node_type: (0..nodes).map(|node| u32::from(node >= USERS)).collect(),
        edge_labels: vec!["BOUGHT".into(), "KNOWS".into()],
        edge_label: bought.iter().map(|_| 0).chain(knows.iter().map(|_| 1)).collect(),
        from: bought.iter().map(|edge| edge.from).chain(knows.iter().map(|pair| pair.0)).collect(),
        to: bought.iter().map(|edge| edge.to).chain(knows.iter().map(|pair| pair.1)).collect(),
        node_properties: vec![property("age", Values::Numbers { values: age, integers: false, wide: Vec::new() })],
        edge_properties: vec![
            property("split", texts(parts)),
            property("stars", Values::Numbers { values: stars, integers: false, wide: Vec::new() }),
        ],
        ..PropertyGraph::default()
    }
}

/// The bits of all vectors, and the loss of each epoch.
fn run(graph: &PropertyGraph, given: &[(&str, Argument)]) -> (Vec<u32>, Vec<u64>) {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let algorithm = crate::find("gnn_embed").unwrap();
    let given: Vec<(String, Argument)> =
        given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let arguments = algorithm.description().check(&given).unwrap();
    let output = algorithm.run(Input::from(graph), &arguments, &Context::new(&pool)).unwrap();
    let Column::Vectors { data, .. } = &output.columns[0] else { panic!("no vectors") };
    let losses = output.stats.iter().find(|(name, _)| *name == "lossHistory").map(|(_, value)| value);
    let Some(Scalar::Floats(losses)) = losses else { panic!("no losses") };
    (data.iter().map(|entry| entry.to_bits()).collect(), losses.iter().map(|loss| loss.to_bits()).collect())
}

fn text(value: &str) -> Argument {
    Argument::String(value.to_owned())
}

/// Parameters of every kind of run on edges.
fn calls() -> Vec<Vec<(&'static str, Argument)>> {
    let stars = || Argument::List(vec![text("stars")]);
    let mut calls: Vec<Vec<(&str, Argument)>> = vec![
        vec![("model", text("lightgcn"))],
        vec![("model", text("graphsage")), ("task", text("recommendation"))],
        vec![("model", text("gcn")), ("features", Argument::List(Vec::new()))],
        vec![("model", text("gcn")), ("features", Argument::List(Vec::new())), ("withoutFeatures", text("degree"))],
        vec![("model", text("gat")), ("edgeFeatures", stars())],
        vec![("model", text("rgcn")), ("loss", text("max_margin"))],
        vec![("model", text("hgt"))],
        vec![("model", text("mpnn")), ("edgeFeatures", stars())],
        vec![("model", text("egnn")), ("edgeFeatures", stars())],
        vec![("model", text("ecc")), ("edgeFeatures", stars())],
        vec![("model", text("graphnet")), ("edgeFeatures", stars())],
        vec![
            ("model", text("graphsage")),
            ("sampling", Argument::List(vec![Argument::Int(4), Argument::Int(3)])),
            ("batchSize", Argument::Int(16)),
        ],
    ];
    for call in &mut calls {
        call.extend([("targetEdge", text("BOUGHT")), ("split", text("split")), ("dimensions", Argument::Int(8))]);
    }
    calls
}

fn with(call: &[(&'static str, Argument)], epochs: i64) -> Vec<(&'static str, Argument)> {
    let mut call = call.to_vec();
    call.extend([("epochs", Argument::Int(epochs)), ("patience", Argument::Int(0))]);
    call
}

#[test]
fn test_edges_change_no_bit() {
    let validation = held_out(1, "validation", 8);
    let of = |test: &[Edge]| graph(&scattered(&[&validation[..], test].concat()));
    let pick = |seed, share| -> Vec<Edge> {
        let taken = |edge: &Edge| validation.iter().any(|other| (other.from, other.to) == (edge.from, edge.to));
        held_out(seed, "test", share).into_iter().filter(|edge| !taken(edge)).collect()
    };
    let (some, other, more) = (pick(2, 10), pick(3, 10), pick(4, 60));
    assert!(some.len() >= 5 && other.len() >= 5 && more.len() > 2 * some.len());
    for call in calls() {
        let call = with(&call, 6);
        let wanted = run(&of(&some), &call);
        for (what, test) in [("changed", &other), ("added", &more), ("removed", &Vec::new())] {
            assert!(run(&of(test), &call) == wanted, "test edges {what}: {call:?}");
        }
    }
}

#[test]
fn validation_edges_are_not_learned_from() {
    let of = |validation: &[Edge]| graph(&scattered(validation));
    let some = held_out(5, "validation", 10);
    for call in calls() {
        let wanted = run(&of(&some), &with(&call, 1));
        let (_, losses) = run(&of(&some), &with(&call, 6));
        assert_eq!(losses.len(), 6);
        for validation in [held_out(6, "validation", 10), held_out(7, "validation", 60), Vec::new()] {
            assert!(run(&of(&validation), &with(&call, 1)) == wanted, "{call:?}");
            assert!(run(&of(&validation), &with(&call, 6)).1 == losses, "{call:?}");
        }
    }
}

/// The check itself notices a difference: one more training edge changes bits.
#[test]
fn training_edges_do_change_bits() {
    let call = with(&calls()[0], 2);
    let mut more = held_out(8, "train", 10);
    more.truncate(1);
    assert!(run(&graph(&scattered(&more)), &call) != run(&graph(&scattered(&[])), &call));
}

/// An item that nobody has is no negative, and without edges its vector stays as it was drawn.
#[test]
fn what_nobody_has_is_not_learned_from() {
    let last = USERS + ITEMS - 1;
    let bought: Vec<Edge> = training().into_iter().filter(|edge| edge.to != last).collect();
    let after = |epochs| run(&graph(&bought), &with(&calls()[0], epochs)).0;
    let (early, late) = (after(1), after(6));
    let of_last = early.len() - 8;
    assert_eq!(early[of_last..], late[of_last..]);
    for item in (0..ITEMS - 1).map(|item| (USERS + item) as usize * 8) {
        assert!(early[item..item + 8] != late[item..item + 8]);
    }
}

#[test]
fn test_targets_change_no_bit() {
    let of = |kind: fn(u32) -> u32| {
        let mut graph = graph(&training());
        let nodes = USERS + ITEMS;
        let part = |node: u32| ["train", "train", "validation", "test"][node as usize % 4];
        let classes = ["a", "b", "c"];
        let class = |node: u32| classes[if part(node) == "test" { kind(node) } else { node % 3 } as usize];
        graph
            .node_properties
            .extend([property("class", texts((0..nodes).map(class))), property("part", texts((0..nodes).map(part)))]);
        graph
    };
    for model in ["gcn", "graphsage", "gat", "rgcn", "hgt", "mpnn", "graphnet"] {
        let call = [
            ("model", text(model)),
            ("target", text("class")),
            ("split", text("part")),
            ("dimensions", Argument::Int(8)),
            ("epochs", Argument::Int(6)),
        ];
        assert!(run(&of(|node| node % 3), &call) == run(&of(|node| (node + 1) % 2), &call), "{model}");
    }
}
