//! What a call gives, as rows: the columns of an algorithm beside the nodes or edges they belong to.

use std::{ops::Range, sync::Arc};

use wend_algorithms::{Column as Output, ColumnRole, Element, LazyLists, Rows, Scalar};
use wend_storage::{EdgeId, NodeId};

use super::{block::Blocks, error::algorithm_error, node_numbers::Stream};
use crate::{
    column::{self, ColumnData},
    error::{Error, Result},
    plan::expr::PropertyName,
    registry::Procedure,
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        element::node_property,
        statement::Statement,
    },
    value::{Value, moment::local_moment},
    view::View,
};

/// Where a described column comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The row's node or edge.
    Identity,
    /// It holds nothing under these arguments.
    Nothing,
    /// A column that the algorithm gave.
    Column(usize),
}

/// The described columns of an output, in the description's order, and how many rows it has. An algorithm that does not
/// keep to its description is a bug of the database.
pub(super) fn sources(
    procedure: Procedure,
    view: &View,
    output: &wend_algorithms::Output,
) -> Result<(Vec<Source>, usize)> {
    let mut given = 0..output.columns.len();
    let (identity, rows) = match &output.rows {
        // Those that a result leaves out are not in the view either.
        Rows::Nodes | Rows::SomeNodes(_) | Rows::Examples => (Some(ColumnRole::Node), view.nodes().len()),
        Rows::Edges | Rows::SomeEdges(_) => (Some(ColumnRole::Edge), view.edges().len()),
        Rows::Table => (None, output.columns.first().map_or(0, Output::rows)),
    };
    let mut sources = Vec::new();
    for column in procedure.description().columns {
        sources.push(if identity == Some(column.role) {
            Source::Identity
        } else if identity.is_some() && column.is_identity() {
            Source::Nothing
        } else {
            Source::Column(
                given
                    .next()
                    .ok_or_else(|| Error::internal(format!("{} gave no column `{}`", procedure.name(), column.name)))?,
            )
        });
    }
    if given.next().is_some() || output.columns.iter().any(|column| column.rows() != rows) {
        return Err(Error::internal(format!("{} gave columns that it does not describe", procedure.name())));
    }
    Ok((sources, rows))
}

/// The rows of a call, given out batch by batch.
pub(crate) enum ResultRows {
    /// Rows that are there already; the next of them.
    Table(Vec<Vec<Value>>, usize),
    /// A row for each node or edge of a graph view, or for each row of a table of the algorithm's.
    Output {
        view: View,
        output: wend_algorithms::Output,
        sources: Vec<Source>,
        rows: usize,
        next: usize,
        /// The `_id`s of nodes in lists, as far as they were met; NULL where not.
        ids: Vec<Value>,
    },
    /// A row for each block of nodes.
    Blocks(Blocks),
    /// Rows as clients of another library read them.
    Gds(Stream),
}

impl ResultRows {
    pub(super) fn table(rows: Vec<Vec<Value>>) -> Self {
        ResultRows::Table(rows, 0)
    }

    pub(super) fn output(procedure: Procedure, view: View, output: wend_algorithms::Output) -> Result<Self> {
        let (sources, rows) = sources(procedure, &view, &output)?;
        Ok(ResultRows::Output { view, output, sources, rows, next: 0, ids: Vec::new() })
    }

    /// Takes a whole column out of the result, where it is an array of one type: no number is copied, and the rows have NULL there
    /// from now on.
    pub(super) fn take(&mut self, position: usize) -> Option<column::Column> {
        let ResultRows::Output { output, sources, rows, next: 0, .. } = self else { return None };
        let Source::Column(index) = sources[position] else { return None };
        let column = &mut output.columns[index];
        if !matches!(column, Output::Vectors { dimensions: 1.., .. } | Output::Floats(_) | Output::Ints(_)) {
            return None;
        }
        match std::mem::replace(column, Output::Nulls(*rows)) {
            Output::Vectors { dimensions, data } => Some(column::Column::vectors(dimensions, data.into_vec(), None)),
            Output::Floats(values) => Some(column::Column::new(ColumnData::Floats(values), None)),
            Output::Ints(values) => Some(column::Column::new(ColumnData::Ints(values), None)),
            _ => None,
        }
    }

    /// The next rows, as columns of the procedure.
    pub(crate) fn next(&mut self, st: &Statement, wanted: &[usize]) -> Result<Option<Vec<(usize, Column)>>> {
        let (next, len) = match self {
            ResultRows::Blocks(blocks) => return blocks.next(st, wanted),
            ResultRows::Gds(stream) => return Ok(stream.next(wanted)),
            ResultRows::Table(rows, next) => (next, rows.len()),
            ResultRows::Output { rows, next, .. } => (next, *rows),
        };
        let (from, to) = (*next, (*next + BATCH_ROWS).min(len));
        if from >= to {
            return Ok(None);
        }
        *next = to;
        let mut columns = Vec::new();
        for &position in wanted {
            if let ResultRows::Output { output, sources, .. } = self
                && let Source::Column(column) = sources[position]
                && let Some(typed) = typed(&output.columns[column], from..to)
            {
                columns.push((position, Column::Typed(typed)));
                continue;
            }
            let values = match self {
                ResultRows::Blocks(_) | ResultRows::Gds(_) => Vec::new(),
                ResultRows::Table(rows, _) => rows[from..to].iter().map(|row| row[position].clone()).collect(),
                ResultRows::Output { view, output, sources, ids, .. } => match sources[position] {
                    Source::Nothing => vec![Value::Null; to - from],
                    Source::Column(column) if let Output::NodeLists(lists) = &output.columns[column] => {
                        node_lists(st, view, lists, from..to, ids)?
                    }
                    Source::Column(column) if let Output::Nodes(nodes) = &output.columns[column] => {
                        let mut ids = Ids::new(st, view, ids);
                        nodes[from..to].iter().map(|&number| ids.of(number)).collect::<Result<_>>()?
                    }
                    Source::Column(column) if let Output::Elements(elements) = &output.columns[column] => {
                        let (mut ids, edges) = (Ids::new(st, view, ids), view.whole().edges());
                        let mut value = |element: &Option<Element>| match *element {
                            None => Ok(Value::Null),
                            Some(Element::Node(number)) => ids.of(number),
                            Some(Element::Edge(number)) => Ok(edge_id(edges[number as usize])),
                        };
                        elements[from..to].iter().map(&mut value).collect::<Result<_>>()?
                    }
                    Source::Column(column) => (from..to).map(|row| cell(&output.columns[column], row)).collect(),
                    Source::Identity if output.rows == Rows::Edges => {
                        view.edges()[from..to].iter().map(|&edge| edge_id(edge)).collect()
                    }
                    Source::Identity => {
                        let id = PropertyName::new("_id");
                        view.nodes()[from..to]
                            .iter()
                            .map(|&node| node_property(st, node, &id))
                            .collect::<Result<_>>()?
                    }
                },
            };
            columns.push((position, Column::Values(values)));
        }
        Ok(Some(columns))
    }
}

/// Rows of a column that is an array of one type.
fn typed(output: &Output, rows: Range<usize>) -> Option<column::Column> {
    Some(match output {
        Output::Vectors { dimensions: 0, .. } => return None,
        Output::Vectors { dimensions, data } => {
            column::Column::vectors(*dimensions, data[rows.start * dimensions..rows.end * dimensions].to_vec(), None)
        }
        Output::Floats(values) => column::Column::new(ColumnData::Floats(values[rows].to_vec()), None),
        Output::Ints(values) => column::Column::new(ColumnData::Ints(values[rows].to_vec()), None),
        _ => return None,
    })
}

/// Lists of nodes as lists of their `_id`s.
fn node_lists(
    st: &Statement,
    view: &View,
    lists: &LazyLists,
    rows: Range<usize>,
    ids: &mut Vec<Value>,
) -> Result<Vec<Value>> {
    let graph = view.graph().ok_or_else(|| Error::internal("lists of nodes without a graph"))?;
    let lists = lists.lists(graph, rows, &|| st.cancel.is_cancelled()).map_err(algorithm_error)?;
    let mut ids = Ids::new(st, view, ids);
    let mut list_of = |list: Vec<u32>| list.into_iter().map(|number| ids.of(number)).collect::<Result<_>>();
    lists.into_iter().map(|list| Ok(Value::List(list_of(list)?))).collect()
}

/// The `_id`s of the nodes of a graph, by their dense numbers; each is read once.
struct Ids<'a> {
    st: &'a Statement,
    nodes: &'a [NodeId],
    known: &'a mut Vec<Value>,
    name: PropertyName,
}

impl<'a> Ids<'a> {
    fn new(st: &'a Statement, view: &'a View, known: &'a mut Vec<Value>) -> Self {
        let nodes = view.whole().nodes();
        known.resize(nodes.len(), Value::Null);
        Ids { st, nodes, known, name: PropertyName::new("_id") }
    }

    fn of(&mut self, number: u32) -> Result<Value> {
        let id = &mut self.known[number as usize];
        if matches!(id, Value::Null) {
            *id = node_property(self.st, self.nodes[number as usize], &self.name)?;
        }
        Ok(id.clone())
    }
}

/// The text that names an edge.
fn edge_id(edge: EdgeId) -> Value {
    Value::String(crate::value::edge_name(edge).into())
}

/// One value of a column.
pub(super) fn cell(column: &Output, row: usize) -> Value {
    match column {
        Output::Vectors { dimensions, data } => Value::Vector(data[row * dimensions..(row + 1) * dimensions].into()),
        Output::Floats(values) => Value::Float(values[row]),
        Output::Ints(values) => Value::Int(values[row]),
        Output::Scalars(values) => scalar(&values[row]),
        Output::Records { names, data } => record(names, &data[row * names.len()..(row + 1) * names.len()]),
        _ => Value::Null,
    }
}

/// Named floats as a record; NULL when the first is none.
fn record(names: &[Arc<str>], values: &[f32]) -> Value {
    if values.first().is_none_or(|value| value.is_nan()) {
        return Value::Null;
    }
    Value::Record(names.iter().cloned().zip(values.iter().map(|&value| Value::Float(value.into()))).collect())
}

/// A figure as a value.
pub(super) fn scalar(value: &Scalar) -> Value {
    match value {
        Scalar::Int(value) => Value::Int(*value),
        Scalar::Float(value) => Value::Float(*value),
        Scalar::String(text) => Value::String(text.as_str().into()),
        Scalar::Bool(value) => Value::Bool(*value),
        Scalar::Time(seconds) => local_moment(*seconds).map_or(Value::Null, Value::LocalDateTime),
        Scalar::Floats(values) => Value::List(values.iter().map(|&value| Value::Float(value)).collect()),
        Scalar::Vector(numbers) => Value::Vector(numbers.as_slice().into()),
        Scalar::List(items) => Value::List(items.iter().map(scalar).collect()),
        Scalar::Record(fields) => {
            Value::Record(fields.iter().map(|(name, value)| (Arc::from(*name), scalar(value))).collect())
        }
        _ => Value::Null,
    }
}

/// The rows of a call beside the row it was made for.
pub(crate) fn beside(
    outer: &Batch,
    row: usize,
    columns: Vec<(usize, Column)>,
    outputs: &[(usize, usize)],
    len: usize,
) -> Batch {
    let mut batch = outer.gather(&vec![row as u32; len]);
    for (position, column) in columns {
        let mut slots = outputs.iter().filter(|(wanted, _)| *wanted == position).map(|(_, slot)| *slot);
        let Some(first) = slots.next() else { continue };
        slots.for_each(|slot| batch.set(slot, column.clone()));
        batch.set(first, column);
    }
    batch
}
