//! Label tests for all rows of a batch at once.

use std::sync::Arc;

use super::{batch, statement::Statement};
use crate::{
    cache::{GraphCache, node_set::NodeSet},
    column::{Column, ColumnData},
    error::Result,
    plan::expr::LabelTest,
};

/// Whether the nodes or edges of a column pass a label test, where a cache keeps the nodes of its labels as sets.
pub(super) fn passing(elements: &batch::Column, test: &LabelTest, st: &Statement) -> Result<Option<Column>> {
    let values = match elements {
        batch::Column::Nodes(nodes) => {
            let Some(cache) = st.cache()? else { return Ok(None) };
            let mut sets = Vec::new();
            let Some(test) = label_sets(test, cache, nodes.len(), &mut sets, st)? else { return Ok(None) };
            match (&test, &sets[..]) {
                // The common case is one look.
                (SetTest::Has(_), [set]) => nodes.iter().map(|node| set.has(*node)).collect(),
                _ => nodes.iter().map(|node| test.passes(&|set| sets[set].has(*node))).collect(),
            }
        }
        batch::Column::Edges(edges) => {
            edges.iter().map(|edge| test.matches(&[edge.label], &st.tx)).collect::<Result<Vec<_>>>()?
        }
        _ => return Ok(None),
    };
    Ok(Some(Column::new(ColumnData::Bools(values), None)))
}

/// A label test over sets of nodes, by number.
enum SetTest {
    Has(usize),
    Never,
    Not(Box<SetTest>),
    All(Vec<SetTest>),
    Any(Vec<SetTest>),
}

impl SetTest {
    fn passes(&self, has: &dyn Fn(usize) -> bool) -> bool {
        match self {
            SetTest::Has(set) => has(*set),
            SetTest::Never => false,
            SetTest::Not(inner) => !inner.passes(has),
            SetTest::All(parts) => parts.iter().all(|part| part.passes(has)),
            SetTest::Any(parts) => parts.iter().any(|part| part.passes(has)),
        }
    }
}

/// The test over sets of nodes, which are added to `sets`; `None` where the cache does not keep one, or a test needs all labels.
fn label_sets(
    test: &LabelTest,
    cache: &GraphCache,
    tested: usize,
    sets: &mut Vec<Arc<NodeSet>>,
    st: &Statement,
) -> Result<Option<SetTest>> {
    let mut all = |parts: &[LabelTest]| -> Result<Option<Vec<SetTest>>> {
        parts.iter().map(|part| label_sets(part, cache, tested, sets, st)).collect()
    };
    Ok(match test {
        LabelTest::Name(name) => match name.id(&st.tx)? {
            None => Some(SetTest::Never),
            Some(label) => cache.node_set(&st.tx, st.graph, label, tested)?.map(|set| {
                sets.push(set);
                SetTest::Has(sets.len() - 1)
            }),
        },
        LabelTest::Any => None,
        LabelTest::Not(inner) => label_sets(inner, cache, tested, sets, st)?.map(|inner| SetTest::Not(Box::new(inner))),
        LabelTest::And(parts) => all(parts)?.map(SetTest::All),
        LabelTest::Or(parts) => all(parts)?.map(SetTest::Any),
    })
}
