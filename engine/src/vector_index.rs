//! Vector indexes: how they are made, found, shown and built anew.
//!
//! An index on few numbers is searched vector by vector, which is exact and fast enough; a large one gets inverted lists, whose
//! centroids are the means of a sample. The sample is drawn by node number, and all sums go in one order, so that an index of the
//! same data has the same bits on any number of threads.

use wend_algorithms::{Centroids, Context};
use wend_grammar::ast::{Ident, Span};
use wend_storage::{
    Access, EdgeId, GraphId, Index, IndexDefinition, MAX_DIMENSIONS, Metric, NodeId, RANKS, Transaction,
    Value as Stored, VectorLists, VectorSpace,
};

use crate::{
    control::cancelled,
    database::Database,
    error::{Error, Result},
    value::Value,
};

/// So many numbers are compared one by one: about what it costs to look into lists.
pub(crate) const EXACT_NUMBERS: u64 = 8 << 20;

/// Vectors of a sample for each list.
const SAMPLED: usize = 64;
/// Lists at most.
const MOST_LISTS: u32 = 65_536;
/// What the sample is drawn by and the first centroids are.
const SEED: u64 = 42;

/// The names of the metrics, as options and as SHOW INDEXES says them.
pub(crate) const METRICS: [(&str, Metric); 3] =
    [("cosine", Metric::Cosine), ("euclidean", Metric::Euclidean), ("dot", Metric::Dot)];

/// The name of a metric.
pub(crate) fn metric_name(metric: Metric) -> &'static str {
    METRICS.iter().find(|(_, other)| *other == metric).map_or("cosine", |(name, _)| name)
}

/// What `CREATE VECTOR INDEX` asks for, with its names as they are written.
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) on_edge: bool,
    pub(crate) label: &'a str,
    pub(crate) property: &'a str,
    pub(crate) space: VectorSpace,
}

/// The vector index of a name.
pub(crate) fn find(tx: &Transaction, graph: GraphId, name: &str) -> Result<Index> {
    let indexes = tx.indexes(graph)?;
    let Some(index) = indexes.iter().find(|index| index.definition.name == name) else {
        let names = indexes.iter().filter(|index| index.definition.vector.is_some());
        let near = wend_grammar::suggest(name, names.map(|index| index.definition.name.as_str()));
        let near = near.map(|near| format!("did you mean `{near}`?"));
        return Err(Error::reference(format!("there is no vector index `{name}`"))
            .with_hint_if(near.or(Some("SHOW VECTOR INDEXES lists them".to_owned()))));
    };
    if index.definition.vector.is_none() {
        let of = if index.definition.text.is_some() { "texts" } else { "values" };
        return Err(Error::rule(format!("`{name}` is an index on {of}, not on vectors"))
            .with_hint("SHOW VECTOR INDEXES lists those on vectors"));
    }
    Ok(index.clone())
}

/// The options of an index: `{dimensions: 128, metric: 'cosine', lists: 1000}`, or as Neo4j, Memgraph and Ultipa write them.
///
/// # Errors
/// 42000 for an option that is not known, or a value that it does not take.
pub(crate) fn space(options: Option<&Value>, span: Span) -> Result<VectorSpace> {
    let mut space = VectorSpace { dimensions: 0, metric: Metric::Cosine, lists: None };
    let fields = match options {
        None | Some(Value::Null) => return Ok(space),
        Some(Value::Record(fields)) => fields,
        Some(other) => {
            return Err(Error::rule(format!("the options of an index are a record, not {}", other.type_name()))
                .with_hint("OPTIONS {dimensions: 128, metric: 'cosine'}")
                .at(span));
        }
    };
    for (name, value) in fields.iter() {
        option(&mut space, name, value).map_err(|error| error.at(span))?;
    }
    Ok(space)
}

fn option(space: &mut VectorSpace, name: &str, value: &Value) -> Result<()> {
    let number = |most: u32| match value {
        Value::Int(number) if (0..=i64::from(most)).contains(number) => Ok(*number as u32),
        Value::Float(number) if number.fract() == 0.0 && (0.0..=f64::from(most)).contains(number) => Ok(*number as u32),
        other => Err(Error::rule(format!("`{name}` takes a whole number up to {most}, not {other}"))),
    };
    match name.to_ascii_lowercase().as_str() {
        // Neo4j nests the options, and has others that speak of its own structure.
        "indexconfig" => {
            let Value::Record(fields) = value else {
                return Err(Error::rule("`indexConfig` is a record"));
            };
            fields.iter().try_for_each(|(name, value)| option(space, name, value))
        }
        "dimensions" | "dimension" | "vector.dimensions" => {
            let dimensions = number(MAX_DIMENSIONS)?;
            if dimensions == 0 {
                return Err(Error::rule(format!("`{name}` takes a whole number from 1 on")));
            }
            space.dimensions = dimensions;
            Ok(())
        }
        "metric" | "similarity_function" | "vector.similarity_function" => {
            let Value::String(text) = value else {
                return Err(Error::rule(format!("`{name}` takes a string, not {}", value.type_name())));
            };
            space.metric = match text.to_ascii_lowercase().as_str() {
                "cosine" | "cos" => Metric::Cosine,
                "euclidean" | "l2" | "l2sq" => Metric::Euclidean,
                "dot" | "dot_product" | "inner_product" | "ip" => Metric::Dot,
                other => {
                    let near = wend_grammar::suggest(other, METRICS.iter().map(|(name, _)| *name));
                    let hint = match near {
                        Some(near) => format!("did you mean '{near}'?"),
                        None => "it is 'cosine', 'euclidean' or 'dot'".to_owned(),
                    };
                    return Err(Error::rule(format!("`{name}` is not known as '{text}'")).with_hint(hint));
                }
            };
            Ok(())
        }
        "lists" => {
            space.lists = Some(number(MOST_LISTS)?);
            Ok(())
        }
        // What others' structures are made of.
        "vector.quantization.enabled"
        | "vector.quantization.type"
        | "vector.hnsw.m"
        | "vector.hnsw.ef_construction"
        | "capacity"
        | "resize_coefficient"
        | "scalar_kind"
        | "index_type"
        | "indexprovider" => Ok(()),
        other => {
            let known = ["dimensions", "metric", "lists", "indexConfig"];
            let hint = match wend_grammar::suggest(other, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("an index takes {}", known.join(", ")),
            };
            Err(Error::rule(format!("a vector index has no option `{name}`")).with_hint(hint))
        }
    }
}

/// Makes an index, with lists where it is large.
///
/// # Errors
/// G2000 with the first element that has something else than a vector of the dimensions.
pub(crate) fn create(
    database: &Database,
    tx: &Transaction,
    graph: GraphId,
    wanted: &Wanted<'_>,
    cancel: &(dyn Fn() -> bool + Sync),
) -> Result<()> {
    let definition = IndexDefinition {
        name: wanted.name.to_owned(),
        on_edge: wanted.on_edge,
        label: tx.intern_label(wanted.label)?,
        properties: vec![tx.intern_property_key(wanted.property)?],
        unique: false,
        vector: Some(wanted.space),
        text: None,
    };
    tx.create_vector_index(graph, definition)?;
    build(database, tx, graph, wanted.name, cancel)
}

/// Builds the lists of an index anew, where it is to have some.
pub(crate) fn build(
    database: &Database,
    tx: &Transaction,
    graph: GraphId,
    name: &str,
    cancel: &(dyn Fn() -> bool + Sync),
) -> Result<()> {
    let index = find(tx, graph, name)?;
    let Some(space) = index.definition.vector else { return Ok(()) };
    let label = index.definition.label;
    let count = match index.definition.on_edge {
        true => tx.edge_label_count(graph, label)?,
        false => tx.node_label_count(graph, label)?,
    };
    let lists = match space.lists {
        Some(lists) => lists,
        None if count.saturating_mul(u64::from(space.dimensions)) <= EXACT_NUMBERS => 0,
        None => (count as f64).sqrt().ceil().min(f64::from(MOST_LISTS)) as u32,
    };
    if lists == 0 || space.dimensions == 0 {
        return Ok(());
    }
    let context = Context { cancel, ..Context::new(database.pool()?) };
    let width = space.dimensions as usize;
    let (sample, vectors) = sample(tx, graph, &index, space, (lists as usize).saturating_mul(SAMPLED), count)?;
    if sample.is_empty() {
        return Ok(());
    }
    let of = |error: wend_algorithms::Error| match error {
        wend_algorithms::Error::Cancelled => cancelled(),
        other => Error::internal(other.to_string()),
    };
    let centroids = Centroids::train(&sample, width, lists as usize, SEED, &context).map_err(of)?;
    let probes = centroids.probes(&sample, vectors, &RANKS, space.metric == Metric::Dot, &context).map_err(of)?;
    let probes = <[u32; RANKS.len()]>::try_from(probes).map_err(|_| Error::internal("not as many probes as ranks"))?;
    let lists = VectorLists { dimensions: width, centroids: centroids.numbers().to_vec(), probes, vectors };
    let built = database
        .pool()?
        .install(|| tx.build_vector_lists(graph, name, &lists, &|vectors: &[f32]| centroids.nearest(vectors)));
    Ok(built?)
}

/// Prepared vectors of about so many elements, spread over all, and how many elements have one, about.
fn sample(
    tx: &Transaction,
    graph: GraphId,
    index: &Index,
    space: VectorSpace,
    wanted: usize,
    count: u64,
) -> Result<(Vec<f32>, u64)> {
    let definition = &index.definition;
    let Some(property) = definition.properties.first().copied() else { return Ok((Vec::new(), 0)) };
    let step = (count / wanted.max(1) as u64).max(1);
    let (mut sample, mut looked, mut found) = (Vec::new(), 0u64, 0u64);
    let mut see = |position: u64, read: &dyn Fn() -> wend_storage::Result<Option<Stored>>| -> Result<()> {
        if !position.is_multiple_of(step) {
            return Ok(());
        }
        looked += 1;
        let Some(Stored::Vector(vector)) = read()? else { return Ok(()) };
        if let Some(prepared) = space.metric.prepare(&vector) {
            sample.extend_from_slice(&prepared);
            found += 1;
        }
        Ok(())
    };
    if definition.on_edge {
        for (position, edge) in (0..).zip(tx.edges(graph, Some(definition.label))?) {
            let EdgeId(edge) = edge?.0;
            see(position, &|| tx.edge_property(graph, EdgeId(edge), property))?;
        }
    } else {
        for (position, node) in (0..).zip(tx.nodes(graph, Some(definition.label))?) {
            let NodeId(node) = node?;
            see(position, &|| tx.node_property(graph, NodeId(node), property))?;
        }
    }
    let vectors = if looked == 0 { 0 } else { (count as f64 * found as f64 / looked as f64) as u64 };
    Ok((sample, vectors))
}

/// Builds the lists anew of the indexes on a property of nodes, whose vectors have been replaced.
pub(crate) fn rebuild_on(
    database: &Database,
    tx: &Transaction,
    graph: GraphId,
    property: &str,
    cancel: &(dyn Fn() -> bool + Sync),
) -> Result<()> {
    let Some(key) = tx.property_key(property)? else { return Ok(()) };
    let names: Vec<String> = tx
        .indexes(graph)?
        .iter()
        .map(|index| &index.definition)
        .filter(|definition| definition.vector.is_some() && !definition.on_edge && definition.properties == [key])
        .map(|definition| definition.name.clone())
        .collect();
    names.iter().try_for_each(|name| build(database, tx, graph, name, cancel))
}

/// Builds the lists that a bulk load has taken from the indexes of a graph, in a transaction of its own. Where another one changes the
/// graph meanwhile they are not built: searches are exact then, and REFRESH INDEX builds them.
pub(crate) fn build_after_load(database: &Database, graph: GraphId) -> Result<()> {
    let tx = database.store().begin(Access::Write)?;
    let names: Vec<String> = tx
        .indexes(graph)?
        .iter()
        .filter(|index| index.definition.vector.is_some() && index.lists == 0)
        .map(|index| index.definition.name.clone())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    names.iter().try_for_each(|name| build(database, &tx, graph, name, &|| false))?;
    match tx.commit() {
        Err(wend_storage::Error::Conflict) => Ok(()),
        done => Ok(done?),
    }
}

/// Refuses a name that another index has.
pub(crate) fn check_name(tx: &Transaction, graph: GraphId, name: &str, label: &str, property: &str) -> Result<()> {
    let indexes = tx.indexes(graph)?;
    let Some(index) = indexes.iter().find(|index| index.definition.name == name) else { return Ok(()) };
    let definition = &index.definition;
    let same = definition.vector.is_some()
        && !definition.on_edge
        && Some(definition.label) == tx.label(label)?
        && definition.properties.first().copied() == tx.property_key(property)?;
    if same {
        return Ok(());
    }
    Err(Error::rule(format!("an index named `{name}` exists already, and is on something else"))
        .with_hint("db: {property: \"..\", index: \"name\"} gives the index another name"))
}

/// Makes an index by cosines on a property of nodes, where there is none of this name.
pub(crate) fn ensure(
    database: &Database,
    tx: &Transaction,
    graph: GraphId,
    name: &str,
    label: &str,
    property: &str,
    cancel: &(dyn Fn() -> bool + Sync),
) -> Result<()> {
    check_name(tx, graph, name, label, property)?;
    if tx.indexes(graph)?.iter().any(|index| index.definition.name == name) {
        return Ok(());
    }
    let space = VectorSpace { dimensions: 0, metric: Metric::Cosine, lists: None };
    create(database, tx, graph, &Wanted { name, on_edge: false, label, property, space }, cancel)
}

/// Refuses vectors of another length than the indexes on a property ask for, before they are computed.
pub(crate) fn check_dimensions(tx: &Transaction, graph: GraphId, property: &str, dimensions: usize) -> Result<()> {
    let Some(key) = tx.property_key(property)? else { return Ok(()) };
    for index in tx.indexes(graph)?.iter() {
        let definition = &index.definition;
        if let Some(space) = definition.vector
            && definition.properties == [key]
            && !definition.on_edge
            && space.dimensions != 0
            && space.dimensions as usize != dimensions
        {
            return Err(Error::rule(format!(
                "the index `{}` is on vectors of {} numbers in `{property}`, and vectors of {dimensions} are to be written",
                definition.name, space.dimensions
            ))
            .with_hint(format!("DROP INDEX {} first, or write another property", wend_grammar::quote_identifier(&definition.name))));
        }
    }
    Ok(())
}

/// Refuses a name that is not written as one.
pub(crate) fn check_property(property: &Ident) -> Result<()> {
    match property.name.as_str() {
        "_id" => Err(Error::rule("`_id` is a string, not a vector").at(property.span)),
        _ => Ok(()),
    }
}
