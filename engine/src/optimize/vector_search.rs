//! Chooses how a search in a vector index is done: over all rows in question, vector by vector, or by the inverted lists of the index
//! where these rows are many.

use wend_storage::{Index, Metric};

use super::{Statistics, estimate::Estimate, order};
use crate::{
    error::{Error, Result},
    function,
    plan::{
        ApplyKind, IndexNext, IndexScan, Plan, SortKey,
        expr::{Arithmetic, Expr, ExprKind, LabelName, LabelTest, PropertyName},
        vector_search::{VectorLists, VectorSearch},
    },
    value::Value,
    vector_index,
};

/// Rewrites the whole tree.
pub(crate) fn lower_searches(plan: &mut Plan, statistics: &Statistics) -> Result<()> {
    for input in plan.inputs_mut() {
        lower_searches(input, statistics)?;
    }
    if let Plan::VectorSearch { input, search } = plan {
        let input = std::mem::replace(&mut **input, Plan::Unit);
        *plan = lowered(input, (**search).clone(), statistics)?;
    }
    Ok(())
}

fn lowered(input: Plan, search: VectorSearch, statistics: &Statistics) -> Result<Plan> {
    let (tx, graph) = (statistics.tx, statistics.graph);
    let index = vector_index::find(tx, graph, &search.index).map_err(|error| error.at(search.span))?;
    let Some(space) = index.definition.vector else { return Err(Error::internal("a vector index without vectors")) };
    if let Some(on_edge) = search.on_edge
        && on_edge != index.definition.on_edge
    {
        let noun = |on_edge| if on_edge { "edges" } else { "nodes" };
        return Err(Error::rule(format!(
            "the index `{}` is on {}, and {} are looked for",
            search.index,
            noun(index.definition.on_edge),
            noun(on_edge)
        ))
        .at(search.span));
    }
    let key = *index.definition.properties.first().ok_or_else(|| Error::internal("an index without a property"))?;
    let property = PropertyName::new(&tx.property_key_name(key)?);
    let label = LabelName::new(&tx.label_name(index.definition.label)?);
    let at = |kind: ExprKind| Expr::new(kind, search.span);
    let column = |slot: usize| Box::new(at(ExprKind::Column(slot)));
    // A vector that is the same for all rows, of which there is one, stands where it is compared.
    let (input, vector) = match input {
        Plan::Extend { input, slot, expr }
            if slot == search.query
                && matches!(*input, Plan::Unit)
                && expr.columns().is_empty()
                && !expr.is_volatile() =>
        {
            (*input, Some(expr))
        }
        input => (input, None),
    };
    // Says what is wrong with the vector before it is compared.
    let fitting = at(ExprKind::Function(
        &function::FITTING_VECTOR,
        vec![
            vector.clone().unwrap_or_else(|| at(ExprKind::Column(search.query))),
            Expr::constant(Value::Int(i64::from(space.dimensions))),
            Expr::constant(Value::String(search.index.as_str().into())),
        ],
    ));
    // An element of the index has its label.
    let mut labelled = true;
    let mut matches = match search.matches {
        Some(mut matches) => {
            labelled = asks_for_label(&mut matches, search.slot, &label);
            matches
        }
        None if index.definition.on_edge => Plan::IndexScan {
            input: Box::new(Plan::Argument),
            scan: Box::new(IndexScan {
                slot: search.slot,
                index: index.clone(),
                equal: Vec::new(),
                next: IndexNext::Any,
                expected: tx.edge_label_count(graph, index.definition.label)? as f64,
            }),
        },
        None => Plan::NodeScan { input: Box::new(Plan::Argument), slot: search.slot, label: Some(label.clone()) },
    };
    if !labelled {
        let condition = at(ExprKind::IsLabeled(column(search.slot), LabelTest::Name(label.clone())));
        matches = Plan::Filter { input: Box::new(matches), condition };
    }
    let found = if by_lists(&index, &matches, search.single, statistics)? {
        let lists = VectorLists {
            property,
            slot: search.slot,
            query: search.query,
            measure: search.measure,
            limit: search.limit,
            accept: search.accept.and_then(|accept| without_label(accept, &label)),
            index,
        };
        let input = Plan::Extend { input: Box::new(input), slot: search.query, expr: fitting };
        Plan::VectorLists { input: Box::new(input), lists: Box::new(lists) }
    } else {
        let function = match space.metric {
            Metric::Cosine => "COSINE_SIMILARITY",
            Metric::Euclidean => "EUCLIDEAN_DISTANCE",
            Metric::Dot => "DOT_PRODUCT",
        };
        let function = function::find(function).ok_or_else(|| Error::internal("a metric without a function"))?;
        let (own, alone) = (at(ExprKind::Property(column(search.slot), property)), vector.is_some());
        let other = if alone { fitting.clone().once() } else { at(ExprKind::Column(search.query)) };
        let measure = at(ExprKind::Function(function, vec![own, other]));
        let ascending = space.metric == Metric::Euclidean;
        let sort_key = |slot: usize, descending: bool| SortKey {
            expr: at(ExprKind::Column(slot)),
            descending,
            nulls_first: false,
        };
        let mut plan = Plan::Extend { input: Box::new(matches), slot: search.measure, expr: measure };
        let mut keys = vec![sort_key(search.measure, !ascending)];
        if !search.single {
            keys.push(sort_key(search.slot, false));
        }
        plan = Plan::Sort { input: Box::new(plan), keys, top: None };
        let input_of_limit = Box::new(plan);
        plan = match search.single {
            true => Plan::Limit { input: input_of_limit, count: search.limit },
            false => Plan::LimitElements { input: input_of_limit, slot: search.slot, count: search.limit },
        };
        let known = at(ExprKind::Not(Box::new(at(ExprKind::IsNull(column(search.measure))))));
        plan = Plan::Filter { input: Box::new(plan), condition: known };
        if alone {
            begin_with_one_row(&mut plan);
            plan
        } else {
            let slots = search.outputs.into_iter().chain([search.measure]);
            let kind = ApplyKind::Rows { outputs: slots.map(|slot| (slot, slot)).collect(), optional: false };
            let input = Plan::Extend { input: Box::new(input), slot: search.query, expr: fitting };
            Plan::Apply { input: Box::new(input), subquery: Box::new(plan), kind, reads: None }
        }
    };
    let Some(slot) = search.score else { return Ok(found) };
    let number = |number: f64| Expr::constant(Value::Float(number));
    let arithmetic = |first: Expr, rest| at(ExprKind::Arithmetic(Box::new(first), rest));
    let measure = || at(ExprKind::Column(search.measure));
    // Neo4j's scores: 1 is the highest there is.
    let score = match space.metric {
        Metric::Cosine => {
            let above = arithmetic(number(1.0), vec![(Arithmetic::Add, measure())]);
            arithmetic(above, vec![(Arithmetic::Divide, number(2.0))])
        }
        Metric::Euclidean => {
            let square = arithmetic(measure(), vec![(Arithmetic::Multiply, measure())]);
            let above = arithmetic(number(1.0), vec![(Arithmetic::Add, square)]);
            arithmetic(number(1.0), vec![(Arithmetic::Divide, above)])
        }
        Metric::Dot => measure(),
    };
    Ok(Plan::Extend { input: Box::new(found), slot, expr: score })
}

/// Makes a subquery stand for itself, without a row that it runs for.
fn begin_with_one_row(plan: &mut Plan) {
    if matches!(plan, Plan::Argument) {
        *plan = Plan::Unit;
    } else if let Some(input) = plan.inputs_mut().into_iter().next() {
        begin_with_one_row(input);
    }
}

/// Whether a subquery gives rows only whose element in a slot has a label; a pattern is made to.
fn asks_for_label(plan: &mut Plan, slot: usize, label: &LabelName) -> bool {
    let is_label = |test: &LabelTest| matches!(test, LabelTest::Name(name) if name.name == label.name);
    match plan {
        Plan::Filter { input, .. } | Plan::Extend { input, .. } => asks_for_label(input, slot, label),
        Plan::Match { pattern, .. } => {
            if let Some(node) = pattern.nodes.iter_mut().find(|node| node.slot == slot) {
                if !node.labels.iter().any(is_label) {
                    node.labels.push(LabelTest::Name(label.clone()));
                }
                return true;
            }
            pattern.edges.iter().any(|edge| edge.slot == slot && edge.label.as_ref().is_some_and(is_label))
        }
        _ => false,
    }
}

/// What is asked of a bound element that has a label; `None` where nothing else is.
fn without_label(plan: Plan, label: &LabelName) -> Option<Plan> {
    match plan {
        Plan::Filter { input, condition } => {
            let input = Box::new(without_label(*input, label).unwrap_or(Plan::Argument));
            Some(Plan::Filter { input, condition })
        }
        Plan::Match { input, mut pattern } if matches!(*input, Plan::Argument) && pattern.edges.is_empty() => {
            for node in &mut pattern.nodes {
                node.labels.retain(|test| !matches!(test, LabelTest::Name(name) if name.name == label.name));
            }
            let asks = pattern.nodes.len() > 1
                || pattern.nodes.iter().any(|node| !node.labels.is_empty())
                || !pattern.conditions.is_empty()
                || !pattern.deferred.is_empty()
                || !pattern.paths.is_empty();
            asks.then_some(Plan::Match { input, pattern })
        }
        other => Some(other),
    }
}

/// Whether the lists of an index are less work than all vectors in question.
fn by_lists(index: &Index, matches: &Plan, single: bool, statistics: &Statistics) -> Result<bool> {
    let Some(space) = index.definition.vector else { return Ok(false) };
    if index.lists == 0 || !single {
        return Ok(false);
    }
    // An index that was told how many lists to have is small, and has them to be used.
    if space.lists.is_some() {
        return Ok(true);
    }
    let mut matches = matches.clone();
    order::lower_matches(&mut matches, statistics)?;
    let rows = Estimate::of(&matches, statistics)?.rows;
    Ok(rows * f64::from(space.dimensions) > vector_index::EXACT_NUMBERS as f64)
}
