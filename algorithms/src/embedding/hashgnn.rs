//! HashGNN: binary node embeddings by message passing with hash functions instead of trained weights.
//!
//! A node is a set of features, numbers below `featureDimensions`. In a round each of `density` hash functions chooses one feature
//! for the node's next set: every neighbour sends the feature of its set with the least hash of the function's first kind, and of
//! these and the node's own features the one with the least hash of its second kind is taken (min-wise hashing). Two nodes whose
//! surroundings are alike choose alike: the share of functions that do so is near the similarity of their surroundings (Wu, Zhang,
//! Pan, Xu and Zhang: "Hashing-Accelerated Graph Neural Networks for Link Prediction", WWW 2021).
//!
//! A hash is the time of an exponential clock, -ln(u) for a u that the seed, the round, the function and the feature determine. So a
//! neighbour's clock that runs `neighborInfluence` times as fast is chosen that much more often, as if it were there so many times.
//!
//! **Same bits.** A node's next set depends on the sets of the round before and on hashes alone.

use super::node_features::{Feature, features};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{AnyGraph, Input, Needs, PropertySelection};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::int as count;
use crate::core::arguments::{ArgumentError, Arguments};
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{FINITE, NOT_NEGATIVE, float, int, optional_int, optional_texts};
use crate::graph::builder::GraphBuilder;
use crate::graph::csr::NodeIndex;
use crate::graph::undirected::Graph;
use crate::numeric::linear::normalise;
use crate::numeric::random::{mix, projection_row, unit};

/// `algo.hashgnn`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct HashGnn;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
/// Keys that separate uses of random numbers: first features, the two kinds of hashes, planes, the projection.
const KEYS: [u64; 5] =
    [0x6861_7368_2D31_0001, 0x6861_7368_2D31_0002, 0x6861_7368_2D31_0003, 0x6861_7368_2D31_0004, 0x6861_7368_2D31_0005];
/// No feature.
const NONE: u32 = u32::MAX;
/// Nodes that a thread takes at a time.
const PIECE: usize = 256;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Rounds: how many steps away a node sees.
        iterations as "iterations": usize = int(1, 100, 3);
        /// Hash functions of a round, each of which chooses one feature: a node has at most so many.
        density as "embeddingDensity": usize = int(1, 4096, 256);
        /// How many features there are: the length of the vectors, unless outputDimensions is given.
        feature_dimensions as "featureDimensions": usize = int(1, 65_536, 512);
        /// Features that each node begins with, drawn at random; without featureProperties.
        feature_density as "featureDensity": usize = int(1, 65_536, 8);
        /// Node properties that the first features come from.
        features as "featureProperties": Option<Vec<String>> = optional_texts("none: random features");
        /// With featureProperties: a node has a feature where its values times the feature's random plane are above this.
        threshold as "binarizeThreshold": f64 = float(FINITE, 0.0);
        /// How much more a neighbour's feature counts than one's own.
        influence as "neighborInfluence": f64 = float(NOT_NEGATIVE, 1.0);
        /// Length of the vectors: each feature is given a random vector, and a node the sum of those of its features, of length 1.
        output_dimensions as "outputDimensions": Option<usize> =
            optional_int(1, 4096, "binary vectors, as long as featureDimensions");
    }
}

static DESCRIPTION: Description = Description {
    name: "hashgnn",
    category: "embedding",
    summary: "HashGNN: binary node embeddings by rounds of min-wise hashing over neighbours, with nothing trained.",
    doc: "A node begins with some features: featureDensity random ones of featureDimensions, or those whose random plane its \
          featureProperties (numbers, truth values, vectors; absent ones count 0) lie above by binarizeThreshold. In each of so many \
          iterations each of embeddingDensity hash functions chooses one feature of the node and its neighbours, which are then its \
          features. Nodes with like surroundings choose like features. The vector has 1.0 for each feature and 0.0 for \
          others; with outputDimensions it is a random projection of that, dense and of length 1. Edges count both ways, and weights \
          do not count; a node without edges chooses among its own features.\n\n\
          When to take it: for large graphs where features of nodes matter and training a network (gnn_embed) takes too long: it sees \
          features and structure at once, as a GNN does, at the cost of a few passes over the edges. With random features it says \
          who has the same surroundings, as fastrp does. Compare binary vectors by jaccard or overlap, or give outputDimensions \
          and compare by cosine. For gnn_embed or predict as features, binary vectors are well suited. Scale properties that \
          differ in size first.\n\n\
          Paper: Wu, Zhang, Pan, Xu and Zhang, Hashing-Accelerated Graph Neural Networks for Link Prediction, WWW 2021.\n\n\
          Cost: time grows with iterations * embeddingDensity * (edges + nodes * embeddingDensity); memory with nodes * \
          embeddingDensity * 12 bytes and the vectors.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("embedding", "VECTOR", "The node's vector; zero for a node that has no features."),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes embedded."),
        ColumnDescription::new("dimensions", "INT", "Length of each vector."),
        ColumnDescription::new(
            "meanFeatures",
            "FLOAT",
            "Features of a node in the end, on average; NULL without nodes.",
        ),
        ColumnDescription::new("zeroCount", "INT", "Nodes without any."),
    ],
};

/// Checks what goes together.
fn check(given: &Given, arguments: &Arguments) -> Result<(), ArgumentError> {
    let with_properties = given.features.as_ref().is_some_and(|features| !features.is_empty());
    if with_properties && arguments.is_given(Given::feature_density) {
        return Err(arguments.refuse(Given::feature_density, "no value with featureProperties"));
    }
    if !with_properties && arguments.is_given(Given::threshold) {
        return Err(arguments.refuse(Given::threshold, "no value without featureProperties"));
    }
    if !with_properties && given.feature_density > given.feature_dimensions {
        return Err(arguments.refuse(Given::feature_density, "at most featureDimensions"));
    }
    Ok(())
}

fn working_bytes(nodes: u64, given: &Given) -> u64 {
    let first = if given.features.is_some() { given.feature_dimensions } else { given.feature_density };
    let sets = 4 * (2 * given.density.max(first) + given.density) as u64;
    let vectors = 4 * given.output_dimensions.unwrap_or(given.feature_dimensions) as u64;
    nodes.saturating_mul(sets + vectors + 48)
}

impl Algorithm for HashGnn {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        check(&given, arguments)?;
        Ok(match given.features.filter(|features| !features.is_empty()) {
            None => Needs { weights: false, ..Needs::undirected() },
            Some(features) => {
                let nodes = PropertySelection::named(features);
                Needs { weights: false, ..Needs::properties(nodes, PropertySelection::none()) }
            }
        })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        check(&given, arguments)?;
        let view = Graph::estimate_bytes(shape.nodes, shape.edges, false);
        let properties = shape.nodes.saturating_mul(shape.node_values.saturating_mul(4));
        let bytes = view.saturating_add(working_bytes(shape.nodes, &given)).saturating_add(properties);
        let looks = 2.0 * shape.edges as f64 + 2.0 * (shape.nodes as f64) * given.density as f64;
        let seconds = given.iterations as f64 * given.density as f64 * looks * 1.5e-9 / threads.max(1) as f64;
        Ok(Estimate { bytes, seconds })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let given = Given::read(arguments)?;
        let made;
        let (graph, properties) = match input.graph {
            AnyGraph::Undirected(graph) => (graph, Vec::new()),
            AnyGraph::Properties(properties) => {
                made = GraphBuilder::of(properties).build(Some(context.pool))?;
                let names = given.features.as_deref().unwrap_or_default();
                (&made, features(DESCRIPTION.name, properties, names)?)
            }
            AnyGraph::Directed(_) => return Err(Error::WrongInput),
        };
        let nodes = graph.node_count();
        let needed = working_bytes(nodes as u64, &given);
        context.reserve(needed, |_| "lower embeddingDensity or featureDimensions".to_owned())?;
        let crew = Crew::new(context, arguments.concurrency);
        let mut sets = first_sets(crew, nodes, &given, &properties, arguments.seed)?;
        for round in 0..given.iterations {
            sets = next_sets(crew, graph, &sets, &given, mix(arguments.seed ^ round as u64))?;
            let fraction = (round + 1) as f64 / (given.iterations + 1) as f64;
            (context.progress)(Progress { stage: "iterations", fraction });
        }
        let dimensions = given.output_dimensions.unwrap_or(given.feature_dimensions);
        let data = vectors(crew, &sets, &given, dimensions, arguments.seed)?;
        let features: usize = sets.iter().map(Vec::len).sum();
        let mean = (nodes > 0).then(|| features as f64 / nodes as f64);
        Ok(Output {
            rows: Rows::Nodes,
            columns: vec![Column::Vectors { dimensions, data: data.into() }],
            stats: vec![
                ("nodeCount", count(nodes)),
                ("dimensions", count(dimensions)),
                ("meanFeatures", mean.map_or(Scalar::Null, Scalar::Float)),
                ("zeroCount", count(sets.iter().filter(|set| set.is_empty()).count())),
            ],
            ..Output::default()
        })
    }
}

/// The features that nodes begin with, ascending.
fn first_sets(
    crew: Crew,
    nodes: usize,
    given: &Given,
    properties: &[Feature<'_>],
    seed: u64,
) -> Result<Vec<Vec<u32>>, Error> {
    let dimensions = given.feature_dimensions;
    let mut sets = vec![Vec::new(); nodes];
    if properties.is_empty() {
        crew.fill_in(PIECE, &mut sets, |v| {
            let key = mix(mix(seed ^ KEYS[0]).wrapping_add((v as u64).wrapping_mul(GOLDEN)));
            // Floyd's sample without repetition (Bentley, "Programming pearls: a sample of brilliance", 1987).
            let mut set: Vec<u32> = Vec::with_capacity(given.feature_density);
            for last in dimensions - given.feature_density..dimensions {
                let bits = mix(key.wrapping_add((last as u64 + 1).wrapping_mul(GOLDEN)));
                let drawn = ((u128::from(bits) * (last as u128 + 1)) >> 64) as u32;
                set.push(if set.contains(&drawn) { last as u32 } else { drawn });
            }
            set.sort_unstable();
            set
        })?;
        return Ok(sets);
    }
    let width: usize = properties.iter().map(|feature| feature.width).sum();
    // A plane for each number of the properties: one sign for each feature.
    let planes: Vec<Vec<i8>> = (0..width as u32)
        .map(|number| {
            let mut signs = vec![0; dimensions];
            projection_row(seed ^ KEYS[3], number, 0, &mut signs);
            signs
        })
        .collect();
    crew.fill_in(PIECE, &mut sets, |v| {
        let mut sums = vec![0.0f64; dimensions];
        let values = properties.iter().flat_map(|feature| (0..feature.width).map(|place| feature.value(v, place)));
        for (value, plane) in values.zip(&planes).filter(|(value, _)| *value != 0.0) {
            sums.iter_mut().zip(plane).for_each(|(sum, &sign)| *sum += f64::from(value) * f64::from(sign));
        }
        (0..).zip(&sums).filter(|(_, sum)| **sum > given.threshold).map(|(feature, _)| feature).collect()
    })?;
    Ok(sets)
}

/// A random time for each feature: the clocks of one hash function.
fn clocks(out: &mut [f32], key: u64, function: usize) {
    let key = mix(key.wrapping_add((function as u64 + 1).wrapping_mul(GOLDEN)));
    for (feature, clock) in (1u64..).zip(out) {
        let bits = mix(key.wrapping_add(feature.wrapping_mul(GOLDEN)));
        // Never 0, whose logarithm is none.
        *clock = -(1.0 - unit(bits)).ln() as f32;
    }
}

/// The feature with the least clock, the least feature of equal ones.
fn first(set: &[u32], clocks: &[f32]) -> u32 {
    let mut best = (f32::INFINITY, NONE);
    for &feature in set {
        let clock = clocks[feature as usize];
        if clock < best.0 {
            best = (clock, feature);
        }
    }
    best.1
}

/// The features after a round.
fn next_sets(crew: Crew, graph: &Graph, sets: &[Vec<u32>], given: &Given, seed: u64) -> Result<Vec<Vec<u32>>, Error> {
    let (nodes, dimensions) = (sets.len(), given.feature_dimensions);
    let (mut sent, mut chosen) = (vec![NONE; nodes], vec![NONE; nodes]);
    let (mut of_sender, mut of_receiver) = (vec![0.0f32; dimensions], vec![0.0f32; dimensions]);
    let mut next: Vec<Vec<u32>> = vec![Vec::with_capacity(given.density); nodes];
    let influence = given.influence as f32;
    for function in 0..given.density {
        clocks(&mut of_sender, seed ^ KEYS[1], function);
        clocks(&mut of_receiver, seed ^ KEYS[2], function);
        crew.fill_in(PIECE, &mut sent, |v| first(&sets[v], &of_sender))?;
        crew.fill_in(PIECE, &mut chosen, |v| {
            let own = first(&sets[v], &of_receiver);
            if influence == 0.0 {
                return own;
            }
            let mut best = match of_receiver.get(own as usize) {
                Some(&clock) => (clock * influence, own),
                None => (f32::INFINITY, NONE),
            };
            for &u in graph.neighbors(v as NodeIndex).iter().filter(|&&u| u as usize != v) {
                let feature = sent[u as usize];
                let Some(&clock) = of_receiver.get(feature as usize) else { continue };
                if clock < best.0 || (clock == best.0 && feature < best.1) {
                    best = (clock, feature);
                }
            }
            best.1
        })?;
        crew.context.check_cancelled()?;
        next.iter_mut()
            .zip(&chosen)
            .filter(|(_, feature)| **feature != NONE)
            .for_each(|(set, &feature)| set.push(feature));
    }
    let pieces = next.chunks_mut(PIECE);
    crew.context.for_each(crew.threads, pieces, |sets| {
        sets.iter_mut().for_each(|set| {
            set.sort_unstable();
            set.dedup();
        });
        Ok(())
    })?;
    Ok(next)
}

/// The vectors of sets of features.
fn vectors(crew: Crew, sets: &[Vec<u32>], given: &Given, dimensions: usize, seed: u64) -> Result<Vec<f32>, Error> {
    let mut data = vec![0f32; sets.len() * dimensions];
    // The random vector of each feature, where they are wanted.
    let signs: Vec<Vec<i8>> = match given.output_dimensions {
        None => Vec::new(),
        Some(_) => (0..given.feature_dimensions as u32)
            .map(|feature| {
                let mut signs = vec![0; dimensions];
                projection_row(seed ^ KEYS[4], feature, 0, &mut signs);
                signs
            })
            .collect(),
    };
    let pieces = data.chunks_mut(PIECE * dimensions).zip(sets.chunks(PIECE));
    crew.context.for_each(crew.threads, pieces, |(data, sets)| {
        for (row, set) in data.chunks_exact_mut(dimensions).zip(sets) {
            for &feature in set {
                match signs.get(feature as usize) {
                    None => row[feature as usize] = 1.0,
                    Some(signs) => row.iter_mut().zip(signs).for_each(|(x, &sign)| *x += f32::from(sign)),
                }
            }
            if given.output_dimensions.is_some() {
                normalise(row);
            }
        }
        Ok(())
    })?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::property::{Property, Values};
    use crate::testing::{figure, random_edges, run, small_world, try_run, unit as unweighted, vectors};

    fn jaccard(a: &[f32], b: &[f32]) -> f64 {
        let both = a.iter().zip(b).filter(|(a, b)| **a > 0.0 && **b > 0.0).count();
        let any = a.iter().zip(b).filter(|(a, b)| **a > 0.0 || **b > 0.0).count();
        both as f64 / any.max(1) as f64
    }

    #[test]
    fn vectors_are_binary_and_as_dense_as_asked() {
        let edges = random_edges(200, 600, 4);
        let output = run(&HashGnn, 200, &edges, r#"{"embeddingDensity": 20, "featureDimensions": 64}"#);
        for vector in vectors(&output) {
            let ones = vector.iter().filter(|&&x| x == 1.0).count();
            assert!((1..=20).contains(&ones) && vector.iter().all(|&x| x == 0.0 || x == 1.0), "{vector:?}");
        }
        assert_eq!(figure(&output, "dimensions"), 64.0);
    }

    #[test]
    fn nodes_with_the_same_neighbours_choose_alike() {
        // Twins: 2i and 2i + 1 have the same neighbours, other nodes few in common.
        let edges: Vec<(u32, u32)> = small_world(100, 3, 8)
            .into_iter()
            .flat_map(|(a, b)| [(2 * a, 2 * b), (2 * a + 1, 2 * b), (2 * a, 2 * b + 1), (2 * a + 1, 2 * b + 1)])
            .collect();
        let output = run(&HashGnn, 200, &unweighted(&edges), r#"{"neighborInfluence": 5}"#);
        let vectors = vectors(&output);
        let twins: f64 = (0..100).map(|i| jaccard(&vectors[2 * i], &vectors[2 * i + 1])).sum::<f64>() / 100.0;
        let others: f64 =
            (0..100).map(|i| jaccard(&vectors[2 * i], &vectors[(2 * i + 100) % 200])).sum::<f64>() / 100.0;
        assert!(twins > 0.6 && others < 0.3, "{twins} {others}");
    }

    #[test]
    fn influence_of_neighbours_is_theirs() {
        // Node 0 has features of its own and 1 neighbour; with no influence it keeps to its own.
        let edges = unweighted(&[(0, 1)]);
        let first = |influence: f64, iterations: usize| {
            let arguments = format!(
                r#"{{"neighborInfluence": {influence}, "iterations": {iterations}, "featureDensity": 4, "embeddingDensity": 512}}"#
            );
            vectors(&run(&HashGnn, 2, &edges, &arguments))
        };
        let alone = first(0.0, 1);
        assert_eq!(jaccard(&alone[0], &alone[1]), 0.0);
        assert_eq!(alone[0].iter().sum::<f32>(), 4.0);
        // 512 functions choose among four of one's own and one of the neighbour's: all eight are met.
        let mixed = first(1.0, 1);
        assert_eq!(mixed[0].iter().sum::<f32>(), 8.0);
        assert_eq!(jaccard(&mixed[0], &mixed[1]), 1.0);
    }

    #[test]
    fn features_come_from_properties() {
        let data: Vec<f32> = (0..6).flat_map(|v| if v < 3 { [1.0, 0.0, 0.5] } else { [-1.0, 0.25, -0.5] }).collect();
        let values = Values::Vectors { width: 3, data, present: vec![true; 6] };
        let property = Property { name: "x".into(), values };
        let arguments = r#"{"featureProperties": ["x"], "iterations": 1, "outputDimensions": 32}"#;
        let output = try_run(&HashGnn, 6, &unweighted(&[(0, 1), (3, 4)]), vec![property], arguments).unwrap();
        let vectors = vectors(&output);
        let cosine = |a: usize, b: usize| vectors[a].iter().zip(&vectors[b]).map(|(a, b)| a * b).sum::<f32>();
        assert!((cosine(0, 0) - 1.0).abs() < 1e-5);
        assert!(cosine(0, 2) > 0.95 && cosine(3, 5) > 0.95 && cosine(0, 3) < 0.5);
    }

    #[test]
    fn arguments_that_exclude_each_other() {
        let refused = |arguments: &str| try_run(&HashGnn, 2, &[], Vec::new(), arguments).unwrap_err().to_string();
        assert!(refused(r#"{"binarizeThreshold": 1}"#).contains("featureProperties"));
        assert!(refused(r#"{"featureDensity": 9, "featureDimensions": 8}"#).contains("featureDimensions"));
    }
}
