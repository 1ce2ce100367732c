//! `algo.node2vec` as listings and reference pages show it.

use super::parameters::Given;
use crate::core::description::{ColumnDescription, Description};

pub(super) static DESCRIPTION: Description = Description {
    name: "node2vec",
    category: "embedding",
    summary: "Node embeddings from biased random walks: projected, factorised or trained.",
    doc: "Second-order random walks start walksPerNode times at each node; edges are walked in both directions. The \
          step v -> x after t -> v has the unnormalised weight w(v,x) * (1/p if x = t, 1 if x is a neighbour of t, 1/q \
          otherwise); the first step is by weight. Nodes at distance d <= window in one walk gain 1/d in the \
          co-occurrence matrix C, in both directions. An isolated node has the zero vector, or none with isolated: \
          'skip'. Every vector is scaled to length 1.\n\n\
          method: 'projection', the default, multiplies C with a random matrix R of -1, 0, +1 (probabilities 1/6, 2/3, \
          1/6): E = C R. It is the fastest and streams: neither walks nor C are ever stored. transform: 'log1p' projects \
          log(1 + C) instead, which keeps hubs and returns from drowning the rest; walks are stored. sampling: 'exact' \
          (p = q = 1) projects the expectation of C over all walks by sparse products, with no sampling noise; \
          distanceNorm: true scales the projection of each distance to length 1 first and weighs all distances the same.\n\n\
          method: 'spectral' takes the leading eigenvectors u of log(1 + C), times sqrt|eigenvalue|, by randomised \
          subspace iteration, and smooths them: Z <- (1 - smoothing) Y + smoothing P Z, smoothingSteps times, with P the \
          transition matrix. Of each node the largest counts are kept, at least 128 and so many that all together are \
          about 2^24. sampling: 'exact' (p = q = 1) takes those of sum over t <= window of S^t / t instead, with S = \
          D^-1/2 A D^-1/2, whose first, trivial one is left out, scaled by D^-1/2. Best where classes or links are to be \
          told; smoothing: 0 where the structural role counts.\n\n\
          method: 'skipgram' trains the skip-gram model of the paper with negative sampling (noise by visits to the power \
          0.75) on the walks, windows of random size, in batches: the same bits for any number of threads.\n\n\
          Papers: Grover and Leskovec, node2vec, KDD 2016; Achlioptas, Database-friendly random projections, JCSS \
          2003; Halko, Martinsson and Tropp, Finding structure with randomness, SIAM Review 2011; Mikolov et al., \
          Distributed representations of words and phrases, NIPS 2013; Ji et al., Parallelizing word2vec in shared and \
          distributed memory, 2016.\n\n\
          Cost: time grows with nodes * walksPerNode * walkLength * window, and for 'projection' and 'skipgram' with \
          dimensions too; memory with nodes * dimensions, and beside projection: 'raw' with 4 bytes per position of all \
          walks. Sums of 'projection' are exact integers for windows up to 10, and for wider ones as long as the least \
          common multiple of 1..window fits; beyond that 1/d is rounded to a multiple of a power of two.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new(
            "embedding",
            "VECTOR",
            "The node's vector, of length 1; zero for a node that no walk leaves.",
        ),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes embedded."),
        ColumnDescription::new("dimensions", "INT", "Length of each vector."),
        ColumnDescription::new("walks", "INT", "Walks of at least one step; 0 with sampling: 'exact'."),
        ColumnDescription::new("steps", "INT", "Steps of all walks."),
        ColumnDescription::new(
            "stepsPerSecond",
            "FLOAT",
            "Steps per second of the whole run, all \
            threads together; NULL without walks.",
        ),
        ColumnDescription::new("zeroCount", "INT", "Nodes whose vector is zero."),
        ColumnDescription::new(
            "duplicateCount",
            "INT",
            "Nodes whose vector, not zero, an earlier node \
            has too.",
        ),
        ColumnDescription::new(
            "edgeCosineMean",
            "FLOAT",
            "Mean cosine over the two ends of up to \
            100,000 edges drawn at random; NULL without edges.",
        ),
        ColumnDescription::new("edgeCosineDeviation", "FLOAT", "Standard deviation of the same."),
        ColumnDescription::new(
            "randomCosineMean",
            "FLOAT",
            "Mean cosine over as many random pairs of \
            nodes.",
        ),
        ColumnDescription::new("randomCosineDeviation", "FLOAT", "Standard deviation of the same."),
        ColumnDescription::new(
            "auc",
            "FLOAT",
            "With evaluate: true the probability that a hidden edge \
            has a greater cosine than a random pair without an edge, in a run without the hidden edges.",
        ),
    ],
};
