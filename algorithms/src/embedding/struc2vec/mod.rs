//! struc2vec: node embeddings by structural role, wherever in the graph a node lies.
//!
//! Two nodes are alike when the degrees around them are: of themselves, of their neighbours, of the nodes two steps away and so on
//! (`rings`, `distance`). Walks go from node to node by that likeness alone, through one layer for each number of steps that is looked
//! at (`layers`), and skip-gram is trained on them (`skipgram.rs`). So the two ends of a chain get like vectors, and
//! so do hubs of different communities (Ribeiro, Saverese and Figueiredo: "struc2vec: Learning Node Representations from Structural
//! Identity", KDD 2017).
//!
//! Of the paper's shortcuts the first two are taken: sequences of degrees are kept as pairs of a degree and how often it comes, and each
//! node is compared with about 2 log n nodes of like degree (of equal degrees those with like degrees around them). The third, fewer
//! layers, is the parameter `layers`.
//!
//! **Same bits.** Rings, likenesses and walks are functions of a node, a pair or a walk; threads share them out.

mod distance;
mod layers;
mod rings;

use super::skipgram::{self, Training};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows};
use crate::algorithm::summary::int as count;
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{UNLIMITED, above, float, from, int};
use crate::graph::directed::{Orientation, Parallel};
use crate::graph::undirected::Graph;
use crate::numeric::workers::Workers;
use crate::walk::corpus::Corpus;

use layers::{Layers, window};
use rings::Rings;

/// `algo.struc2vec`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Struc2Vec;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Length of each vector.
        dimensions as "dimensions": usize = int(1, 4096, 128);
        /// How far is looked: degrees up to layers - 1 steps away count.
        layers as "layers": usize = int(1, 100, 4);
        /// Nodes in each walk, the start included.
        walk_length as "walkLength": usize = int(2, 1_000_000, 80);
        /// Walks that start at each node.
        walks_per_node as "walksPerNode": u64 = int(1, UNLIMITED, 10);
        /// Probability that a walk takes a step in its layer; else it goes to the layer above or below.
        stay as "stayProbability": f64 = float(from(0.01, 1.0), 0.3);
        /// Largest distance in a walk at which two nodes are trained together.
        window as "window": usize = int(1, UNLIMITED, 10);
        /// Random nodes that each pair is told from.
        negative_samples as "negativeSamples": usize = int(1, 100, 5);
        /// Passes over the walks.
        epochs as "epochs": usize = int(1, 10_000, 1);
        /// First learning rate; it falls to a 250th in proportion to the work done.
        learning_rate as "learningRate": f64 = float(above(0.0, 10.0), 0.025);
    }
}

static DESCRIPTION: Description = Description {
    name: "struc2vec",
    category: "embedding",
    summary: "struc2vec: node embeddings by structural role: nodes whose surroundings have like degrees get like vectors.",
    doc: "Two nodes are as unlike in layer k as the sorted degrees of the nodes 0, 1, .. k steps away are, compared by dynamic time \
          warping at the cost max / min - 1 for two degrees. Walks go through layers of nodes, in each by the likeness exp(-unlikeness) \
          among about 2 log2(nodes) nodes of like degree, and change the layer with 1 - stayProbability: up the likelier the more \
          nodes are alike there. Skip-gram with negative sampling is trained on them. Edges count both ways, parallel edges once, weights \
          and labels not at all.\n\n\
          When to take it: where the role of a node counts and not its place, such as hub, bridge, leaf, or the manager of any \
          department: nodes of different components can be alike. Neighbours are in general not, so for communities, \
          recommendations or missing edges take node2vec, fastrp or line instead. Where nodes have properties that tell the role, \
          gnn_embed or hashgnn with them says more.\n\n\
          Paper: Ribeiro, Saverese and Figueiredo, struc2vec: Learning Node Representations from Structural Identity, KDD 2017.\n\n\
          Cost: a search of layers - 1 steps from every node, which on a graph of short ways reads all edges for each node: fewer \
          layers make it fast. Then nodes * log2(nodes) comparisons for each layer, and walks and training as node2vec's. \
          Memory: nodes * (4 * walksPerNode * walkLength + 12 * layers * log2(nodes) + 12 * dimensions) bytes, and 8 for each \
          different degree in each ring.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("embedding", "VECTOR", "The node's vector, of length 1; zero for a node without edges."),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes embedded."),
        ColumnDescription::new("dimensions", "INT", "Length of each vector."),
        ColumnDescription::new("layers", "INT", "Layers in which nodes were compared."),
        ColumnDescription::new("walks", "INT", "Walks of at least one step."),
        ColumnDescription::new("zeroCount", "INT", "Nodes whose vector is zero."),
    ],
};

fn working_bytes(nodes: u64, given: &Given) -> u64 {
    let walks = (given.walk_length as u64).saturating_mul(given.walks_per_node).saturating_mul(4);
    let pairs = (given.layers * window(nodes as usize)) as u64 * 12;
    let own = nodes.saturating_mul(walks.saturating_add(pairs + 48));
    own.saturating_add(skipgram::bytes(nodes, given.dimensions, false))
}

impl Algorithm for Struc2Vec {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs { weights: false, ..Needs::graph(Orientation::Undirected, Parallel::Min) })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let GraphShape { nodes, edges, .. } = shape;
        let view = Graph::estimate_bytes(nodes, edges, false);
        let degree = 2.0 * edges as f64 / nodes.max(1) as f64;
        // What a search meets, at most all edges, and in how many different degrees.
        let met = degree.max(1.0).powi(given.layers as i32 - 1).min(2.0 * edges as f64);
        let kinds = met.sqrt().min(1000.0) * given.layers as f64;
        let rings = (nodes as f64 * kinds * 8.0) as u64;
        let compared = nodes as f64 * window(nodes as usize) as f64 * kinds * met.sqrt().min(1000.0);
        let trained = nodes as f64 * given.walks_per_node as f64 * given.walk_length as f64 * given.epochs as f64;
        let pair = (given.negative_samples + 1) as f64 * (given.window.min(given.walk_length) as f64 + 1.0);
        let nanos = nodes as f64 * met * 2.0 + compared * 2.0 + trained * (60.0 + pair * given.dimensions as f64 * 0.3);
        let bytes = view.saturating_add(working_bytes(nodes, &given)).saturating_add(rings);
        Ok(Estimate { bytes, seconds: nanos * 1e-9 / threads.max(1) as f64 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.undirected()?);
        let (nodes, dimensions) = (graph.node_count(), given.dimensions);
        context.reserve(working_bytes(nodes as u64, &given), |_| {
            "lower walksPerNode, walkLength or dimensions, or select fewer nodes with nodeLabels".to_owned()
        })?;
        let crew = Crew::new(context, arguments.concurrency);
        let progress = |stage, fraction| (context.progress)(Progress { stage, fraction });
        let rings = Rings::new(crew, graph, given.layers)?;
        progress("rings", 0.2);
        let layers = Layers::new(crew, &rings)?;
        let compared = layers.count();
        drop(rings);
        progress("likeness", 0.4);
        let walks = layers.walks(crew, given.walk_length, given.walks_per_node, given.stay, arguments.seed)?;
        drop(layers);
        let corpus = Corpus::of(walks, given.walk_length, nodes, context)?;
        progress("walks", 0.5);
        let walked = (0..corpus.count()).filter(|&walk| corpus.walk(walk).is_some()).count();
        let Given { negative_samples, epochs, learning_rate, .. } = given;
        let window = given.window.clamp(1, given.walk_length - 1);
        let training = Training { dimensions, window, negative_samples, epochs, learning_rate, seed: arguments.seed };
        let later = |progress: Progress<'_>| {
            (context.progress)(Progress { fraction: 0.5 + 0.5 * progress.fraction, ..progress });
        };
        let context = Context { progress: &later, ..*context };
        let data = skipgram::embed(&corpus, &training, &Workers::new(&context, crew.threads))?;
        let zeros = data.chunks_exact(dimensions).filter(|row| row.iter().all(|&x| x == 0.0)).count();
        Ok(Output {
            rows: Rows::Nodes,
            columns: vec![Column::Vectors { dimensions, data: data.into() }],
            stats: vec![
                ("nodeCount", count(nodes)),
                ("dimensions", count(dimensions)),
                ("layers", count(compared)),
                ("walks", count(walked)),
                ("zeroCount", count(zeros)),
            ],
            ..Output::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{cosine, figure, run, small_world, unit, vectors};

    /// Two cliques of `size` nodes and a chain of `chain` nodes between them; mirrored, node v is `nodes - 1 - v`.
    fn barbell(size: u32, chain: u32) -> (usize, Vec<(u32, u32)>) {
        let clique = |first: u32| (0..size).flat_map(move |i| (0..i).map(move |j| (first + i, first + j)));
        let way = (size - 1..size + chain).map(|v| (v, v + 1));
        let nodes = 2 * size + chain;
        (nodes as usize, clique(0).chain(clique(size + chain)).chain(way).collect())
    }

    /// The mean cosine of pairs that are alike, and of the others.
    fn means(vectors: &[Vec<f32>], alike: impl Fn(usize, usize) -> bool) -> [f32; 2] {
        let mut sums = [(0.0, 0usize); 2];
        for a in 0..vectors.len() {
            for b in 0..a {
                let sum = &mut sums[usize::from(!alike(a, b))];
                *sum = (sum.0 + cosine(&vectors[a], &vectors[b]), sum.1 + 1);
            }
        }
        sums.map(|(sum, pairs)| sum / pairs as f32)
    }

    #[test]
    fn equal_roles_in_a_barbell_are_alike() {
        let (nodes, edges) = barbell(8, 8);
        let output = run(&Struc2Vec, nodes, &unit(&edges), r#"{"dimensions": 16, "walksPerNode": 20, "epochs": 5}"#);
        // All inner nodes of both cliques are equal; of the others each to its mirror.
        let role = |v: usize| v.min(nodes - 1 - v).max(6);
        let [alike, others] = means(&vectors(&output), |a, b| role(a) == role(b));
        assert!(alike > others + 0.3, "{alike} {others}");
    }

    #[test]
    fn a_node_is_like_its_mirror_in_another_component() {
        // A graph twice, the copies in two components that no walk on edges joins.
        let edges = small_world(40, 2, 3);
        let twice: Vec<(u32, u32)> = edges.iter().flat_map(|&(a, b)| [(a, b), (a + 40, b + 40)]).collect();
        let output = run(&Struc2Vec, 81, &unit(&twice), r#"{"dimensions": 32, "epochs": 5}"#);
        let vectors = vectors(&output);
        // How many nodes of the other copy are nearer than the mirror; of vectors without meaning it would be half of 40.
        let nearer = |v: usize| {
            let mirror = cosine(&vectors[v], &vectors[v + 40]);
            (40..80).filter(|&u| cosine(&vectors[v], &vectors[u]) > mirror).count()
        };
        let mean = (0..40).map(nearer).sum::<usize>() as f64 / 40.0;
        assert!(mean < 8.0, "{mean}");
        assert!(vectors[80].iter().all(|&x| x == 0.0));
        assert_eq!(figure(&output, "zeroCount"), 1.0);
    }

    #[test]
    fn small_graphs() {
        for nodes in 0..3 {
            let output = run(&Struc2Vec, nodes, &[], r#"{"dimensions": 4}"#);
            assert_eq!(figure(&output, "zeroCount"), nodes as f64);
        }
        let output = run(&Struc2Vec, 2, &unit(&[(0, 1), (0, 0)]), r#"{"dimensions": 4}"#);
        assert_eq!(figure(&output, "zeroCount"), 0.0);
    }
}
