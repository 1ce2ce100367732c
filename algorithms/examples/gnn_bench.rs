//! Graph neural networks outside the database: time per epoch on an edge list, and scores on a node-classification set.
//!
//! ```text
//! gnn_bench speed EDGES.tsv [name=value ...]        features of 128 random numbers, 64 random classes
//! gnn_bench score DIRECTORY SEEDS [name=value ...]  nodes.csv, edges.csv, features.txt as in docs/benchmarks.md
//! ```
//! `name=value` are parameters of `algo.gnn_embed`. Prints JSON lines.

use std::collections::HashMap;
use std::error::Error;
use std::fs::read_to_string;
use std::sync::Arc;
use std::time::Instant;

use wend_algorithms::{Argument, Context, Input, Property, PropertyGraph, Scalar, Values, find};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["speed", edges, options @ ..] => speed(edges, options),
        ["score", directory, seeds, options @ ..] => score(directory, seeds.parse()?, options),
        _ => Err("usage: gnn_bench speed EDGES.tsv [name=value ...] | score DIRECTORY SEEDS [name=value ...]".into()),
    }
}

fn argument(text: &str) -> Argument {
    if let Ok(value) = text.parse() {
        return Argument::Int(value);
    }
    if let Ok(value) = text.parse() {
        return Argument::Float(value);
    }
    match text {
        "true" => Argument::Bool(true),
        "false" => Argument::Bool(false),
        "[]" => Argument::List(Vec::new()),
        other => Argument::String(other.to_owned()),
    }
}

fn options(texts: &[&str]) -> Result<Vec<(String, Argument)>, Box<dyn Error>> {
    let one = |text: &&str| {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("{text}: not name=value"))?;
        Ok((name.to_owned(), argument(value)))
    };
    texts.iter().map(one).collect()
}

fn texts(values: impl Iterator<Item = String>) -> Values {
    let (mut distinct, mut codes) = (Vec::<Arc<str>>::new(), Vec::new());
    let mut known = HashMap::new();
    for value in values {
        let next = distinct.len() as u32;
        codes.push(*known.entry(value.clone()).or_insert_with(|| {
            distinct.push(value.into());
            next
        }));
    }
    Values::Texts { distinct, codes }
}

fn run(
    graph: &PropertyGraph,
    given: &[(String, Argument)],
) -> Result<(f64, HashMap<&'static str, Scalar>), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().build()?;
    let algorithm = find("gnn_embed").ok_or("no gnn_embed")?;
    let arguments = algorithm.description().check(given)?;
    let started = Instant::now();
    let input = Input::from(graph);
    let output = algorithm.run(input, &arguments, &Context::new(&pool))?;
    Ok((started.elapsed().as_secs_f64(), output.stats.into_iter().collect()))
}

fn speed(path: &str, given: &[&str]) -> Result<(), Box<dyn Error>> {
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for line in read_to_string(path)?.lines() {
        let (a, b) = line.split_once('\t').ok_or("a line without a tab")?;
        from.push(a.parse::<u32>()?);
        to.push(b.trim().parse::<u32>()?);
    }
    let nodes = from.iter().chain(&to).max().map_or(0, |&most| most as usize + 1);
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as u32
    };
    let width = 128;
    let data = (0..nodes * width).map(|_| next() as f32 / (1 << 23) as f32 - 1.0).collect();
    let property = |name: &str, values| Property { name: name.into(), values };
    let graph = PropertyGraph {
        node_types: vec!["Node".into()],
        node_type: vec![0; nodes],
        edge_labels: vec!["E".into()],
        edge_label: vec![0; from.len()],
        from,
        to,
        node_properties: vec![
            property("features", Values::Vectors { width, data, present: vec![true; nodes] }),
            property("part", texts((0..nodes).map(|_| "train".to_owned()))),
            property("target", texts((0..nodes).map(|_| (next() % 64).to_string()))),
        ],
        ..PropertyGraph::default()
    };
    let mut all: Vec<(String, Argument)> =
        [("target", "target"), ("split", "part"), ("dropout", "0"), ("hiddenDimensions", "128"), ("sampling", "full")]
            .map(|(name, value)| (name.to_owned(), argument(value)))
            .into();
    all.extend(options(given)?);
    let with = |epochs: i64| {
        let mut all = all.clone();
        all.push(("epochs".to_owned(), Argument::Int(epochs)));
        run(&graph, &all).map(|result| result.0)
    };
    let (few, many) = (2, 12);
    let (short, long) = (with(few)?, with(many)?);
    let per_epoch = (long - short) / (many - few) as f64;
    println!(
        "{{\"ms_per_epoch\": {:.1}, \"rest_ms\": {:.1}}}",
        1e3 * per_epoch,
        1e3 * (short - few as f64 * per_epoch)
    );
    Ok(())
}

fn score(directory: &str, seeds: i64, given: &[&str]) -> Result<(), Box<dyn Error>> {
    let read = |name: &str| read_to_string(format!("{directory}/{name}"));
    let nodes = read("nodes.csv")?;
    let rows: Vec<Vec<&str>> = nodes.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let place: HashMap<&str, u32> = (0u32..).zip(&rows).map(|(node, row)| (row[0], node)).collect();
    let column = |position: usize| rows.iter().map(move |row| row[position].to_owned());
    let mut node_properties = vec![
        Property { name: "class".into(), values: texts(column(2)) },
        Property { name: "split".into(), values: texts(column(3)) },
    ];
    if let Values::Texts { distinct, codes } = &mut node_properties[0].values
        && let Some(empty) = distinct.iter().position(|text| text.is_empty())
    {
        codes.iter_mut().filter(|code| **code == empty as u32).for_each(|code| *code = u32::MAX);
    }
    if let Ok(features) = read("features.txt") {
        let width = 1 + features
            .split_whitespace()
            .filter_map(|part| part.split_once(':')?.0.parse::<usize>().ok())
            .max()
            .unwrap_or(0);
        let mut data = vec![0f32; rows.len() * width];
        for line in features.lines() {
            let mut parts = line.split_whitespace();
            let Some(node) = parts.next().and_then(|id| place.get(id)) else { continue };
            for part in parts {
                let (position, value) = part.split_once(':').ok_or("a feature without a colon")?;
                data[*node as usize * width + position.parse::<usize>()?] = value.parse()?;
            }
        }
        let present = vec![true; rows.len()];
        node_properties
            .insert(1, Property { name: "features".into(), values: Values::Vectors { width, data, present } });
    }
    let edges = read("edges.csv")?;
    let (mut from, mut to, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for line in edges.lines().skip(1) {
        let parts: Vec<&str> = line.split(',').collect();
        from.push(place[parts[0]]);
        to.push(place[parts[1]]);
        labels.push(parts.get(2).unwrap_or(&"E").to_string());
    }
    let Values::Texts { distinct: edge_labels, codes: edge_label } = texts(labels.into_iter()) else { return Ok(()) };
    let Values::Texts { distinct: node_types, codes: node_type } = texts(column(1)) else { return Ok(()) };
    let graph = PropertyGraph {
        node_types,
        node_type,
        edge_labels,
        edge_label,
        from,
        to,
        node_properties,
        ..PropertyGraph::default()
    };
    let mut all = vec![
        ("target".to_owned(), argument("class")),
        ("split".to_owned(), argument("split")),
        (
            "features".to_owned(),
            Argument::List(vec![Argument::Record(vec![
                ("property".to_owned(), argument("features")),
                ("scale".to_owned(), argument("l1")),
            ])]),
        ),
    ];
    all.extend(options(given)?);
    let mut scores = Vec::new();
    for seed in 0..seeds {
        let mut all = all.clone();
        all.push(("seed".to_owned(), Argument::Int(seed)));
        let (seconds, stats) = run(&graph, &all)?;
        println!(
            "{seconds:.2} s {:?} {:?} epochs {:?}",
            stats.get("validationScore"),
            stats.get("testScore"),
            stats.get("epochsRun")
        );
        if let Some(Scalar::Float(score)) = stats.get("testScore") {
            scores.push(100.0 * score);
        }
    }
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    let spread = (scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / scores.len().max(1) as f64).sqrt();
    println!("{{\"mean\": {mean:.2}, \"spread\": {spread:.2}}}");
    Ok(())
}
