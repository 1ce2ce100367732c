//! The searches by stored vectors, described as algorithms are.

use wend_algorithms::{
    ColumnDescription, Description, Parameter,
    core::parameters::{UNLIMITED, choice, int, joined, optional_text, optional_texts},
};

/// Which search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    Similar,
    Recommend,
}

wend_algorithms::choices! {
    /// How two vectors are compared.
    pub(crate) enum Metric {
        Cosine = "cosine",
        Dot = "dot",
    }
}

wend_algorithms::parameters! {
    /// What is asked about.
    pub(crate) struct Asked {
        /// The node that is asked about, or its _id.
        node as "node": Option<String> = optional_text("`nodes` is given");
        /// Several nodes that are asked about, or their _ids: all in one reading of the vectors.
        nodes as "nodes": Option<Vec<String>> = optional_texts("`node` is given");
        /// The node property with the vectors: a VECTOR or a list of numbers. Nodes without it are not looked at.
        property as "property": Option<String> = optional_text("the only embedding that was written");
    }
}

wend_algorithms::parameters! {
    /// What only a recommendation takes.
    pub(crate) struct Target {
        /// The edge label of what is recommended, from the node asked about to what it has already.
        edge as "targetEdge": Option<String> = optional_text("nothing is left out");
    }
}

wend_algorithms::parameters! {
    /// How many nodes come out.
    pub(crate) struct Count {
        /// How many nodes to give for each node asked about; fewer where there are not as many.
        k as "k": usize = int(1, UNLIMITED, 10);
    }
}

wend_algorithms::parameters! {
    /// The metric of `algo.similar`.
    pub(crate) struct ByCosine {
        /// cosine of the angle between two vectors, or their dot product. With cosine a zero vector is near nothing, and
        /// its node is left out.
        metric as "metric": Metric = choice("cosine");
    }
}

wend_algorithms::parameters! {
    /// The metric of `algo.recommend`.
    pub(crate) struct ByDot {
        /// cosine of the angle between two vectors, or their dot product. With cosine a zero vector is near nothing, and
        /// its node is left out.
        metric as "metric": Metric = choice("dot");
    }
}

static SIMILAR_PARAMETERS: [Parameter; 5] = joined(&[Asked::PARAMETERS, Count::PARAMETERS, ByCosine::PARAMETERS]);

static RECOMMEND_PARAMETERS: [Parameter; 6] =
    joined(&[Asked::PARAMETERS, Target::PARAMETERS, Count::PARAMETERS, ByDot::PARAMETERS]);

const SCORE: ColumnDescription = ColumnDescription::new("score", "FLOAT", "Cosine or dot product of the two vectors.");

const RANK: ColumnDescription = ColumnDescription::new(
    "rank",
    "INT",
    "1 for the highest score of this nodeId. Of equal scores the node that was inserted first comes first.",
);

const ASKED: ColumnDescription = ColumnDescription::new("nodeId", "STRING", "The _id of the node asked about.");

const STATS: &[ColumnDescription] = &[
    ColumnDescription::new("queryCount", "INT", "Nodes asked about."),
    ColumnDescription::new("candidateCount", "INT", "Nodes whose vectors were compared with theirs."),
    ColumnDescription::new("dimensions", "INT", "Length of each vector."),
    ColumnDescription::new("resultCount", "INT", "Rows that a call gives."),
];

static SIMILAR: Description = Description {
    name: "similar",
    category: "search",
    summary: "The k nodes whose vectors are nearest to a node's, exact.",
    doc: "Compares the vector that a node has as a property, such as an embedding that was written, with those of all other \
          nodes, and gives the k nearest, highest score first. nodeLabels says which nodes may come out; the nodes asked \
          about may have any label. Nothing is approximate: every vector is compared. A node never comes out as its own \
          neighbour.\n\n\
          No graph view is made: edgeLabels and weight are refused, and seed changes nothing. The vectors are read piece by \
          piece as they are stored, by all threads, so that memory does not grow with the graph.\n\n\
          Cost: time grows with (nodes with the property) * dimensions * (nodes asked about).",
    parameters: &SIMILAR_PARAMETERS,
    columns: &[
        ASKED,
        ColumnDescription::new("neighborId", "STRING", "The _id of a node with a similar vector."),
        SCORE,
        RANK,
    ],
    stats: STATS,
};

static RECOMMEND: Description = Description {
    name: "recommend",
    category: "search",
    summary: "The k nodes whose vectors score highest with a node's, without those it already has an edge to.",
    doc: "Scores every candidate by the product of its vector with that of the node asked about, both of the same property, \
          such as embeddings that a recommendation model wrote. With targetEdge, nodes that the node already has an edge of \
          that label to are left out, and candidates are the nodes with at least one of the labels that ends of such edges \
          have: (customer)-[:BOUGHT]->(track) gives tracks that this customer has not bought. nodeLabels narrows the \
          candidates further. Nothing is approximate.\n\n\
          No graph view is made: edgeLabels and weight are refused, and seed changes nothing. The vectors are read piece by \
          piece as they are stored, by all threads, so that memory does not grow with the graph.\n\n\
          Cost: time grows with (candidates) * dimensions * (nodes asked about), and with the number of edges of the label \
          targetEdge until every label that their ends have was seen.",
    parameters: &RECOMMEND_PARAMETERS,
    columns: &[ASKED, ColumnDescription::new("itemId", "STRING", "The _id of a node to recommend."), SCORE, RANK],
    stats: STATS,
};

impl Search {
    pub(crate) const ALL: [Search; 2] = [Search::Similar, Search::Recommend];

    pub(crate) fn description(self) -> &'static Description {
        match self {
            Search::Similar => &SIMILAR,
            Search::Recommend => &RECOMMEND,
        }
    }
}
