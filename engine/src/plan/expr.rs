//! Bound expressions: names are resolved to columns, functions and constants.

use std::sync::{Arc, OnceLock};

use wend_grammar::ast::{CompareOperator, Span, StringMatchOperator, TypeName};
use wend_storage::{GraphId, LabelId, PropertyKey, Transaction};

use super::{
    cell::RunCell,
    iterate::{Iterate, MapItem},
};
use crate::{
    error::Result,
    function::Function,
    times::{TimeProperties, Times},
    value::Value,
};

/// An expression over the columns of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    /// Where it stands in the text, for errors at run time.
    pub(crate) span: Span,
}

/// The kinds of bound expression.
#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Constant(Value),
    /// The value of a parameter, by its number among those of the statement.
    Parameter(usize, ParameterHint),
    Column(usize),
    Property(Box<Expr>, PropertyName),
    List(Vec<Expr>),
    Record(Vec<(Arc<str>, Expr)>),
    Path(Vec<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Plus(Box<Expr>),
    And(Vec<Expr>),
    /// Left to right; `true` = XOR.
    Or(Box<Expr>, Vec<(bool, Expr)>),
    /// Left to right.
    Arithmetic(Box<Expr>, Vec<(Arithmetic, Expr)>),
    Compare(CompareOperator, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    StringMatch(StringMatchOperator, Box<Expr>, Box<Expr>),
    IsNull(Box<Expr>),
    IsTruth(Box<Expr>, Option<bool>),
    IsLabeled(Box<Expr>, LabelTest),
    IsTyped(Box<Expr>, TypeName),
    IsEndpoint {
        source: bool,
        node: Box<Expr>,
        edge: Box<Expr>,
    },
    /// Whether a node or an edge lies between two times, as [`crate::times`] knows them.
    Visible(Box<Visible>),
    IsNormalized(Box<Expr>),
    Case {
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Coalesce(Vec<Expr>),
    Cast(Box<Expr>, TypeName),
    Function(&'static Function, Vec<Expr>),
    Element(ElementFunction, Vec<Expr>),
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    Same(Vec<Expr>),
    AllDifferent(Vec<Expr>),
    PropertyExists(Box<Expr>, PropertyName),
    /// Goes through a list.
    Iterate(Box<Iterate>),
    /// The properties of an element or the fields of a record, and others.
    MapProjection(Box<Expr>, Vec<MapItem>),
    /// Has one value in the whole statement, which is kept when it is known.
    Once(Box<Expr>, RunCell<OnceLock<Value>>),
}

/// See [`ExprKind::Visible`].
#[derive(Clone, Debug)]
pub(crate) struct Visible {
    pub(crate) element: Expr,
    /// It is later than this; NULL or nothing = from the beginning.
    pub(crate) after: Option<Expr>,
    /// It is not later than this.
    pub(crate) until: Expr,
    /// Whether the ends of an edge lie there too.
    pub(crate) with_ends: bool,
    pub(crate) properties: Arc<TimeProperties>,
    pub(crate) times: RunCell<OnceLock<Arc<Times>>>,
}

/// What is known of the value of a parameter in all runs of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParameterHint {
    Bool,
    Null,
    /// About so many elements.
    List(usize),
    Other,
}

impl ParameterHint {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Bool(_) => ParameterHint::Bool,
            Value::Null => ParameterHint::Null,
            Value::List(items) => ParameterHint::List(items.len()),
            _ => ParameterHint::Other,
        }
    }
}

/// The binary operators that fold from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Concat,
}

/// Functions that look into the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ElementFunction {
    Labels,
    Label,
    Keys,
    Properties,
    Id,
    ElementId,
    Nodes,
    Edges,
    Elements,
    PathLength,
    PathCost,
    Length,
    Source,
    Destination,
    Degree,
    InDegree,
    OutDegree,
    CommonNeighbors,
    TotalNeighbors,
    Jaccard,
    PreferentialAttachment,
    AdamicAdar,
    ResourceAllocation,
    /// Of clients of Neo4j's libraries.
    AnyProperty,
    AnyProperties,
    AsNode,
    AsNodes,
    ProjectionExists,
}

/// A property key by name, with its number once it is known: a statement may be the first to use it.
#[derive(Clone, Debug)]
pub(crate) struct PropertyName {
    pub(crate) name: Arc<str>,
    key: OnceLock<PropertyKey>,
    /// Whether a vector set has its values; a plan lives as long as its statement's snapshot.
    in_set: OnceLock<bool>,
}

impl PropertyName {
    pub(crate) fn new(name: &str) -> Self {
        PropertyName { name: name.into(), key: OnceLock::new(), in_set: OnceLock::new() }
    }

    /// Whether it is the node's `_id`.
    pub(crate) fn is_id(&self) -> bool {
        &*self.name == "_id"
    }

    pub(crate) fn key(&self, tx: &Transaction) -> Result<Option<PropertyKey>> {
        if let Some(key) = self.key.get() {
            return Ok(Some(*key));
        }
        Ok(tx.property_key(&self.name)?.inspect(|&key| {
            let _ = self.key.set(key);
        }))
    }

    /// Whether its values are in a vector set, which may change while the graph's version does not.
    pub(crate) fn is_in_set(&self, tx: &Transaction, graph: GraphId) -> Result<bool> {
        if let Some(known) = self.in_set.get() {
            return Ok(*known);
        }
        let found = match self.key(tx)? {
            Some(key) => tx.vector_set(graph, key)?.is_some(),
            None => false,
        };
        let _ = self.in_set.set(found);
        Ok(found)
    }

    pub(crate) fn intern(&self, tx: &Transaction) -> Result<PropertyKey> {
        if let Some(key) = self.key.get() {
            return Ok(*key);
        }
        let key = tx.intern_property_key(&self.name)?;
        let _ = self.key.set(key);
        Ok(key)
    }
}

/// A label by name, with its number once it is known.
#[derive(Clone, Debug)]
pub(crate) struct LabelName {
    pub(crate) name: Arc<str>,
    id: OnceLock<LabelId>,
}

impl LabelName {
    pub(crate) fn new(name: &str) -> Self {
        LabelName { name: name.into(), id: OnceLock::new() }
    }

    pub(crate) fn id(&self, tx: &Transaction) -> Result<Option<LabelId>> {
        if let Some(id) = self.id.get() {
            return Ok(Some(*id));
        }
        Ok(tx.label(&self.name)?.inspect(|&id| {
            let _ = self.id.set(id);
        }))
    }

    pub(crate) fn intern(&self, tx: &Transaction) -> Result<LabelId> {
        if let Some(id) = self.id.get() {
            return Ok(*id);
        }
        let id = tx.intern_label(&self.name)?;
        let _ = self.id.set(id);
        Ok(id)
    }
}

/// A label expression.
#[derive(Clone, Debug)]
pub(crate) enum LabelTest {
    Name(LabelName),
    Any,
    Not(Box<LabelTest>),
    And(Vec<LabelTest>),
    Or(Vec<LabelTest>),
}

impl LabelTest {
    /// Whether a label set passes.
    pub(crate) fn matches(&self, labels: &[LabelId], tx: &Transaction) -> Result<bool> {
        Ok(match self {
            LabelTest::Name(name) => name.id(tx)?.is_some_and(|id| labels.contains(&id)),
            LabelTest::Any => !labels.is_empty(),
            LabelTest::Not(inner) => !inner.matches(labels, tx)?,
            LabelTest::And(parts) => {
                for part in parts {
                    if !part.matches(labels, tx)? {
                        return Ok(false);
                    }
                }
                true
            }
            LabelTest::Or(parts) => {
                for part in parts {
                    if part.matches(labels, tx)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }

    /// Labels that every match has, the first of which a scan can start from.
    pub(crate) fn required(&self) -> Vec<&LabelName> {
        match self {
            LabelTest::Name(name) => vec![name],
            LabelTest::And(parts) => parts.iter().flat_map(LabelTest::required).collect(),
            _ => Vec::new(),
        }
    }

    /// The labels of a plain name or a plain disjunction of names.
    pub(crate) fn alternatives(&self) -> Option<Vec<&LabelName>> {
        match self {
            LabelTest::Name(name) => Some(vec![name]),
            LabelTest::Or(parts) => {
                parts.iter().map(|part| if let LabelTest::Name(name) = part { Some(name) } else { None }).collect()
            }
            _ => None,
        }
    }
}

impl Expr {
    pub(crate) fn new(kind: ExprKind, span: Span) -> Self {
        Expr { kind, span }
    }

    pub(crate) fn constant(value: Value) -> Self {
        Expr::new(ExprKind::Constant(value), Span::default())
    }

    /// The same expression, which is evaluated once where it reads no row.
    pub(crate) fn once(self) -> Self {
        if matches!(self.kind, ExprKind::Constant(_) | ExprKind::Parameter(..))
            || !self.columns().is_empty()
            || self.is_volatile()
        {
            return self;
        }
        let span = self.span;
        if let ExprKind::List(items) = &self.kind
            && let Some(values) = items.iter().map(Expr::as_constant).collect::<Option<Arc<[Value]>>>()
        {
            return Expr::new(ExprKind::Constant(Value::List(values)), span);
        }
        Expr::new(ExprKind::Once(Box::new(self), RunCell::default()), span)
    }

    fn as_constant(&self) -> Option<Value> {
        match &self.kind {
            ExprKind::Constant(value) => Some(value.clone()),
            _ => None,
        }
    }

    /// How many elements a list has, where its text says so.
    pub(crate) fn list_length(&self) -> Option<usize> {
        match &self.kind {
            ExprKind::Constant(Value::List(items)) => Some(items.len()),
            ExprKind::Parameter(_, ParameterHint::List(length)) => Some(*length),
            ExprKind::List(items) => Some(items.len()),
            _ => None,
        }
    }

    pub(crate) fn column(slot: usize, span: Span) -> Self {
        Expr::new(ExprKind::Column(slot), span)
    }

    /// Calls `f` for each operand.
    fn operands<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            ExprKind::Constant(_) | ExprKind::Parameter(..) | ExprKind::Column(_) => {}
            ExprKind::Property(a, _)
            | ExprKind::Not(a)
            | ExprKind::Negate(a)
            | ExprKind::Plus(a)
            | ExprKind::IsNull(a)
            | ExprKind::IsTruth(a, _)
            | ExprKind::IsLabeled(a, _)
            | ExprKind::IsTyped(a, _)
            | ExprKind::IsNormalized(a)
            | ExprKind::Cast(a, _)
            | ExprKind::PropertyExists(a, _)
            | ExprKind::Once(a, _) => f(a),
            ExprKind::List(list)
            | ExprKind::Path(list)
            | ExprKind::And(list)
            | ExprKind::Coalesce(list)
            | ExprKind::Function(_, list)
            | ExprKind::Element(_, list)
            | ExprKind::Same(list)
            | ExprKind::AllDifferent(list) => list.iter().for_each(f),
            ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| f(value)),
            ExprKind::Or(first, rest) => {
                f(first);
                rest.iter().for_each(|(_, value)| f(value));
            }
            ExprKind::Arithmetic(first, rest) => {
                f(first);
                rest.iter().for_each(|(_, value)| f(value));
            }
            ExprKind::Compare(_, a, b)
            | ExprKind::In(a, b)
            | ExprKind::StringMatch(_, a, b)
            | ExprKind::Index(a, b) => {
                f(a);
                f(b);
            }
            ExprKind::IsEndpoint { node, edge, .. } => {
                f(node);
                f(edge);
            }
            ExprKind::Visible(visible) => {
                f(&visible.element);
                visible.after.iter().for_each(&mut *f);
                f(&visible.until);
            }
            ExprKind::Case { branches, otherwise } => {
                for (when, then) in branches {
                    f(when);
                    f(then);
                }
                if let Some(otherwise) = otherwise {
                    f(otherwise);
                }
            }
            ExprKind::Iterate(iterate) => iterate.operands(f),
            ExprKind::MapProjection(of, items) => {
                f(of);
                for item in items {
                    if let MapItem::Field(_, value) = item {
                        f(value);
                    }
                }
            }
            ExprKind::Slice(a, b, c) => {
                f(a);
                b.iter().for_each(|b| f(b));
                c.iter().for_each(|c| f(c));
            }
        }
    }

    /// Whether each evaluation may give another value.
    pub(crate) fn is_volatile(&self) -> bool {
        if let ExprKind::Function(function, _) = &self.kind
            && matches!(function.name, "RAND" | "RANDOM_UUID")
        {
            return true;
        }
        let mut found = false;
        self.operands(&mut |operand| found |= operand.is_volatile());
        found
    }

    /// The columns it reads.
    pub(crate) fn columns(&self) -> Vec<usize> {
        fn walk(expr: &Expr, out: &mut Vec<usize>) {
            match &expr.kind {
                ExprKind::Column(slot) => out.push(*slot),
                // The slots of its variables are its own.
                ExprKind::Iterate(iterate) => {
                    out.extend(&iterate.reads);
                    iterate.outside(&mut |operand| walk(operand, out));
                }
                _ => expr.operands(&mut |operand| walk(operand, out)),
            }
        }
        let mut out = Vec::new();
        walk(self, &mut out);
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Adds the conjuncts of `condition` to `out`.
pub(crate) fn split(condition: Expr, out: &mut Vec<Expr>) {
    match condition.kind {
        ExprKind::And(parts) => parts.into_iter().for_each(|part| split(part, out)),
        kind => out.push(Expr::new(kind, condition.span)),
    }
}
