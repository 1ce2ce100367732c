//! Which index on properties finds an element best: equalities on its first properties, then on the next one a list, the
//! beginning of a string, or bounds.

use wend_grammar::ast::{CompareOperator, StringMatchOperator};
use wend_storage::{Index, LabelId};

use super::{Statistics, order::Conditions};
use crate::{
    error::Result,
    plan::{
        IndexNext, IndexScan,
        expr::{Expr, ExprKind, PropertyName},
    },
};

/// The share of a label's elements that one value of a property is expected to have, where no sample tells.
const EQUAL: f64 = 0.01;
/// The same for the beginning of a string.
const STARTS_WITH: f64 = 0.05;
/// The same for values with one bound, and with two.
const BETWEEN: [f64; 2] = [0.3, 0.1];

/// A search and what is expected of it.
pub(super) struct Choice {
    pub(super) scan: Box<IndexScan>,
    pub(super) rows: f64,
    /// The positions of the conditions it answers.
    pub(super) answers: Vec<usize>,
}

/// An element that is looked for.
pub(super) struct Wanted<'a> {
    pub(super) slot: usize,
    pub(super) on_edge: bool,
    /// Labels it must have.
    pub(super) labels: Vec<LabelId>,
    pub(super) conditions: Vec<&'a Expr>,
    /// Knows which slots are filled when the search begins.
    pub(super) waiting: &'a Conditions,
}

impl Wanted<'_> {
    /// Whether `expr` is this property of the element.
    fn is_property(&self, expr: &Expr, key: &PropertyName) -> bool {
        matches!(&expr.kind, ExprKind::Property(inner, name)
            if name.name == key.name && matches!(inner.kind, ExprKind::Column(slot) if slot == self.slot))
    }

    /// Whether `expr` has one value for the whole search.
    fn is_known(&self, expr: &Expr) -> bool {
        self.waiting.knows(expr) && !expr.is_volatile()
    }

    /// The comparison of the property with something known: as if the property stood on the left.
    fn comparison<'e>(&self, condition: &'e Expr, key: &PropertyName) -> Option<(CompareOperator, &'e Expr)> {
        let ExprKind::Compare(operator, left, right) = &condition.kind else { return None };
        if self.is_property(left, key) && self.is_known(right) {
            return Some((*operator, right));
        }
        let turned = match operator {
            CompareOperator::Less => CompareOperator::Greater,
            CompareOperator::LessOrEqual => CompareOperator::GreaterOrEqual,
            CompareOperator::Greater => CompareOperator::Less,
            CompareOperator::GreaterOrEqual => CompareOperator::LessOrEqual,
            same => *same,
        };
        (self.is_property(right, key) && self.is_known(left)).then_some((turned, left))
    }

    fn find<T>(&self, answers: &mut Vec<usize>, test: impl Fn(&Expr) -> Option<T>) -> Option<T> {
        let (position, found) = self
            .conditions
            .iter()
            .enumerate()
            .find_map(|(position, condition)| test(condition).map(|found| (position, found)))?;
        answers.push(position);
        Some(found)
    }

    /// What the conditions want of the property after those with an equality, and the share of elements that has it.
    fn next(&self, key: &PropertyName, answers: &mut Vec<usize>) -> (IndexNext, f64) {
        let list = self.find(answers, |condition| match &condition.kind {
            ExprKind::In(item, list) if self.is_property(item, key) && self.is_known(list) => Some((**list).clone()),
            _ => None,
        });
        if let Some(list) = list {
            let length = list.list_length().unwrap_or(10);
            return (IndexNext::In(list), (EQUAL * length as f64).min(0.5));
        }
        let prefix = self.find(answers, |condition| match &condition.kind {
            ExprKind::StringMatch(StringMatchOperator::StartsWith, text, part)
                if self.is_property(text, key) && self.is_known(part) =>
            {
                Some((**part).clone())
            }
            _ => None,
        });
        if let Some(prefix) = prefix {
            return (IndexNext::StartsWith(prefix), STARTS_WITH);
        }
        let mut bound = |open: CompareOperator, closed: CompareOperator| {
            self.find(answers, |condition| match self.comparison(condition, key)? {
                (operator, value) if operator == open => Some((value.clone(), false)),
                (operator, value) if operator == closed => Some((value.clone(), true)),
                _ => None,
            })
        };
        let lower = bound(CompareOperator::Greater, CompareOperator::GreaterOrEqual);
        let upper = bound(CompareOperator::Less, CompareOperator::LessOrEqual);
        match (&lower, &upper) {
            (None, None) => (IndexNext::Any, 1.0),
            (Some(_), Some(_)) => (IndexNext::Between(lower, upper), BETWEEN[1]),
            _ => (IndexNext::Between(lower, upper), BETWEEN[0]),
        }
    }

    /// The share of the index's elements that one value is expected to have.
    fn share_of_one(&self, index: &Index, key: &PropertyName, statistics: &Statistics) -> Result<f64> {
        Ok(statistics.share_of_one(index.definition.label, &key.name, self.on_edge)?.unwrap_or(EQUAL))
    }

    fn choice(&self, index: &Index, count: f64, statistics: &Statistics) -> Result<Option<Choice>> {
        let (mut equal, mut answers, mut next, mut share) = (Vec::new(), Vec::new(), IndexNext::Any, 1.0);
        for key in &index.definition.properties {
            let key = PropertyName::new(&statistics.tx.property_key_name(*key)?);
            let value = self.find(&mut answers, |condition| match self.comparison(condition, &key)? {
                (CompareOperator::Equal, value) => Some(value.clone()),
                _ => None,
            });
            let Some(value) = value else {
                let (wanted, part) = self.next(&key, &mut answers);
                (next, share) = (wanted, share * part);
                break;
            };
            equal.push(value);
            share *= self.share_of_one(index, &key, statistics)?;
        }
        if answers.is_empty() {
            return Ok(None);
        }
        let one = index.definition.unique && equal.len() == index.definition.properties.len();
        let rows = if one { 1.0 } else { (count * share).max(1.0) }.min(count);
        let scan = Box::new(IndexScan { slot: self.slot, index: index.clone(), equal, next, expected: rows });
        Ok(Some(Choice { scan, rows, answers }))
    }

    /// The index that finds the fewest; of two alike the one that answers more conditions.
    pub(super) fn best(&self, statistics: &Statistics) -> Result<Option<Choice>> {
        let (tx, graph) = (statistics.tx, statistics.graph);
        let mut best: Option<Choice> = None;
        for index in tx.indexes(graph)?.iter().filter(|index| index.definition.is_on_values()) {
            let definition = &index.definition;
            if definition.on_edge != self.on_edge || !self.labels.contains(&definition.label) {
                continue;
            }
            let count = if self.on_edge {
                tx.edge_label_count(graph, definition.label)?
            } else {
                tx.node_label_count(graph, definition.label)?
            };
            if let Some(choice) = self.choice(index, count as f64, statistics)?
                && best.as_ref().is_none_or(|best| {
                    choice.rows < best.rows || (choice.rows == best.rows && choice.answers.len() > best.answers.len())
                })
            {
                best = Some(choice);
            }
        }
        Ok(best)
    }
}
