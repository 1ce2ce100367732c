//! `algo.similar` and `algo.recommend`: the nearest nodes by stored vectors, exact.
//!
//! Not algorithms on a graph view, since no view of a graph is needed: the vectors are read as they are stored, piece by
//! piece, by all threads, and only the best k of each query are kept. Their descriptions are as the algorithms' are.

mod request;
mod scan;
mod top;

use std::time::Instant;

use request::Request;
use wend_algorithms::{
    Arguments, ColumnDescription, DefaultValue, Description, Estimate, GraphShape, Parameter, ParameterKind,
};

use super::{
    Mode, Procedure,
    invoke::{check_memory, estimate_row},
    result::ResultRows,
};
use crate::{
    error::Result,
    exec::context::{Held, Statement},
    value::Value,
};

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

/// Seconds to read a vector, and for each of its numbers to compare it, on one thread of the machine of
/// docs/benchmarks.md.
const READ_SECONDS: f64 = 0.35e-6;
const COMPARE_SECONDS: f64 = 0.45e-9;

impl Search {
    pub(super) const ALL: [Search; 2] = [Search::Similar, Search::Recommend];

    pub(super) fn description(self) -> &'static Description {
        match self {
            Search::Similar => &SIMILAR,
            Search::Recommend => &RECOMMEND,
        }
    }
}

/// Runs a search in one of its modes.
pub(super) fn invoke(
    st: &Statement,
    search: Search,
    procedure: Procedure,
    arguments: &Arguments,
) -> Result<ResultRows> {
    let request = Request::new(st, search, arguments)?;
    let pool = st.database.pool()?.current_num_threads();
    let threads = arguments.concurrency.map_or(pool, |limit| limit.clamp(1, pool));
    let nodes = request.candidates.at_most(st)?;
    let estimate = estimate(&request, nodes, threads);
    if procedure.mode == Mode::Estimate {
        let shape = GraphShape { nodes, ..GraphShape::default() };
        return Ok(ResultRows::table(vec![estimate_row(shape, estimate)]));
    }
    check_memory(st, procedure, estimate, arguments.max_memory)?;
    let mut held = Held::default();
    held.take(st, usize::try_from(estimate.bytes).unwrap_or(usize::MAX), &procedure.name())?;
    let started = Instant::now();
    let found = scan::scan(st, &request, threads)?;
    let int = |value: usize| Value::Int(value as i64);
    if procedure.mode == Mode::Stats {
        return Ok(ResultRows::table(vec![vec![
            int(request.queries.len()),
            Value::Int(found.candidates as i64),
            int(request.dimensions),
            int(found.best.iter().map(Vec::len).sum()),
            Value::Int(started.elapsed().as_millis() as i64),
        ]]));
    }
    let mut rows = Vec::new();
    for (query, best) in request.queries.iter().zip(found.best) {
        for (rank, hit) in best.into_iter().enumerate() {
            let id = st.tx.node_id(st.graph, hit.node)?.unwrap_or_default();
            rows.push(vec![
                Value::String(query.id.clone()),
                Value::String(id.into()),
                Value::Float(hit.score),
                int(rank + 1),
            ]);
        }
    }
    Ok(ResultRows::table(rows))
}

/// What a search needs: the queries, and the best of each in every thread and in the rows.
fn estimate(request: &Request, nodes: u64, threads: usize) -> Estimate {
    let (queries, dimensions) = (request.queries.len() as u64, request.dimensions as u64);
    let kept = (request.k as u64).min(nodes).saturating_mul(queries);
    let row = 4 * size_of::<Value>() as u64 + 64;
    let bytes = kept
        .saturating_mul(threads as u64 * 16 + row)
        .saturating_add(queries.saturating_mul(dimensions * 8))
        .saturating_add(threads as u64 * (1 << 20));
    let compared = nodes as f64 * (READ_SECONDS + COMPARE_SECONDS * (dimensions * queries) as f64);
    Estimate { bytes, seconds: compared / threads as f64 }
}
