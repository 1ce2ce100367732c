//! Evaluates expressions that go through a list.

use wend_grammar::ast::ListQuantifier;

use super::{
    batch::{BATCH_ROWS, Batch, Column},
    element,
    eval::{eval, eval_kept, holds},
    size,
    statement::Statement,
};
use crate::{
    error::{Error, Result},
    plan::{
        expr::Expr,
        iterate::{Iterate, IterateKind, MapItem},
    },
    value::Value,
};

/// The value of an iteration in a row.
pub(super) fn iterate(iterate: &Iterate, batch: &Batch, row: usize, st: &Statement) -> Result<Value> {
    let list = eval_kept(&iterate.list, batch, row, st)?;
    element::look_at(st, &list).map_err(|error| error.at(iterate.list.span))?;
    let items: Vec<Value> = match list {
        Value::Null => return Ok(Value::Null),
        Value::List(items) => items.to_vec(),
        Value::Vector(numbers) => numbers.iter().map(|&number| Value::Float(f64::from(number))).collect(),
        other => {
            return Err(
                Error::value_type(format!("IN goes through a list, not {}", other.type_name())).at(iterate.list.span)
            );
        }
    };
    match &iterate.kind {
        IterateKind::Comprehension => comprehension(iterate, &items, batch, row, st),
        IterateKind::Quantified(quantifier) => quantified(*quantifier, iterate, &items, batch, row, st),
        IterateKind::Reduce { accumulator, initial } => {
            let before = st.memory.made();
            let mut result = eval_kept(initial, batch, row, st)?;
            let Some(body) = &iterate.body else { return Ok(result) };
            let mut inner = rows(iterate, &items[..items.len().min(1)], batch, row);
            for (position, item) in items.into_iter().enumerate() {
                if position % BATCH_ROWS == 0 {
                    st.cancel.check()?;
                }
                inner.set(iterate.local, Column::Values(vec![item]));
                inner.set(*accumulator, Column::Values(vec![result]));
                result = eval_kept(body, &inner, 0, st)?;
                size::keep(&result, before, st)?;
            }
            Ok(result)
        }
    }
}

/// A batch with a row for each element: what the condition and the body read of the row around them, and the element.
fn rows(iterate: &Iterate, items: &[Value], batch: &Batch, row: usize) -> Batch {
    let copies = vec![row as u32; items.len()];
    let mut inner = Batch::with_len(items.len());
    for &slot in &iterate.reads {
        inner.set(slot, batch.column(slot).gather(&copies));
    }
    inner.set(iterate.local, Column::Values(items.to_vec()));
    inner
}

fn comprehension(iterate: &Iterate, items: &[Value], batch: &Batch, row: usize, st: &Statement) -> Result<Value> {
    let mut values = Vec::with_capacity(items.len());
    for part in items.chunks(BATCH_ROWS) {
        st.cancel.check()?;
        let inner = rows(iterate, part, batch, row);
        for (position, item) in part.iter().enumerate() {
            if let Some(condition) = &iterate.condition
                && !holds(condition, &inner, position, st)?
            {
                continue;
            }
            values.push(match &iterate.body {
                Some(body) => eval_kept(body, &inner, position, st)?,
                None => item.clone(),
            });
        }
    }
    size::made_of(values.iter(), st)?;
    Ok(Value::List(values.into()))
}

/// The truth of a condition, NULL as neither.
fn truth(condition: &Expr, batch: &Batch, row: usize, st: &Statement) -> Result<Option<bool>> {
    match eval(condition, batch, row, st)? {
        Value::Bool(value) => Ok(Some(value)),
        Value::Null => Ok(None),
        other => Err(Error::value_type(format!("a condition must be a BOOL, this one is {}", other.type_name()))
            .at(condition.span)),
    }
}

/// In three-valued logic: an element for which the condition is NULL may be either.
fn quantified(
    quantifier: ListQuantifier,
    iterate: &Iterate,
    items: &[Value],
    batch: &Batch,
    row: usize,
    st: &Statement,
) -> Result<Value> {
    let Some(condition) = &iterate.condition else {
        return Err(Error::internal("a predicate over a list without a condition"));
    };
    let (mut holding, mut unknown) = (0u32, false);
    for part in items.chunks(BATCH_ROWS) {
        st.cancel.check()?;
        let inner = rows(iterate, part, batch, row);
        for position in 0..part.len() {
            match truth(condition, &inner, position, st)? {
                None => unknown = true,
                Some(false) if quantifier == ListQuantifier::All => return Ok(Value::Bool(false)),
                Some(false) => {}
                Some(true) => holding = holding.saturating_add(1),
            }
            match quantifier {
                ListQuantifier::Any if holding > 0 => return Ok(Value::Bool(true)),
                ListQuantifier::None if holding > 0 => return Ok(Value::Bool(false)),
                ListQuantifier::Single if holding > 1 => return Ok(Value::Bool(false)),
                _ => {}
            }
        }
    }
    if unknown {
        return Ok(Value::Null);
    }
    Ok(Value::Bool(match quantifier {
        ListQuantifier::All | ListQuantifier::None => true,
        ListQuantifier::Any => false,
        ListQuantifier::Single => holding == 1,
    }))
}

/// `p {.name, .*, age: 3}`: a later item takes the place of an earlier one with the same key.
pub(super) fn map_projection(of: &Expr, items: &[MapItem], batch: &Batch, row: usize, st: &Statement) -> Result<Value> {
    let base = eval_kept(of, batch, row, st)?;
    element::look_at(st, &base).map_err(|error| error.at(of.span))?;
    let mut fields: Vec<(std::sync::Arc<str>, Value)> = Vec::new();
    let mut put = |key: std::sync::Arc<str>, value: Value| match fields.iter_mut().find(|(other, _)| *other == key) {
        Some((_, place)) => *place = value,
        None => fields.push((key, value)),
    };
    match &base {
        Value::Null => return Ok(Value::Null),
        Value::Node(_) | Value::Edge(_) | Value::Record(_) => {}
        other => {
            return Err(Error::value_type(format!(
                "a map projection takes a node, an edge or a record, not {}",
                other.type_name()
            ))
            .at(of.span));
        }
    }
    for item in items {
        match item {
            MapItem::All => match &base {
                Value::Record(all) => all.iter().for_each(|(key, value)| put(key.clone(), value.clone())),
                element => {
                    let mut properties = element::properties(st, element)?;
                    properties.sort_by(|a, b| a.0.cmp(&b.0));
                    properties.into_iter().for_each(|(key, value)| put(key, value));
                }
            },
            MapItem::Field(key, value) => put(key.clone(), eval_kept(value, batch, row, st)?),
        }
    }
    size::made_of(fields.iter().map(|(_, value)| value), st)?;
    Ok(Value::Record(fields.into()))
}
