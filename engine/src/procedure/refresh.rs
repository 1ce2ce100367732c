//! SHOW EMBEDDINGS and REFRESH EMBEDDING: embeddings with how they were made, and made again after the graph has changed.
//!
//! A refresh is the call that wrote the property, with the same parameters and seed, on the graph as it is: the result has the same
//! bits as that call would give now. Where the algorithm can say which rows a change reaches, only those are
//! computed; the others are kept, if they are still what was written.

use wend_algorithms::{Change, Context, Input, Output, Rows, Update};
use wend_storage::{NodeId, PropertyKey};

use super::{
    argument,
    invoke::{Call, Purpose},
    write::{self, Target},
};
use crate::{
    error::{Error, ErrorKind, Result},
    registry::{Computation, Procedure},
    runtime::statement::Statement,
    value::{Value, moment::moment},
    view::{Difference, Fingerprint, VectorsHash},
    written::{self, Note, Owner, State},
};

/// The columns of SHOW EMBEDDINGS.
pub(crate) const EMBEDDING_COLUMNS: [&str; 11] = [
    "property",
    "algorithm",
    "parameters",
    "seed",
    "engineVersion",
    "graphVersion",
    "nodes",
    "stale",
    "changedNodes",
    "kind",
    "createdAt",
];
/// The columns of REFRESH EMBEDDING.
pub(crate) const REFRESH_COLUMNS: [&str; 5] =
    ["task_id", "nodesWritten", "changedNodes", "computeTimeMs", "writeTimeMs"];

/// An embedding as it was written.
pub(super) struct Earlier {
    property: PropertyKey,
    note: Note,
    state: State,
}

/// What a refresh found and kept; of a first computation nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Refreshed {
    /// How many nodes are new, gone or different.
    pub(super) changed: Option<u64>,
    /// The vectors that were not computed again, and how many they are.
    pub(super) kept: VectorsHash,
    pub(super) kept_rows: u64,
}

/// A call as it was noted.
struct Noted {
    procedure: Procedure,
    algorithm: &'static dyn wend_algorithms::Algorithm,
    arguments: wend_algorithms::Arguments,
}

impl Noted {
    fn new(note: &Note) -> Result<Noted> {
        let name = format!("algo.{}.write", note.algorithm);
        let procedure = Procedure::find(&name)?;
        let Computation::Algorithm(algorithm) = procedure.computation else {
            return Err(Error::internal(format!("{name} is no algorithm")));
        };
        Ok(Noted { procedure, algorithm, arguments: argument::check(procedure, &note.parameters)? })
    }

    fn call<'a>(&'a self, note: &'a Note) -> Call<'a> {
        Call {
            procedure: self.procedure,
            algorithm: self.algorithm,
            given: &note.parameters,
            arguments: &self.arguments,
        }
    }
}

impl Earlier {
    /// The rows to compute, when not all of them are to be; says in `refreshed` what was found.
    pub(super) fn update(
        &self,
        st: &Statement,
        call: &Call,
        (input, graph): (Input<'_>, &Fingerprint),
        nodes: &[NodeId],
        context: &Context<'_>,
        refreshed: &mut Refreshed,
    ) -> Result<Option<Update>> {
        let difference = self.state.graph.difference(graph);
        refreshed.changed = Some((difference.nodes.len() + difference.gone) as u64);
        // A model may have been replaced by another of its name. More columns than one cannot be told to be intact.
        let named = [&call.arguments.use_model, &call.arguments.start_from, &call.arguments.save_model];
        let models = named.into_iter().any(Option::is_some);
        let same_program = self.note.engine_version == env!("CARGO_PKG_VERSION");
        if models || !same_program || self.note.properties.len() != 1 || !difference.aligned || difference.gone > 0 {
            return Ok(None);
        }
        let Some(dimensions) = self.note.dimensions else { return Ok(None) };
        let Some((vectors, rows)) = self.intact(st)? else { return Ok(None) };
        let update = match difference {
            Difference { nothing: true, .. } => {
                let data = wend_algorithms::Numbers::default();
                let columns = vec![wend_algorithms::Column::Vectors { dimensions: dimensions as usize, data }];
                let output = Output { rows: Rows::SomeNodes(Vec::new()), columns, ..Output::default() };
                Some(Update { nodes: Vec::new(), output })
            }
            difference => {
                let change = Change { nodes: &difference.nodes, nodes_before: self.state.graph.len() };
                call.algorithm
                    .update(input, call.arguments, change, context)
                    .map_err(crate::procedure::error::algorithm_error)?
            }
        };
        let Some(update) = update else { return Ok(None) };
        (refreshed.kept, refreshed.kept_rows) = (vectors, rows);
        let mut vector = Vec::new();
        // New nodes come after all others; what they may have as this property was not among the vectors that were kept.
        let before = self.state.graph.len();
        for &number in update.nodes.iter().filter(|&&number| (number as usize) < before) {
            let node = nodes[number as usize];
            if st.tx.vector(st.graph, node, self.property, &mut vector)? {
                refreshed.kept.remove(node, &vector);
                refreshed.kept_rows -= 1;
            }
        }
        Ok(Some(update))
    }

    /// The vectors of the nodes of the earlier graph, and how many there are; nothing when they are not what was written.
    fn intact(&self, st: &Statement) -> Result<Option<(VectorsHash, u64)>> {
        let (mut hash, mut rows) = (VectorsHash::default(), 0);
        let mut cursor = st.tx.vectors(st.graph, self.property)?;
        let mut nodes = self.state.graph.nodes().peekable();
        let mut vector = Vec::new();
        while let Some(node) = cursor.next_into(&mut vector)? {
            if rows % 1024 == 0 {
                st.cancel.check()?;
            }
            while nodes.next_if(|other| *other < node).is_some() {}
            if nodes.peek() == Some(&node) {
                hash.add(node, &vector);
                rows += 1;
            }
        }
        Ok((hash == self.state.vectors && rows == self.note.rows).then_some((hash, rows)))
    }
}

/// Runs REFRESH EMBEDDING; its row.
pub(crate) fn refresh(st: &Statement, property: &str) -> Result<Vec<Value>> {
    let notes = written::notes(&st.tx, st.graph)?;
    let key = st.tx.property_key(property)?;
    let Some((owner, key, note)) = notes.into_iter().find(|(_, of, _)| Some(*of) == key) else {
        return Err(unknown(st, property)?);
    };
    let Some(note) = note else {
        return Err(Error::rule(format!("`{property}` was written by a version that did not note how"))
            .with_hint("CALL algo.*.write once more; from then on it can be refreshed"));
    };
    if note.dimensions.is_none() {
        return Err(Error::rule(format!("`{property}` holds no vectors: it is a column of algo.{}", note.algorithm))
            .with_hint("CALL algo.*.write again; where an embedding was written with it, its refresh writes both"));
    }
    let noted = Noted::new(&note)?;
    let described = noted.procedure.description().columns;
    let position = |name: &str| described.iter().position(|column| column.name == name);
    let properties = note.properties.iter().map(|(column, property)| {
        let position = position(column).ok_or_else(|| Error::internal(format!("a noted column `{column}`")))?;
        Ok((position, property.clone()))
    });
    let target = Target { properties: properties.collect::<Result<_>>()?, index: None, wait: true };
    let earlier = Earlier { property: key, state: written::state(&st.tx, st.graph, owner, key)?, note: note.clone() };
    let call = noted.call(&note);
    let done = write::run(st, st, call, &target, &st.cancel.clone(), None, Purpose::Refresh(&earlier), &|_| {})?;
    let int = |value: u64| Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
    Ok(vec![
        Value::String(done.task.into()),
        int(done.nodes_written),
        done.refreshed.changed.map_or(Value::Null, int),
        int(done.compute_time_ms),
        int(done.write_time_ms),
    ])
}

fn unknown(st: &Statement, property: &str) -> Result<Error> {
    let mut names = Vec::new();
    for (_, key, note) in written::notes(&st.tx, st.graph)? {
        if note.is_none_or(|note| note.dimensions.is_some()) {
            names.push(st.tx.property_key_name(key)?);
        }
    }
    let near = wend_grammar::suggest(property, names.iter().map(|name| &**name));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "CALL algo.node2vec.write({..}, {db: {property: \"..\"}}) writes one".to_owned(),
        None => "SHOW EMBEDDINGS lists them".to_owned(),
    };
    Ok(Error::reference(format!("no algorithm wrote an embedding `{property}` in this graph")).with_hint(hint))
}

/// The rows of SHOW EMBEDDINGS, by property.
pub(crate) fn embeddings(st: &Statement) -> Result<Vec<Vec<Value>>> {
    let int = |value: u64| Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
    let text = |text: &str| Value::String(text.into());
    let mut rows = Vec::new();
    for (owner, key, note) in written::notes(&st.tx, st.graph)? {
        let name = st.tx.property_key_name(key)?;
        let kind = text(if owner == Owner::Node { "node" } else { "edge" });
        let Some(note) = note else {
            if st.tx.vector_set(st.graph, key)?.is_some() {
                let mut row = vec![Value::Null; EMBEDDING_COLUMNS.len()];
                (row[0], row[9]) = (Value::String(name), kind);
                rows.push(row);
            }
            continue;
        };
        if note.dimensions.is_none() {
            continue;
        }
        let changed = changed(st, owner, key, &note)?;
        rows.push(vec![
            Value::String(name),
            text(&note.algorithm),
            argument::record_of(&note.parameters),
            int(note.seed),
            text(&note.engine_version),
            int(note.graph_version),
            int(note.rows),
            Value::Bool(changed != Some(0)),
            changed.map_or(Value::Null, int),
            kind,
            moment(note.created_at),
        ]);
    }
    rows.sort_by(|a, b| a[0].order(&b[0]));
    Ok(rows)
}

/// How many nodes have changed for an algorithm since it wrote a property; nothing when its call would fail now.
fn changed(st: &Statement, owner: Owner, property: PropertyKey, note: &Note) -> Result<Option<u64>> {
    let view = || {
        let noted = Noted::new(note)?;
        let call = noted.call(note);
        let version = st.tx.graph_version(st.graph)?;
        if call.is_topological() && note.graph_version == version && !st.tx.graph_dirty(st.graph) {
            return Ok(None);
        }
        call.view(st).map(Some)
    };
    let view = match view() {
        Ok(Some(view)) => view,
        Ok(None) => return Ok(Some(0)),
        Err(error) if matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Memory | ErrorKind::Io) => {
            return Err(error);
        }
        // A label, a property or a model that it names is gone.
        Err(_) => return Ok(None),
    };
    let state = written::state(&st.tx, st.graph, owner, property)?;
    let difference = state.graph.difference(&Fingerprint::new(&view));
    let changed = (difference.nodes.len() + difference.gone) as u64;
    // Edges in another order make other sums.
    Ok(Some(if difference.nothing { 0 } else { changed.max(1) }))
}
