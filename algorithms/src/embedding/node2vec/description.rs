//! `algo.node2vec` as listings and reference pages show it.

use crate::core::description::{ColumnDescription, DefaultValue, Description, Parameter, ParameterKind};

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
    parameters: &[
        Parameter {
            name: "dimensions",
            kind: ParameterKind::Int { min: 1, max: 4096 },
            default: DefaultValue::Int(128),
            doc: "Length of each vector.",
        },
        Parameter {
            name: "walkLength",
            kind: ParameterKind::Int { min: 2, max: i64::MAX },
            default: DefaultValue::Int(80),
            doc: "Nodes in each walk, the start included.",
        },
        Parameter {
            name: "walksPerNode",
            kind: ParameterKind::Int { min: 1, max: i64::MAX },
            default: DefaultValue::Int(10),
            doc: "Walks that start at each node.",
        },
        Parameter {
            name: "p",
            kind: ParameterKind::Float { min: 0.0, above: true, max: f64::INFINITY },
            default: DefaultValue::Float(1.0),
            doc: "Return: a step back to the node before weighs 1/p. Large p explores, small p stays.",
        },
        Parameter {
            name: "q",
            kind: ParameterKind::Float { min: 0.0, above: true, max: f64::INFINITY },
            default: DefaultValue::Float(1.0),
            doc: "In-out: a step to a node that is no neighbour of the node before weighs 1/q. Large q stays in the \
                  neighbourhood, small q leaves it.",
        },
        Parameter {
            name: "window",
            kind: ParameterKind::Int { min: 1, max: i64::MAX },
            default: DefaultValue::Int(10),
            doc: "Largest distance in a walk at which two nodes count as co-occurring; at most walkLength - 1 counts.",
        },
        Parameter {
            name: "method",
            kind: ParameterKind::Choice(&["projection", "spectral", "skipgram"]),
            default: DefaultValue::String("projection"),
            doc: "How vectors are made of the walks.",
        },
        Parameter {
            name: "transform",
            kind: ParameterKind::Choice(&["raw", "log1p"]),
            default: DefaultValue::String("raw"),
            doc: "What is projected: counts, or log(1 + count). For 'projection'.",
        },
        Parameter {
            name: "sampling",
            kind: ParameterKind::Choice(&["walks", "exact"]),
            default: DefaultValue::String("walks"),
            doc: "Walks that are sampled, or their expectation, for p = q = 1. For 'projection' and 'spectral'.",
        },
        Parameter {
            name: "distanceNorm",
            kind: ParameterKind::Bool,
            default: DefaultValue::Bool(false),
            doc: "Whether the projection of each distance is scaled to length 1 first, and all weigh the same. For \
                  'projection' with sampling: 'exact'.",
        },
        Parameter {
            name: "iterations",
            kind: ParameterKind::Int { min: 0, max: 1000 },
            default: DefaultValue::Absent("5; 8 with sampling: 'exact'"),
            doc: "Power iterations of 'spectral': more separate the eigenvectors better.",
        },
        Parameter {
            name: "smoothing",
            kind: ParameterKind::Float { min: 0.0, above: false, max: 1.0 },
            default: DefaultValue::Float(0.7),
            doc: "Share of the neighbours in a step of smoothing, 0 for none. For 'spectral'.",
        },
        Parameter {
            name: "smoothingSteps",
            kind: ParameterKind::Int { min: 0, max: 1000 },
            default: DefaultValue::Int(5),
            doc: "Steps of smoothing. For 'spectral'.",
        },
        Parameter {
            name: "negativeSamples",
            kind: ParameterKind::Int { min: 1, max: 100 },
            default: DefaultValue::Int(5),
            doc: "Random nodes that a co-occurrence is told from. For 'skipgram'.",
        },
        Parameter {
            name: "epochs",
            kind: ParameterKind::Int { min: 1, max: 10_000 },
            default: DefaultValue::Int(1),
            doc: "Passes over the walks. For 'skipgram'.",
        },
        Parameter {
            name: "learningRate",
            kind: ParameterKind::Float { min: 0.0, above: true, max: 10.0 },
            default: DefaultValue::Float(0.025),
            doc: "First learning rate; it falls to a 250th in proportion to the work done. For 'skipgram'.",
        },
        Parameter {
            name: "isolated",
            kind: ParameterKind::Choice(&["zero", "skip"]),
            default: DefaultValue::String("zero"),
            doc: "What a node gets that no walk leaves: the zero vector, or no row.",
        },
        Parameter {
            name: "evaluate",
            kind: ParameterKind::Bool,
            default: DefaultValue::Bool(false),
            doc: "Whether to embed the graph a second time, without a tenth of its edges, to see how well vectors tell \
                  those from pairs without an edge: the figure auc.",
        },
    ],
    columns: &[
        ColumnDescription { name: "nodeId", type_name: "STRING", doc: "The node's _id." },
        ColumnDescription {
            name: "embedding",
            type_name: "VECTOR",
            doc: "The node's vector, of length 1; zero for a node that no walk leaves.",
        },
    ],
    stats: &[
        ColumnDescription { name: "nodeCount", type_name: "INT", doc: "Nodes embedded." },
        ColumnDescription { name: "dimensions", type_name: "INT", doc: "Length of each vector." },
        ColumnDescription {
            name: "walks",
            type_name: "INT",
            doc: "Walks of at least one step; 0 with sampling: 'exact'.",
        },
        ColumnDescription { name: "steps", type_name: "INT", doc: "Steps of all walks." },
        ColumnDescription {
            name: "stepsPerSecond",
            type_name: "FLOAT",
            doc: "Steps per second of the whole run, all \
            threads together; NULL without walks.",
        },
        ColumnDescription { name: "zeroCount", type_name: "INT", doc: "Nodes whose vector is zero." },
        ColumnDescription {
            name: "duplicateCount",
            type_name: "INT",
            doc: "Nodes whose vector, not zero, an earlier node \
            has too.",
        },
        ColumnDescription {
            name: "edgeCosineMean",
            type_name: "FLOAT",
            doc: "Mean cosine over the two ends of up to \
            100,000 edges drawn at random; NULL without edges.",
        },
        ColumnDescription { name: "edgeCosineDeviation", type_name: "FLOAT", doc: "Standard deviation of the same." },
        ColumnDescription {
            name: "randomCosineMean",
            type_name: "FLOAT",
            doc: "Mean cosine over as many random pairs of \
            nodes.",
        },
        ColumnDescription { name: "randomCosineDeviation", type_name: "FLOAT", doc: "Standard deviation of the same." },
        ColumnDescription {
            name: "auc",
            type_name: "FLOAT",
            doc: "With evaluate: true the probability that a hidden edge \
            has a greater cosine than a random pair without an edge, in a run without the hidden edges.",
        },
    ],
};
