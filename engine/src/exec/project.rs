//! Computes columns: a new one beside the others, a path, or new rows altogether.

use super::{
    halves::Halves,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::{Error, Result},
    memory::Held,
    plan::expr::{Expr, ExprKind},
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
        typed,
    },
    value::{Edge, Node, Path, Value},
};

/// See [`crate::plan::Plan::Extend`].
pub(super) struct Extend {
    input: Halves,
    slot: usize,
    expr: Expr,
    /// What the values of the last batch take.
    held: Held,
}

impl Extend {
    pub(super) fn new(input: BoxOperator, slot: usize, expr: Expr) -> Self {
        Extend { input: Halves::new(input), slot, expr, held: Held::default() }
    }
}

impl Operator for Extend {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let computed = self.input.next(st, |batch| column(&self.expr, batch, st))?;
        let Some((mut batch, column)) = computed else { return Ok(None) };
        self.held.hold_made(&st.memory);
        batch.set(self.slot, column);
        Ok(Some(batch))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.held.release();
    }
}

/// See [`crate::plan::Plan::Project`].
pub(super) struct Project {
    input: Halves,
    items: Vec<Expr>,
    /// What the values of the last batch take.
    held: Held,
}

impl Project {
    pub(super) fn new(input: BoxOperator, items: Vec<Expr>) -> Self {
        Project { input: Halves::new(input), items, held: Held::default() }
    }
}

impl Operator for Project {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let computed = self.input.next(st, |batch| {
            let mut out = Batch::with_len(batch.len());
            for (slot, item) in self.items.iter().enumerate() {
                out.set(slot, column(item, batch, st)?);
            }
            Ok(out)
        })?;
        let Some((_, out)) = computed else { return Ok(None) };
        self.held.hold_made(&st.memory);
        Ok(Some(out))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.held.release();
    }
}

/// The values of an expression for all rows; a plain column keeps its kind.
fn column(expr: &Expr, batch: &Batch, st: &Statement) -> Result<Column> {
    if let ExprKind::Column(slot) = expr.kind {
        return Ok(match batch.column(slot) {
            Column::Empty => Column::Values(vec![Value::Null; batch.len()]),
            filled => filled.clone(),
        });
    }
    typed::kept(expr, batch, st)
}

/// See [`crate::plan::Plan::MakePath`].
pub(super) struct MakePath {
    input: BoxOperator,
    slot: usize,
    parts: Vec<usize>,
    cost: Option<usize>,
}

impl MakePath {
    pub(super) fn new(input: BoxOperator, slot: usize, parts: Vec<usize>, cost: Option<usize>) -> Self {
        MakePath { input, slot, parts, cost }
    }

    fn path(&self, batch: &Batch, row: usize) -> Result<Value> {
        let wrong = || Error::internal("a part of a path is neither a node nor an edge");
        let (mut nodes, mut edges): (Vec<Node>, Vec<Edge>) = Default::default();
        for (position, &slot) in self.parts.iter().enumerate() {
            if position % 2 == 0 {
                // The last node of a quantified part is known from its edges already.
                let node = Node::new(batch.node(slot, row).ok_or_else(wrong)?);
                if nodes.len() == edges.len() {
                    nodes.push(node);
                }
                continue;
            }
            match batch.value(slot, row) {
                Value::Edge(edge) => edges.push(edge),
                Value::List(list) => {
                    for edge in list.iter() {
                        let Value::Edge(edge) = edge else { return Err(wrong()) };
                        let here = nodes.last().ok_or_else(wrong)?.number;
                        let there = if edge.reference.from == here { edge.reference.to } else { edge.reference.from };
                        edges.push(edge.clone());
                        nodes.push(Node::new(there));
                    }
                }
                _ => return Err(wrong()),
            }
        }
        let cost = self.cost.and_then(|slot| match batch.value(slot, row) {
            Value::Float(cost) => Some(cost),
            _ => None,
        });
        Ok(Value::Path(Path { nodes: nodes.into(), edges: edges.into(), cost }))
    }
}

impl Operator for MakePath {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let Some(mut batch) = self.input.next(st)? else { return Ok(None) };
        let paths = (0..batch.len()).map(|row| self.path(&batch, row)).collect::<Result<_>>()?;
        batch.set(self.slot, Column::Values(paths));
        Ok(Some(batch))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
    }
}
