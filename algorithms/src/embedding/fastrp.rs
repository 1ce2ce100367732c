//! FastRP: node embeddings from averaged random vectors, with no walks.
//!
//! Each node starts with a random vector; `t` rounds of averaging over neighbours give it a mix of the vectors of the nodes
//! `t` steps away, which is row `v` of P^t R. The rounds are added with weights, each scaled to length 1 (Chen, Sultan,
//! Tian, Chen, Skiena: "Fast and Accurate Network Embeddings via Very Sparse Random Projection", CIKM 2019). R is scaled by
//! a power of the degree, the paper's stand-in for the normalisation of the transition matrix. A share of the dimensions
//! can start from properties instead: each number of a property has a random vector of its own, and a node starts with their
//! sum, each times its number (FastRPExtended in the terms of other libraries).

use std::ops::Range;

use ndarray::Array2;

use super::node_features::{Feature, features};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{AnyGraph, Input, Needs, PropertySelection};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::argument::Argument;
use crate::core::arguments::{ArgumentError, Arguments};
use crate::core::column_groups::ColumnGroups;
use crate::core::context::Context;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::numbers::Numbers;
use crate::core::parameters::{FINITE, NOT_NEGATIVE, any, float, from, int, optional_float, optional_texts};
use crate::graph::builder::GraphBuilder;
use crate::graph::property::PropertyGraph;
use crate::graph::undirected::Graph;
use crate::numeric::columns::{FILE_SECONDS, Layout, narrow_seconds, widths};
use crate::numeric::linear::{Operator, ROUND_MATRICES, Rounds, random_signs, weighted_degrees};
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::projection_row;
use crate::numeric::workers::Workers;

/// `algo.fastrp`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct FastRp;

/// Keeps the random vectors of properties apart from those of nodes.
const PROPERTY: u64 = 0x6661_7374_2D31_0001;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Length of each vector.
        dimensions as "dimensions": usize = int(1, 4096, 128);
        /// Weight of each round; as many rounds as weights.
        iteration_weights as "iterationWeights": Argument = any("LIST<FLOAT>", "[0.0, 1.0, 1.0]");
        /// Power of the degree that scales a node's first vector; negative lets hubs count less.
        strength as "normalizationStrength": f64 = float(FINITE, 0.0);
        /// Weight of a node's own first vector.
        self_influence as "nodeSelfInfluence": f64 = float(NOT_NEGATIVE, 0.0);
        /// Node properties whose values go into the first vectors.
        features as "featureProperties": Option<Vec<String>> = optional_texts("none");
        /// Share of the dimensions that start from featureProperties.
        ratio as "propertyRatio": Option<f64> = optional_float(from(0.0, 1.0), "0.5 with featureProperties, else 0");
    }
}

static DESCRIPTION: Description = Description {
    name: "fastrp",
    category: "embedding",
    summary: "Node embeddings from averaged random vectors, optionally of properties.",
    doc: "Every node starts with a random vector of -1, 0 and +1 (probabilities 1/6, 2/3, 1/6) times degree ^ \
          normalizationStrength. Round t replaces each node's vector by the weighted mean of its neighbours' (edges both ways); \
          the sum of iterationWeights[t] times the vectors of round t, each scaled to length 1, is the embedding, with \
          nodeSelfInfluence times the vector at the start, scaled likewise. It is not scaled to length 1 in the end.\n\n\
          With featureProperties, propertyRatio of the dimensions, the last ones, start from properties: numbers, truth values \
          and vectors; each of their numbers has a random vector, which is multiplied by the node's value and added. Absent values count \
          nothing. Scale features that differ in size first.\n\n\
          Paper: Chen, Sultan, Tian, Chen and Skiena, Fast and Accurate Network Embeddings via Very Sparse Random Projection, \
          CIKM 2019.\n\n\
          Cost: time grows with the number of iterationWeights * edges * dimensions; memory is four times that of the vectors, \
          or less: where they do not fit, some columns are computed at a time, with the same bits.",
    parameters: Given::PARAMETERS,
    columns: &[ColumnDescription::node_id(), ColumnDescription::new("embedding", "VECTOR", "The node's vector.")],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes embedded."),
        ColumnDescription::new("dimensions", "INT", "Length of each vector."),
        ColumnDescription::new("propertyDimensions", "INT", "How many of them start from properties."),
        ColumnDescription::new("zeroCount", "INT", "Nodes whose vector is zero."),
    ],
};

/// Checked parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    pub(super) dimensions: usize,
    pub(super) weights: Vec<f32>,
    strength: f64,
    pub(super) self_influence: f32,
    features: Vec<String>,
    property_dimensions: usize,
    seed: u64,
}

impl Parameters {
    fn new(arguments: &Arguments) -> Result<Self, ArgumentError> {
        let given = Given::read(arguments)?;
        let number = |item: &Argument| match *item {
            Argument::Int(value) => Some(value as f32),
            Argument::Float(value) => Some(value as f32).filter(|value| value.is_finite()),
            _ => None,
        };
        let weights = match &given.iteration_weights {
            Argument::Null => Some(vec![0.0, 1.0, 1.0]),
            Argument::List(items) if (1..=100).contains(&items.len()) => items.iter().map(number).collect(),
            _ => None,
        };
        let weights =
            weights.ok_or_else(|| arguments.refuse(Given::iteration_weights, "a list of 1 to 100 finite numbers"))?;
        let dimensions = given.dimensions;
        let features = given.features.unwrap_or_default();
        let ratio = given.ratio;
        if features.is_empty() && ratio.is_some_and(|ratio| ratio > 0.0) {
            return Err(arguments.refuse(Given::ratio, "no value above 0 without featureProperties"));
        }
        let ratio = ratio.unwrap_or(if features.is_empty() { 0.0 } else { 0.5 });
        let property_dimensions = (dimensions as f64 * ratio).round() as usize;
        if !features.is_empty() && property_dimensions == 0 {
            return Err(arguments.refuse(Given::ratio, "a share that gives featureProperties at least one dimension"));
        }
        Ok(Parameters {
            dimensions,
            weights,
            strength: given.strength,
            self_influence: given.self_influence as f32,
            features,
            property_dimensions,
            seed: arguments.seed,
        })
    }
}

/// The parameters of a run whose work is done in parts.
///
/// # Errors
/// As of a call; `featureProperties`, which are not at hand there.
pub(super) fn for_parts(arguments: &Arguments) -> Result<Parameters, ArgumentError> {
    let parameters = Parameters::new(arguments)?;
    if parameters.features.is_empty() {
        return Ok(parameters);
    }
    Err(arguments.refuse(Given::features, "no value where the work is done in parts"))
}

impl Parameters {
    /// What a node of this degree multiplies its first vector with.
    pub(super) fn scale(&self, degree: f64) -> f32 {
        // Without neighbours a power of the degree may be infinite, and nobody sees the vector anyway.
        if degree > 0.0 { degree.powf(self.strength).clamp(1.0 / LARGEST, LARGEST) as f32 } else { 1.0 }
    }

    /// Rounds up to the last one that has a weight.
    pub(super) fn rounds(&self) -> usize {
        self.weights.iter().rposition(|weight| *weight != 0.0).map_or(0, |last| last + 1)
    }

    /// Refuses vectors that 32 bits cannot hold.
    pub(super) fn check_finite(numbers: &[f32]) -> Result<(), Error> {
        if numbers.iter().all(|x| x.is_finite()) {
            return Ok(());
        }
        Err(Error::Unfit(
            "algo.fastrp: the vectors are beyond the range of 32-bit floats; lower iterationWeights or nodeSelfInfluence"
                .to_owned(),
        ))
    }
}

fn working_bytes(nodes: u64, parameters: &Parameters) -> u64 {
    nodes.saturating_mul(16 * parameters.dimensions as u64).saturating_add(nodes.saturating_mul(24))
}

fn seconds(shape: GraphShape, parameters: &Parameters, threads: usize) -> f64 {
    let work = parameters.weights.len() as f64 * (2 * shape.edges + shape.nodes) as f64 * parameters.dimensions as f64;
    work * 0.12e-9 / threads.max(1) as f64
}

/// Runs in groups of columns: the matrices of one group and lengths of rows are in memory, three matrices of all columns and
/// values of arcs in files.
fn in_groups(shape: GraphShape, parameters: &Parameters, threads: usize) -> Vec<ColumnGroups> {
    let whole = seconds(shape, parameters, threads);
    let matrix = shape.nodes.saturating_mul(4 * parameters.dimensions as u64);
    let values = if shape.weighted { shape.edges.saturating_mul(8) } else { 0 };
    let least = shape.nodes.saturating_mul(40);
    let of_width = |width: usize| ColumnGroups {
        width,
        bytes: shape.nodes.saturating_mul(4 * ROUND_MATRICES * width as u64).saturating_add(least),
        scratch_bytes: matrix.saturating_mul(3).saturating_add(values),
        seconds: narrow_seconds(whole, width)
            + matrix as f64 * (2 * parameters.weights.len() + 2) as f64 * FILE_SECONDS,
    };
    widths(parameters.dimensions).map(of_width).collect()
}

impl Algorithm for FastRp {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let parameters = Parameters::new(arguments)?;
        if parameters.features.is_empty() {
            return Ok(Needs::undirected());
        }
        let nodes = PropertySelection::named(parameters.features);
        Ok(Needs::properties(nodes, PropertySelection::none()))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let parameters = Parameters::new(arguments)?;
        let view = Graph::estimate_bytes(shape.nodes, shape.edges, shape.weighted);
        let properties = shape.nodes.saturating_mul(shape.node_values.saturating_mul(4));
        Ok(Estimate {
            bytes: view.saturating_add(working_bytes(shape.nodes, &parameters)).saturating_add(properties),
            seconds: seconds(shape, &parameters, threads),
        })
    }

    fn groups(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Vec<ColumnGroups>, Error> {
        Ok(in_groups(shape, &Parameters::new(arguments)?, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let parameters = Parameters::new(arguments)?;
        let made;
        let (graph, properties) = match input.graph {
            AnyGraph::Undirected(graph) => (graph, None),
            AnyGraph::Properties(properties) => {
                made = GraphBuilder::of(properties).build(Some(context.pool))?;
                (&made, Some(properties))
            }
            AnyGraph::Directed(_) => return Err(Error::WrongInput),
        };
        let shape = GraphShape {
            nodes: graph.node_count() as u64,
            edges: graph.arc_count() as u64 / 2,
            weighted: graph.is_weighted(),
            ..GraphShape::default()
        };
        let threads = context.threads(arguments.concurrency);
        let needed = working_bytes(shape.nodes, &parameters);
        let layout =
            Layout::choose(context, needed, &in_groups(shape, &parameters, threads), |budget| {
                match (parameters.dimensions as u128 * u128::from(budget) / u128::from(needed)) as usize {
                    0 => "no value of dimensions fits: select fewer nodes with nodeLabels".to_owned(),
                    fits => format!("lower dimensions from {} to {fits} or less", parameters.dimensions),
                }
            })?;
        let workers = Workers::new(context, threads);
        let data = embed(graph, properties, &parameters, layout, &workers)?;
        Parameters::check_finite(&data)?;
        let zeros = data.chunks_exact(parameters.dimensions).filter(|row| row.iter().all(|&x| x == 0.0)).count();
        let int = |value: usize| Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX));
        Ok(Output {
            rows: Rows::Nodes,
            columns: vec![Column::Vectors { dimensions: parameters.dimensions, data }],
            stats: vec![
                ("nodeCount", int(graph.node_count())),
                ("dimensions", int(parameters.dimensions)),
                ("propertyDimensions", int(parameters.property_dimensions)),
                ("zeroCount", int(zeros)),
            ],
            ..Output::default()
        })
    }
}

/// The rounds of averaging, added; row `v` is node `v`'s.
fn embed(
    graph: &Graph,
    properties: Option<&PropertyGraph>,
    parameters: &Parameters,
    layout: Layout<'_>,
    workers: &Workers<'_>,
) -> Result<Numbers<f32>, Error> {
    let (nodes, dimensions) = (graph.node_count(), parameters.dimensions);
    let start = Start::new(graph, properties, parameters)?;
    let weights: Vec<f32> =
        std::iter::once(parameters.self_influence).chain(parameters.weights.iter().copied()).collect();
    let rounds = Rounds {
        operator: &Operator::transition(graph, layout.scratch())?,
        shape: (nodes, dimensions),
        weights: &weights,
        start: |columns: &Range<usize>| start.columns(columns, workers),
        add: add_unit,
        stage: "averaging",
    };
    rounds.run(layout, workers)?.finish(workers, |_| {})
}

/// Adds some columns of a row of this length, scaled to length 1 unless it is zero or not finite, times a weight.
pub(super) fn add_unit(weight: f32, length: f64, row: &[f32], sum: &mut [f32]) {
    let unit = length > 0.0 && length.is_finite();
    for (sum, &x) in sum.iter_mut().zip(row) {
        *sum += weight * if unit { (f64::from(x) / length) as f32 } else { x };
    }
}

/// The vectors before the first round.
pub(super) struct Start<'a> {
    parameters: &'a Parameters,
    /// What the random numbers of each node are multiplied by.
    scales: Vec<f32>,
    features: Vec<Feature<'a>>,
    /// For each number of the features its random vector.
    vectors: Vec<Vec<i8>>,
}

impl<'a> Start<'a> {
    pub(super) fn new(
        graph: &Graph,
        properties: Option<&'a PropertyGraph>,
        parameters: &'a Parameters,
    ) -> Result<Self, Error> {
        let mut features = properties
            .map(|graph| features(DESCRIPTION.name, graph, &parameters.features))
            .transpose()?
            .unwrap_or_default();
        let largest = features.iter().map(Feature::largest).fold(0.0, f64::max);
        if largest > LARGEST {
            features.iter_mut().for_each(|feature| feature.factor = LARGEST / largest);
        }
        let vectors: Vec<Vec<i8>> = (0..features.iter().map(|feature| feature.width).sum::<usize>())
            .map(|number| {
                let mut signs = vec![0; parameters.property_dimensions];
                projection_row(parameters.seed ^ PROPERTY, number as u32, 0, &mut signs);
                signs
            })
            .collect();
        let scales = weighted_degrees(graph).into_iter().map(|degree| parameters.scale(degree)).collect();
        Ok(Start { parameters, scales, features, vectors })
    }

    /// Some columns of them. The last ones, which start from properties, are none of the random numbers'.
    pub(super) fn columns(&self, columns: &Range<usize>, workers: &Workers<'_>) -> Result<Array2<f32>, Error> {
        let Parameters { dimensions, property_dimensions, seed, .. } = *self.parameters;
        let split = dimensions - property_dimensions;
        let mut start = random_signs(workers, self.scales.len(), columns.clone(), seed);
        let own_columns = split.clamp(columns.start, columns.end) - columns.start;
        let first_sign = (columns.start + own_columns).saturating_sub(split);
        workers.for_rows(&mut start, 8 * columns.len(), |first, mut out| {
            for (v, out) in (first..).zip(out.flat_mut().chunks_exact_mut(columns.len())) {
                let (own, rest) = out.split_at_mut(own_columns);
                own.iter_mut().for_each(|x| *x *= self.scales[v]);
                rest.fill(0.0);
                let mut vectors = self.vectors.iter();
                for feature in &self.features {
                    for (place, signs) in vectors.by_ref().take(feature.width).enumerate() {
                        let value = feature.value(v, place);
                        let signs = &signs[first_sign..];
                        rest.iter_mut().zip(signs).for_each(|(x, &sign)| *x += value * f32::from(sign));
                    }
                }
            }
        });
        workers.check_cancelled()?;
        Ok(start)
    }
}

/// Numbers up to this one can be added and averaged in 32 bits.
const LARGEST: f64 = 1e30;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::graph::property::{Property, Values};
    use crate::testing::{graph, pool, small_world};

    fn run(input: Input<'_>, given: &[(&str, Argument)], threads: usize) -> Result<Vec<f32>, Error> {
        let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let arguments = DESCRIPTION.check(&given)?;
        let pool = pool(threads);
        let output = FastRp.run(input, &arguments, &Context::new(&pool))?;
        match &output.columns[0] {
            Column::Vectors { data, .. } => Ok(data.to_vec()),
            other => panic!("{other:?}"),
        }
    }

    fn weights(weights: &[f64]) -> (&'static str, Argument) {
        ("iterationWeights", Argument::List(weights.iter().map(|&weight| Argument::Float(weight)).collect()))
    }

    #[test]
    fn rounds_are_averages_over_neighbours() {
        let edges: Vec<_> =
            small_world(40, 3, 5).iter().enumerate().map(|(i, &(u, v))| (u, v, 1.0 + (i % 3) as f64)).collect();
        let graph = graph(41, &edges, true);
        let given = [
            ("dimensions", Argument::Int(12)),
            ("normalizationStrength", Argument::Float(-0.5)),
            ("nodeSelfInfluence", Argument::Float(0.3)),
            weights(&[0.5, 0.0, 2.0]),
        ];
        let degrees = weighted_degrees(&graph);
        let unit = |row: &[f64]| {
            let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
            row.iter().map(|x| if norm > 0.0 { x / norm } else { 0.0 }).collect::<Vec<f64>>()
        };
        let mut x: Vec<Vec<f64>> = (0..41)
            .map(|v| {
                let mut signs = [0i8; 12];
                projection_row(42, v as u32, 0, &mut signs);
                let scale = if degrees[v] > 0.0 { degrees[v].powf(-0.5) } else { 1.0 };
                signs.iter().map(|&sign| f64::from(sign) * scale).collect()
            })
            .collect();
        let mut sum: Vec<Vec<f64>> = x.iter().map(|row| unit(row).iter().map(|x| 0.3 * x).collect()).collect();
        for weight in [0.5, 0.0, 2.0] {
            x = (0..41u32)
                .map(|v| {
                    let mut row = vec![0.0; 12];
                    for (&other, share) in graph.neighbors(v).iter().zip(graph.weights(v).unwrap()) {
                        for (out, value) in row.iter_mut().zip(&x[other as usize]) {
                            *out += share / degrees[v as usize] * value;
                        }
                    }
                    row
                })
                .collect();
            for (sum, row) in sum.iter_mut().zip(&x) {
                sum.iter_mut().zip(unit(row)).for_each(|(sum, x)| *sum += weight * x);
            }
        }
        let data = run(Input::from(&graph), &given, 2).unwrap();
        for (x, expected) in data.iter().zip(sum.concat()) {
            assert!((f64::from(*x) - expected).abs() < 1e-5, "{x} for {expected}");
        }
        assert_eq!(run(Input::from(&graph), &given, 3).unwrap(), data);
    }

    fn with_properties() -> PropertyGraph {
        let edges = small_world(20, 2, 1);
        let property = |name: &str, values| Property { name: Arc::from(name), values };
        PropertyGraph {
            node_types: vec![Arc::from("N")],
            node_type: vec![0; 20],
            edge_labels: vec![Arc::from("E")],
            edge_label: vec![0; edges.len()],
            from: edges.iter().map(|edge| edge.0).collect(),
            to: edges.iter().map(|edge| edge.1).collect(),
            node_properties: vec![
                property("half", Values::Bools((0..20).map(|v| (v != 3).then_some(v < 10)).collect())),
                property("name", Values::Texts { distinct: vec![Arc::from("x")], codes: vec![0; 20] }),
                property(
                    "size",
                    Values::Numbers { values: (0..20).map(f64::from).collect(), integers: true, wide: Vec::new() },
                ),
            ],
            ..PropertyGraph::default()
        }
    }

    #[test]
    fn properties_take_their_share_of_the_dimensions() {
        let graph = with_properties();
        let input = Input::from(&graph);
        let names = |names: &[&str]| {
            let names = names.iter().map(|name| Argument::String((*name).to_owned())).collect();
            ("featureProperties", Argument::List(names))
        };
        let given = [
            ("dimensions", Argument::Int(8)),
            ("propertyRatio", Argument::Float(0.25)),
            ("nodeSelfInfluence", Argument::Int(1)),
            weights(&[0.0]),
            names(&["size"]),
        ];
        let data = run(input, &given, 2).unwrap();
        // Node 0 has size 0: its last two dimensions are zero, and those of others are not.
        assert_eq!(data[6..8], [0.0, 0.0]);
        assert!(data.chunks(8).skip(1).any(|row| row[6] != 0.0 || row[7] != 0.0));
        let both = [("dimensions", Argument::Int(8)), names(&["size", "half"])];
        assert!(run(input, &both, 1).unwrap().iter().all(|x| x.is_finite()));
        let message = |given: &[(&str, Argument)]| run(input, given, 1).unwrap_err().to_string();
        assert!(message(&[names(&["name"])]).contains("is STRING; it should hold numbers"));
        assert!(message(&[names(&["sise"])]).contains("did you mean \"size\"?"));
        assert!(message(&[names(&["size"]), ("propertyRatio", Argument::Int(0))]).contains("at least one dimension"));
        assert!(message(&[("propertyRatio", Argument::Float(0.5))]).contains("without featureProperties"));
        assert!(message(&[("iterationWeights", Argument::List(Vec::new()))]).contains("1 to 100 finite numbers"));
        assert!(message(&[("iterationWeights", Argument::String("1".into()))]).contains("1 to 100 finite numbers"));
    }
}
