//! The nodes or edges that a full-text query finds, the best first, for each input row.

use wend_storage::{EdgeId, Index, NodeId};

use super::{
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
};
use crate::{
    column::{self, ColumnData},
    error::{Error, Result},
    full_text::{self, Ranked},
    plan,
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        eval::eval,
        statement::Statement,
    },
    value::{EdgeRef, Value},
};

/// See [`crate::plan::Plan::TextSearch`].
pub(super) struct TextSearch {
    input: InputRows,
    search: plan::text_search::TextSearch,
    /// The index that was searched last.
    index: Option<Index>,
    /// What was found for the current row.
    found: Option<Ranked>,
}

impl TextSearch {
    pub(super) fn new(input: BoxOperator, search: plan::text_search::TextSearch) -> Self {
        TextSearch { input: InputRows::new(input), search, index: None, found: None }
    }

    /// The index that a value names.
    fn index(&mut self, name: &Value, st: &Statement) -> Result<Index> {
        let Value::String(name) = name else {
            return Err(Error::value_type(format!("an index is named by a string, not {}", name.type_name())));
        };
        if let Some(index) = self.index.as_ref().filter(|index| *index.definition.name == **name) {
            return Ok(index.clone());
        }
        let index = full_text::find(&st.tx, st.graph, name)?;
        if index.definition.on_edge != self.search.on_edge {
            let noun = |on_edge| if on_edge { "edges" } else { "nodes" };
            return Err(Error::rule(format!(
                "the index `{name}` is on {}, and {} are looked for",
                noun(index.definition.on_edge),
                noun(self.search.on_edge)
            )));
        }
        self.index = Some(index.clone());
        Ok(index)
    }

    fn search(&mut self, batch: &Batch, row: usize, st: &Statement) -> Result<Ranked> {
        let name = eval(&self.search.index, batch, row, st)?;
        let index = self.index(&name, st).map_err(|error| error.at(self.search.index.span))?;
        let text = match eval(&self.search.query, batch, row, st)? {
            Value::Null => return Ok(Ranked::default()),
            Value::String(text) => text,
            other => {
                return Err(Error::value_type(format!("a full-text query is a string, not {}", other.type_name()))
                    .at(self.search.query.span));
            }
        };
        let options = match &self.search.options {
            None => full_text::Options::default(),
            Some(options) => {
                let value = eval(options, batch, row, st)?;
                full_text::Options::of(&value).map_err(|error| error.at(options.span))?
            }
        };
        full_text::search(&st.tx, &index, &text, options, &st.cancel, &st.memory)
            .map_err(|error| error.at(self.search.query.span))
    }

    fn elements(&self, elements: Vec<u64>, st: &Statement) -> Result<Column> {
        if !self.search.on_edge {
            return Ok(Column::Nodes(elements.into_iter().map(NodeId).collect()));
        }
        let mut edges = Vec::with_capacity(elements.len());
        for edge in elements.into_iter().map(EdgeId) {
            let (label, from, to) = st
                .tx
                .edge_ends(st.graph, edge)?
                .ok_or_else(|| Error::internal("a full-text index leads to an edge that is not there"))?;
            edges.push(EdgeRef { edge, label, from, to });
        }
        Ok(Column::Edges(edges))
    }
}

impl Operator for TextSearch {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if let Some(found) = &mut self.found {
                let hits = found.next(BATCH_ROWS);
                let (elements, scores): (Vec<u64>, Vec<f64>) = hits.iter().copied().unzip();
                if !elements.is_empty() {
                    let len = elements.len();
                    let elements = self.elements(elements, st)?;
                    let Some((batch, row)) = self.input.row() else { return Ok(None) };
                    let mut out = batch.gather(&vec![row as u32; len]);
                    out.set(self.search.slot, elements);
                    out.set(self.search.score, Column::Typed(column::Column::new(ColumnData::Floats(scores), None)));
                    return Ok(Some(out));
                }
                self.found = None;
            }
            if !self.input.advance(st)? {
                return Ok(None);
            }
            let alone = self.input.row_alone();
            self.found = Some(self.search(&alone, 0, st)?);
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.found = None;
    }
}
