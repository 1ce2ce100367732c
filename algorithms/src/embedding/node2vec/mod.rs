//! node2vec: node embeddings from second-order random walks.
//!
//! **What.** Nodes that walks visit near each other get vectors that point the same way. From each node,
//! `walksPerNode` walks start; `p` and `q` steer them between going back, staying near and going far (Grover,
//! Leskovec: "node2vec: Scalable Feature Learning for Networks", KDD 2016). All walks add to one co-occurrence matrix
//! C: nodes at distance d <= `window` in a walk gain 1/d in both directions.
//!
//! **Methods.**
//! - `projection`: C is multiplied with a sparse random matrix R of -1, 0, +1, which keeps angles between rows; walks are
//!   sampled and streamed (`projection/`), or their expectation is computed (`expectation.rs`), or log(1 + C) is projected
//!   (`logarithm.rs`);
//! - `spectral`: the leading eigenvectors of log(1 + C), or of C's exact operator (`spectral.rs`);
//! - `skipgram`: the model of the paper, trained (`skipgram.rs`).
//!
//! **How walks go**: see [`crate::walk`]. A step draws a neighbour by the static weight and accepts it by its bias for p
//! and q; no table per edge exists.
//!
//! **Same bits.** Random numbers are functions of what they are for ([`crate::random`]); sums are integers, or taken in an
//! order that the graph alone determines. Neither threads nor batch size can show in the result.

mod description;
pub(super) mod expectation;
mod logarithm;
mod parameters;
pub(super) mod projection;
mod quality;
mod spectral;
#[cfg(test)]
mod tests;

use std::time::Instant;

use super::skipgram::{self, Training};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Change, Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar, Update};
use crate::core::arguments::{ArgumentError, Arguments};
use crate::core::column_groups::ColumnGroups;
use crate::core::context::{Context, Progress};
use crate::core::description::Description;
use crate::core::error::Error;
use crate::core::numbers::{Numbers, NumbersWriter};
use crate::core::scratch::Scratch;
use crate::graph::undirected::Graph;
use crate::numeric::columns::{FILE_SECONDS, Layout, groups, narrow_seconds, widths};
use crate::numeric::workers::Workers;
use crate::walk::{Walks, corpus};

use description::DESCRIPTION;
use parameters::{Given, Isolated};
pub use parameters::{Method, Parameters, SkipGram, Spectral};
use projection::streamed::{self, Embedding};

/// `algo.node2vec`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Node2Vec;

/// Bytes of the working set and the result, beyond the graph view.
fn working_bytes(shape: GraphShape, parameters: &Parameters, threads: usize) -> u64 {
    let result = shape.nodes.saturating_mul(4 * parameters.dimensions as u64);
    let walks = || corpus::bytes(shape.nodes, &parameters.walk()).saturating_add(walk_bytes(shape, parameters));
    match parameters.method {
        Method::Projection => streamed::working_bytes(shape, parameters, threads),
        Method::LogProjection => {
            let gathering = corpus::gather_bytes(shape.nodes, &parameters.walk(), threads);
            result.saturating_mul(2).saturating_add(walks()).saturating_add(gathering)
        }
        Method::ExactProjection { distance_norm } => expectation::bytes(shape, parameters, distance_norm),
        Method::Spectral(spectral) if spectral.exact => spectral::exact_bytes(shape, parameters),
        Method::Spectral(_) => spectral::sampled_bytes(shape, parameters, threads).max(walks()),
        Method::SkipGram(_) => result.saturating_mul(3).saturating_add(walks()),
    }
}

/// Bytes of the tables that walks need.
fn walk_bytes(shape: GraphShape, parameters: &Parameters) -> u64 {
    let table = if parameters.walk().first_order() { 0 } else { crate::walk::edge_table::bytes(shape.edges) };
    let weighted = if shape.weighted { shape.edges.saturating_mul(16).saturating_add(shape.nodes * 8) } else { 0 };
    table.saturating_add(weighted).saturating_add(shape.nodes.saturating_mul(4))
}

/// Seconds on one thread of the machine of docs/benchmarks.md: per walk step by order, per position, per position, distance
/// and column, per arc and column, per entry of a matrix of counts and column, per counted pair, per trained pair and
/// column.
const STEP_SECONDS: [f64; 2] = [5e-9, 35e-9];
const POSITION_SECONDS: f64 = 20e-9;
const MULTIPLY_SECONDS: [f64; 2] = [0.04e-9, 0.35e-9];
const ARC_SECONDS: f64 = 0.45e-9;
const ENTRY_SECONDS: f64 = 0.2e-9;
const COUNT_SECONDS: f64 = 15e-9;
const TRAIN_SECONDS: f64 = 1.6e-9;

/// Runs in groups of columns, where the method computes columns apart from each other.
fn in_groups(shape: GraphShape, parameters: &Parameters, threads: usize) -> Vec<ColumnGroups> {
    let whole = seconds(shape, parameters) / threads.max(1) as f64;
    let of_width = |width: usize| match parameters.method {
        Method::Projection => {
            let scratch_bytes = streamed::group_scratch_bytes(shape, parameters);
            // Each group makes all walks again.
            let parts = groups(parameters.dimensions, width).map(|group| group.len());
            let part = |dimensions| seconds(shape, &Parameters { dimensions, ..*parameters });
            let seconds = parts.map(part).sum::<f64>() / threads.max(1) as f64 + scratch_bytes as f64 * FILE_SECONDS;
            let bytes = streamed::group_bytes(shape, parameters, threads, width);
            Some(ColumnGroups { width, bytes, scratch_bytes, seconds })
        }
        Method::ExactProjection { distance_norm } => {
            let scratch_bytes = expectation::group_scratch_bytes(shape, parameters, distance_norm);
            let rounds = if distance_norm { 3.0 * parameters.window as f64 } else { 2.0 };
            Some(ColumnGroups {
                width,
                bytes: expectation::group_bytes(shape, distance_norm, width),
                scratch_bytes,
                seconds: narrow_seconds(whole, width) + rounds * scratch_bytes as f64 * FILE_SECONDS,
            })
        }
        Method::LogProjection | Method::Spectral(_) | Method::SkipGram(_) => None,
    };
    widths(parameters.dimensions).map_while(of_width).collect()
}

fn seconds(shape: GraphShape, parameters: &Parameters) -> f64 {
    let dimensions = parameters.dimensions as f64;
    let window = parameters.window as f64;
    let positions = shape.nodes as f64 * parameters.walks_per_node as f64 * parameters.walk_length as f64;
    let walks = positions * STEP_SECONDS[usize::from(!parameters.walk().first_order())];
    let counts = positions * 2.0 * window * COUNT_SECONDS;
    let product = |arcs: f64, columns: f64| arcs * columns * ARC_SECONDS;
    let arcs = 2.0 * shape.edges as f64;
    match parameters.method {
        Method::Projection => {
            let wide = usize::from(parameters.window > projection::NARROW_WINDOW);
            let window = if wide == 0 { projection::NARROW_WINDOW } else { parameters.window };
            walks + positions * (POSITION_SECONDS + MULTIPLY_SECONDS[wide] * window as f64 * dimensions)
        }
        Method::LogProjection => {
            let pairs = (positions * 2.0 * window).min(shape.nodes as f64 * shape.nodes as f64);
            walks + counts + pairs * dimensions * ENTRY_SECONDS
        }
        Method::ExactProjection { .. } => {
            2.0 * window * product(arcs, dimensions) + arcs * parameters.walk_length as f64 * 1.5e-9
        }
        Method::Spectral(spectral) => {
            let columns = dimensions + spectral::OVERSAMPLING as f64;
            let rounds = spectral.iterations as f64 + 1.0;
            let bases = rounds * shape.nodes as f64 * columns * columns * 0.4e-9;
            let smoothing = spectral.smoothing_steps as f64 * product(arcs, dimensions);
            let own = if spectral.exact {
                rounds * window * product(arcs, columns)
            } else {
                let entries = spectral::entries(shape.nodes, positions) as f64;
                walks + counts + 2.0 * rounds * entries * columns * ENTRY_SECONDS
            };
            own + 2.0 * bases + smoothing
        }
        Method::SkipGram(skipgram) => {
            let pairs = positions * (window + 1.0) * (skipgram.negative_samples as f64 + 1.0);
            walks + skipgram.epochs as f64 * pairs * dimensions * TRAIN_SECONDS
        }
    }
}

impl Algorithm for Node2Vec {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Parameters::new(arguments)?;
        Ok(Needs::undirected())
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let parameters = Parameters::of(&given, arguments)?;
        let view = Graph::estimate_bytes(shape.nodes, shape.edges, shape.weighted);
        let bytes = view.saturating_add(working_bytes(shape, &parameters, threads));
        let runs = if given.evaluate { 2.0 } else { 1.0 };
        Ok(Estimate { bytes, seconds: runs * seconds(shape, &parameters) / threads.max(1) as f64 })
    }

    fn groups(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Vec<ColumnGroups>, Error> {
        Ok(in_groups(shape, &Parameters::new(arguments)?, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.undirected()?;
        let given = Given::read(arguments)?;
        let parameters = Parameters::of(&given, arguments)?;
        let threads = context.threads(arguments.concurrency);
        let layout = layout(graph, &parameters, threads, context)?;
        let dimensions = parameters.dimensions;
        let (evaluate, mut auc) = (given.evaluate, Scalar::Null);
        let started = Instant::now();
        let Embedding { data, walks, steps } = {
            let progress = |progress: Progress<'_>| {
                let share = if evaluate { 0.5 } else { 1.0 };
                (context.progress)(Progress { fraction: share * progress.fraction, ..progress });
            };
            embed(graph, &parameters, layout, threads, &Context { progress: &progress, ..*context })?
        };
        let seconds = started.elapsed().as_secs_f64();
        if evaluate {
            let progress = |progress: Progress<'_>| {
                (context.progress)(Progress { stage: "evaluation", fraction: 0.5 + 0.5 * progress.fraction });
            };
            let context = Context { progress: &progress, ..*context };
            let embed = |graph: &Graph| Ok(embed(graph, &parameters, layout, threads, &context)?.data);
            auc = quality::held_out_auc(graph, dimensions, parameters.seed, &context, embed)?
                .map_or(Scalar::Null, Scalar::Float);
        }
        let zero = |row: &[f32]| row.iter().all(|&x| x == 0.0);
        let zeros = data.chunks_exact(dimensions).filter(|row| zero(row)).count();
        let cosines = quality::cosines(graph, &data, dimensions, parameters.seed, context)?;
        let int = |value: u64| Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX));
        let [edge_mean, edge_deviation, random_mean, random_deviation] = cosines;
        let speed = if steps > 0 && seconds > 0.0 { Scalar::Float(steps as f64 / seconds) } else { Scalar::Null };
        let stats = vec![
            ("nodeCount", int(graph.node_count() as u64)),
            ("dimensions", int(dimensions as u64)),
            ("walks", int(walks)),
            ("steps", int(steps)),
            ("stepsPerSecond", speed),
            ("zeroCount", int(zeros as u64)),
            ("duplicateCount", int(quality::duplicates(&data, dimensions))),
            ("edgeCosineMean", edge_mean),
            ("edgeCosineDeviation", edge_deviation),
            ("randomCosineMean", random_mean),
            ("randomCosineDeviation", random_deviation),
            ("auc", auc),
        ];
        let (rows, data) = match given.isolated == Isolated::Skip && zeros > 0 {
            false => (Rows::Nodes, data),
            true => {
                let nodes = (0..graph.node_count() as u32).collect();
                let (kept, data) = without_isolated(graph, nodes, &data, dimensions, layout.scratch())?;
                (Rows::SomeNodes(kept), data)
            }
        };
        Ok(Output { rows, columns: vec![Column::Vectors { dimensions, data }], stats, ..Output::default() })
    }

    fn update(
        &self,
        input: Input<'_>,
        arguments: &Arguments,
        change: Change<'_>,
        context: &Context<'_>,
    ) -> Result<Option<Update>, Error> {
        let graph = input.undirected()?;
        let given = Given::read(arguments)?;
        let parameters = Parameters::of(&given, arguments)?;
        if parameters.method != Method::Projection {
            return Ok(None);
        }
        let threads = context.threads(arguments.concurrency);
        if let Layout::Groups(..) = layout(graph, &parameters, threads, context)? {
            return Ok(None);
        }
        let dimensions = parameters.dimensions;
        let change = (change.nodes, change.nodes_before);
        let Some((nodes, data)) = streamed::update(graph, &parameters, change, threads, context)? else {
            return Ok(None);
        };
        let (kept, data) = match given.isolated {
            Isolated::Skip => without_isolated(graph, nodes.clone(), &data, dimensions, None)?,
            Isolated::Zero => (nodes.clone(), data.into()),
        };
        let columns = vec![Column::Vectors { dimensions, data }];
        Ok(Some(Update { nodes, output: Output { rows: Rows::SomeNodes(kept), columns, ..Output::default() } }))
    }
}

/// The parameters of a run whose work is done in parts, and whether nodes that no walk leaves get no row.
///
/// # Errors
/// Arguments that exclude each other; `evaluate`, and methods that are not computed in parts.
pub(super) fn for_parts(arguments: &Arguments) -> Result<(Parameters, bool), ArgumentError> {
    let given = Given::read(arguments)?;
    let parameters = Parameters::of(&given, arguments)?;
    if given.evaluate {
        return Err(arguments.refuse(Given::evaluate, "false where the work is done in parts"));
    }
    match parameters.method {
        Method::Projection | Method::ExactProjection { .. } => Ok((parameters, given.isolated == Isolated::Skip)),
        Method::LogProjection => Err(arguments.refuse(Given::transform, "'raw' where the work is done in parts")),
        Method::Spectral(_) | Method::SkipGram(_) => {
            Err(arguments.refuse(Given::method, "'projection' where the work is done in parts"))
        }
    }
}

/// The nodes that have a vector other than zero, and their vectors.
fn without_isolated(
    graph: &Graph,
    nodes: Vec<u32>,
    data: &[f32],
    dimensions: usize,
    scratch: Option<&dyn Scratch>,
) -> Result<(Vec<u32>, Numbers<f32>), Error> {
    let (mut kept, mut rows) = (Vec::new(), NumbersWriter::new(scratch, 0)?);
    for (v, row) in nodes.into_iter().zip(data.chunks_exact(dimensions)) {
        if graph.degree(v) > 0 && row.iter().any(|&x| x != 0.0) {
            kept.push(v);
            rows.extend_from_slice(row)?;
        }
    }
    Ok((kept, rows.finish()?))
}

fn embed(
    graph: &Graph,
    parameters: &Parameters,
    layout: Layout<'_>,
    threads: usize,
    context: &Context<'_>,
) -> Result<Embedding, Error> {
    let workers = Workers::new(context, threads);
    let exact = |data| Embedding { data, walks: 0, steps: 0 };
    match parameters.method {
        Method::Projection => streamed::embed(graph, parameters, layout, threads, context),
        Method::ExactProjection { distance_norm } => {
            Ok(exact(expectation::embed(graph, parameters, distance_norm, layout, &workers)?))
        }
        Method::Spectral(spectral) if spectral.exact => {
            Ok(exact(spectral::exact(graph, parameters, spectral, threads, &workers)?.into()))
        }
        Method::LogProjection => sampled(graph, parameters, threads, context, 0.5, |corpus| {
            logarithm::embed(corpus, parameters, threads, context)
        }),
        Method::Spectral(spectral) => sampled(graph, parameters, threads, context, 0.3, |corpus| {
            spectral::sampled(graph, corpus, parameters, spectral, threads, &workers)
        }),
        Method::SkipGram(skipgram) => sampled(graph, parameters, threads, context, 0.05, |corpus| {
            let SkipGram { negative_samples, epochs, learning_rate } = skipgram;
            let Parameters { dimensions, window, seed, .. } = *parameters;
            let training = Training { dimensions, window, negative_samples, epochs, learning_rate, seed };
            skipgram::embed(&corpus, &training, &workers)
        }),
    }
}

/// Walks all walks, which takes about `share` of the run, and makes vectors of them.
fn sampled(
    graph: &Graph,
    parameters: &Parameters,
    threads: usize,
    context: &Context<'_>,
    share: f64,
    vectors: impl FnOnce(corpus::Corpus) -> Result<Vec<f32>, Error>,
) -> Result<Embedding, Error> {
    let all = Walks::new(graph, parameters, u64::MAX);
    let walks = all.walkable_nodes() * parameters.walks_per_node;
    let corpus = corpus::Corpus::new(&all, threads, share, context)?;
    drop(all);
    Ok(Embedding { data: vectors(corpus)?.into(), walks, steps: walks * (parameters.walk_length as u64 - 1) })
}

/// How the memory that is left lets the columns be computed.
fn layout<'a>(
    graph: &Graph,
    parameters: &Parameters,
    threads: usize,
    context: &Context<'a>,
) -> Result<Layout<'a>, Error> {
    let shape = GraphShape {
        nodes: graph.node_count() as u64,
        edges: graph.arc_count() as u64 / 2,
        weighted: graph.is_weighted(),
        ..GraphShape::default()
    };
    let needed = working_bytes(shape, parameters, threads);
    let groups = in_groups(shape, parameters, threads);
    Layout::choose(context, needed, &groups, |budget| hint(shape, parameters, threads, budget))
}

/// What to lower so that a run fits into `budget` bytes.
fn hint(shape: GraphShape, parameters: &Parameters, threads: usize, budget: u64) -> String {
    let fits = |parameters: Parameters| working_bytes(shape, &parameters, threads) <= budget;
    // Memory grows with both, so the largest that fits is found by bisection.
    let largest = |most: usize, with: &dyn Fn(usize) -> Parameters| {
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = (low + high).div_ceil(2);
            if fits(with(middle)) { low = middle } else { high = middle - 1 }
        }
        low
    };
    let dimensions = largest(parameters.dimensions, &|dimensions| Parameters { dimensions, ..*parameters });
    let walks = largest(parameters.walks_per_node.min(1 << 32) as usize, &|walks| Parameters {
        walks_per_node: walks as u64,
        ..*parameters
    });
    if dimensions > 0 {
        format!("lower dimensions from {} to {dimensions} or less", parameters.dimensions)
    } else if walks > 0 && !matches!(parameters.method, Method::Projection) {
        format!("lower walksPerNode from {} to {walks} or less", parameters.walks_per_node)
    } else if parameters.walk_length as u64 * 8 > budget {
        format!("lower walkLength from {}", parameters.walk_length)
    } else if !matches!(parameters.method, Method::Projection) {
        "use method: 'projection', or select fewer nodes with nodeLabels".to_owned()
    } else {
        "no value of dimensions fits: select fewer nodes with nodeLabels".to_owned()
    }
}
