//! What a search is asked: nodes with their vectors, which nodes may come out, and which may not.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use wend_algorithms::{Arguments, Common};
use wend_storage::{Direction, LabelId, NodeId, PropertyKey, Value as Stored};

use super::super::error::algorithm_error;
use super::scan::{bring_into_range, norm, numbers_of};
use crate::{
    error::{Error, Result},
    registry::search::{Asked, ByCosine, Count, Metric, Search, Target},
    runtime::statement::Statement,
};

/// A checked call.
pub(super) struct Request {
    pub(super) property: PropertyKey,
    pub(super) property_name: Arc<str>,
    pub(super) k: usize,
    pub(super) cosine: bool,
    /// Length of each vector.
    pub(super) dimensions: usize,
    /// In the order they were given.
    pub(super) queries: Vec<Query>,
    pub(super) candidates: Candidates,
}

/// A node that is asked about.
pub(super) struct Query {
    pub(super) id: Arc<str>,
    pub(super) vector: Vec<f64>,
    pub(super) norm: f64,
    /// Nodes that are not to come out for it, itself among them; sorted.
    pub(super) without: Vec<NodeId>,
}

/// Which nodes may come out: those with one label of each list.
#[derive(Default)]
pub(super) struct Candidates {
    /// None = all nodes.
    pub(super) labels: Vec<Vec<LabelId>>,
}

impl Candidates {
    /// No more nodes than this.
    pub(super) fn at_most(&self, st: &Statement) -> Result<u64> {
        let mut most = st.tx.node_count(st.graph)?;
        for labels in &self.labels {
            let counts = labels.iter().map(|&label| Ok(st.tx.node_label_count(st.graph, label)?));
            most = most.min(counts.collect::<Result<Vec<u64>>>()?.into_iter().sum());
        }
        Ok(most)
    }
}

impl Request {
    pub(super) fn new(st: &Statement, search: Search, arguments: &Arguments) -> Result<Request> {
        let name = search.description().name;
        for (parameter, given) in
            [(Common::edge_labels, arguments.edge_labels.is_some()), (Common::weight, arguments.weight.is_some())]
        {
            if given {
                return Err(Error::rule(format!("algo.{name} reads no edges by `{parameter}`"))
                    .with_hint("nodeLabels says which nodes may come out"));
            }
        }
        let bad = |error: wend_algorithms::ArgumentError| algorithm_error(error.into());
        let Asked { node, nodes, property: named } = Asked::read(arguments).map_err(bad)?;
        let (property, property_name) = property(st, named.as_deref())?;
        // Both searches have the parameter; its default is in the arguments by now.
        let cosine = ByCosine::read(arguments).map_err(bad)?.metric == Metric::Cosine;
        let mut candidates = Candidates::default();
        if let Some(labels) = &arguments.node_labels {
            candidates.labels.push(node_labels(st, labels)?);
        }
        let target = match search {
            Search::Similar => None,
            Search::Recommend => Target::read(arguments).map_err(bad)?.edge,
        };
        let target = match target {
            Some(label) => {
                let label = edge_label(st, &label)?;
                candidates.labels.push(target_labels(st, label)?);
                Some(label)
            }
            None => None,
        };
        let ids = match (node, nodes) {
            (Some(node), None) => vec![node],
            (None, Some(nodes)) => nodes,
            (Some(_), Some(_)) => return Err(Error::rule(format!("algo.{name} takes `node` or `nodes`, not both"))),
            (None, None) => {
                return Err(Error::rule(format!("algo.{name} needs a `node` to start from"))
                    .with_hint(format!("CALL algo.{name}({{node: \"..\", property: \"{property_name}\"}})")));
            }
        };
        let mut queries: Vec<Query> = Vec::new();
        let mut seen = FxHashSet::default();
        for id in ids {
            let node = st
                .tx
                .node_by_id(st.graph, &id)?
                .ok_or_else(|| Error::reference(format!("there is no node with the _id '{id}'")))?;
            if seen.insert(node) {
                queries.push(query(st, id, node, (property, &property_name), cosine, target)?);
            }
        }
        let dimensions = queries.first().map_or(0, |query| query.vector.len());
        for query in &queries {
            if query.vector.len() != dimensions {
                return Err(lengths(&property_name, (&queries[0].id, dimensions), (&query.id, query.vector.len())));
            }
        }
        let k = Count::read(arguments).map_err(bad)?.k;
        Ok(Request { property, property_name, k, cosine, dimensions, queries, candidates })
    }
}

/// The error of two nodes whose vectors have different lengths.
pub(super) fn lengths(property: &str, a: (&str, usize), b: (&str, usize)) -> Error {
    Error::value_type(format!(
        "`{property}` has {} numbers at the node '{}' and {} at '{}'; only vectors of one length can be compared",
        a.1, a.0, b.1, b.0
    ))
    .with_hint("narrow the nodes with nodeLabels, or write the property again for all of them")
}

/// The property that is named, or the only one that has written vectors.
fn property(st: &Statement, name: Option<&str>) -> Result<(PropertyKey, Arc<str>)> {
    if let Some(name) = name {
        let key = st.tx.property_key(name)?.ok_or_else(|| {
            let keys = st.tx.property_keys().unwrap_or_default();
            let near = wend_grammar::suggest(name, keys.iter().map(|(_, name)| &**name));
            Error::reference(format!("property names `{name}`, which nothing in the database has"))
                .with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
        })?;
        return Ok((key, name.into()));
    }
    let keys = st.tx.vector_properties(st.graph)?;
    let names = keys.iter().map(|&key| Ok(st.tx.property_key_name(key)?)).collect::<Result<Vec<_>>>()?;
    match (&*keys, &*names) {
        ([key], [name]) => Ok((*key, name.clone())),
        ([], _) => Err(Error::rule("no embedding was written in this graph, so `property` has to name the vectors")
            .with_hint("CALL algo.node2vec.write({..}, {db: {property: \"..\"}}) writes one")),
        _ => Err(Error::rule(format!("`property` has to name one of the embeddings: {}", names.join(", ")))),
    }
}

fn query(
    st: &Statement,
    id: String,
    node: NodeId,
    (property, name): (PropertyKey, &str),
    cosine: bool,
    target: Option<LabelId>,
) -> Result<Query> {
    let mut vector = match st.tx.node_property(st.graph, node, property)? {
        Some(value) => vector(&value).ok_or_else(|| {
            Error::value_type(format!("`{name}` of the node '{id}' is neither a VECTOR nor a list of numbers"))
        })?,
        None => {
            return Err(Error::data("22003", format!("the node '{id}' has no `{name}`"))
                .with_hint("write the property for all nodes that are asked about"));
        }
    };
    if cosine {
        bring_into_range(&mut vector);
    }
    let norm = norm(&vector);
    if cosine && norm == 0.0 {
        return Err(Error::data(
            "22003",
            format!("`{name}` of the node '{id}' is zero, and a zero vector has no angle"),
        )
        .with_hint("metric: \"dot\" compares it, and all scores are 0"));
    }
    let mut without = vec![node];
    if let Some(label) = target {
        let mut edges = Vec::new();
        st.tx.adjacency(st.graph)?.expand(node, Direction::Out, Some(label), &mut edges)?;
        without.extend(edges.iter().map(|edge| edge.node));
        without.sort_unstable();
        without.dedup();
    }
    Ok(Query { id: id.into(), vector, norm, without })
}

/// The numbers of a stored vector or list; `None` where it is none.
pub(super) fn vector(value: &Stored) -> Option<Vec<f64>> {
    let mut numbers = Vec::new();
    numbers_of(value, &mut numbers).then_some(numbers)
}

fn node_labels(st: &Statement, names: &[String]) -> Result<Vec<LabelId>> {
    let known = st.tx.node_labels(st.graph)?;
    names.iter().map(|name| label(st, name, &known, "nodeLabels")).collect()
}

fn edge_label(st: &Statement, name: &str) -> Result<LabelId> {
    label(st, name, &st.tx.edge_labels(st.graph)?, "targetEdge")
}

fn label(st: &Statement, name: &str, known: &[(LabelId, u64)], parameter: &str) -> Result<LabelId> {
    if let Some(label) = st.tx.label(name)?.filter(|label| known.iter().any(|(other, _)| other == label)) {
        return Ok(label);
    }
    let names = known.iter().map(|&(label, _)| Ok(st.tx.label_name(label)?)).collect::<Result<Vec<_>>>()?;
    let near = wend_grammar::suggest(name, names.iter().map(|name| &**name));
    Err(Error::reference(format!("{parameter} names `{name}`, which no element of the graph has"))
        .with_hint_if(near.map(|near| format!("did you mean `{near}`?"))))
}

/// The labels that ends of the edges with a label have. Stops when every label of the graph is among them.
fn target_labels(st: &Statement, label: LabelId) -> Result<Vec<LabelId>> {
    let all = st.tx.node_labels(st.graph)?.len();
    let (mut labels, mut seen) = (FxHashSet::default(), FxHashSet::default());
    let mut reader = st.tx.node_reader(st.graph);
    for (position, edge) in st.tx.edges(st.graph, Some(label))?.enumerate() {
        if position % 1024 == 0 {
            st.cancel.check()?;
        }
        let (_, _, _, to) = edge?;
        if seen.insert(to) && reader.go(to)? {
            labels.extend(reader.labels()?.unwrap_or_default());
            if labels.len() == all {
                break;
            }
        }
    }
    let mut labels: Vec<LabelId> = labels.into_iter().collect();
    labels.sort_unstable();
    Ok(labels)
}
