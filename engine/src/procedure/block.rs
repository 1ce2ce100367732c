//! Blocks of vectors: with `blockSize` a stream gives a row for so many nodes, their vectors as one BYTES value.
//!
//! A client pays for every value it takes apart; a thousand vectors in one value cost it about as much as one.

use wend_algorithms::{Arguments, Blocks as Parameters, Column as Output, Numbers, Rows};

use crate::{
    error::{Error, Result},
    plan::expr::PropertyName,
    registry::{Mode, Procedure},
    runtime::{batch::Column, element::node_property, statement::Statement},
    value::Value,
    view::View,
};

/// How many nodes a block has, if blocks are asked for. What is yielded has to fit.
pub(super) fn size(procedure: Procedure, arguments: &Arguments, wanted: &[usize]) -> Result<Option<usize>> {
    if procedure.mode != Mode::Stream {
        return Ok(None);
    }
    let description = procedure.description();
    let ordinary = description.columns.len();
    match arguments.block_size {
        None if wanted.iter().any(|&position| position >= ordinary) => Err(without_size(procedure)),
        Some(_) if wanted.iter().any(|&position| position < ordinary) => {
            let names: Vec<&str> = description.block_columns().iter().map(|column| column.name).collect();
            let name = procedure.name();
            Err(Error::rule(format!("with {} {name} yields {}", Parameters::block_size, names.join(" and ")))
                .with_hint(format!("write YIELD {}", names.join(", "))))
        }
        size => Ok(size),
    }
}

fn without_size(procedure: Procedure) -> Error {
    Error::rule(format!("{} yields nodeIds and matrix only in blocks", procedure.name()))
        .with_hint("add the parameter blockSize, such as {blockSize: 1000}")
}

/// A stream in blocks.
pub(crate) struct Blocks {
    view: View,
    dimensions: usize,
    data: Numbers<f32>,
    size: usize,
    next: usize,
    ordinary: usize,
}

impl Blocks {
    pub(super) fn new(procedure: Procedure, view: View, output: wend_algorithms::Output, size: usize) -> Result<Self> {
        if output.rows != Rows::Nodes {
            return Err(Error::rule("blocks are of nodes, and the rows of this call are not nodes")
                .with_hint("leave out blockSize"));
        }
        let vectors = output.columns.into_iter().find_map(|column| match column {
            Output::Vectors { dimensions, data } => Some((dimensions, data)),
            _ => None,
        });
        let (dimensions, data) = vectors.ok_or_else(|| Error::internal("an algorithm gave no vectors"))?;
        let ordinary = procedure.description().columns.len();
        Ok(Blocks { view, dimensions, data, size, next: 0, ordinary })
    }

    /// The next block, as columns of the procedure.
    pub(super) fn next(&mut self, st: &Statement, wanted: &[usize]) -> Result<Option<Vec<(usize, Column)>>> {
        let (from, to) = (self.next, (self.next + self.size).min(self.view.nodes().len()));
        if from >= to {
            return Ok(None);
        }
        self.next = to;
        let mut out = Vec::new();
        for &position in wanted {
            let value = if position == self.ordinary {
                let id = PropertyName::new("_id");
                let ids = self.view.nodes()[from..to].iter().map(|&node| node_property(st, node, &id));
                Value::List(ids.collect::<Result<_>>()?)
            } else {
                let numbers = &self.data[from * self.dimensions..to * self.dimensions];
                let mut bytes = Vec::with_capacity(numbers.len() * 4);
                numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
                Value::Bytes(bytes.into())
            };
            out.push((position, Column::Values(vec![value])));
        }
        Ok(Some(out))
    }
}
