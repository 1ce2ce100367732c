//! Every algorithm of the list gives the same bits for 1, 2 and 7 threads. A new one joins by itself; where it needs arguments,
//! they are a line in `ARGUMENTS`.

use wend_algorithms::{
    Algorithm, AnyGraph, Argument, Column, Context, DirectedGraph, Graph, GraphBuilder, Input, Orientation, Output,
    Property, PropertyGraph, Values, algorithms, random,
};

/// More than a thread takes at a time.
const NODES: u32 = 9000;

/// Nodes for those that search from every node or compare all pairs.
const FEW: u32 = 500;

const THOROUGH: [&str; 5] = ["closeness", "harmonic", "hdbscan", "knn", "umap"];

/// Arguments of calls, beside those that name nodes: some are needed, some make a run short.
const ARGUMENTS: &[(&str, &str, Value)] = &[
    ("node2vec", "walkLength", Value::Int(20)),
    ("node2vec", "dimensions", Value::Int(16)),
    ("node2vec", "walksPerNode", Value::Int(2)),
    ("random_walk", "walksPerNode", Value::Int(1)),
    ("fastrp", "dimensions", Value::Int(16)),
    ("hashgnn", "embeddingDensity", Value::Int(24)),
    ("line", "dimensions", Value::Int(16)),
    ("line", "epochs", Value::Int(2)),
    ("struc2vec", "dimensions", Value::Int(16)),
    ("struc2vec", "layers", Value::Int(2)),
    ("struc2vec", "walkLength", Value::Int(10)),
    ("struc2vec", "walksPerNode", Value::Int(2)),
    ("gnn_embed", "epochs", Value::Int(2)),
    ("gnn_embed", "task", Value::Text("unsupervised")),
    ("features.audit", "target", Value::Text("group")),
    ("graph_embed", "property", Value::Text("vector")),
    ("pca", "property", Value::Text("vector")),
    ("modularity", "property", Value::Text("group")),
    ("conductance", "property", Value::Text("group")),
    ("knn", "property", Value::Text("vector")),
    ("kmeans", "property", Value::Text("vector")),
    ("hdbscan", "property", Value::Text("vector")),
    ("umap", "property", Value::Text("vector")),
    ("umap", "epochs", Value::Int(50)),
    ("betweenness", "samplingSize", Value::Int(50)),
    ("yens", "k", Value::Int(5)),
    ("katz", "maxIterations", Value::Int(50)),
];

#[derive(Clone, Copy)]
enum Value {
    Int(i64),
    Text(&'static str),
}

/// Bits from a counter.
fn bits(at: u64) -> u64 {
    random::mix(at.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(7))
}

/// Some hubs, parallel edges and self-loops, and weights; without cycles where those are not taken.
fn edges(nodes: u32, acyclic: bool) -> Vec<(u32, u32, f64)> {
    let edge = |i: u64| {
        let from = bits(2 * i) as u32 % nodes;
        let to = if i.is_multiple_of(5) {
            bits(2 * i + 1) as u32 % 40
        } else {
            (from + 1 + bits(2 * i + 1) as u32 % 60) % nodes
        };
        (from, to, 0.25 + (bits(i + (1 << 40)) % 64) as f64 / 7.0)
    };
    let all = (0..u64::from(nodes) * 5).map(edge);
    match acyclic {
        false => all.collect(),
        true => all.filter(|edge| edge.0 != edge.1).map(|(a, b, w)| (a.min(b), a.max(b), w)).collect(),
    }
}

struct Graphs {
    builder: GraphBuilder,
    properties: PropertyGraph,
}

impl Graphs {
    fn new(nodes: u32, acyclic: bool, weighted: bool) -> Self {
        let edges = edges(nodes, acyclic);
        let mut builder = GraphBuilder::new(nodes as usize, weighted);
        edges.iter().for_each(|&(from, to, weight)| builder.add_edge(from, to, weight));
        let number = |at: u64| (bits(at + (1 << 50)) % 1000) as f32 / 500.0 - 1.0;
        let vectors = Values::Vectors {
            width: 6,
            data: (0..u64::from(nodes) * 6).map(|at| number(at) + (at / 6 % 3) as f32 * 2.0).collect(),
            present: (0..nodes).map(|node| node % 50 != 0).collect(),
        };
        let groups = (0..nodes).map(|node| f64::from(node / 100)).collect();
        let groups = Values::Numbers { values: groups, integers: true, wide: Vec::new() };
        let properties = PropertyGraph {
            node_types: vec!["Person".into()],
            node_type: vec![0; nodes as usize],
            edge_labels: vec!["KNOWS".into()],
            edge_label: vec![0; edges.len()],
            from: edges.iter().map(|edge| edge.0).collect(),
            to: edges.iter().map(|edge| edge.1).collect(),
            weights: weighted.then(|| edges.iter().map(|edge| edge.2).collect()),
            node_properties: vec![
                Property { name: "group".into(), values: groups },
                Property { name: "vector".into(), values: vectors },
            ],
            ..PropertyGraph::default()
        };
        Graphs { builder, properties }
    }
}

enum View<'a> {
    Undirected(Graph),
    Directed(DirectedGraph, Orientation),
    Properties(&'a PropertyGraph),
}

impl View<'_> {
    fn graph(&self) -> AnyGraph<'_> {
        match self {
            View::Undirected(graph) => AnyGraph::Undirected(graph),
            View::Directed(graph, orientation) => AnyGraph::Directed(graph.oriented(*orientation)),
            View::Properties(graph) => AnyGraph::Properties(graph),
        }
    }
}

/// The arguments of a call of this algorithm.
fn given(algorithm: &dyn Algorithm, orientation: Option<&str>, weighted: bool) -> Vec<(String, Argument)> {
    let description = algorithm.description();
    let mut given: Vec<(String, Argument)> = Vec::new();
    for &(name, parameter, value) in ARGUMENTS {
        if name == description.name {
            let value = match value {
                Value::Int(value) => Argument::Int(value),
                Value::Text(text) => Argument::String(text.to_owned()),
            };
            given.push((parameter.to_owned(), value));
        }
    }
    let takes = |name: &str| description.all_parameters().any(|parameter| parameter.name == name);
    // Nodes are named by their numbers.
    for (parameter, node) in [("source", "7"), ("target", "390")] {
        if takes(parameter) {
            given.push((parameter.to_owned(), Argument::String(node.to_owned())));
        }
    }
    if let Some(orientation) = orientation {
        given.push(("orientation".to_owned(), Argument::String(orientation.to_owned())));
    }
    if weighted {
        given.push(("weight".to_owned(), Argument::String("w".to_owned())));
    }
    given
}

/// The result, with lazy lists read to their end.
fn run(
    algorithm: &dyn Algorithm,
    graphs: &Graphs,
    given: &[(String, Argument)],
    threads: usize,
) -> (Output, Vec<Vec<Vec<u32>>>) {
    let name = algorithm.description().name;
    let arguments = algorithm.description().check(given).unwrap_or_else(|error| panic!("{error}"));
    let needs = algorithm.needs(&arguments, None).unwrap_or_else(|error| panic!("{name}: {error}"));
    let nodes = |parameter: Option<&'static str>| {
        let ids: Option<Vec<String>> = arguments.get(parameter?).unwrap();
        Some(ids?.iter().map(|id| id.parse().unwrap()).collect::<Vec<u32>>())
    };
    let (starts, targets) = (nodes(needs.nodes_named_by), nodes(needs.targets_named_by));
    let view = match (&needs.properties, needs.orientation) {
        (Some(_), _) => View::Properties(&graphs.properties),
        (None, Orientation::Undirected) => {
            View::Undirected(graphs.builder.clone().build_undirected(needs.parallel, None).unwrap())
        }
        (None, orientation) => {
            View::Directed(graphs.builder.clone().build_directed(needs.parallel, None).unwrap(), orientation)
        }
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let input = Input { nodes: starts.as_deref(), targets: targets.as_deref(), ..Input::from(view.graph()) };
    let output =
        algorithm.run(input, &arguments, &Context::new(&pool)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let lists = |column: &Column| match column {
        Column::NodeLists(lists) => Some(lists.lists(view.graph(), 0..lists.rows(), &|| false).unwrap()),
        _ => None,
    };
    let lists = output.columns.iter().filter_map(lists).collect();
    (output, lists)
}

/// What differs, if anything does; lazy lists are compared elsewhere.
fn difference(one: &Output, other: &Output) -> Option<String> {
    let same = |(a, b): (&Column, &Column)| matches!(a, Column::NodeLists(_)) || a == b;
    // As texts, in which what is no number is like itself. Speeds differ, of course.
    let figures = |output: &Output| {
        let same = output.stats.iter().filter(|(name, _)| !name.ends_with("PerSecond"));
        format!("{:?}", same.collect::<Vec<_>>())
    };
    let (a, b) = (figures(one), figures(other));
    if a != b {
        return Some(format!("{a} {b}"));
    }
    let columns = one.rows == other.rows
        && one.columns.len() == other.columns.len()
        && one.columns.iter().zip(&other.columns).all(same);
    (!columns).then(|| "columns".to_owned())
}

#[test]
fn threads_do_not_show_in_any_algorithm() {
    for &algorithm in algorithms() {
        let name = algorithm.description().name;
        // Training has tests of its own, on graphs that it can learn from.
        if matches!(name, "gnn_embed" | "predict" | "explain" | "features" | "features.audit") {
            continue;
        }
        let orientations: &[Option<&str>] =
            match algorithm.description().parameters.iter().find(|parameter| parameter.name == "orientation") {
                None => &[None],
                Some(_) if name == "topological" => &[Some("natural"), Some("reverse")],
                Some(_) => &[Some("natural"), Some("undirected")],
            };
        for &orientation in orientations {
            for weighted in [false, true] {
                let nodes = if THOROUGH.contains(&name) { FEW } else { NODES };
                let graphs = Graphs::new(nodes, name == "topological", weighted);
                let given = given(algorithm, orientation, weighted);
                let (first, lists) = run(algorithm, &graphs, &given, 1);
                for threads in [2, 7] {
                    let (other, other_lists) = run(algorithm, &graphs, &given, threads);
                    let difference = difference(&first, &other);
                    assert!(
                        difference.is_none() && lists == other_lists,
                        "{name} {orientation:?} {weighted} {threads}: {difference:?}"
                    );
                }
            }
        }
    }
}
