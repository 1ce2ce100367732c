//! The procedures of Neo4j's Graph Data Science library that stand for algorithms here: its parameters and columns, and what of an
//! algorithm each of them is.

use super::{
    BOOLEAN, Code, Compatible, DATE_TIME, Effect, FLOAT, Field, INTEGER, MAP, STRING, STRINGS, field, optional,
};

/// What a procedure of the library does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GdsCall {
    Project,
    ProjectEstimate,
    List,
    Exists,
    Drop,
    StreamProperties,
    WriteProperties,
    DropProperties,
    Algorithms,
    Progress,
    Run(Run),
}

/// An algorithm in one of its modes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) algorithm: &'static GdsAlgorithm,
    pub(crate) mode: GdsMode,
    /// What it would take is asked for.
    pub(crate) estimate: bool,
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        (self.algorithm.name, self.mode, self.estimate) == (other.algorithm.name, other.mode, other.estimate)
    }
}

impl Eq for Run {}

/// How an algorithm of the library is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GdsMode {
    Stream,
    Stats,
    /// What comes out is added to the projection.
    Mutate,
    /// What comes out is written to the graph.
    Write,
}

impl GdsMode {
    pub(crate) const ALL: [GdsMode; 4] = [GdsMode::Stream, GdsMode::Stats, GdsMode::Mutate, GdsMode::Write];

    pub(crate) fn name(self) -> &'static str {
        match self {
            GdsMode::Stream => "stream",
            GdsMode::Stats => "stats",
            GdsMode::Mutate => "mutate",
            GdsMode::Write => "write",
        }
    }
}

/// An algorithm under the library's name.
#[derive(Debug)]
pub(crate) struct GdsAlgorithm {
    /// After `gds.`.
    pub(crate) name: &'static str,
    /// After `algo.`.
    pub(crate) algorithm: &'static str,
    pub(crate) doc: &'static str,
    /// Parameters that a call does not give, and their values.
    pub(crate) fixed: &'static [(&'static str, Plain)],
    pub(crate) parameters: &'static [GdsParameter],
    /// The columns of the mode stream after the nodes.
    pub(crate) columns: &'static [Field],
    /// Rows are pairs of nodes, not nodes.
    pub(crate) pairs: bool,
    /// The figures of the other modes, apart from times.
    pub(crate) figures: &'static [(&'static str, &'static str, Figure)],
}

/// A parameter of the library.
#[derive(Debug)]
pub(crate) struct GdsParameter {
    pub(crate) name: &'static str,
    pub(crate) means: Means,
}

/// What a parameter of the library is here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Means {
    /// The same parameter, under this name; where a call leaves it out, the library's default.
    Is(&'static str, Plain),
    /// Nothing: it is about how the library computes what is computed in another way here.
    Nothing,
    /// Only this value, which says what happens here; any other is refused.
    Only(Plain),
    /// Nodes, by numbers or as nodes.
    Nodes(&'static str),
    /// The property with vectors, and how they are compared.
    VectorProperty,
    /// One of these, in capitals.
    Choice(&'static str, &'static [&'static str]),
}

/// A value that a parameter has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Plain {
    Nothing,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'static str),
}

/// A figure of the library.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Figure {
    /// How many nodes were seen.
    Nodes,
    /// A figure of the algorithm.
    Stat(&'static str),
    /// The same as the only element of a list.
    Listed(&'static str),
    /// How the numbers of the result are distributed.
    Distribution,
    /// How the sizes of its groups are.
    Sizes,
    /// Nothing was measured: an empty list.
    Unmeasured,
    /// The search compares every vector with every other, once.
    Exact,
    /// One pass.
    Once,
    /// How many pairs of nodes such a search compares.
    AllPairs,
}

const fn is(name: &'static str, ours: &'static str, default: Plain) -> GdsParameter {
    GdsParameter { name, means: Means::Is(ours, default) }
}

const fn nothing(name: &'static str) -> GdsParameter {
    GdsParameter { name, means: Means::Nothing }
}

const fn only(name: &'static str, value: Plain) -> GdsParameter {
    GdsParameter { name, means: Means::Only(value) }
}

const WEIGHT: GdsParameter = is("relationshipWeightProperty", "weight", Plain::Nothing);
const SEED: GdsParameter = is("randomSeed", "seed", Plain::Nothing);
const SEED_PROPERTY: GdsParameter = only("seedProperty", Plain::Nothing);
const MILLIS: &str = INTEGER;

/// The algorithms, by the library's order of kinds.
pub(crate) static ALGORITHMS: [GdsAlgorithm; 8] = [
    GdsAlgorithm {
        name: "node2vec",
        algorithm: "node2vec",
        doc: "Node2Vec by skip-gram with negative sampling: algo.node2vec with method: 'skipgram'.",
        fixed: &[("method", Plain::Text("skipgram"))],
        parameters: &[
            is("embeddingDimension", "dimensions", Plain::Int(128)),
            is("walkLength", "walkLength", Plain::Int(80)),
            is("walksPerNode", "walksPerNode", Plain::Int(10)),
            is("inOutFactor", "q", Plain::Float(1.0)),
            is("returnFactor", "p", Plain::Float(1.0)),
            is("windowSize", "window", Plain::Int(10)),
            is("iterations", "epochs", Plain::Int(1)),
            is("negativeSamplingRate", "negativeSamples", Plain::Int(5)),
            is("initialLearningRate", "learningRate", Plain::Float(0.025)),
            nothing("minLearningRate"),
            only("positiveSamplingFactor", Plain::Float(0.001)),
            only("negativeSamplingExponent", Plain::Float(0.75)),
            nothing("embeddingInitializer"),
            nothing("walkBufferSize"),
            only("sourceNodes", Plain::Nothing),
            WEIGHT,
            SEED,
        ],
        columns: &[field("embedding", "LIST<FLOAT>")],
        pairs: false,
        figures: &[("nodeCount", INTEGER, Figure::Nodes), ("lossPerIteration", "LIST<FLOAT>", Figure::Unmeasured)],
    },
    GdsAlgorithm {
        name: "fastRP",
        algorithm: "fastrp",
        doc: "Fast random projection: algo.fastrp.",
        fixed: &[],
        parameters: &[
            is("embeddingDimension", "dimensions", Plain::Nothing),
            is("iterationWeights", "iterationWeights", Plain::Nothing),
            is("normalizationStrength", "normalizationStrength", Plain::Nothing),
            is("nodeSelfInfluence", "nodeSelfInfluence", Plain::Nothing),
            is("propertyRatio", "propertyRatio", Plain::Nothing),
            is("featureProperties", "featureProperties", Plain::Nothing),
            WEIGHT,
            SEED,
        ],
        columns: &[field("embedding", "LIST<FLOAT>")],
        pairs: false,
        figures: &[("nodeCount", INTEGER, Figure::Nodes)],
    },
    GdsAlgorithm {
        name: "pageRank",
        algorithm: "pagerank",
        doc: "PageRank, all scores together 1: algo.pagerank.",
        fixed: &[],
        parameters: &[
            is("dampingFactor", "damping", Plain::Float(0.85)),
            is("maxIterations", "maxIterations", Plain::Int(20)),
            is("tolerance", "tolerance", Plain::Float(1e-7)),
            GdsParameter { name: "sourceNodes", means: Means::Nodes("sources") },
            only("scaler", Plain::Text("NONE")),
            WEIGHT,
        ],
        columns: &[field("score", FLOAT)],
        pairs: false,
        figures: &[
            ("ranIterations", INTEGER, Figure::Stat("iterations")),
            ("didConverge", BOOLEAN, Figure::Stat("converged")),
            ("centralityDistribution", MAP, Figure::Distribution),
        ],
    },
    GdsAlgorithm {
        name: "louvain",
        algorithm: "louvain",
        doc: "Communities by the Louvain method: algo.louvain.",
        fixed: &[],
        parameters: &[
            is("maxLevels", "maxLevels", Plain::Int(10)),
            nothing("maxIterations"),
            nothing("tolerance"),
            only("includeIntermediateCommunities", Plain::Bool(false)),
            only("minCommunitySize", Plain::Nothing),
            nothing("consecutiveIds"),
            SEED_PROPERTY,
            WEIGHT,
        ],
        columns: &[field("communityId", INTEGER), field("intermediateCommunityIds", "LIST<INTEGER>")],
        pairs: false,
        figures: &[
            ("modularity", FLOAT, Figure::Stat("modularity")),
            ("modularities", "LIST<FLOAT>", Figure::Listed("modularity")),
            ("ranLevels", INTEGER, Figure::Stat("levels")),
            ("communityCount", INTEGER, Figure::Stat("groupCount")),
            ("communityDistribution", MAP, Figure::Sizes),
        ],
    },
    GdsAlgorithm {
        name: "leiden",
        algorithm: "leiden",
        doc: "Connected communities by the Leiden method: algo.leiden.",
        fixed: &[],
        parameters: &[
            is("maxLevels", "maxIterations", Plain::Int(10)),
            is("gamma", "resolution", Plain::Float(1.0)),
            is("tolerance", "tolerance", Plain::Float(1e-4)),
            nothing("theta"),
            only("includeIntermediateCommunities", Plain::Bool(false)),
            only("minCommunitySize", Plain::Nothing),
            nothing("consecutiveIds"),
            SEED_PROPERTY,
            WEIGHT,
            SEED,
        ],
        columns: &[field("communityId", INTEGER), field("intermediateCommunityIds", "LIST<INTEGER>")],
        pairs: false,
        figures: &[
            ("nodeCount", INTEGER, Figure::Nodes),
            ("modularity", FLOAT, Figure::Stat("modularity")),
            ("modularities", "LIST<FLOAT>", Figure::Listed("modularity")),
            ("ranLevels", INTEGER, Figure::Stat("iterations")),
            ("didConverge", BOOLEAN, Figure::Stat("converged")),
            ("communityCount", INTEGER, Figure::Stat("groupCount")),
            ("communityDistribution", MAP, Figure::Sizes),
        ],
    },
    GdsAlgorithm {
        name: "wcc",
        algorithm: "wcc",
        doc: "Weakly connected components: algo.wcc.",
        fixed: &[],
        parameters: &[
            only("threshold", Plain::Float(0.0)),
            only("minComponentSize", Plain::Nothing),
            only("consecutiveIds", Plain::Bool(false)),
            SEED_PROPERTY,
            WEIGHT,
        ],
        columns: &[field("componentId", INTEGER)],
        pairs: false,
        figures: &[
            ("componentCount", INTEGER, Figure::Stat("groupCount")),
            ("componentDistribution", MAP, Figure::Sizes),
        ],
    },
    GdsAlgorithm {
        name: "knn",
        algorithm: "knn",
        doc: "The nearest nodes by the vectors of a property, exact: algo.knn.",
        fixed: &[],
        parameters: &[
            GdsParameter { name: "nodeProperties", means: Means::VectorProperty },
            is("topK", "topK", Plain::Int(10)),
            is("similarityCutoff", "similarityCutoff", Plain::Float(0.0)),
            nothing("deltaThreshold"),
            nothing("maxIterations"),
            nothing("sampleRate"),
            nothing("perturbationRate"),
            nothing("randomJoins"),
            nothing("initialSampler"),
            SEED,
        ],
        columns: &[field("similarity", FLOAT)],
        pairs: true,
        figures: &[
            ("nodesCompared", INTEGER, Figure::Stat("nodeCount")),
            ("nodePairsConsidered", INTEGER, Figure::AllPairs),
            ("ranIterations", INTEGER, Figure::Once),
            ("didConverge", BOOLEAN, Figure::Exact),
            ("similarityPairs", INTEGER, Figure::Stat("pairCount")),
            ("similarityDistribution", MAP, Figure::Distribution),
        ],
    },
    GdsAlgorithm {
        name: "nodeSimilarity",
        algorithm: "nodesimilarity",
        doc: "Nodes whose neighbours are alike: algo.nodesimilarity.",
        fixed: &[],
        parameters: &[
            is("topK", "topK", Plain::Int(10)),
            only("bottomK", Plain::Int(10)),
            only("topN", Plain::Int(0)),
            only("bottomN", Plain::Int(0)),
            is("similarityCutoff", "similarityCutoff", Plain::Float(1e-42)),
            is("degreeCutoff", "degreeCutoff", Plain::Int(1)),
            only("upperDegreeCutoff", Plain::Int(2_147_483_647)),
            GdsParameter {
                name: "similarityMetric",
                means: Means::Choice("measure", &["JACCARD", "OVERLAP", "COSINE"]),
            },
            only("useComponents", Plain::Bool(false)),
            WEIGHT,
        ],
        columns: &[field("similarity", FLOAT)],
        pairs: true,
        figures: &[
            ("nodesCompared", INTEGER, Figure::Stat("nodesCompared")),
            ("similarityPairs", INTEGER, Figure::Stat("pairCount")),
            ("similarityDistribution", MAP, Figure::Distribution),
        ],
    },
];

/// Parameters of every algorithm.
pub(crate) const COMMON: [&str; 7] =
    ["nodeLabels", "relationshipTypes", "concurrency", "jobId", "sudo", "logProgress", "username"];

impl Run {
    /// The parameters of a mode besides: where what comes out goes.
    pub(crate) fn targets(&self) -> &'static [&'static str] {
        match (self.mode, self.algorithm.pairs) {
            (GdsMode::Write, false) => &["writeProperty", "writeConcurrency", "writeToResultStore"],
            (GdsMode::Write, true) => {
                &["writeProperty", "writeRelationshipType", "writeConcurrency", "writeToResultStore"]
            }
            (GdsMode::Mutate, false) => &["mutateProperty"],
            (GdsMode::Mutate, true) => &["mutateProperty", "mutateRelationshipType"],
            (GdsMode::Stream | GdsMode::Stats, _) => &[],
        }
    }

    /// The times and counts of a mode, before the configuration.
    fn columns(&self) -> Vec<Field> {
        if self.estimate {
            return ESTIMATE.to_vec();
        }
        let algorithm = self.algorithm;
        if self.mode == GdsMode::Stream {
            let nodes: &[Field] = match algorithm.pairs {
                true => &[field("node1", INTEGER), field("node2", INTEGER)],
                false => &[field("nodeId", INTEGER)],
            };
            return [nodes, algorithm.columns].concat();
        }
        let mut columns: Vec<Field> = algorithm.figures.iter().map(|&(name, of, _)| field(name, of)).collect();
        columns.extend([field("preProcessingMillis", MILLIS), field("computeMillis", MILLIS)]);
        columns.push(field("postProcessingMillis", MILLIS));
        let written = if algorithm.pairs { "relationshipsWritten" } else { "nodePropertiesWritten" };
        match self.mode {
            GdsMode::Mutate => columns.extend([field("mutateMillis", MILLIS), field(written, INTEGER)]),
            GdsMode::Write => columns.extend([field("writeMillis", MILLIS), field(written, INTEGER)]),
            GdsMode::Stats | GdsMode::Stream => {}
        }
        columns.push(field("configuration", MAP));
        columns
    }
}

const ESTIMATE: [Field; 9] = [
    field("requiredMemory", STRING),
    field("treeView", STRING),
    field("mapView", MAP),
    field("bytesMin", INTEGER),
    field("bytesMax", INTEGER),
    field("nodeCount", INTEGER),
    field("relationshipCount", INTEGER),
    field("heapPercentageMin", FLOAT),
    field("heapPercentageMax", FLOAT),
];

const GRAPH: [Field; 13] = [
    field("graphName", STRING),
    field("database", STRING),
    field("databaseLocation", STRING),
    field("memoryUsage", STRING),
    field("sizeInBytes", INTEGER),
    field("nodeCount", INTEGER),
    field("relationshipCount", INTEGER),
    field("configuration", MAP),
    field("density", FLOAT),
    field("creationTime", DATE_TIME),
    field("modificationTime", DATE_TIME),
    field("schema", MAP),
    field("schemaWithOrientation", MAP),
];

const ANY: &str = "ANY";

pub(super) fn procedures() -> Vec<Compatible> {
    use Effect::{Reads, Server, Writes};
    let config = optional("configuration", MAP, "{}");
    let name = field("graphName", STRING);
    let projections = [field("nodeProjection", ANY), field("relationshipProjection", ANY)];
    let mut all = vec![
        Compatible::new(
            "gds.graph.project",
            &[&[name][..], &projections, &[config]].concat(),
            &[
                field("nodeProjection", MAP),
                field("relationshipProjection", MAP),
                name,
                field("nodeCount", INTEGER),
                field("relationshipCount", INTEGER),
                field("projectMillis", INTEGER),
            ],
            Reads,
            Code::Gds(GdsCall::Project),
            "Names a part of the graph for the other procedures of gds.",
        ),
        Compatible::new(
            "gds.graph.project.estimate",
            &[&projections[..], &[config]].concat(),
            &ESTIMATE,
            Reads,
            Code::Gds(GdsCall::ProjectEstimate),
            "The memory that a projection would take.",
        ),
        Compatible::new(
            "gds.graph.list",
            &[optional("graphName", STRING, "null")],
            &[&[field("degreeDistribution", MAP)][..], &GRAPH].concat(),
            Reads,
            Code::Gds(GdsCall::List),
            "The projections.",
        ),
        Compatible::new(
            "gds.graph.exists",
            &[name],
            &[name, field("exists", BOOLEAN)],
            Reads,
            Code::Gds(GdsCall::Exists),
            "Whether there is a projection of that name.",
        ),
        Compatible::new(
            "gds.graph.drop",
            &[
                field("graphName", "STRING | LIST<STRING>"),
                optional("failIfMissing", BOOLEAN, "true"),
                optional("dbName", STRING, "\"\""),
                optional("username", STRING, "\"\""),
            ],
            &GRAPH,
            Reads,
            Code::Gds(GdsCall::Drop),
            "Forgets projections.",
        ),
        Compatible::new(
            "gds.graph.nodeProperties.stream",
            &[
                name,
                field("nodeProperties", "STRING | LIST<STRING>"),
                optional("nodeLabels", "STRING | LIST<STRING>", "[\"*\"]"),
                config,
            ],
            &[
                field("nodeId", INTEGER),
                field("nodeProperty", STRING),
                field("propertyValue", ANY),
                field("nodeLabels", STRINGS),
            ],
            Reads,
            Code::Gds(GdsCall::StreamProperties),
            "Properties of the nodes of a projection, those that procedures added among them.",
        ),
        Compatible::new(
            "gds.graph.nodeProperties.write",
            &[name, field("nodeProperties", ANY), optional("nodeLabels", "STRING | LIST<STRING>", "[\"*\"]"), config],
            &[
                field("writeMillis", INTEGER),
                name,
                field("nodeProperties", STRINGS),
                field("propertiesWritten", INTEGER),
                field("configuration", MAP),
            ],
            Writes,
            Code::Gds(GdsCall::WriteProperties),
            "Writes properties that procedures added to a projection to the graph.",
        ),
        Compatible::new(
            "gds.graph.nodeProperties.drop",
            &[name, field("nodeProperties", "STRING | LIST<STRING>"), config],
            &[name, field("nodeProperties", STRINGS), field("propertiesRemoved", INTEGER)],
            Reads,
            Code::Gds(GdsCall::DropProperties),
            "Takes away properties that procedures added to a projection.",
        ),
        Compatible::new(
            "gds.list",
            &[optional("name", STRING, "\"\"")],
            &[field("name", STRING), field("description", STRING), field("signature", STRING), field("type", STRING)],
            Server,
            Code::Gds(GdsCall::Algorithms),
            "The procedures of gds.",
        ),
        Compatible::new(
            "gds.listProgress",
            &[optional("jobId", STRING, "\"\""), optional("showCompleted", BOOLEAN, "false")],
            &[
                field("username", STRING),
                field("jobId", STRING),
                field("taskName", STRING),
                field("progress", STRING),
                field("progressBar", STRING),
                field("status", STRING),
                field("timeStarted", "LOCAL TIME"),
                field("elapsedTime", STRING),
            ],
            Server,
            Code::Gds(GdsCall::Progress),
            "The procedures on projections that run, by the jobId of their configuration.",
        ),
    ];
    for algorithm in &ALGORITHMS {
        for mode in GdsMode::ALL {
            for estimate in [false, true] {
                let run = Run { algorithm, mode, estimate };
                let name = format!("gds.{}.{}{}", algorithm.name, mode.name(), if estimate { ".estimate" } else { "" });
                let graph = if estimate { "graphNameOrConfiguration" } else { "graphName" };
                let of = if estimate { ANY } else { STRING };
                let effect = if mode == GdsMode::Write && !estimate { Writes } else { Reads };
                let code = Code::Gds(GdsCall::Run(run));
                let columns = run.columns();
                all.push(Compatible::new(name, &[field(graph, of), config], &columns, effect, code, algorithm.doc));
            }
        }
    }
    all
}
