//! Link scores: how likely two nodes are to be joined, by their neighbours (Liben-Nowell and Kleinberg, 2007).
//!
//! The neighbours of a node are the distinct nodes at the other ends of its edges, whatever their labels and directions, without
//! itself. Sums go through the common neighbours in the order of their insertion, so that the same graph gives the same bits.

use wend_storage::{Direction, NodeId};

use super::statement::Statement;
use crate::{error::Result, plan::expr::ElementFunction, value::Value};

/// The neighbours of a node, ascending.
fn neighbors(st: &Statement, node: NodeId) -> Result<Vec<NodeId>> {
    let mut found = Vec::new();
    st.tx.adjacency(st.graph)?.expand(node, Direction::Both, None, &mut found)?;
    let mut nodes: Vec<NodeId> =
        found.into_iter().map(|adjacent| adjacent.node).filter(|&other| other != node).collect();
    nodes.sort_unstable();
    nodes.dedup();
    Ok(nodes)
}

/// The score of two nodes; `None` for a function that is no link score.
pub(super) fn link_score(st: &Statement, function: ElementFunction, a: NodeId, b: NodeId) -> Result<Option<Value>> {
    use ElementFunction as F;
    if function.arity() != 2 {
        return Ok(None);
    }
    let (of_a, of_b) = (neighbors(st, a)?, neighbors(st, b)?);
    let common: Vec<NodeId> = of_a.iter().copied().filter(|node| of_b.binary_search(node).is_ok()).collect();
    let total = of_a.len() + of_b.len() - common.len();
    // A sum over the common neighbours of what the number of a neighbour's own neighbours gives.
    let sum = |part: &dyn Fn(f64) -> f64| -> Result<Value> {
        let mut sum = 0.0;
        for (position, &node) in common.iter().enumerate() {
            if position % 256 == 0 {
                st.cancel.check()?;
            }
            sum += part(neighbors(st, node)?.len() as f64);
        }
        Ok(Value::Float(sum))
    };
    Ok(Some(match function {
        F::CommonNeighbors => Value::Int(common.len() as i64),
        F::TotalNeighbors => Value::Int(total as i64),
        F::PreferentialAttachment => Value::Int(of_a.len() as i64 * of_b.len() as i64),
        F::Jaccard if total == 0 => Value::Float(0.0),
        F::Jaccard => Value::Float(common.len() as f64 / total as f64),
        // A node with itself may have a neighbour that has no other: its logarithm is 0.
        F::AdamicAdar => sum(&|count| if count > 1.0 { 1.0 / count.ln() } else { 0.0 })?,
        _ => sum(&|count| 1.0 / count)?,
    }))
}
