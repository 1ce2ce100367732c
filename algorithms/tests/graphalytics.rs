//! The six algorithms of LDBC Graphalytics on its validation graphs, with its expected output and tolerance.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use wend_algorithms::{AnyGraph, Argument, Column, Context, GraphBuilder, Input, Orientation, Output, Rows, find};

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/graphalytics");
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A graph and the ids of its nodes, ascending.
struct Graph {
    ids: Vec<u64>,
    edges: Vec<(u32, u32, f64)>,
    weighted: bool,
}

impl Graph {
    /// Of a list of nodes with the nodes they have edges to, or of a list of weighted edges and one of nodes.
    fn read(name: &str, directed: bool) -> Graph {
        let weighted = name.ends_with(".e");
        let number = |word: &str| word.parse::<u64>().unwrap();
        let mut ids: Vec<u64> = Vec::new();
        let mut edges: Vec<(u64, u64, f64)> = Vec::new();
        for line in text(name).lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match &words[..] {
                [] => {}
                [from, to, weight] if weighted => edges.push((number(from), number(to), weight.parse().unwrap())),
                [node, others @ ..] => {
                    ids.push(number(node));
                    edges.extend(others.iter().map(|other| (number(node), number(other), 1.0)));
                }
            }
        }
        if weighted {
            ids = text(&name.replace(".e", ".v")).split_whitespace().map(number).collect();
        }
        // Some nodes stand only at the end of an edge.
        ids.extend(edges.iter().flat_map(|edge| [edge.0, edge.1]));
        ids.sort_unstable();
        ids.dedup();
        if !directed {
            // Lists of nodes have each edge at both ends.
            edges.iter_mut().for_each(|edge| *edge = (edge.0.min(edge.1), edge.0.max(edge.1), edge.2));
            edges.sort_by_key(|edge| (edge.0, edge.1));
            edges.dedup_by_key(|edge| (edge.0, edge.1));
        }
        let place = |id: u64| ids.binary_search(&id).unwrap() as u32;
        let edges = edges.into_iter().map(|(from, to, weight)| (place(from), place(to), weight)).collect();
        Graph { ids, edges, weighted }
    }

    fn run(&self, algorithm: &str, given: &[(&str, Argument)]) -> Output {
        let algorithm = find(algorithm).unwrap();
        let mut given: Vec<(String, Argument)> =
            given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        if self.weighted {
            given.push(("weight".to_owned(), Argument::String("w".to_owned())));
        }
        let arguments = algorithm.description().check(&given).unwrap();
        let needs = algorithm.needs(&arguments, None).unwrap();
        let sources: Option<Vec<u32>> = needs.nodes_named_by.and_then(|parameter| {
            let ids: Option<Vec<String>> = arguments.get(parameter).unwrap();
            Some(ids?.iter().map(|id| self.ids.binary_search(&id.parse().unwrap()).unwrap() as u32).collect())
        });
        let mut builder = GraphBuilder::new(self.ids.len(), self.weighted && needs.weights);
        self.edges.iter().for_each(|&(from, to, weight)| builder.add_edge(from, to, weight));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let run = |graph: AnyGraph<'_>| {
            let input = Input { nodes: sources.as_deref(), ..Input::from(graph) };
            algorithm.run(input, &arguments, &Context::new(&pool)).unwrap()
        };
        match needs.orientation {
            Orientation::Undirected => {
                run(AnyGraph::Undirected(&builder.build_undirected(needs.parallel, None).unwrap()))
            }
            orientation => {
                let graph = builder.build_directed(needs.parallel, None).unwrap();
                run(AnyGraph::Directed(graph.oriented(orientation)))
            }
        }
    }

    /// The values of the output by node.
    fn values(&self, output: &Output) -> BTreeMap<u64, f64> {
        let values: Vec<f64> = match &output.columns[0] {
            Column::Floats(values) => values.clone(),
            Column::Ints(values) => values.iter().map(|&value| value as f64).collect(),
            other => panic!("{other:?}"),
        };
        let rows: Vec<u32> = match &output.rows {
            Rows::SomeNodes(nodes) => nodes.clone(),
            _ => (0..self.ids.len() as u32).collect(),
        };
        rows.iter().map(|&row| self.ids[row as usize]).zip(values).collect()
    }
}

fn expected(name: &str) -> BTreeMap<u64, f64> {
    let value = |word: &str| if word == "9223372036854775807" { f64::INFINITY } else { word.parse().unwrap() };
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.parse().unwrap(), value(words.next()?)))
    };
    text(name).lines().filter_map(line).collect()
}

/// Nodes that are not reached have no row.
fn compare(name: &str, graph: &Graph, output: &Output) {
    let values = graph.values(output);
    for (node, wanted) in expected(name) {
        let value = values.get(&node).copied().unwrap_or(f64::INFINITY);
        let near = value == wanted || (value - wanted).abs() <= 1e-4 * wanted.abs();
        assert!(near, "{name}: node {node} has {value}, and {wanted} is expected");
    }
    assert!(!values.is_empty());
}

fn int(value: i64) -> Argument {
    Argument::Int(value)
}

fn word(text: &str) -> Argument {
    Argument::String(text.to_owned())
}

/// Input, output, whether edges have a direction, and a number: the source or the iterations.
type Case = (&'static str, &'static str, bool, i64);

#[test]
fn breadth_first_search() {
    let cases: [Case; 4] = [
        ("bfs/dir-input", "bfs/dir-output", true, 1),
        ("bfs/undir-input", "bfs/undir-output", false, 1),
        ("example/example-directed-input", "example/example-directed-BFS", true, 1),
        ("example/example-undirected-input", "example/example-undirected-BFS", false, 2),
    ];
    for (input, output, directed, source) in cases {
        let graph = Graph::read(input, directed);
        let orientation = word(if directed { "natural" } else { "undirected" });
        let given = [("source", word(&source.to_string())), ("orientation", orientation)];
        compare(output, &graph, &graph.run("bfs", &given));
    }
}

#[test]
fn pagerank() {
    let cases: [Case; 4] = [
        ("pr/dir-input", "pr/dir-output", true, 14),
        // Its edges are taken as they are listed.
        ("pr/undir-input", "pr/undir-output", true, 26),
        ("example/example-directed-input", "example/example-directed-PR", true, 2),
        ("example/example-undirected-input", "example/example-undirected-PR", false, 2),
    ];
    for (input, output, directed, iterations) in cases {
        let graph = Graph::read(input, directed);
        let orientation = word(if directed { "natural" } else { "undirected" });
        let given = [("maxIterations", int(iterations)), ("tolerance", int(0)), ("orientation", orientation)];
        compare(output, &graph, &graph.run("pagerank", &given));
    }
}

#[test]
fn weakly_connected_components() {
    let cases: [Case; 4] = [
        ("wcc/dir-input", "wcc/dir-output", true, 0),
        ("wcc/undir-input", "wcc/undir-output", false, 0),
        ("example/example-directed-input", "example/example-directed-WCC", true, 0),
        ("example/example-undirected-input", "example/example-undirected-WCC", false, 0),
    ];
    for (input, output, directed, _) in cases {
        let graph = Graph::read(input, directed);
        let (values, wanted) = (graph.values(&graph.run("wcc", &[])), expected(output));
        // Components may have other names.
        for (a, wanted_a) in &wanted {
            for (b, wanted_b) in &wanted {
                assert_eq!(values[a] == values[b], wanted_a == wanted_b, "{input}: {a} and {b}");
            }
        }
    }
}

#[test]
fn community_detection_by_label_propagation() {
    let cases: [Case; 4] = [
        ("cdlp/dir-input", "cdlp/dir-output", true, 5),
        ("cdlp/undir-input", "cdlp/undir-output", false, 5),
        ("example/example-directed-input", "example/example-directed-CDLP", true, 2),
        ("example/example-undirected-input", "example/example-undirected-CDLP", false, 2),
    ];
    for (input, output, directed, iterations) in cases {
        let graph = Graph::read(input, directed);
        let values = graph.values(&graph.run("labelpropagation", &[("maxIterations", int(iterations))]));
        for (node, wanted) in expected(output) {
            // A label is the place of a node.
            assert_eq!(graph.ids[values[&node] as usize] as f64, wanted, "{input}: {node}");
        }
    }
}

#[test]
fn local_clustering_coefficient() {
    let cases: [Case; 4] = [
        ("lcc/dir-input", "lcc/dir-output", true, 0),
        ("lcc/undir-input", "lcc/undir-output", false, 0),
        ("example/example-directed-input", "example/example-directed-LCC", true, 0),
        ("example/example-undirected-input", "example/example-undirected-LCC", false, 0),
    ];
    for (input, output, directed, _) in cases {
        let graph = Graph::read(input, directed);
        let orientation = word(if directed { "natural" } else { "undirected" });
        compare(output, &graph, &graph.run("lcc", &[("orientation", orientation)]));
    }
}

#[test]
fn single_source_shortest_paths() {
    let cases: [Case; 4] = [
        ("sssp/dir-input.e", "sssp/dir-output", true, 1),
        ("sssp/undir-input.e", "sssp/undir-output", false, 1),
        ("example/example-directed.e", "example/example-directed-SSSP", true, 1),
        ("example/example-undirected.e", "example/example-undirected-SSSP", false, 2),
    ];
    for (input, output, directed, source) in cases {
        let graph = Graph::read(input, directed);
        let orientation = word(if directed { "natural" } else { "undirected" });
        let given = [("source", word(&source.to_string())), ("orientation", orientation)];
        compare(output, &graph, &graph.run("sssp", &given));
    }
}
