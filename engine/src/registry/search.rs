//! The searches by stored vectors, described as algorithms are.

use wend_algorithms::{ColumnDescription, DefaultValue, Description, Parameter, ParameterKind};

/// Which search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    Similar,
    Recommend,
}

const NODE: Parameter = Parameter {
    name: "node",
    kind: ParameterKind::String,
    default: DefaultValue::Absent("`nodes` is given"),
    doc: "The node that is asked about, or its _id.",
};

const NODES: Parameter = Parameter {
    name: "nodes",
    kind: ParameterKind::Strings,
    default: DefaultValue::Absent("`node` is given"),
    doc: "Several nodes that are asked about, or their _ids: all in one reading of the vectors.",
};

const PROPERTY: Parameter = Parameter {
    name: "property",
    kind: ParameterKind::String,
    default: DefaultValue::Absent("the only embedding that was written"),
    doc: "The node property with the vectors: a VECTOR or a list of numbers. Nodes without it are not looked at.",
};

const K: Parameter = Parameter {
    name: "k",
    kind: ParameterKind::Int { min: 1, max: i64::MAX },
    default: DefaultValue::Int(10),
    doc: "How many nodes to give for each node asked about; fewer where there are not as many.",
};

const fn metric(default: &'static str) -> Parameter {
    Parameter {
        name: "metric",
        kind: ParameterKind::Choice(&["cosine", "dot"]),
        default: DefaultValue::String(default),
        doc: "cosine of the angle between two vectors, or their dot product. With cosine a zero vector is near nothing, and \
              its node is left out.",
    }
}

const SCORE: ColumnDescription =
    ColumnDescription { name: "score", type_name: "FLOAT", doc: "Cosine or dot product of the two vectors." };

const RANK: ColumnDescription = ColumnDescription {
    name: "rank",
    type_name: "INT",
    doc: "1 for the highest score of this nodeId. Of equal scores the node that was inserted first comes first.",
};

const ASKED: ColumnDescription =
    ColumnDescription { name: "nodeId", type_name: "STRING", doc: "The _id of the node asked about." };

const STATS: &[ColumnDescription] = &[
    ColumnDescription { name: "queryCount", type_name: "INT", doc: "Nodes asked about." },
    ColumnDescription {
        name: "candidateCount",
        type_name: "INT",
        doc: "Nodes whose vectors were compared with theirs.",
    },
    ColumnDescription { name: "dimensions", type_name: "INT", doc: "Length of each vector." },
    ColumnDescription { name: "resultCount", type_name: "INT", doc: "Rows that a call gives." },
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
    parameters: &[NODE, NODES, PROPERTY, K, metric("cosine")],
    columns: &[
        ASKED,
        ColumnDescription { name: "neighborId", type_name: "STRING", doc: "The _id of a node with a similar vector." },
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
    parameters: &[
        NODE,
        NODES,
        PROPERTY,
        Parameter {
            name: "targetEdge",
            kind: ParameterKind::String,
            default: DefaultValue::Absent("nothing is left out"),
            doc: "The edge label of what is recommended, from the node asked about to what it has already.",
        },
        K,
        metric("dot"),
    ],
    columns: &[
        ASKED,
        ColumnDescription { name: "itemId", type_name: "STRING", doc: "The _id of a node to recommend." },
        SCORE,
        RANK,
    ],
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
