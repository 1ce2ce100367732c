//! The algorithm as a whole: every model on every kind of graph, what it learns, and what it refuses.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::Rng;
use rayon::ThreadPoolBuilder;

use super::algorithm::GnnEmbed;
use crate::graph::property::NO_TEXT;
use crate::numeric::random::{Xoroshiro128, unit};
use crate::{
    Algorithm, Argument, Arguments, Column, Context, Error, Input, Output, Property, PropertyGraph, PropertySelection,
    Rows, Scalar, Values, describe_model,
};

pub(super) fn text(value: &str) -> Argument {
    Argument::String(value.to_owned())
}

fn texts(values: &[&str]) -> Values {
    let mut distinct: Vec<Arc<str>> = Vec::new();
    let codes = values.iter().map(|value| {
        if value.is_empty() {
            return NO_TEXT;
        }
        let place = distinct.iter().position(|known| **known == **value).unwrap_or_else(|| {
            distinct.push((*value).into());
            distinct.len() - 1
        });
        place as u32
    });
    let codes = codes.collect();
    Values::Texts { distinct, codes }
}

fn property(name: &str, values: Values) -> Property {
    Property { name: name.into(), values }
}

/// Two communities of `half` nodes each with some noise: the class is the community, the features know it a little.
pub(super) fn communities(half: usize) -> PropertyGraph {
    let nodes = 2 * half;
    let mut rng = Xoroshiro128::new(11, 0, 0);
    let mut draw = |bound: usize| (rng.next_u64() >> 33) as usize % bound;
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for node in 0..nodes {
        for _ in 0..4 {
            let other = if draw(10) == 0 { draw(nodes) } else { node / half * half + draw(half) };
            if other != node {
                from.push(node as u32);
                to.push(other as u32);
            }
        }
    }
    let edges = from.len();
    let mut noise = Xoroshiro128::new(12, 0, 0);
    let mut number = |signal: f64| signal + 2.0 * (unit(noise.next_u64()) - 0.5);
    let side = |node: usize| if node < half { 0.3 } else { -0.3 };
    let x = (0..nodes).map(|node| number(side(node))).collect();
    let y = (0..nodes).map(|node| number(-side(node))).collect();
    let kinds: Vec<&str> = (0..nodes).map(|node| if node < half { "left" } else { "right" }).collect();
    let amount = (0..nodes).map(|node| 3.0 * side(node) + 7.0).collect();
    let strength = (0..edges).map(|edge| if from[edge] < half as u32 { 1.0 } else { 2.0 }).collect();
    PropertyGraph {
        node_types: vec!["Node".into()],
        node_type: vec![0; nodes],
        edge_labels: vec!["LINK".into()],
        edge_label: vec![0; edges],
        from,
        to,
        node_properties: vec![
            property("amount", Values::Numbers { values: amount, integers: false, wide: Vec::new() }),
            property("kind", texts(&kinds)),
            property("x", Values::Numbers { values: x, integers: false, wide: Vec::new() }),
            property("y", Values::Numbers { values: y, integers: false, wide: Vec::new() }),
        ],
        edge_properties: vec![property(
            "strength",
            Values::Numbers { values: strength, integers: false, wide: Vec::new() },
        )],
        ..PropertyGraph::default()
    }
}

/// The same nodes in two types with features of their own, edges of two labels.
fn heterogeneous(half: usize) -> PropertyGraph {
    let mut graph = communities(half);
    graph.node_types = vec!["A".into(), "B".into()];
    graph.node_type = (0..2 * half as u32).map(|node| node % 2).collect();
    graph.edge_labels = vec!["LINK".into(), "LIKE".into()];
    graph.edge_label = (0..graph.from.len() as u32).map(|edge| edge % 2).collect();
    // x is a feature of A alone, y of B alone.
    for (position, own) in [(2, 0), (3, 1)] {
        if let Values::Numbers { values, .. } = &mut graph.node_properties[position].values {
            let types = &graph.node_type;
            values.iter_mut().zip(types).filter(|(_, kind)| **kind != own).for_each(|(value, _)| *value = f64::NAN);
        }
    }
    graph
}

/// Users and items: each user buys from the half of its own.
fn bipartite(half: usize) -> PropertyGraph {
    let mut graph = communities(half);
    let nodes = 2 * half as u32;
    graph.node_types = vec!["Item".into(), "User".into()];
    graph.node_type = (0..nodes).map(|node| node % 2).collect();
    graph.edge_labels = vec!["BUYS".into()];
    // From the odd node to the even one of the pair.
    let mut pairs: Vec<(u32, u32)> = graph.from.iter().zip(&graph.to).map(|(&from, &to)| (from | 1, to & !1)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    (graph.from, graph.to) = pairs.into_iter().unzip();
    graph.edge_label = vec![0; graph.from.len()];
    graph.edge_properties[0].values = Values::Numbers {
        values: graph.from.iter().map(|&user| f64::from(user % 3)).collect(),
        integers: false,
        wide: Vec::new(),
    };
    graph
}

pub(super) fn arguments(given: &[(&str, Argument)]) -> Arguments {
    let given: Vec<(String, Argument)> =
        given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    GnnEmbed.description().check(&given).unwrap()
}

fn run_with(
    graph: &PropertyGraph,
    given: &[(&str, Argument)],
    threads: usize,
    model: Option<&[u8]>,
) -> Result<Output, Error> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let arguments = arguments(given);
    // What is asked for decides what is read; the graphs of these tests have it all.
    GnnEmbed.needs(&arguments, model)?;
    GnnEmbed.run(Input { model, ..Input::from(graph) }, &arguments, &Context::new(&pool))
}

fn run(graph: &PropertyGraph, given: &[(&str, Argument)]) -> Result<Output, Error> {
    run_with(graph, given, 2, None)
}

fn stat<'a>(output: &'a Output, name: &str) -> &'a Scalar {
    output.stats.iter().find(|(known, _)| *known == name).map(|(_, value)| value).unwrap()
}

fn float(output: &Output, name: &str) -> f64 {
    match stat(output, name) {
        Scalar::Float(value) => *value,
        other => panic!("{name}: {other:?}"),
    }
}

fn vectors(output: &Output) -> (usize, &[f32]) {
    match &output.columns[0] {
        Column::Vectors { dimensions, data } => (*dimensions, data),
        other => panic!("{other:?}"),
    }
}

fn names(list: &[&str]) -> Argument {
    Argument::List(list.iter().map(|name| text(name)).collect())
}

const MODELS: [&str; 12] =
    ["gcn", "graphsage", "gat", "mpnn", "egnn", "ecc", "graphnet", "rgcn", "hgt", "lightgcn", "sgc", "gin"];

#[test]
fn every_model_runs_on_every_kind_of_graph_with_and_without_features() {
    for (kind, graph) in [("one type", communities(12)), ("several", heterogeneous(12)), ("bipartite", bipartite(12))] {
        for model in MODELS {
            for features in [names(&["x", "y"]), names(&[])] {
                let edge_features = if matches!(model, "egnn" | "ecc" | "mpnn" | "gat" | "graphnet" | "gin") {
                    names(&["strength"])
                } else {
                    Argument::Null
                };
                let given = [
                    ("model", text(model)),
                    ("features", features.clone()),
                    ("edgeFeatures", edge_features),
                    ("dimensions", Argument::Int(8)),
                    ("epochs", Argument::Int(3)),
                ];
                let output = run(&graph, &given).unwrap_or_else(|error| panic!("{kind} {model} {features:?}: {error}"));
                let (dimensions, data) = vectors(&output);
                assert_eq!((dimensions, data.len()), (8, 8 * graph.node_count()), "{kind} {model}");
                for row in data.chunks_exact(8) {
                    let length: f32 = row.iter().map(|x| x * x).sum();
                    assert!(
                        length.is_finite() && (length == 0.0 || (length - 1.0).abs() < 1e-4),
                        "{kind} {model} {row:?}"
                    );
                }
                assert!(data.iter().any(|&x| x != 0.0), "{kind} {model}");
            }
        }
    }
}

#[test]
fn the_variants_of_models_run() {
    let variants: [&[(&str, Argument)]; 11] = [
        &[("aggregator", text("max"))],
        &[("aggregator", text("sum"))],
        &[("aggregator", text("lstm"))],
        &[("model", text("mpnn")), ("update", text("mlp"))],
        &[("model", text("rgcn")), ("bases", Argument::Int(0))],
        &[("model", text("rgcn")), ("bases", Argument::Int(1))],
        &[("layers", Argument::Int(1))],
        &[("layers", Argument::Int(4)), ("hiddenDimensions", Argument::Int(6))],
        &[("optimizer", text("sgd"))],
        &[("withoutFeatures", text("degree")), ("features", names(&[]))],
        &[("epochs", Argument::Int(0))],
    ];
    for graph in [communities(12), heterogeneous(12)] {
        for variant in variants {
            for target in [Argument::Null, text("kind"), text("amount")] {
                let mut given = vec![
                    ("dimensions", Argument::Int(8)),
                    ("features", names(&["x", "y"])),
                    ("epochs", Argument::Int(3)),
                    ("target", target),
                ];
                given.extend(variant.iter().cloned());
                run(&graph, &given).unwrap_or_else(|error| panic!("{given:?}: {error}"));
            }
        }
    }
    for loss in ["bce", "dgi", "max_margin", "bpr", "triplet", "reconstruction"] {
        let given = [("loss", text(loss)), ("epochs", Argument::Int(5)), ("model", text("gcn"))];
        let output = run(&heterogeneous(12), &given).unwrap();
        assert!(float(&output, "loss").is_finite(), "{loss}");
    }
}

#[test]
fn it_learns_classes_numbers_edges_and_communities() {
    let graph = communities(60);
    let common = [("features", names(&["x", "y"])), ("dimensions", Argument::Int(16))];
    for model in MODELS.iter().filter(|model| !matches!(**model, "lightgcn")) {
        let mut given = common.to_vec();
        given.extend([("model", text(model)), ("target", text("kind"))]);
        if matches!(*model, "egnn" | "ecc") {
            given.push(("edgeFeatures", names(&["strength"])));
        }
        let output = run(&graph, &given).unwrap();
        assert!(float(&output, "accuracy") >= 0.75, "{model}: {:?}", output.stats);
        assert!(float(&output, "testScore") >= 0.75, "{model}: {:?}", output.stats);
        assert_eq!(stat(&output, "metric"), &Scalar::String("auroc".to_owned()));
        let Column::Scalars(predicted) = &output.columns[1] else { panic!("no predictions") };
        let right = predicted
            .iter()
            .enumerate()
            .filter(|(node, class)| **class == Scalar::String(if *node < 60 { "left" } else { "right" }.to_owned()));
        assert!(right.count() >= 96, "{model}");
    }
    let mut given = common.to_vec();
    given.extend([("target", text("amount")), ("metric", text("r2"))]);
    let output = run(&graph, &given).unwrap();
    assert!(float(&output, "testScore") > 0.5, "{:?}", output.stats);
    let Column::Floats(predicted) = &output.columns[1] else { panic!("no predictions") };
    let mean = predicted.iter().sum::<f64>() / predicted.len() as f64;
    assert!((mean - 7.0).abs() < 0.5, "{mean}");

    let mut given = common.to_vec();
    given.extend([("task", text("link_prediction")), ("dropout", Argument::Int(0))]);
    let output = run(&graph, &given).unwrap();
    assert!(float(&output, "testScore") > 0.6, "{:?}", output.stats);

    // Without labels, nodes of one community come out more alike than of two.
    for loss in ["bce", "dgi"] {
        let mut given = common.to_vec();
        given.extend([("loss", text(loss)), ("model", text("gcn")), ("dropout", Argument::Int(0))]);
        let output = run(&graph, &given).unwrap();
        let (dimensions, data) = vectors(&output);
        let row = |node: usize| &data[node * dimensions..(node + 1) * dimensions];
        let alike = |a: usize, b: usize| -> f32 { row(a).iter().zip(row(b)).map(|(x, y)| x * y).sum() };
        let (mut within, mut across) = (0.0, 0.0);
        for node in 0..59 {
            within += alike(node, node + 1);
            across += alike(node, node + 60);
        }
        assert!(within > across + 2.0, "{loss}: {within} {across}");
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    for model in MODELS {
        let mut given = vec![
            ("model", text(model)),
            ("dimensions", Argument::Int(8)),
            ("epochs", Argument::Int(4)),
            ("features", names(&["x", "y"])),
        ];
        if matches!(model, "egnn" | "ecc") {
            given.push(("edgeFeatures", names(&["strength"])));
        }
        let graph = heterogeneous(40);
        let one = run_with(&graph, &given, 1, None).unwrap();
        for threads in [2, 5] {
            let many = run_with(&graph, &given, threads, None).unwrap();
            assert!(one.columns == many.columns && one.stats == many.stats, "{model}, {threads} threads");
        }
        given.push(("seed", Argument::Int(43)));
        let other = run_with(&graph, &given, 2, None).unwrap();
        assert!(model == "sgc" || one.columns != other.columns, "{model}: the seed counts");
    }
}

#[test]
fn batches_of_sampled_neighbours_learn_too() {
    for graph in [communities(60), heterogeneous(60)] {
        for model in ["graphsage", "gcn", "gat", "rgcn", "hgt", "mpnn"] {
            let given = [
                ("model", text(model)),
                ("features", names(&["x", "y"])),
                ("dimensions", Argument::Int(16)),
                ("target", text("kind")),
                ("sampling", Argument::List(vec![Argument::Int(3), Argument::Int(2)])),
                ("batchSize", Argument::Int(20)),
                ("epochs", Argument::Int(40)),
            ];
            let output = run(&graph, &given).unwrap();
            assert!(float(&output, "trainScore") >= 0.75, "{model}: {:?}", output.stats);
            let again = run_with(&graph, &given, 1, None).unwrap();
            assert!(output.columns == again.columns, "{model}");
        }
        let given = [
            ("sampling", Argument::List(vec![Argument::Int(3), Argument::Int(2)])),
            ("features", names(&["x", "y"])),
            ("epochs", Argument::Int(3)),
        ];
        run(&graph, &given).unwrap();
    }
}

#[test]
fn edges_and_the_graph_have_vectors_with_graphnet() {
    let graph = communities(12);
    let given = |embed: &str| {
        vec![
            ("model", text("graphnet")),
            ("embed", text(embed)),
            ("epochs", Argument::Int(2)),
            ("dimensions", Argument::Int(8)),
        ]
    };
    let output = run(&graph, &given("edges")).unwrap();
    assert_eq!((output.rows, output.columns[0].rows()), (Rows::Edges, graph.edge_count()));
    assert_eq!(GnnEmbed.columns(&arguments(&given("edges")), None), ["edgeId", "embedding"]);
    let output = run(&graph, &given("graph")).unwrap();
    assert_eq!((output.rows, output.columns.len(), output.columns[1].rows()), (Rows::Table, 7, 1));
}

#[test]
fn a_saved_model_gives_the_same_vectors_and_works_on_other_graphs() {
    for (graph, other) in [(communities(20), communities(25)), (heterogeneous(20), heterogeneous(25))] {
        for model in MODELS.iter().filter(|model| **model != "lightgcn") {
            let mut given = vec![
                ("model", text(model)),
                ("features", names(&["x", "y"])),
                ("dimensions", Argument::Int(8)),
                ("epochs", Argument::Int(4)),
                ("target", text("kind")),
                ("saveModel", text("m")),
            ];
            if matches!(*model, "egnn" | "ecc") {
                given.push(("edgeFeatures", names(&["strength"])));
            }
            let trained = run(&graph, &given).unwrap();
            let bytes = trained.model.as_deref().unwrap();
            let described = describe_model(bytes).unwrap();
            assert_eq!(described.algorithm, "gnn_embed");
            assert!(described.features.iter().any(|feature| feature.property == "x" && feature.owner == "node"));
            assert!(described.scores.iter().any(|(name, _)| name == "testScore"));
            let apply = [("useModel", text("m"))];
            let again = run_with(&graph, &apply, 2, Some(bytes)).unwrap();
            assert!(trained.columns == again.columns, "{model}");
            let applied = run_with(&other, &apply, 2, Some(bytes)).unwrap();
            assert_eq!(applied.columns[0].rows(), 50, "{model}");
            let needs = GnnEmbed.needs(&arguments(&apply), Some(bytes)).unwrap();
            let expected = PropertySelection::known(["x".into(), "y".into()]);
            assert_eq!(needs.properties.map(|properties| properties.nodes), Some(expected));
        }
    }
}

#[test]
fn models_that_do_not_fit_say_why() {
    let graph = communities(12);
    let given = [("features", names(&[])), ("epochs", Argument::Int(1)), ("saveModel", text("m"))];
    let bytes = run(&graph, &given).unwrap().model.unwrap();
    let apply = [("useModel", text("m"))];
    let message =
        |graph: &PropertyGraph, bytes: &[u8]| run_with(graph, &apply, 1, Some(bytes)).unwrap_err().to_string();
    assert!(message(&graph, &bytes).contains("withoutFeatures: \"degree\""));

    let given = [("features", names(&["x"])), ("epochs", Argument::Int(1)), ("saveModel", text("m"))];
    let bytes = run(&graph, &given).unwrap().model.unwrap();
    let mut lacking = communities(12);
    lacking.node_properties.retain(|property| &*property.name != "x");
    assert!(message(&lacking, &bytes).contains("\"x\""), "{}", message(&lacking, &bytes));
    let other = message(&heterogeneous(12), &bytes);
    assert!(other.contains("\"A\"") && other.contains("Node"), "{other}");
    for cut in 0..bytes.len() {
        assert!(run_with(&graph, &apply, 1, Some(&bytes[..cut])).is_err(), "cut at {cut}");
    }
    for place in (0..bytes.len()).step_by(7) {
        // Whatever a changed byte means, it is an error or a result, never a panic.
        let mut changed = bytes.clone();
        changed[place] ^= 0x55;
        let _ = run_with(&graph, &apply, 1, Some(&changed));
    }
}

#[test]
fn what_comes_later_is_not_seen() {
    let mut graph = communities(20);
    let edges = graph.edge_count();
    let times: Vec<f64> = (0..edges).map(|edge| edge as f64).collect();
    graph.edge_properties.push(property("at", Values::Times(times)));
    let given = [
        ("asOf", Argument::Time(40.0)),
        ("timeProperty", text("at")),
        ("features", names(&["x", "y"])),
        ("epochs", Argument::Int(3)),
    ];
    let early = run(&graph, &given).unwrap();
    // Other edges after the moment change nothing.
    let mut changed = graph.clone();
    for edge in 41..edges {
        changed.to[edge] = (changed.from[edge] + 1) % 40;
    }
    assert!(early.columns == run(&changed, &given).unwrap().columns);
    changed.to[40] = (changed.from[40] + 1) % 40;
    assert!(early.columns != run(&changed, &given).unwrap().columns);

    // Nodes that come later lend no features.
    graph.edge_properties.pop();
    let times = (0..40).map(|node| if node % 2 == 0 { 0.0 } else { 100.0 }).collect();
    graph.node_properties.push(property("at", Values::Times(times)));
    let early = run(&graph, &given).unwrap();
    let mut changed = graph.clone();
    if let Values::Numbers { values, .. } = &mut changed.node_properties[2].values {
        (1..40).step_by(2).for_each(|node| values[node] = 1e6);
    }
    assert!(early.columns == run(&changed, &given).unwrap().columns);
}

#[test]
fn bad_arguments_and_graphs_get_clear_errors() {
    let graph = communities(12);
    let fails = |graph: &PropertyGraph, given: &[(&str, Argument)], part: &str| {
        let error = run(graph, given).map(|_| ()).expect_err(part).to_string();
        assert!(error.contains(part), "{error:?} should say {part:?}");
    };
    let one_class = PropertyGraph { node_properties: vec![property("kind", texts(&["a"; 24]))], ..communities(12) };
    fails(&one_class, &[("target", text("kind"))], "one class only, \"a\"");
    let no_label = PropertyGraph { node_properties: vec![property("kind", texts(&[""; 24]))], ..communities(12) };
    fails(&no_label, &[("target", text("kind"))], "NULL at every node");
    let nulls = PropertyGraph { node_properties: vec![property("x", Values::Nulls { rows: 24 })], ..communities(12) };
    fails(&nulls, &[("features", names(&["x"]))], "NULL");
    let bare = PropertyGraph { edge_properties: Vec::new(), ..communities(12) };
    fails(&bare, &[("model", text("egnn"))], "features of edges");
    fails(&bare, &[("model", text("ecc"))], "features of edges");
    fails(&graph, &[("model", text("ecc")), ("edgeFeatures", names(&[]))], "features of edges");
    fails(&graph, &[("target", text("kind")), ("split", text("x"))], "\"train\"");
    fails(&graph, &[("task", text("classification"))], "needs a target");
    fails(&graph, &[("task", text("link_prediction")), ("target", text("kind"))], "takes no target");
    fails(&graph, &[("targetEdge", text("LINKS"))], "did you mean \"LINK\"");
    fails(&graph, &[("target", text("kind")), ("loss", text("mse"))], "cross_entropy or bce");
    fails(&graph, &[("target", text("amount")), ("loss", text("bce"))], "mse, mae or huber");
    fails(&graph, &[("model", text("gat")), ("dimensions", Argument::Int(10))], "multiple of heads");
    fails(&graph, &[("sampling", Argument::List(vec![Argument::Int(5)]))], "one for each");
    fails(&graph, &[("sampling", text("half"))], "sampling takes");
    fails(&graph, &[("asOf", Argument::Int(5))], "go together");
    fails(&graph, &[("embed", text("edges"))], "graphnet");
    let unsupervised = ("task", text("unsupervised"));
    fails(&graph, &[("model", text("lightgcn")), unsupervised, ("loss", text("dgi"))], "lightgcn");
    fails(&graph, &[("model", text("lightgcn")), ("loss", text("dgi"))], "does not fit the task \"link_prediction\"");
    fails(
        &graph,
        &[
            ("learningRate", Argument::Int(10)),
            ("optimizer", text("sgd")),
            ("target", text("amount")),
            ("epochs", Argument::Int(5000)),
            ("patience", Argument::Int(0)),
        ],
        "learningRate",
    );
    // With one node there is nothing to contrast it with, but features need no training to be propagated.
    let one = PropertyGraph { node_types: vec!["Node".into()], node_type: vec![0], ..PropertyGraph::default() };
    for model in MODELS.iter().filter(|model| !matches!(**model, "egnn" | "ecc" | "lightgcn")) {
        let given = [("model", text(model)), ("epochs", Argument::Int(2))];
        match *model {
            "sgc" => assert_eq!(run(&one, &given).unwrap().columns[0].rows(), 1),
            _ => fails(&one, &given, "one node only"),
        }
    }
    fails(&one, &[("model", text("lightgcn"))], "no edge to learn from");
    let none = PropertyGraph::default();
    assert_eq!(run(&none, &[]).unwrap().columns[0].rows(), 0);
}

#[test]
fn training_stops_when_asked_and_when_memory_is_short() {
    let graph = communities(60);
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let asked = AtomicUsize::new(0);
    let cancel = || asked.fetch_add(1, Ordering::Relaxed) > 200;
    let given = arguments(&[("epochs", Argument::Int(1_000_000)), ("patience", Argument::Int(0))]);
    let context = Context { cancel: &cancel, ..Context::new(&pool) };
    let input = Input::from(&graph);
    assert!(matches!(GnnEmbed.run(input, &given, &context), Err(Error::Cancelled)));
    let context = Context { memory_budget: Some(1000), ..Context::new(&pool) };
    match GnnEmbed.run(input, &given, &context) {
        Err(Error::Memory { needed, hint, .. }) => assert!(needed > 1000 && hint.contains("dimensions"), "{hint}"),
        other => panic!("{other:?}"),
    }
}
