//! Batches: about a thousand rows, column by column. Node and edge numbers are plain integers; the rest are columns of one type,
//! or values.

use wend_storage::NodeId;

use crate::{
    column::{self, ColumnData},
    plan::iterate::LOCALS,
    value::{Edge, EdgeRef, Node, Value, size::value_bytes},
};

/// How many rows an operator aims at.
pub(crate) const BATCH_ROWS: usize = 1024;

/// One column of a batch.
#[derive(Clone, Debug, Default)]
pub(crate) enum Column {
    /// Not filled: the slot belongs to a later operator.
    #[default]
    Empty,
    Nodes(Vec<NodeId>),
    Edges(Vec<EdgeRef>),
    /// Of one type, and NULLs.
    Typed(column::Column),
    Values(Vec<Value>),
}

/// Rows in columns; a slot number says which column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    columns: Vec<Column>,
    len: usize,
    /// The columns of variables that go through a list, by what their slots are above [`LOCALS`].
    locals: Vec<Column>,
}

impl Column {
    pub(crate) fn len(&self) -> usize {
        match self {
            Column::Empty => 0,
            Column::Nodes(nodes) => nodes.len(),
            Column::Edges(edges) => edges.len(),
            Column::Typed(column) => column.len(),
            Column::Values(values) => values.len(),
        }
    }

    fn value(&self, row: usize) -> Value {
        match self {
            Column::Empty => Value::Null,
            Column::Nodes(nodes) => Value::Node(Node::new(nodes[row])),
            Column::Edges(edges) => Value::Edge(Edge::new(edges[row])),
            Column::Typed(column) => column.value(row),
            Column::Values(values) => values[row].clone(),
        }
    }

    pub(crate) fn gather(&self, rows: &[u32]) -> Column {
        match self {
            Column::Empty => Column::Empty,
            Column::Nodes(nodes) => Column::Nodes(rows.iter().map(|&row| nodes[row as usize]).collect()),
            Column::Edges(edges) => Column::Edges(rows.iter().map(|&row| edges[row as usize]).collect()),
            Column::Typed(column) => match column.data() {
                // What an operator adds to one row after the other shares its vector.
                ColumnData::Vectors { .. } if rows.windows(2).any(|pair| pair[0] == pair[1]) => {
                    Column::Values(shared(column, rows))
                }
                _ => Column::Typed(column.gather(rows.iter().map(|&row| row as usize))),
            },
            Column::Values(values) => Column::Values(rows.iter().map(|&row| values[row as usize].clone()).collect()),
        }
    }

    fn slice(&self, from: usize, to: usize) -> Column {
        match self {
            Column::Empty => Column::Empty,
            Column::Nodes(nodes) => Column::Nodes(nodes[from..to].to_vec()),
            Column::Edges(edges) => Column::Edges(edges[from..to].to_vec()),
            Column::Typed(column) => Column::Typed(column.slice(from, to)),
            Column::Values(values) => Column::Values(values[from..to].to_vec()),
        }
    }

    pub(crate) fn into_values(self, len: usize) -> Vec<Value> {
        match self {
            Column::Empty => vec![Value::Null; len],
            Column::Nodes(nodes) => nodes.into_iter().map(|node| Value::Node(Node::new(node))).collect(),
            Column::Edges(edges) => edges.into_iter().map(|edge| Value::Edge(Edge::new(edge))).collect(),
            Column::Typed(column) => column.into_values(),
            Column::Values(values) => values,
        }
    }

    /// Appends `other`; columns of different kinds become values.
    fn append(&mut self, len: usize, other: Column, other_len: usize) {
        match (&mut *self, other) {
            (Column::Nodes(a), Column::Nodes(b)) => a.extend(b),
            (Column::Edges(a), Column::Edges(b)) => a.extend(b),
            (Column::Typed(a), Column::Typed(b)) => a.append(b),
            (Column::Values(a), Column::Values(b)) => a.extend(b),
            (Column::Empty, Column::Empty) => {}
            (mine, other) => {
                let mut values = std::mem::take(mine).into_values(len);
                values.extend(other.into_values(other_len));
                *mine = Column::Values(values);
            }
        }
    }
}

/// The values of the rows named, one value for a row that comes several times in succession.
fn shared(column: &column::Column, rows: &[u32]) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::with_capacity(rows.len());
    for (position, &row) in rows.iter().enumerate() {
        let value = match values.last() {
            Some(last) if rows[position - 1] == row => last.clone(),
            _ => column.value(row as usize),
        };
        values.push(value);
    }
    values
}

impl Batch {
    /// One row without columns: what a statement starts from.
    pub(crate) fn unit() -> Self {
        Batch::with_len(1)
    }

    /// `len` rows without columns.
    pub(crate) fn with_len(len: usize) -> Self {
        Batch { len, ..Batch::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Fills a slot.
    pub(crate) fn set(&mut self, slot: usize, column: Column) {
        let (columns, slot) = match slot.checked_sub(LOCALS) {
            Some(local) => (&mut self.locals, local),
            None => (&mut self.columns, slot),
        };
        if columns.len() <= slot {
            columns.resize_with(slot + 1, Column::default);
        }
        columns[slot] = column;
    }

    /// Takes the filled columns of another batch of as many rows.
    pub(crate) fn fill_from(&mut self, other: Batch) {
        for (slot, column) in other.columns.into_iter().enumerate() {
            if !matches!(column, Column::Empty) {
                self.set(slot, column);
            }
        }
    }

    pub(crate) fn column(&self, slot: usize) -> &Column {
        const EMPTY: &Column = &Column::Empty;
        let local = || slot.checked_sub(LOCALS).and_then(|local| self.locals.get(local));
        self.columns.get(slot).or_else(local).unwrap_or(EMPTY)
    }

    pub(crate) fn take(&mut self, slot: usize) -> Column {
        self.columns.get_mut(slot).map(std::mem::take).unwrap_or_default()
    }

    /// The value in a cell; an unfilled slot reads as NULL.
    pub(crate) fn value(&self, slot: usize, row: usize) -> Value {
        self.column(slot).value(row)
    }

    /// The node in a cell; `None` for NULL.
    pub(crate) fn node(&self, slot: usize, row: usize) -> Option<NodeId> {
        match self.column(slot) {
            Column::Nodes(nodes) => Some(nodes[row]),
            Column::Values(values) => match &values[row] {
                Value::Node(node) => Some(node.number),
                _ => None,
            },
            _ => None,
        }
    }

    /// The edge in a cell; `None` for NULL.
    pub(crate) fn edge(&self, slot: usize, row: usize) -> Option<EdgeRef> {
        match self.column(slot) {
            Column::Edges(edges) => Some(edges[row]),
            Column::Values(values) => match &values[row] {
                Value::Edge(edge) => Some(edge.reference),
                _ => None,
            },
            _ => None,
        }
    }

    /// The rows named, in that order, with repetitions.
    pub(crate) fn gather(&self, rows: &[u32]) -> Batch {
        let columns = self.columns.iter().map(|column| column.gather(rows)).collect();
        Batch { columns, len: rows.len(), ..Batch::default() }
    }

    /// Rows `from..to`.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Batch {
        let columns = self.columns.iter().map(|column| column.slice(from, to)).collect();
        Batch { columns, len: to - from, ..Batch::default() }
    }

    /// Appends the rows of `other`.
    pub(crate) fn append(&mut self, other: Batch) {
        if self.len == 0 {
            *self = other;
            return;
        }
        let width = self.columns.len().max(other.columns.len());
        self.columns.resize_with(width, Column::default);
        let mut theirs = other.columns;
        theirs.resize_with(width, Column::default);
        for (mine, theirs) in self.columns.iter_mut().zip(theirs) {
            mine.append(self.len, theirs, other.len);
        }
        self.len += other.len;
    }

    /// Rough bytes held, for the memory budget.
    pub(crate) fn bytes(&self) -> usize {
        self.columns
            .iter()
            .map(|column| match column {
                Column::Empty => 0,
                Column::Nodes(nodes) => nodes.len() * 8,
                Column::Edges(edges) => edges.len() * std::mem::size_of::<EdgeRef>(),
                Column::Typed(column) => column.bytes(),
                Column::Values(values) => values.iter().map(value_bytes).sum(),
            })
            .sum()
    }
}
