//! The bulk load of record batches: rows become nodes, edges or vectors, all of them or none.

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use wenddb::{InterruptHandle, Load, RunOptions, Session, Value, VectorLoad};

use crate::{
    error::{Error, Result},
    value::{Cells, Texts, is_property_type, vector_length, vectors_of},
};

/// What the rows become.
#[derive(Clone, Debug)]
pub enum Target {
    /// Vectors of existing nodes: `_id`, and a column of vectors for each property.
    Vectors,
    /// Nodes: `_id`, optionally `_labels` (`A&B`), and a column for each property. The labels here are for rows without
    /// `_labels`.
    Nodes(Vec<String>),
    /// Edges: `_from`, `_to`, optionally `_label`, and a column for each property. The label here is for rows without
    /// `_label`.
    Edges(Option<String>),
}

/// How much was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// The number of vectors.
    Vectors(u64),
    /// The numbers of nodes and edges.
    Elements {
        /// Nodes.
        nodes: u64,
        /// Edges.
        edges: u64,
    },
}

/// A bulk load in progress. Dropped without [`BatchLoad::finish`], it keeps nothing.
#[derive(Debug)]
pub struct BatchLoad(Rows);

#[derive(Debug)]
enum Rows {
    Vectors { load: Box<VectorLoad>, id: usize, columns: Vec<(usize, String)> },
    Nodes { load: Box<Load>, columns: Columns<1>, labels: Vec<String> },
    Edges { load: Box<Load>, columns: Columns<2>, label: Option<String> },
}

/// The columns of a row's parts: the `ENDS` columns of `_id`s, the label, the properties.
#[derive(Debug)]
struct Columns<const ENDS: usize> {
    ends: [(usize, &'static str); ENDS],
    label: Option<usize>,
    properties: Vec<(usize, String)>,
}

impl BatchLoad {
    /// Begins a load of batches of a schema into the session's graph.
    ///
    /// # Errors
    /// [`Error::Data`] when a column is missing or has the wrong type; see also [`Session::load`] and
    /// [`Session::load_vectors`].
    pub fn begin(session: &mut Session, schema: &Schema, target: Target) -> Result<Self> {
        BatchLoad::begin_with(session, schema, target, &RunOptions::default())
    }

    /// As [`BatchLoad::begin`], within the limits of a run: its cancellation and deadline, and whether it may only read.
    ///
    /// # Errors
    /// As [`BatchLoad::begin`].
    pub fn begin_with(session: &mut Session, schema: &Schema, target: Target, options: &RunOptions) -> Result<Self> {
        Ok(BatchLoad(match target {
            Target::Vectors => {
                let id = needed(schema, "_id")?;
                let columns = vector_columns(schema, id)?;
                let properties: Vec<_> = columns.iter().map(|(_, name, length)| (name.clone(), *length)).collect();
                let load = session.load_vectors_with(&properties, options)?.into();
                Rows::Vectors { load, id, columns: columns.into_iter().map(|(at, name, _)| (at, name)).collect() }
            }
            Target::Nodes(labels) => {
                let columns = Columns::of(schema, ["_id"], "_labels")?;
                Rows::Nodes { load: session.load_with(options)?.into(), columns, labels }
            }
            Target::Edges(label) => {
                let columns = Columns::of(schema, ["_from", "_to"], "_label")?;
                if columns.label.is_none() && label.is_none() {
                    return Err(Error::data(
                        "the edges have no label: bring a column `_label`, or give one label for all rows",
                    ));
                }
                Rows::Edges { load: session.load_with(options)?.into(), columns, label }
            }
        }))
    }

    /// A handle that cancels the load from another thread; then nothing is kept.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        match &self.0 {
            Rows::Vectors { load, .. } => load.interrupt_handle(),
            Rows::Nodes { load, .. } | Rows::Edges { load, .. } => load.interrupt_handle(),
        }
    }

    /// Adds a batch of the schema.
    ///
    /// # Errors
    /// [`Error::Data`] for a row without an `_id` or a value that cannot be a property; see also [`Load`] and
    /// [`VectorLoad`].
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        match &mut self.0 {
            Rows::Vectors { load, id, columns } => add_vectors(load, batch, *id, columns),
            Rows::Nodes { load, columns, labels } => columns.rows(batch, |[id], own, properties| {
                let labels: Vec<&str> = match own {
                    Some(own) => own.split('&').collect(),
                    None => labels.iter().map(String::as_str).collect(),
                };
                Ok(load.node(id, &labels, properties)?)
            }),
            Rows::Edges { load, columns, label } => columns.rows(batch, |[from, to], own, properties| {
                let label = own.or(label.as_deref()).ok_or_else(|| missing("_label"))?;
                Ok(load.edge(label, from, to, properties)?)
            }),
        }
    }

    /// Commits the load: all of it becomes visible at once.
    ///
    /// # Errors
    /// See [`Load::finish`] and [`VectorLoad::finish`]: nothing is kept.
    pub fn finish(self) -> Result<Loaded> {
        match self.0 {
            Rows::Vectors { load, .. } => Ok(Loaded::Vectors(load.finish()?)),
            Rows::Nodes { load, .. } | Rows::Edges { load, .. } => {
                let (nodes, edges) = load.finish()?;
                Ok(Loaded::Elements { nodes, edges })
            }
        }
    }
}

/// The position of the text column of this name, if there is one.
fn text(schema: &Schema, name: &str) -> Result<Option<usize>> {
    match schema.index_of(name).map(|position| (position, schema.field(position).data_type())) {
        Ok((position, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)) => Ok(Some(position)),
        Ok((_, kind)) => Err(Error::data(format!("column `{name}` is {kind}; it has to be a string (Utf8)"))),
        Err(_) => Ok(None),
    }
}

fn needed(schema: &Schema, name: &str) -> Result<usize> {
    text(schema, name)?.ok_or_else(|| Error::data(format!("the stream has no column `{name}` of strings")))
}

/// Position, property and length of each column of vectors.
fn vector_columns(schema: &Schema, id: usize) -> Result<Vec<(usize, String, usize)>> {
    let others = schema.fields().iter().enumerate().filter(|(position, _)| *position != id);
    let columns = others.map(|(position, field)| {
        let (name, kind) = (field.name(), field.data_type());
        let length = vector_length(kind).ok_or_else(|| {
            let message = "has to be FixedSizeList<Float32> (or Float64), one vector for each node";
            Error::data(format!("column `{name}` is {kind}; it {message}"))
        })?;
        Ok((position, name.clone(), length))
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    if columns.is_empty() {
        return Err(Error::data("the stream has no column of vectors; the column's name is the property's"));
    }
    unique(columns.iter().map(|(_, name, _)| name.as_str()))?;
    Ok(columns)
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::data(format!("the stream has the column `{name}` twice")));
        }
    }
    Ok(())
}

fn texts<'a>(array: &'a ArrayRef, name: &str) -> Result<Texts<'a>> {
    Texts::of(array).ok_or_else(|| Error::data(format!("column `{name}` has to be of strings")))
}

fn missing(name: &str) -> Error {
    Error::data(format!("column `{name}` has a row without a value"))
}

fn add_vectors(load: &mut VectorLoad, batch: &RecordBatch, id: usize, columns: &[(usize, String)]) -> Result<()> {
    let ids = texts(batch.column(id), "_id")?;
    let arrays = columns.iter().map(|(position, name)| vectors_of(batch.column(*position), name));
    let arrays = arrays.collect::<Result<Vec<_>, _>>().map_err(Error::Data)?;
    let mut row_vectors = Vec::with_capacity(arrays.len());
    for row in 0..batch.num_rows() {
        let id = ids.get(row).ok_or_else(|| missing("_id"))?;
        row_vectors.clear();
        row_vectors.extend(arrays.iter().map(|array| array[row].as_deref()));
        load.put(id, &row_vectors)?;
    }
    Ok(())
}

impl<const ENDS: usize> Columns<ENDS> {
    fn of(schema: &Schema, ends: [&'static str; ENDS], label: &str) -> Result<Self> {
        let mut found = [(0, ""); ENDS];
        for (end, name) in found.iter_mut().zip(ends) {
            *end = (needed(schema, name)?, name);
        }
        let label = text(schema, label)?;
        let mut properties = Vec::new();
        for (position, field) in schema.fields().iter().enumerate() {
            if found.iter().any(|(end, _)| *end == position) || label == Some(position) {
                continue;
            }
            if !is_property_type(field.data_type()) {
                let (name, kind) = (field.name(), field.data_type());
                return Err(Error::data(format!("column `{name}` is {kind}, which no property can be")));
            }
            properties.push((position, field.name().clone()));
        }
        unique(properties.iter().map(|(_, name)| name.as_str()))?;
        Ok(Columns { ends: found, label, properties })
    }

    /// Calls `add` for each row: its `_id`s, its own label if it has one, and its properties.
    fn rows(
        &self,
        batch: &RecordBatch,
        mut add: impl FnMut([&str; ENDS], Option<&str>, &[(&str, Value)]) -> Result<()>,
    ) -> Result<()> {
        let ends = self.ends.iter().map(|(position, name)| texts(batch.column(*position), name));
        let ends = ends.collect::<Result<Vec<_>>>()?;
        let labels = self.label.map(|position| texts(batch.column(position), "the label")).transpose()?;
        let cells = self.properties.iter().map(|(position, name)| (name.as_str(), Cells::of(batch.column(*position))));
        let cells: Vec<_> = cells.collect();
        let mut properties: Vec<(&str, Value)> = Vec::with_capacity(cells.len());
        for row in 0..batch.num_rows() {
            properties.clear();
            for (name, cells) in &cells {
                let value = cells.get(row).map_err(|problem| Error::data(format!("column `{name}`: {problem}")))?;
                if !value.is_null() {
                    properties.push((name, value));
                }
            }
            let mut ids = [""; ENDS];
            for ((id, texts), (_, name)) in ids.iter_mut().zip(&ends).zip(self.ends) {
                *id = texts.get(row).ok_or_else(|| missing(name))?;
            }
            let own = labels.as_ref().and_then(|labels| labels.get(row)).filter(|label| !label.is_empty());
            add(ids, own, &properties)?;
        }
        Ok(())
    }
}
