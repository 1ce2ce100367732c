//! LINE: node embeddings from the edges themselves, with no walks.
//!
//! The *first order* brings the two ends of an edge near each other; the *second order* brings nodes near each other that have
//! neighbours in common, since each node is told by its neighbours: it has a second vector as what others have for a neighbour
//! (Tang, Qu, Wang, Zhang, Yan and Mei: "LINE: Large-scale Information Network Embedding", WWW 2015). Edges are drawn by their
//! weight, so that a step is as large for a heavy edge as for a light one, and each is told from a few random nodes. The vectors of
//! both orders are trained apart, and stand one after the other.
//!
//! **Same bits.** See `skipgram.rs`: edges are drawn and trained in batches; what is drawn for a place of a batch depends on
//! the seed, the batch and the place alone.

use rand::RngExt;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;

use super::skipgram::{self, Model, Position};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows};
use crate::algorithm::summary::int as count;
use crate::core::arguments::{ArgumentError, Arguments};
use crate::core::context::{Context, Progress};
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{above, choice, float, int};
use crate::graph::csr::NodeIndex;
use crate::graph::undirected::Graph;
use crate::numeric::linear::normalise;
use crate::numeric::random::{Xoroshiro128, mix};
use crate::numeric::workers::Workers;

/// `algo.line`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Line;

/// Key that separates these random numbers from others.
const DRAWING: u64 = 0x6C69_6E65_2D31_0001;
/// Places of a batch that one thread draws at a time.
const PIECE: usize = 16;

crate::choices! {
    /// The parameter `order`.
    enum Order {
        First = "first",
        Second = "second",
        Both = "both",
    }
}

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Length of each vector; with order: 'both' half of it for each order.
        dimensions as "dimensions": usize = int(1, 4096, 128);
        /// What is kept: first = who is beside whom, second = who has neighbours in common, both = one after the other.
        order as "order": Order = choice("both");
        /// How often an edge is drawn, on average.
        epochs as "epochs": usize = int(1, 100_000, 50);
        /// Random nodes that each edge is told from.
        negative_samples as "negativeSamples": usize = int(1, 100, 5);
        /// First learning rate; it falls to a 250th in proportion to the work done.
        learning_rate as "learningRate": f64 = float(above(0.0, 10.0), 0.025);
    }
}

static DESCRIPTION: Description = Description {
    name: "line",
    category: "embedding",
    summary: "LINE: node embeddings trained on edges: of the first order (neighbours), the second (neighbours in common), or both.",
    doc: "order: 'first' raises sigma(u . v) for the two ends of an edge and lowers it for random pairs: neighbours get vectors that \
          point the same way. order: 'second' gives each node a second vector as a neighbour of others and trains it so that nodes \
          with the same neighbours get vectors that point the same way, whether an edge joins them or not. order: 'both' trains half of \
          the dimensions each way, and puts the halves one after the other. Edges are drawn by weight, random nodes by the sum of their \
          weights to the power 0.75. The direction of edges does not matter; a self-loop is passed over.\n\n\
          When to take it: where the edges themselves say all, such as who buys what or who cites whom, and a node two steps away says \
          little: it is then as good as node2vec, whose walks look further. On sparse graphs with long ways, for communities and for \
          classes that lie several steps apart take node2vec; where time counts, fastrp; where the role of a node \
          counts and not its place, struc2vec.\n\n\
          Paper: Tang, Qu, Wang, Zhang, Yan and Mei, LINE: Large-scale Information Network Embedding, WWW 2015.\n\n\
          Cost: time grows with epochs * edges * negativeSamples * dimensions; memory with nodes * dimensions * 12 bytes, and 8 bytes \
          for each direction of an edge with weight. Small graphs need more epochs or a higher learningRate.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("embedding", "VECTOR", "The node's vector, of length 1; zero for a node without edges."),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes embedded."),
        ColumnDescription::new("dimensions", "INT", "Length of each vector."),
        ColumnDescription::new("samples", "INT", "Edges that were drawn, for each order."),
        ColumnDescription::new("zeroCount", "INT", "Nodes whose vector is zero."),
    ],
};

/// The dimensions of each order; 0 = it is not trained.
fn split(given: &Given, arguments: &Arguments) -> Result<[usize; 2], ArgumentError> {
    let dimensions = given.dimensions;
    Ok(match given.order {
        Order::First => [dimensions, 0],
        Order::Second => [0, dimensions],
        Order::Both if dimensions < 2 => {
            return Err(arguments.refuse(Given::dimensions, "at least 2 with order: 'both'"));
        }
        Order::Both => [dimensions.div_ceil(2), dimensions / 2],
    })
}

fn working_bytes(nodes: u64, arcs: u64, weighted: bool, [first, second]: [usize; 2]) -> u64 {
    let models = skipgram::bytes(nodes, first, true).max(skipgram::bytes(nodes, second, false));
    let result = nodes.saturating_mul(4 * (first + second) as u64);
    models.saturating_add(result).saturating_add(if weighted { arcs.saturating_mul(8) } else { 0 })
}

impl Algorithm for Line {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        split(&Given::read(arguments)?, arguments)?;
        Ok(Needs::undirected())
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let view = Graph::estimate_bytes(shape.nodes, shape.edges, shape.weighted);
        let arcs = shape.edges.saturating_mul(2);
        let own = working_bytes(shape.nodes, arcs, shape.weighted, split(&given, arguments)?);
        let pairs = given.epochs as f64 * shape.edges as f64 * (given.negative_samples + 1) as f64;
        let seconds = pairs * (given.dimensions as f64 * 0.4 + 40.0) * 1e-9 / threads.max(1) as f64;
        Ok(Estimate { bytes: view.saturating_add(own), seconds })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.undirected()?);
        let (nodes, dimensions) = (graph.node_count(), given.dimensions);
        let orders = split(&given, arguments)?;
        let needed = working_bytes(nodes as u64, graph.arc_count() as u64, graph.is_weighted(), orders);
        context.reserve(needed, |budget| {
            match (dimensions as u128 * u128::from(budget) / u128::from(needed.max(1))) as usize {
                0 => "no value of dimensions fits: select fewer nodes with nodeLabels".to_owned(),
                fits => format!("lower dimensions from {dimensions} to {fits} or less"),
            }
        })?;
        let workers = Workers::new(context, context.threads(arguments.concurrency));
        let edges = Edges::new(graph)?;
        let mut data = vec![0f32; nodes * dimensions];
        let mut samples = 0;
        if let Some(edges) = &edges {
            samples = edges.count.saturating_mul(given.epochs);
            let trained = orders.iter().enumerate().filter(|(_, width)| **width > 0);
            let runs = trained.clone().count();
            let mut first = 0;
            for (run, (order, &width)) in trained.enumerate() {
                let seed = mix(arguments.seed ^ DRAWING).wrapping_add(order as u64);
                let shared = order == 0;
                let mut model = Model::new(nodes, width, shared, seed, &workers);
                let progress = |share: f64| {
                    let fraction = (run as f64 + share) / runs as f64;
                    (context.progress)(Progress { stage: "training", fraction });
                };
                edges.train(&mut model, &given, samples, seed, &workers, progress)?;
                model.write(&mut data, dimensions, first, |v| edges.degrees[v] > 0.0, &workers);
                first += width;
            }
            if runs > 1 {
                data.chunks_exact_mut(dimensions).for_each(normalise);
            }
        }
        workers.check_cancelled()?;
        let zeros = data.chunks_exact(dimensions).filter(|row| row.iter().all(|&x| x == 0.0)).count();
        Ok(Output {
            rows: Rows::Nodes,
            columns: vec![Column::Vectors { dimensions, data: data.into() }],
            stats: vec![
                ("nodeCount", count(nodes)),
                ("dimensions", count(dimensions)),
                ("samples", count(samples)),
                ("zeroCount", count(zeros)),
            ],
            ..Output::default()
        })
    }
}

/// The edges to draw from, each in both directions.
struct Edges<'g> {
    graph: &'g Graph,
    /// For each arc the weights up to it and its own, where arcs have weights.
    sums: Vec<f64>,
    /// The weights at each node without self-loops, added up.
    degrees: Vec<f64>,
    noise: WeightedIndex<u64>,
    /// Edges between two nodes that can be drawn.
    count: usize,
}

impl<'g> Edges<'g> {
    /// `None` where no edge joins two nodes.
    fn new(graph: &'g Graph) -> Result<Option<Self>, Error> {
        let mut degrees = vec![0.0; graph.node_count()];
        let (mut sums, mut sum, mut arcs) = (Vec::new(), 0.0, 0);
        for (v, degree) in (0..).zip(&mut degrees) {
            let weights = graph.weights(v);
            for (place, &u) in graph.neighbors(v).iter().enumerate() {
                let weight = if u == v { 0.0 } else { weights.map_or(1.0, |weights| weights[place]) };
                *degree += weight;
                sum += weight;
                arcs += usize::from(weight > 0.0);
                if weights.is_some() {
                    sums.push(sum);
                }
            }
        }
        if !sum.is_finite() {
            return Err(Error::Unfit("the weights of all edges together are beyond the range of floats".to_owned()));
        }
        let noise = skipgram::noise(degrees.iter().copied());
        Ok(noise.map(|noise| Edges { graph, sums, degrees, noise, count: arcs / 2 }))
    }

    /// Draws an arc by its weight: the node it leaves and the one it reaches.
    fn draw(&self, rng: &mut Xoroshiro128) -> Option<(NodeIndex, NodeIndex)> {
        let arc = match self.sums.last() {
            None => rng.random_range(0..self.graph.arc_count() as u64) as usize,
            Some(all) => {
                let wanted = rng.random::<f64>() * all;
                self.sums.partition_point(|&sum| sum <= wanted).min(self.sums.len() - 1)
            }
        };
        let from = self.graph.offsets().partition_point(|&offset| offset as usize <= arc) - 1;
        let to = self.graph.all_neighbors()[arc];
        (from as NodeIndex != to).then_some((from as NodeIndex, to))
    }

    /// Draws so many edges and trains them in batches.
    fn train(
        &self,
        model: &mut Model,
        given: &Given,
        samples: usize,
        seed: u64,
        workers: &Workers<'_>,
        progress: impl Fn(f64),
    ) -> Result<(), Error> {
        let side_by_side = skipgram::side_by_side(self.graph.node_count());
        let mut batch: Vec<Position> = (0..side_by_side).map(|_| Position::default()).collect();
        let batches = samples.div_ceil(side_by_side);
        for number in 0..batches {
            workers.check_cancelled()?;
            let share = number as f64 / batches as f64;
            workers.for_each(batch.chunks_mut(PIECE).enumerate(), |(piece, positions)| {
                for (place, position) in positions.iter_mut().enumerate() {
                    let mut rng = Xoroshiro128::new(seed, (piece * PIECE + place) as u32, number as u64);
                    self.fill(position, given.negative_samples, &mut rng);
                }
            });
            model.train(&mut batch, skipgram::rate(given.learning_rate, share), workers);
            if number.is_multiple_of((batches / 100).max(1)) {
                progress(share);
            }
        }
        Ok(())
    }

    /// One edge and the random nodes that it is told from.
    fn fill(&self, position: &mut Position, samples: usize, rng: &mut Xoroshiro128) {
        position.near.clear();
        position.targets.clear();
        // A self-loop is drawn in vain.
        let Some((from, to)) = self.draw(rng) else { return };
        position.near.push(from);
        position.targets.push(to);
        let drawn = (0..samples).map(|_| self.noise.sample(rng) as NodeIndex);
        position.targets.extend(drawn.filter(|&node| node != to && node != from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{cosine, figure, run, unit, vectors};

    /// The mean cosine of pairs that are chosen, less that of the others.
    fn gap(vectors: &[Vec<f32>], nodes: std::ops::Range<usize>, chosen: impl Fn(usize, usize) -> bool) -> f32 {
        let mut sums = [(0.0, 0usize); 2];
        for a in nodes.clone() {
            for b in nodes.start..a {
                let sum = &mut sums[usize::from(chosen(a, b))];
                *sum = (sum.0 + cosine(&vectors[a], &vectors[b]), sum.1 + 1);
            }
        }
        sums[1].0 / sums[1].1 as f32 - sums[0].0 / sums[0].1 as f32
    }

    #[test]
    fn the_first_order_brings_neighbours_together() {
        let clique = |first: u32| (0..8u32).flat_map(move |i| (0..i).map(move |j| (first + i, first + j)));
        let edges = unit(&(0..4).flat_map(|c| clique(8 * c)).collect::<Vec<_>>());
        let output = run(&Line, 33, &edges, r#"{"order": "first", "dimensions": 16, "epochs": 300}"#);
        let vectors = vectors(&output);
        assert!(gap(&vectors, 0..32, |a, b| a / 8 == b / 8) > 0.5);
        assert!(vectors[32].iter().all(|&x| x == 0.0));
        assert_eq!(figure(&output, "zeroCount"), 1.0);
        for vector in &vectors[..32] {
            assert!((cosine(vector, vector) - 1.0).abs() < 1e-5);
        }
    }

    /// Two parts of a bipartite graph, each with its own hubs: nodes of a part have neighbours in common and no edge between them.
    #[test]
    fn the_second_order_brings_nodes_together_that_have_neighbours_in_common() {
        let edges: Vec<(u32, u32)> = (0..24u32).flat_map(|v| (0..5).map(move |h| (v, 24 + 5 * (v / 8) + h))).collect();
        let arguments = |order: &str| format!(r#"{{"order": "{order}", "dimensions": 16, "epochs": 400}}"#);
        let second = vectors(&run(&Line, 39, &unit(&edges), &arguments("second")));
        assert!(gap(&second, 0..24, |a, b| a / 8 == b / 8) > 0.5);
        let both = vectors(&run(&Line, 39, &unit(&edges), &arguments("both")));
        assert_eq!(both[0].len(), 16);
        assert!(gap(&both, 0..24, |a, b| a / 8 == b / 8) > 0.3);
    }

    #[test]
    fn heavy_edges_count_more() {
        // A ring whose edges weigh much and little in turn.
        let edges: Vec<(u32, u32, f64)> =
            (0..40u32).map(|v| (v, (v + 1) % 40, if v % 2 == 0 { 20.0 } else { 0.5 })).collect();
        let arguments = r#"{"order": "first", "dimensions": 16, "epochs": 800, "weight": "w"}"#;
        let vectors = vectors(&run(&Line, 40, &edges, arguments));
        let mean =
            |odd: usize| (0..20).map(|i| cosine(&vectors[2 * i + odd], &vectors[(2 * i + odd + 1) % 40])).sum::<f32>();
        assert!(mean(0) > mean(1) + 5.0, "{} {}", mean(0), mean(1));
    }

    #[test]
    fn without_edges_all_vectors_are_zero() {
        for edges in [vec![], unit(&[(1, 1)])] {
            let output = run(&Line, 3, &edges, r#"{"dimensions": 4}"#);
            assert_eq!(figure(&output, "zeroCount"), 3.0);
        }
    }
}
