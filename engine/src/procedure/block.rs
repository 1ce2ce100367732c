//! Blocks of vectors: with `blockSize` a stream gives a row for so many nodes, their vectors as one BYTES value.
//!
//! A client pays for every value it takes apart; a thousand vectors in one value cost it about as much as one.

use wend_algorithms::{Column as Output, Rows};

use crate::{
    error::{Error, Result},
    plan::expr::PropertyName,
    registry::{BLOCK_COLUMNS, Procedure, has_blocks},
    runtime::{batch::Column, element::node_property, statement::Statement},
    value::Value,
    view::View,
};

/// The parameter that asks for blocks.
const PARAMETER: &str = "blockSize";

/// The most nodes of a block.
const MOST: i64 = 1_000_000;

/// Takes `blockSize` out of the parameters, and checks that what is yielded fits it.
pub(super) fn size(
    procedure: Procedure,
    argument: Option<&Value>,
    wanted: &[usize],
) -> Result<(Option<usize>, Option<Value>)> {
    let ordinary = procedure.description().columns.len();
    let yields_blocks = has_blocks(procedure) && wanted.iter().any(|&position| position >= ordinary);
    let Some(Value::Record(fields)) = argument else {
        return if yields_blocks { Err(without_size(procedure)) } else { Ok((None, argument.cloned())) };
    };
    let given = fields.iter().find(|(name, _)| &**name == PARAMETER).map(|(_, value)| value);
    let size = match given {
        _ if !has_blocks(procedure) => return Ok((None, argument.cloned())),
        None | Some(Value::Null) if yields_blocks => return Err(without_size(procedure)),
        None | Some(Value::Null) => None,
        Some(Value::Int(size)) if (1..=MOST).contains(size) => Some(*size as usize),
        Some(Value::Int(size)) => {
            return Err(Error::data("22003", format!("blockSize takes an INT from 1 to {MOST}, not {size}")));
        }
        Some(other) => {
            return Err(Error::value_type(format!(
                "blockSize takes an INT from 1 to {MOST}, not {}",
                other.type_name()
            )));
        }
    };
    if size.is_some() && wanted.iter().any(|&position| position < ordinary) {
        return Err(Error::rule(format!("with blockSize {} yields {}", procedure.name(), BLOCK_COLUMNS.join(" and ")))
            .with_hint("write YIELD nodeIds, matrix"));
    }
    let rest = fields.iter().filter(|(name, _)| &**name != PARAMETER).cloned().collect();
    Ok((size, Some(Value::Record(rest))))
}

fn without_size(procedure: Procedure) -> Error {
    Error::rule(format!("{} yields nodeIds and matrix only in blocks", procedure.name()))
        .with_hint("add the parameter blockSize, such as {blockSize: 1000}")
}

/// A stream in blocks.
pub(crate) struct Blocks {
    view: View,
    dimensions: usize,
    data: Vec<f32>,
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
