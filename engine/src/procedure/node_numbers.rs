//! The rows of an algorithm as clients of another library read them: nodes by their numbers, which they keep as 53-bit integers, and
//! vectors as lists.

use wend_algorithms::{Column as Output, Output as Computed};

use super::result::cell;
use crate::{
    runtime::batch::{BATCH_ROWS, Column},
    value::Value,
    view::View,
};

/// What an algorithm gave, to be read row by row.
pub(crate) struct Stream {
    view: View,
    output: Computed,
    /// How many columns name nodes.
    nodes: usize,
    rows: usize,
    next: usize,
}

impl Stream {
    /// `pairs`: the first two columns of the output are nodes; otherwise the rows are.
    pub(super) fn new(view: View, output: Computed, pairs: bool) -> Self {
        let rows = if pairs { output.columns.first().map_or(0, Output::rows) } else { view.nodes().len() };
        Stream { view, output, nodes: if pairs { 2 } else { 1 }, rows, next: 0 }
    }

    /// The next rows of the columns.
    pub(crate) fn next(&mut self, wanted: &[usize]) -> Option<Vec<(usize, Column)>> {
        let (from, to) = (self.next, (self.next + BATCH_ROWS).min(self.rows));
        if from >= to {
            return None;
        }
        self.next = to;
        let column =
            |&position: &usize| (position, Column::Values((from..to).map(|row| self.value(position, row)).collect()));
        Some(wanted.iter().map(column).collect())
    }

    fn value(&self, position: usize, row: usize) -> Value {
        if position < self.nodes {
            let number = match (self.nodes, self.output.columns.get(position)) {
                (2, Some(Output::Nodes(nodes))) => self.view.whole().nodes()[nodes[row] as usize],
                _ => self.view.nodes()[row],
            };
            return Value::Int(number.0 as i64);
        }
        let column = if self.nodes == 2 { position } else { position - 1 };
        match self.output.columns.get(column).map(|column| cell(column, row)) {
            Some(Value::Vector(numbers)) => {
                Value::List(numbers.iter().map(|&number| Value::Float(number.into())).collect())
            }
            // Levels of communities that are not kept.
            None => Value::Null,
            Some(value) => value,
        }
    }
}
