//! What a repetition of a part of a path costs, and the errors of costs that no search can add up.

use wend_storage::NodeId;

use crate::{
    error::{Error, Result},
    plan::expr::Expr,
    runtime::{batch::Batch, eval::eval, statement::Statement},
    value::{EdgeRef, Value},
};

/// The sum of the COST of the edges of a repetition, which is a row of its part's subquery.
pub(super) fn of_repetition(
    costs: &[Expr],
    edges: &[EdgeRef],
    rows: &Batch,
    row: usize,
    st: &Statement,
) -> Result<f64> {
    let mut sum = 0.0;
    for cost in costs {
        let value = eval(cost, rows, row, st)?;
        sum += match value {
            Value::Int(whole) if whole >= 0 => whole as f64,
            // Not the other zero, whose bits come after those of all other numbers.
            Value::Float(number) if number >= 0.0 && number.is_finite() => number.abs(),
            other => return Err(refused(&other, edges, st).at(cost.span)),
        };
    }
    Ok(sum)
}

/// The cost of a longer path.
pub(super) fn add(a: f64, b: f64) -> Result<f64> {
    let sum = a + b;
    match sum.is_finite() {
        true => Ok(sum),
        false => Err(Error::data("22003", "the cost of a path is out of the range of FLOAT64")),
    }
}

/// All cheapest walks along an edge that adds nothing would be without number.
pub(super) fn endless(edges: &[EdgeRef], st: &Statement) -> Error {
    let edges = named(edges, st);
    Error::data("22003", format!("{edges} adds nothing to the cost of a walk, which could go along it again and again"))
        .with_hint("write TRAIL, ACYCLIC or SIMPLE after CHEAPEST, or give the quantifier an upper bound")
}

fn refused(cost: &Value, edges: &[EdgeRef], st: &Statement) -> Error {
    let edges = named(edges, st);
    match cost {
        Value::Null => Error::data("22004", format!("the cost of {edges} is NULL"))
            .with_hint("leave such edges out with WHERE before COST, or say what they cost: COALESCE(e.key, 1)"),
        Value::Int(_) | Value::Float(_) => {
            Error::data("22003", format!("the cost of {edges} is {cost}: it must be finite and at least 0"))
        }
        other => Error::value_type(format!("the cost of {edges} is {}, not a number", other.type_name())),
    }
}

/// Edges with the `_id`s of their ends.
fn named(edges: &[EdgeRef], st: &Statement) -> String {
    let end = |node: NodeId| st.tx.node_id(st.graph, node).ok().flatten().unwrap_or_default();
    let names = edges.iter().map(|edge| {
        let label = st.tx.label_name(edge.label).unwrap_or_default();
        format!("({})-[:{label}]->({})", end(edge.from), end(edge.to))
    });
    names.collect::<Vec<_>>().join(", ")
}
