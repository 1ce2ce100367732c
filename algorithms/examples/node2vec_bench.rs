//! Times walks and the whole of node2vec on an edge list, and prints one line of JSON.
//!
//! usage: node2vec_bench EDGES.tsv [--threads N] [--p P] [--q Q] [--walks N] [--length N] [--dimensions D]
//! [--window W] [--reps R] [--method M] [--sampling S] [--transform T] [--only walks|embed]
//!
//! The file has one edge `u<TAB>v` per line; the nodes are 0..=largest. `shared/bench/gen_graphs.py` writes such files.

use std::error::Error;
use std::time::Instant;

use wend_algorithms::node2vec::Parameters;
use wend_algorithms::walk::Walks;
use wend_algorithms::{Argument, Context, GraphBuilder, GraphShape, Input, find};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: node2vec_bench EDGES.tsv [--threads N] [--p P] [--q Q] ...")?;
    let mut parameters = Parameters { p: 0.5, q: 2.0, ..Parameters::default() };
    let (mut threads, mut reps, mut only) = (2, 3, String::new());
    let mut chosen = Vec::new();
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("an option needs a value")?;
        match name.as_str() {
            "--threads" => threads = value.parse()?,
            "--p" => parameters.p = value.parse()?,
            "--q" => parameters.q = value.parse()?,
            "--walks" => parameters.walks_per_node = value.parse()?,
            "--length" => parameters.walk_length = value.parse()?,
            "--dimensions" => parameters.dimensions = value.parse()?,
            "--window" => parameters.window = value.parse()?,
            "--reps" => reps = value.parse()?,
            "--only" => only = value,
            "--method" | "--sampling" | "--transform" => chosen.push((name[2..].to_owned(), Argument::String(value))),
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let context = Context::new(&pool);

    let (from, to) = read(&path)?;
    let nodes = from.iter().chain(&to).max().map_or(0, |&node| node as usize + 1);
    let started = Instant::now();
    let mut builder = GraphBuilder::new(nodes, false);
    builder.extend(&from, &to, &[]);
    drop((from, to));
    let graph = builder.build(Some(&pool))?;
    let build_seconds = started.elapsed().as_secs_f64();
    let (csr, rss_after_csr) = (graph.memory_bytes(), peak_rss_mb());

    let mut step_ns = f64::NAN;
    let mut prepare_seconds = f64::NAN;
    if only != "embed" {
        let started = Instant::now();
        let walks = Walks::new(&graph, &parameters, u64::MAX);
        prepare_seconds = started.elapsed().as_secs_f64();
        let steps = walks.walkable_nodes() * parameters.walks_per_node * (parameters.walk_length as u64 - 1);
        let total = nodes as u64 * parameters.walks_per_node;
        let per_task = 256;
        for _ in 0..reps {
            let started = Instant::now();
            context.for_each(threads, (0..total).step_by(per_task), |first| {
                let count = (total - first).min(per_task as u64) as usize;
                let mut out = vec![0; count * parameters.walk_length];
                walks.fill(first, &mut out, &context)
            })?;
            step_ns = step_ns.min(started.elapsed().as_secs_f64() * 1e9 / steps as f64);
        }
    }
    let mut seconds = f64::NAN;
    let mut checksum = 0u64;
    let (mut estimated_mb, mut estimated_seconds) = (f64::NAN, f64::NAN);
    if only != "walks" {
        let node2vec = find("node2vec").ok_or("node2vec is not there")?;
        let exact = chosen.contains(&("sampling".to_owned(), Argument::String("exact".into())));
        let mut given = vec![
            ("dimensions".into(), Argument::Int(parameters.dimensions as i64)),
            ("walkLength".into(), Argument::Int(parameters.walk_length as i64)),
            ("window".into(), Argument::Int(parameters.window as i64)),
        ];
        if !exact {
            given.push(("walksPerNode".into(), Argument::Int(parameters.walks_per_node as i64)));
            given.push(("p".into(), Argument::Float(parameters.p)));
            given.push(("q".into(), Argument::Float(parameters.q)));
        }
        given.extend(chosen);
        let arguments = node2vec.description().check(&given)?;
        let (nodes, edges) = (graph.node_count() as u64, graph.edge_count() as u64);
        let estimate = node2vec.estimate(GraphShape { nodes, edges, ..GraphShape::default() }, &arguments, threads)?;
        (estimated_mb, estimated_seconds) = (estimate.bytes as f64 / 1e6, estimate.seconds);
        for _ in 0..reps {
            let started = Instant::now();
            let output = node2vec.run(Input::from(&graph), &arguments, &context)?;
            seconds = seconds.min(started.elapsed().as_secs_f64());
            if let Some(wend_algorithms::Column::Vectors { data, .. }) = output.columns.first() {
                checksum = data.iter().fold(0, |sum, x| sum.rotate_left(5) ^ u64::from(x.to_bits()));
            }
        }
    }
    let number = |x: f64| if x.is_nan() { "null".to_owned() } else { format!("{x:.3}") };
    println!(
        "{{\"graph\":{path:?},\"nodes\":{nodes},\"edges\":{},\"threads\":{threads},\"p\":{},\"q\":{},\"walksPerNode\":{},\
         \"walkLength\":{},\"dimensions\":{},\"window\":{},\"build_s\":{},\"prepare_s\":{},\"ns_per_step\":{},\
         \"embed_s\":{},\"csr_mb\":{:.1},\"embedding_mb\":{:.1},\"rss_after_csr_mb\":{rss_after_csr:.1},\
         \"peak_rss_mb\":{:.1},\"estimated_mb\":{},\"estimated_s\":{},\"checksum\":\"{checksum:016x}\"}}",
        graph.edge_count(),
        parameters.p,
        parameters.q,
        parameters.walks_per_node,
        parameters.walk_length,
        parameters.dimensions,
        parameters.window,
        number(build_seconds),
        number(prepare_seconds),
        number(step_ns),
        number(seconds),
        csr as f64 / 1e6,
        (nodes * parameters.dimensions * 4) as f64 / 1e6,
        peak_rss_mb(),
        number(estimated_mb),
        number(estimated_seconds),
    );
    Ok(())
}

fn read(path: &str) -> Result<(Vec<u32>, Vec<u32>), Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let (u, v) = line.split_once('\t').ok_or_else(|| format!("not an edge: {line:?}"))?;
        from.push(u.parse()?);
        to.push(v.parse()?);
    }
    Ok((from, to))
}

/// Peak resident memory of this process in MB, or NaN where there is no /proc.
fn peak_rss_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok()).map_or(f64::NAN, |kib| kib * 1.024e-3)
}
