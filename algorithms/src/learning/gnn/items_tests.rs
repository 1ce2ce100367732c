//! Whole graphs and edges as targets: what is learned, what comes out, that nothing leaks, and what is refused.

use std::sync::Arc;

use ndarray::Array2;
use rayon::ThreadPoolBuilder;

use super::algorithm::GnnEmbed;
use super::block::Block;
use super::head::{HeadShape, Readout};
use super::input::{InputData, WithoutFeatures};
use super::items::{Examples, Items, some_graphs};
use super::messages::{MessageEdge, MessageGraph};
use super::model::{Aggregator, LayerShape, Model, Norm};
use super::network::{Network, NetworkShape, Pass};
use super::prepare;
use super::tape::{Tape, Var};
use crate::algorithm::groups::GroupsOfNodes;
use crate::graph::property::NO_TEXT;
use crate::learning::features::EncodedGroup;
use crate::numeric::random::{mix, unit};
use crate::numeric::workers::Workers;
use crate::{
    Algorithm, Argument, Column, Context, Error, Input, Output, Property, PropertyGraph, Rows, Scalar, Values,
};

fn text(value: &str) -> Argument {
    Argument::String(value.to_owned())
}

fn texts(values: &[String]) -> Values {
    let mut distinct: Vec<Arc<str>> = Vec::new();
    let code = |value: &String| {
        if value.is_empty() {
            return NO_TEXT;
        }
        let place = distinct.iter().position(|known| **known == **value).unwrap_or_else(|| {
            distinct.push(value.as_str().into());
            distinct.len() - 1
        });
        place as u32
    };
    let codes = values.iter().map(code).collect();
    Values::Texts { distinct, codes }
}

fn numbers(values: Vec<f64>) -> Values {
    Values::Numbers { values, integers: false, wide: Vec::new() }
}

fn property(name: &str, values: Values) -> Property {
    Property { name: name.into(), values }
}

/// Small graphs, a ring with a tail or a star with one: the class is which; the number is how many nodes. Each node knows its graph;
/// `own` = the target stands at a node of its own, of another label.
fn small_graphs(count: usize, own: bool) -> PropertyGraph {
    let (mut kinds, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new());
    let (mut of_graph, mut class, mut size, mut x) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for graph in 0..count {
        let nodes = 6 + (mix(graph as u64) % 5) as u32;
        let first = of_graph.len() as u32;
        let name = format!("g{graph}");
        let kind = if graph % 2 == 0 { "ring" } else { "star" };
        for node in 0..nodes {
            kinds.push(0);
            of_graph.push(name.clone());
            class.push(if own { String::new() } else { kind.to_owned() });
            size.push(if own { f64::NAN } else { f64::from(nodes) });
            x.push(unit(mix(u64::from(first + node) ^ 77)));
            let last = node + 2 >= nodes;
            if node > 0 {
                from.push(first + if last || kind == "ring" { node - 1 } else { 0 });
                to.push(first + node);
            }
        }
        if kind == "ring" {
            from.push(first + nodes - 3);
            to.push(first);
        }
        if own {
            kinds.push(1);
            of_graph.push(name);
            class.push(kind.to_owned());
            size.push(f64::from(nodes));
            x.push(f64::NAN);
        }
    }
    let edges = from.len();
    PropertyGraph {
        node_types: if own { vec!["Atom".into(), "Molecule".into()] } else { vec!["Atom".into()] },
        node_type: kinds,
        edge_labels: vec!["BOND".into()],
        edge_label: vec![0; edges],
        edge_properties: vec![property("strength", numbers((0..edges).map(|edge| unit(mix(edge as u64))).collect()))],
        from,
        to,
        node_properties: vec![
            property("class", texts(&class)),
            property("graph", texts(&of_graph)),
            property("size", numbers(size)),
            property("x", numbers(x)),
        ],
        ..PropertyGraph::default()
    }
}

/// People of two camps: an edge is friendly within a camp and hostile between them; what they say is noisy. The number of an edge
/// depends on its own property too.
fn signed(nodes: usize) -> PropertyGraph {
    let camp = |node: usize| mix(node as u64 ^ 5) % 2;
    let (mut from, mut to, mut sign, mut heat, mut length) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for edge in 0..6 * nodes as u64 {
        let (a, b) = (mix(edge) as usize % nodes, mix(edge ^ 9999) as usize % nodes);
        if a == b {
            continue;
        }
        let own = unit(mix(edge ^ 3));
        from.push(a as u32);
        to.push(b as u32);
        sign.push(Some(camp(a) == camp(b)));
        length.push(own);
        heat.push(own + if camp(a) == camp(b) { 0.0 } else { 2.0 });
    }
    let edges = from.len();
    let said = |node: usize| (camp(node) as f64 - 0.5) + 2.0 * (unit(mix(node as u64 ^ 31)) - 0.5);
    PropertyGraph {
        node_types: vec!["Person".into()],
        node_type: vec![0; nodes],
        edge_labels: vec!["KNOWS".into(), "OWES".into()],
        edge_label: (0..edges as u32).map(|edge| u32::from(edge % 7 == 6)).collect(),
        from,
        to,
        node_properties: vec![property("x", numbers((0..nodes).map(said).collect()))],
        edge_properties: vec![
            property("friendly", Values::Bools(sign)),
            property("heat", numbers(heat)),
            property("length", numbers(length)),
        ],
        ..PropertyGraph::default()
    }
}

fn run_with(
    graph: &PropertyGraph,
    given: &[(&str, Argument)],
    threads: usize,
    model: Option<&[u8]>,
) -> Result<Output, Error> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let given: Vec<(String, Argument)> =
        given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let arguments = GnnEmbed.description().check(&given).unwrap();
    GnnEmbed.needs(&arguments, model)?;
    GnnEmbed.run(Input { model, ..Input::from(graph) }, &arguments, &Context::new(&pool))
}

fn run(graph: &PropertyGraph, given: &[(&str, Argument)]) -> Result<Output, Error> {
    run_with(graph, given, 2, None)
}

fn float(output: &Output, name: &str) -> f64 {
    match output.stats.iter().find(|(known, _)| *known == name) {
        Some((_, Scalar::Float(value))) => *value,
        other => panic!("{name}: {other:?}"),
    }
}

fn graphs_by(more: &[(&'static str, Argument)]) -> Vec<(&'static str, Argument)> {
    let mut given = vec![("groupBy", text("graph")), ("target", text("class")), ("dimensions", Argument::Int(16))];
    given.extend(more.iter().cloned());
    given
}

fn edges_by(
    target: &'static str,
    task: &'static str,
    more: &[(&'static str, Argument)],
) -> Vec<(&'static str, Argument)> {
    let mut given = vec![("target", text(target)), ("task", text(task)), ("dimensions", Argument::Int(16))];
    given.extend(more.iter().cloned());
    given
}

const READOUTS: [&str; 4] = ["mean", "sum", "max", "attention"];

#[test]
fn graphs_are_told_apart_by_every_readout() {
    let graph = small_graphs(120, false);
    for readout in READOUTS {
        let given = graphs_by(&[("model", text("gin")), ("readout", text(readout)), ("epochs", Argument::Int(40))]);
        let output = run(&graph, &given).unwrap();
        // Twelve graphs are tested: one in the wrong place costs much.
        assert!(float(&output, "testScore") > 0.8, "{readout}: {:?}", output.stats);
        assert!((float(&output, "baseline") - 0.5).abs() < 1e-9);
    }
}

#[test]
fn models_of_nodes_learn_graphs_too() {
    let graph = small_graphs(40, false);
    for model in ["gcn", "graphsage", "gat", "mpnn", "egnn", "ecc", "rgcn", "hgt", "sgc", "gin"] {
        for norm in ["batch", "layer", "none"].into_iter().filter(|norm| model == "gin" || *norm == "batch") {
            let given = graphs_by(&[("model", text(model)), ("norm", text(norm)), ("epochs", Argument::Int(3))]);
            let output = run(&graph, &given).unwrap_or_else(|error| panic!("{model}: {error}"));
            assert!(float(&output, "loss").is_finite());
        }
    }
    // With features of edges, and nodes of two labels.
    let strength = Argument::List(vec![text("strength")]);
    for graph in [graph, small_graphs(40, true)] {
        let given =
            graphs_by(&[("model", text("gin")), ("edgeFeatures", strength.clone()), ("epochs", Argument::Int(3))]);
        run(&graph, &given).unwrap();
    }
}

#[test]
fn rows_are_those_that_have_the_target() {
    // Every node has its graph's prediction, or the node that the target stands at.
    for own in [false, true] {
        let graph = small_graphs(30, own);
        let output = run(&graph, &graphs_by(&[("model", text("gin")), ("epochs", Argument::Int(5))])).unwrap();
        let rows: Vec<u32> = match &output.rows {
            Rows::Nodes => (0..graph.node_count() as u32).collect(),
            Rows::SomeNodes(rows) => rows.clone(),
            other => panic!("{other:?}"),
        };
        let wanted = (0..graph.node_count() as u32).filter(|&node| !own || graph.node_type[node as usize] == 1);
        assert_eq!(rows, wanted.collect::<Vec<_>>());
        let (Column::Scalars(predictions), Column::Scalars(names)) = (&output.columns[1], &output.columns[4]) else {
            panic!()
        };
        let Values::Texts { distinct, codes } = &graph.node_properties[1].values else { panic!() };
        for (place, &row) in rows.iter().enumerate() {
            assert_eq!(names[place], Scalar::String(distinct[codes[row as usize] as usize].to_string()));
            // All nodes of a graph have the same.
            let first = names.iter().position(|name| *name == names[place]).unwrap();
            assert_eq!(predictions[place], predictions[first]);
            assert_eq!(output.columns[0].vector(place), output.columns[0].vector(first));
        }
        assert!(output.stats.contains(&("graphCount", Scalar::Int(30))));
    }
}

#[test]
fn numbers_of_graphs_are_predicted() {
    let graph = small_graphs(150, false);
    let given = [
        ("groupBy", text("graph")),
        ("target", text("size")),
        ("model", text("gin")),
        ("dimensions", Argument::Int(16)),
        ("epochs", Argument::Int(60)),
        ("patience", Argument::Int(60)),
    ];
    let output = run(&graph, &given).unwrap();
    assert!(float(&output, "testScore") < 0.6 * float(&output, "baseline"), "{:?}", output.stats);
}

#[test]
fn signs_and_numbers_of_edges_are_predicted() {
    let graph = signed(120);
    let output = run(&graph, &edges_by("friendly", "edge_classification", &[("epochs", Argument::Int(60))])).unwrap();
    assert!(float(&output, "testScore") > 0.85, "{:?}", output.stats);
    let Rows::SomeEdges(rows) = &output.rows else { panic!("{:?}", output.rows) };
    assert_eq!(rows.len(), graph.edge_count());
    assert!(matches!(&output.columns[3], Column::Records { names, .. } if names.len() == 2));
    let output = run(&graph, &edges_by("heat", "edge_regression", &[("epochs", Argument::Int(80))])).unwrap();
    assert!(float(&output, "testScore") < 0.6 * float(&output, "baseline"), "{:?}", output.stats);
    // Only edges of one label, and in batches.
    let more = [
        ("targetEdge", text("OWES")),
        ("sampling", Argument::List(vec![Argument::Int(5), Argument::Int(5)])),
        ("batchSize", Argument::Int(16)),
        ("epochs", Argument::Int(3)),
    ];
    let output = run(&graph, &edges_by("friendly", "edge_classification", &more)).unwrap();
    let Rows::SomeEdges(rows) = &output.rows else { panic!("{:?}", output.rows) };
    assert!(rows.iter().all(|&edge| graph.edge_label[edge as usize] == 1) && rows.len() > 20);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (graphs, edges) = (small_graphs(60, true), signed(60));
    let sampled = [("sampling", Argument::List(vec![Argument::Int(3); 2])), ("epochs", Argument::Int(4))];
    let mut calls = vec![
        (&edges, edges_by("friendly", "edge_classification", &sampled)),
        (&edges, edges_by("heat", "edge_regression", &[("model", text("gin")), ("epochs", Argument::Int(4))])),
    ];
    for readout in READOUTS {
        let more = [
            ("model", text("gin")),
            ("readout", text(readout)),
            ("batchSize", Argument::Int(16)),
            ("epochs", Argument::Int(4)),
        ];
        calls.push((&graphs, graphs_by(&more)));
    }
    for (graph, given) in calls {
        let one = run_with(graph, &given, 1, None).unwrap();
        for threads in [2, 7] {
            assert_eq!(one, run_with(graph, &given, threads, None).unwrap(), "{given:?}");
        }
    }
}

/// The loss of each epoch and the result for training graphs.
fn learned(graph: &PropertyGraph, given: &[(&str, Argument)]) -> (Scalar, Output) {
    let output = run(graph, given).unwrap();
    let history = output.stats.iter().find(|(name, _)| *name == "lossHistory").unwrap().1.clone();
    (history, output)
}

#[test]
fn held_out_graphs_and_edges_are_not_learned_from() {
    let mut graph = small_graphs(40, false);
    let part = |graph: usize| ["train", "train", "validation", "test"][graph / 2 % 4].to_owned();
    let of_node = |graph: &PropertyGraph| -> Vec<usize> {
        let Values::Texts { codes, .. } = &graph.node_properties[1].values else { panic!() };
        codes.iter().map(|&code| code as usize).collect()
    };
    let of_node = of_node(&graph);
    graph
        .node_properties
        .insert(3, property("split", texts(&of_node.iter().map(|&own| part(own)).collect::<Vec<_>>())));
    let given = graphs_by(&[("model", text("gin")), ("split", text("split")), ("epochs", Argument::Int(6))]);
    let (history, output) = learned(&graph, &given);
    // Other targets, features and edges in the test part.
    let mut other = graph.clone();
    let tested: Vec<usize> = (0..of_node.len()).filter(|&node| part(of_node[node]) == "test").collect();
    if let Values::Texts { codes, .. } = &mut other.node_properties[0].values {
        tested.iter().for_each(|&node| codes[node] = 1 - codes[node]);
    }
    if let Values::Numbers { values, .. } = &mut other.node_properties[4].values {
        tested.iter().for_each(|&node| values[node] = 1e6);
    }
    let (same, changed) = learned(&other, &given);
    assert_eq!(history, same);
    let (Column::Vectors { data, dimensions }, Column::Vectors { data: others, .. }) =
        (&output.columns[0], &changed.columns[0])
    else {
        panic!()
    };
    for node in (0..of_node.len()).filter(|node| !tested.contains(node)) {
        let row = node * dimensions..(node + 1) * dimensions;
        assert_eq!(data[row.clone()], others[row]);
    }
    // Signs of test edges.
    let mut graph = signed(60);
    let parts: Vec<String> = (0..graph.edge_count()).map(part).collect();
    graph.edge_properties.push(property("split", texts(&parts)));
    let given = edges_by("friendly", "edge_classification", &[("split", text("split")), ("epochs", Argument::Int(6))]);
    let (history, output) = learned(&graph, &given);
    if let Values::Bools(signs) = &mut graph.edge_properties[0].values {
        let tested = signs.iter_mut().zip(&parts).filter(|(_, part)| *part == "test");
        tested.for_each(|(sign, _)| *sign = sign.map(|sign| !sign));
    }
    let (same, changed) = learned(&graph, &given);
    assert_eq!((history, &output.columns), (same, &changed.columns));
}

#[test]
fn saved_models_predict_other_graphs_and_edges() {
    let save = ("saveModel", text("m"));
    let use_it = [("useModel", text("m"))];
    for (graph, other, given) in [
        (
            small_graphs(40, true),
            small_graphs(25, true),
            graphs_by(&[("model", text("gin")), save.clone(), ("epochs", Argument::Int(5))]),
        ),
        (
            signed(60),
            signed(30),
            edges_by("friendly", "edge_classification", &[save.clone(), ("epochs", Argument::Int(5))]),
        ),
    ] {
        let trained = run(&graph, &given).unwrap();
        let model = trained.model.clone().unwrap();
        // On its own graph it gives what training gave.
        let again = run_with(&graph, &use_it, 2, Some(&model)).unwrap();
        assert_eq!((&trained.rows, &trained.columns), (&again.rows, &again.columns));
        let mut unknown = other.clone();
        // Nobody knows the targets there.
        unknown.node_properties.retain(|column| &*column.name != "class");
        unknown.edge_properties.retain(|column| &*column.name != "friendly");
        let here = run_with(&unknown, &use_it, 2, Some(&model)).unwrap();
        assert_eq!(here.columns, run_with(&other, &use_it, 2, Some(&model)).unwrap().columns);
        assert!(here.columns[1].rows() > 0);
        let columns =
            GnnEmbed.columns(&GnnEmbed.description().check(&[("useModel".into(), text("m"))]).unwrap(), Some(&model));
        assert!(
            columns.contains(&"probability") && (columns.contains(&"group") || columns.contains(&"edgeId")),
            "{columns:?}"
        );
    }
}

#[test]
fn a_copy_of_the_target_is_warned_of() {
    let mut graph = signed(60);
    let copy = property("kind", graph.edge_properties[0].values.clone());
    graph.edge_properties.insert(2, copy);
    let output = run(&graph, &edges_by("friendly", "edge_classification", &[("epochs", Argument::Int(2))])).unwrap();
    assert!(output.warnings.iter().any(|warning| warning.contains("\"kind\"")), "{:?}", output.warnings);
    graph.edge_properties.remove(2);
    let output = run(&graph, &edges_by("friendly", "edge_classification", &[("epochs", Argument::Int(2))])).unwrap();
    assert!(!output.warnings.iter().any(|warning| warning.contains("\"kind\"")), "{:?}", output.warnings);
}

#[test]
fn what_does_not_fit_is_refused() {
    let graphs = small_graphs(12, false);
    let refused = |graph: &PropertyGraph, given: &[(&str, Argument)], wanted: &str| {
        let message = run(graph, given).unwrap_err().to_string();
        assert!(message.contains(wanted), "{message}");
    };
    refused(&graphs, &[("groupBy", text("graph"))], "a target says what of them is predicted");
    refused(&graphs, &graphs_by(&[("model", text("lightgcn"))]), "is not for graphs of their own");
    refused(&graphs, &graphs_by(&[("model", text("graphnet"))]), "one global state");
    refused(&graphs, &graphs_by(&[("withoutFeatures", text("id"))]), "with groupBy it is \"degree\"");
    refused(&graphs, &graphs_by(&[("sampling", Argument::List(vec![Argument::Int(3); 5]))]), "graphs are read whole");
    refused(&graphs, &[("groupBy", text("grap")), ("target", text("class"))], "did you mean \"graph\"?");
    refused(&graphs, &[("groupBy", text("class")), ("target", text("class"))], "it says which graph a node is of");
    refused(
        &graphs,
        &[("groupBy", text("class")), ("target", text("graph"))],
        "is both \"g0\" and \"g2\" at nodes of the graph \"ring\"",
    );
    let mut parts = graphs.clone();
    let of_node: Vec<String> = (0..graphs.node_count()).map(|node| ["train", "test"][node % 2].to_owned()).collect();
    parts.node_properties.insert(3, property("split", texts(&of_node)));
    refused(&parts, &graphs_by(&[("split", text("split"))]), "a graph is in one part");
    let edges = signed(20);
    refused(&edges, &[("task", text("edge_regression"))], "needs a target: the property of edges to predict");
    refused(&edges, &edges_by("frendly", "edge_classification", &[]), "did you mean \"friendly\"?");
    refused(&edges, &edges_by("heat", "edge_classification", &[]), "holds FLOATs");
    refused(&edges, &edges_by("heat", "edge_regression", &[("groupBy", text("x"))]), "leave one out");
    refused(&edges, &edges_by("heat", "edge_regression", &[("weight", text("heat"))]), "weight names the target");
    refused(&edges, &edges_by("heat", "edge_regression", &[("targetEdge", text("OWNS"))]), "did you mean \"OWES\"?");
    refused(&edges, &edges_by("heat", "edge_regression", &[("metric", text("auroc"))]), "holds numbers");
}

/// Predictions of graphs by all at once and by some of them.
#[test]
fn a_batch_of_graphs_is_what_it_is_in_the_whole() {
    let graph = small_graphs(9, false);
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let context = Context::new(&pool);
    let workers = Workers::new(&context, 2);
    let groups = GroupsOfNodes::of("gnn_embed", "groupBy", &graph, "graph").unwrap();
    let edges = graph.from.iter().zip(&graph.to).map(|(&from, &to)| MessageEdge { from, to, label: 0 }).collect();
    let messages = MessageGraph::new(graph.node_type.clone(), 1, edges, 1, None, false);
    let nodes = graph.node_count();
    let x = Array2::from_shape_fn((nodes, 3), |(row, column)| unit(mix((row * 3 + column) as u64)) as f32);
    let group = EncodedGroup { name: "".into(), rows: (0..nodes as u32).collect(), dense: x, categories: Vec::new() };
    let data = InputData::new(vec![group], &messages.degrees, WithoutFeatures::Degrees);
    let kept = vec![true; graph.edge_count()];
    let items = Items::new(&Examples::Graphs(groups), nodes, (&graph.from, &graph.to), &kept, None);
    for readout in [Readout::Mean, Readout::Sum, Readout::Max, Readout::Attention] {
        let shape = NetworkShape {
            layer: LayerShape {
                model: Model::Gin,
                aggregator: Aggregator::Mean,
                heads: 1,
                gru: false,
                bases: 0,
                norm: Norm::Batch,
                relations: 1,
                types: 1,
                edge_width: 0,
            },
            layers: 2,
            hidden: 8,
            dimensions: 8,
            groups: prepare::group_shapes(&data, &[String::new()]),
            predicted: 2,
            head: HeadShape::Graphs(readout),
            infomax: false,
        };
        let (network, parameters) = Network::new(shape, 3);
        let predict = |data: &InputData, block: &[Block], items: &Items| {
            let mut tape = Tape::new(&workers, None);
            let p: Vec<Var> = parameters.values.iter().map(|value| tape.constant(value)).collect();
            let pass = Pass { data, blocks: block, edges: None, items, shuffle: None };
            let states = network.forward(&mut tape, &p, pass).nodes;
            let predicted = network.predict(&mut tape, &p, states, items).unwrap();
            tape.value(predicted.scores).clone()
        };
        let whole = predict(&data, &[messages.block(false)], &items);
        let Items::Graphs(relation) = &items else { panic!() };
        let chosen = [7u32, 2, 4];
        let (own, some) = some_graphs(relation, &chosen);
        let (block, _) = messages.induced(&own);
        let within: Vec<u32> = (0..nodes as u32).collect();
        let part = predict(&data.of_nodes(&own, &messages.types, &within), &[block], &some);
        for (place, &graph) in chosen.iter().enumerate() {
            for column in 0..2 {
                assert!((part[[place, column]] - whole[[graph as usize, column]]).abs() < 1e-5, "{readout:?}");
            }
        }
    }
}
