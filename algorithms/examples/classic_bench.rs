//! Times a classic algorithm on an edge list, and prints one line of JSON: its seconds without reading the file and building the
//! view, the least of the repetitions, those that its threads spent on a processor, and its figures.
//!
//! usage: classic_bench EDGES.tsv ALGORITHM [--threads N] [--reps R] [--PARAMETER VALUE].. [--column FILE]
//!
//! The file has one edge `u<TAB>v` or `u<TAB>v<TAB>weight` per line; the nodes are 0..=largest, and name themselves.
//! `--column FILE` writes the first column of numbers, a value a line.

use std::error::Error;
use std::fs;
use std::time::Instant;

use wend_algorithms::{
    AnyGraph, Argument, Column, Context, GraphBuilder, Input, Orientation, PropertyGraph, Scalar, find,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: classic_bench EDGES.tsv ALGORITHM [--threads N] [--reps R] [--PARAMETER VALUE]..";
    let path = arguments.next().ok_or(usage)?;
    let name = arguments.next().ok_or(usage)?;
    let (mut threads, mut reps, mut file) = (2, 3, None);
    let mut given: Vec<(String, Argument)> = Vec::new();
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or("an option needs a value")?;
        match option.trim_start_matches("--") {
            "threads" => threads = value.parse()?,
            "reps" => reps = value.parse()?,
            "column" => file = Some(value),
            // Nodes are texts, though they look like numbers.
            parameter @ ("source" | "target" | "sources") => {
                given.push((parameter.to_owned(), Argument::String(value)));
            }
            parameter => given.push((parameter.to_owned(), argument(&value))),
        }
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let algorithm = find(&name).ok_or("no such algorithm")?;
    let arguments = algorithm.description().check(&given)?;
    let needs = algorithm.needs(&arguments, None)?;
    let named = |parameter: Option<&'static str>| -> Option<Vec<u32>> {
        let ids: Option<Vec<String>> = arguments.get(parameter?).ok()?;
        ids?.iter().map(|id| id.parse().ok()).collect()
    };
    let (starts, targets) = (named(needs.nodes_named_by), named(needs.targets_named_by));
    let weighted = needs.weights && arguments.weight.is_some();
    let (nodes, edges) = read(&path)?;
    let begun = Instant::now();
    let (undirected, directed, listed);
    let graph = match (&needs.properties, needs.orientation) {
        (Some(_), _) => {
            listed = PropertyGraph {
                node_type: vec![0; nodes],
                edge_label: vec![0; edges.len()],
                from: edges.iter().map(|edge| edge.0).collect(),
                to: edges.iter().map(|edge| edge.1).collect(),
                weights: weighted.then(|| edges.iter().map(|edge| edge.2).collect()),
                ..PropertyGraph::default()
            };
            AnyGraph::Properties(&listed)
        }
        (None, Orientation::Undirected) => {
            let builder = builder(nodes, &edges, weighted);
            undirected = builder.build_undirected(needs.parallel, Some(&pool))?;
            AnyGraph::Undirected(&undirected)
        }
        (None, orientation) => {
            let builder = builder(nodes, &edges, weighted);
            directed = builder.build_directed(needs.parallel, Some(&pool))?;
            AnyGraph::Directed(directed.oriented(orientation))
        }
    };
    let build = begun.elapsed().as_secs_f64();
    let context = Context::new(&pool);
    let mut seconds: Vec<f64> = Vec::new();
    let mut output = None;
    let mut busy = f64::INFINITY;
    for _ in 0..reps {
        let input = Input { nodes: starts.as_deref(), targets: targets.as_deref(), ..Input::from(graph) };
        let (begun, before) = (Instant::now(), on_processor());
        output = Some(algorithm.run(input, &arguments, &context)?);
        seconds.push(begun.elapsed().as_secs_f64());
        busy = busy.min(on_processor() - before);
    }
    let output = output.ok_or("no repetition")?;
    let least = seconds.into_iter().fold(f64::INFINITY, f64::min);
    let figures: Vec<String> = output
        .stats
        .iter()
        .map(|(name, value)| match value {
            Scalar::Int(value) => format!("\"{name}\": {value}"),
            Scalar::Float(value) => format!("\"{name}\": {value}"),
            Scalar::Bool(value) => format!("\"{name}\": {value}"),
            _ => format!("\"{name}\": null"),
        })
        .collect();
    println!(
        "{{\"algorithm\": \"{name}\", \"threads\": {threads}, \"seconds\": {least:.5}, \"cpu\": {busy:.5}, \"view\": {build:.3}, {}}}",
        figures.join(", ")
    );
    if let Some(file) = file {
        let numbers = output.columns.iter().find_map(|column| match column {
            Column::Floats(values) => Some(values.iter().map(f64::to_string).collect::<Vec<_>>()),
            Column::Ints(values) => Some(values.iter().map(i64::to_string).collect()),
            _ => None,
        });
        fs::write(file, numbers.unwrap_or_default().join("\n"))?;
    }
    Ok(())
}

/// Seconds that the threads of this process have spent on a processor, where the system says so.
fn on_processor() -> f64 {
    let spent = |task: fs::DirEntry| -> Option<u64> {
        fs::read_to_string(task.path().join("schedstat")).ok()?.split_whitespace().next()?.parse().ok()
    };
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.filter_map(spent).sum::<u64>() as f64 / 1e9
}

fn argument(text: &str) -> Argument {
    match (text.parse::<i64>(), text.parse::<f64>(), text) {
        (Ok(value), ..) => Argument::Int(value),
        (_, Ok(value), _) => Argument::Float(value),
        (.., "true") => Argument::Bool(true),
        (.., "false") => Argument::Bool(false),
        _ => Argument::String(text.to_owned()),
    }
}

type Edges = Vec<(u32, u32, f64)>;

fn read(path: &str) -> Result<(usize, Edges), Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let mut edges = Edges::new();
    for line in text.lines() {
        let mut words = line.split('\t');
        let (from, to) = (words.next().ok_or("no start")?.parse()?, words.next().ok_or("no end")?.parse()?);
        let weight = words.next().map_or(Ok(1.0), str::parse)?;
        edges.push((from, to, weight));
    }
    let nodes = edges.iter().map(|edge| edge.0.max(edge.1) as usize + 1).max().unwrap_or(0);
    Ok((nodes, edges))
}

fn builder(nodes: usize, edges: &[(u32, u32, f64)], weighted: bool) -> GraphBuilder {
    let mut builder = GraphBuilder::new(nodes, weighted);
    builder.reserve(edges.len());
    edges.iter().for_each(|&(from, to, weight)| builder.add_edge(from, to, weight));
    builder
}
