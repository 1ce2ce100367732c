//! What is known of a value before anything runs, by its literal or its variable; what can never be right is said then, also where
//! no row would come to show it.
//!
//! The operators themselves say what they do not take: they are tried on a sample of the type. Parameters are not looked at: a
//! statement may ask for their type first.

use wend_grammar::ast::{
    AdditiveOperator, CaseOperand, CompareOperator, Expr as Text, ExprKind as TextKind, Ident, MultiplicativeOperator,
    OrOperator, StringMatchOperator,
};
use wend_storage::{EdgeId, LabelId, NodeId};

use super::{
    Binder, Kind, Scope,
    expr::{Env, bind_literal},
};
use crate::{
    error::{Error, Result},
    function::{FunctionContext, find, operators, temporal_field},
    plan::{aggregate::AggregateFunction, expr::ElementFunction, named::Named},
    value::{Edge, EdgeRef, Node, Path, Value},
};

/// The type of a variable whose values are no elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Bool,
    Int,
    Float,
    String,
    Bytes,
    List,
    Record,
}

impl Kind {
    /// The kind of a variable that has such a value.
    fn of(value: &Value) -> Kind {
        match value {
            Value::Bool(_) => Kind::Plain(Known::Bool),
            Value::Int(_) => Kind::Plain(Known::Int),
            Value::Float(_) => Kind::Plain(Known::Float),
            Value::String(_) => Kind::Plain(Known::String),
            Value::Bytes(_) => Kind::Plain(Known::Bytes),
            Value::List(_) => Kind::Plain(Known::List),
            Value::Record(_) => Kind::Plain(Known::Record),
            _ => Kind::Value,
        }
    }

    /// A value that such a variable may have; nothing where it may have any.
    fn sample(self) -> Option<Value> {
        Some(match self {
            Kind::Value => return None,
            Kind::Node => Value::Node(Node::new(NodeId(0))),
            Kind::Edge => {
                let (from, to) = (NodeId(0), NodeId(0));
                Value::Edge(Edge::new(EdgeRef { edge: EdgeId(0), label: LabelId(0), from, to }))
            }
            Kind::Path => Value::Path(Path { nodes: [].into(), edges: [].into(), cost: None }),
            Kind::Group | Kind::Plain(Known::List) => Value::List([].into()),
            Kind::Plain(Known::Bool) => Value::Bool(true),
            Kind::Plain(Known::Int) => Value::Int(1),
            Kind::Plain(Known::Float) => Value::Float(1.0),
            Kind::Plain(Known::String) => Value::String("".into()),
            Kind::Plain(Known::Bytes) => Value::Bytes([].into()),
            Kind::Plain(Known::Record) => Value::Record([].into()),
        })
    }
}

/// An error of the types; others depend on the values, and come when they do.
fn of_types(result: Result<Value>) -> Result<Option<Value>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.gqlstatus(), "22G03" | "22G04") => Err(error),
        Err(_) => Ok(None),
    }
}

/// The result of operands that are known; `None` where one is not.
fn both(
    left: Option<&Value>,
    right: Option<&Value>,
    operator: impl Fn(&Value, &Value) -> Result<Value>,
) -> Result<Option<Value>> {
    match (left, right) {
        (Some(left), Some(right)) => of_types(operator(left, right)),
        _ => Ok(None),
    }
}

impl Binder<'_> {
    /// What the value of an expression is known to be.
    pub(super) fn kind_of(&self, text: &Text, scope: &Scope) -> Kind {
        match &text.kind {
            TextKind::Variable(name) => scope.get(name).map_or(Kind::Value, |variable| variable.kind),
            _ => sample(text, &|name| scope.get(name).map(|variable| variable.kind))
                .map_or(Kind::Value, |v| Kind::of(&v)),
        }
    }

    /// What the elements of a list are known to be.
    pub(super) fn kind_of_elements(&self, list: &Text, scope: &Scope) -> Kind {
        match &list.kind {
            TextKind::List(items) => {
                let null = |text: &Text| matches!(text.kind, TextKind::Literal(wend_grammar::ast::Literal::Null));
                let mut kinds = items.iter().filter(|item| !null(item)).map(|item| self.kind_of(item, scope));
                let first = kinds.next().filter(|kind| matches!(kind, Kind::Plain(_)));
                first.filter(|first| kinds.all(|kind| kind == *first)).unwrap_or(Kind::Value)
            }
            TextKind::Call { name, .. } if name == "RANGE" => Kind::Plain(Known::Int),
            _ => Kind::Value,
        }
    }

    /// Says what is wrong with an expression, whatever values it meets.
    pub(super) fn check_types(&mut self, text: &Text, env: &Env) -> Result<()> {
        let kind = |name: &str| {
            let alias = env.aliases.iter().any(|(alias, ..)| alias == name);
            let scope = env.grouping.as_ref().map_or(&*env.scope, |grouping| &grouping.input);
            scope.get(name).filter(|_| !alias).map(|variable| variable.kind)
        };
        operation(text, &kind)?;
        match &text.kind {
            TextKind::Compare(_, left, right) => {
                for (property, value) in [(left, right), (right, left)] {
                    if id_of(property, &kind) {
                        self.check_id(value, &kind);
                    }
                }
            }
            TextKind::In { item, list, .. } if id_of(item, &kind) => match &list.kind {
                TextKind::List(items) => items.iter().for_each(|item| self.check_id(item, &kind)),
                TextKind::Call { name, .. } if name == "RANGE" => {
                    self.note(Named::NoId("an element of RANGE".to_owned(), "INT64".to_owned()));
                }
                TextKind::Parameter(name) => {
                    if let Some(Value::List(items)) = self.params.get(name)
                        && let Some(other) = items.iter().find(|item| !matches!(item, Value::String(_) | Value::Null))
                    {
                        self.note(Named::NoId(format!("${name}"), other.type_name().to_string()));
                    }
                }
                _ => {}
            },
            TextKind::Call { name, arguments, .. } if name == "TIMESTAMP" && arguments.is_empty() => {
                self.note(Named::Timestamp);
            }
            _ => {}
        }
        Ok(())
    }

    /// `{_id: value}`: notes a value that no `_id` is equal to.
    pub(super) fn check_key(&mut self, key: &Ident, value: &Text, scope: &Scope) {
        if key.name == "_id" {
            self.check_id(value, &|name| scope.get(name).map(|variable| variable.kind));
        }
    }

    fn check_id(&mut self, text: &Text, kind: &dyn Fn(&str) -> Option<Kind>) {
        let value = match &text.kind {
            TextKind::Parameter(name) => self.params.get(name).cloned(),
            _ => sample(text, kind),
        };
        if let Some(value) = value.filter(|value| !matches!(value, Value::String(_) | Value::Null)) {
            self.note(Named::NoId(wend_grammar::print_expr(text), value.type_name().to_string()));
        }
    }

    /// Says that a condition is none.
    pub(super) fn check_condition(&self, text: &Text, scope: &Scope) -> Result<()> {
        condition(text, &|name| scope.get(name).map(|variable| variable.kind))
    }

    /// Says that a value is not what is wanted: `takes` tells which are, and `message` begins what is said of others.
    pub(super) fn check_value(
        &self,
        text: &Text,
        scope: &Scope,
        takes: impl Fn(&Value) -> bool,
        message: &str,
    ) -> Result<()> {
        match sample(text, &|name| scope.get(name).map(|variable| variable.kind)) {
            Some(value) if !value.is_null() && !takes(&value) => {
                Err(Error::value_type(format!("{message}, not {}", value.type_name())).at(text.span))
            }
            _ => Ok(()),
        }
    }

    /// Says that a value cannot be a property.
    pub(super) fn check_stored(&self, text: &Text, scope: &Scope) -> Result<()> {
        match sample(text, &|name| scope.get(name).map(|variable| variable.kind)) {
            Some(value @ (Value::Node(_) | Value::Edge(_) | Value::Path(_))) => {
                value.to_stored().map(drop).map_err(|error| error.at(text.span))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a text reads the `_id` of a node or an edge.
fn id_of(text: &Text, kind: &dyn Fn(&str) -> Option<Kind>) -> bool {
    let element = match &text.kind {
        TextKind::Property(inner, key) if key.name == "_id" => inner,
        TextKind::Call { name, arguments, .. } => match (ElementFunction::find(name), &arguments[..]) {
            (Some(ElementFunction::Id | ElementFunction::ElementId), [element]) => element,
            _ => return false,
        },
        _ => return false,
    };
    let TextKind::Variable(name) = &element.kind else { return false };
    matches!(kind(name), Some(Kind::Node | Kind::Edge))
}

fn condition(text: &Text, kind: &dyn Fn(&str) -> Option<Kind>) -> Result<()> {
    match sample(text, kind) {
        None | Some(Value::Bool(_) | Value::Null) => Ok(()),
        Some(other) => {
            Err(Error::value_type(format!("a condition must be a BOOL, this one is {}", other.type_name()))
                .at(text.span))
        }
    }
}

/// A value of the type that an expression has; of a literal the value itself.
fn sample(text: &Text, kind: &dyn Fn(&str) -> Option<Kind>) -> Option<Value> {
    match &text.kind {
        TextKind::Literal(value) => bind_literal(value).ok(),
        TextKind::Variable(name) => kind(name)?.sample(),
        TextKind::List(_) => Kind::Plain(Known::List).sample(),
        TextKind::Comprehension(_) | TextKind::PatternComprehension(..) | TextKind::Collect(_) => {
            Kind::Plain(Known::List).sample()
        }
        TextKind::Record(_) | TextKind::MapProjection(..) => Kind::Plain(Known::Record).sample(),
        TextKind::Path(_) => Kind::Path.sample(),
        TextKind::Count(_) => Some(Value::Int(1)),
        TextKind::Not(_)
        | TextKind::And(_)
        | TextKind::Or(..)
        | TextKind::Compare(..)
        | TextKind::In { .. }
        | TextKind::StringMatch(..)
        | TextKind::Between { .. }
        | TextKind::Quantified(..)
        | TextKind::IsNull { .. }
        | TextKind::IsTruth { .. }
        | TextKind::IsLabeled { .. }
        | TextKind::IsTyped { .. }
        | TextKind::IsDirected { .. }
        | TextKind::IsEndpoint { .. }
        | TextKind::IsNormalized { .. }
        | TextKind::Exists(_)
        | TextKind::Same(_)
        | TextKind::AllDifferent(_)
        | TextKind::PropertyExists(..) => Some(Value::Bool(true)),
        TextKind::Call { name, .. } => match AggregateFunction::find(name)? {
            AggregateFunction::Count => Some(Value::Int(1)),
            AggregateFunction::CollectList => Kind::Plain(Known::List).sample(),
            _ => None,
        },
        TextKind::Negate(_)
        | TextKind::Plus(_)
        | TextKind::Additive(..)
        | TextKind::Multiplicative(..)
        | TextKind::Concat(_) => operation(text, kind).ok().flatten(),
        _ => None,
    }
}

/// What operators and functions give of operands that are known, or what they do not take of them.
fn operation(text: &Text, kind: &dyn Fn(&str) -> Option<Kind>) -> Result<Option<Value>> {
    let of = |text: &Text| sample(text, kind);
    let wrong = |value: &Value, wants: &str| Err(Error::value_type(format!("{wants}, not {}", value.type_name())));
    match &text.kind {
        TextKind::Not(inner) => of(inner).map_or(Ok(None), |value| of_types(operators::not(&value))),
        TextKind::Negate(inner) => of(inner).map_or(Ok(None), |value| of_types(operators::negate(&value))),
        TextKind::Plus(inner) => match of(inner) {
            Some(value @ (Value::Int(_) | Value::Float(_) | Value::Null | Value::Duration(_))) => Ok(Some(value)),
            Some(other) => wrong(&other, "`+` takes a number"),
            None => Ok(None),
        },
        TextKind::And(parts) => {
            for part in parts {
                both(Some(&Value::Bool(true)), of(part).as_ref(), operators::and)?;
            }
            Ok(None)
        }
        TextKind::Or(first, rest) => {
            both(Some(&Value::Bool(false)), of(first).as_ref(), operators::or)?;
            for (operator, part) in rest {
                let operator = if *operator == OrOperator::Xor { operators::xor } else { operators::or };
                both(Some(&Value::Bool(false)), of(part).as_ref(), operator)?;
            }
            Ok(None)
        }
        TextKind::Additive(first, rest) => {
            let mut result = of(first);
            for (operator, part) in rest {
                let add = *operator == AdditiveOperator::Add;
                let operator = if add { operators::add } else { operators::subtract };
                result = both(result.as_ref(), of(part).as_ref(), operator)?;
            }
            Ok(result)
        }
        TextKind::Multiplicative(first, rest) => {
            let mut result = of(first);
            for (operator, part) in rest {
                let operator = match operator {
                    MultiplicativeOperator::Multiply => operators::multiply,
                    MultiplicativeOperator::Divide => operators::divide,
                    MultiplicativeOperator::Modulo => operators::modulo,
                };
                result = both(result.as_ref(), of(part).as_ref(), operator)?;
            }
            Ok(result)
        }
        TextKind::Concat(parts) => {
            let mut values = parts.iter().map(of);
            let mut result = values.next().flatten();
            for value in values {
                result = both(result.as_ref(), value.as_ref(), operators::concat)?;
            }
            Ok(result)
        }
        TextKind::Compare(operator, left, right) => {
            both(of(left).as_ref(), of(right).as_ref(), |left, right| left.compare_with(*operator, right))
        }
        TextKind::Between { operand, low, high, .. } => {
            let operand = of(operand);
            for bound in [low, high] {
                both(operand.as_ref(), of(bound).as_ref(), |left, right| {
                    left.compare_with(CompareOperator::LessOrEqual, right)
                })?;
            }
            Ok(None)
        }
        TextKind::In { item, list, .. } => {
            let item = of(item).unwrap_or(Value::Int(1));
            both(Some(&item), of(list).as_ref(), operators::in_list)
        }
        TextKind::StringMatch(operator, left, right) => {
            let operator = match operator {
                StringMatchOperator::Regex => operators::matches,
                StringMatchOperator::StartsWith => operators::starts_with,
                StringMatchOperator::EndsWith => operators::ends_with,
                StringMatchOperator::Contains => operators::contains,
            };
            let any = Value::String("".into());
            both(Some(&any), of(right).as_ref(), operator)?;
            both(of(left).as_ref(), Some(&any), operator)
        }
        TextKind::IsTruth { operand, .. } => match of(operand) {
            None | Some(Value::Bool(_) | Value::Null) => Ok(None),
            Some(other) => wrong(&other, "a truth test takes a BOOL"),
        },
        TextKind::IsLabeled { operand, .. } => match of(operand) {
            None | Some(Value::Node(_) | Value::Edge(_) | Value::Null) => Ok(None),
            Some(other) => wrong(&other, "a node or an edge is wanted here"),
        },
        TextKind::IsNormalized { operand, .. } => match of(operand) {
            None | Some(Value::String(_) | Value::Null) => Ok(None),
            Some(other) => wrong(&other, "IS NORMALIZED takes a STRING"),
        },
        TextKind::IsEndpoint { node, edge, .. } => match (of(node), of(edge)) {
            (Some(other), _) if !matches!(other, Value::Node(_) | Value::Null) => {
                wrong(&other, "SOURCE OF and DESTINATION OF take a node before them")
            }
            (_, Some(other)) if !matches!(other, Value::Edge(_) | Value::Null) => {
                wrong(&other, "SOURCE OF and DESTINATION OF take an edge after them")
            }
            _ => Ok(None),
        },
        TextKind::Same(parts) | TextKind::AllDifferent(parts) => {
            match parts.iter().find_map(|part| of(part).filter(|v| !matches!(v, Value::Node(_) | Value::Edge(_)))) {
                Some(other) if !other.is_null() => wrong(&other, "SAME and ALL_DIFFERENT take nodes and edges"),
                _ => Ok(None),
            }
        }
        TextKind::PropertyExists(inner, _) => match of(inner) {
            None | Some(Value::Node(_) | Value::Edge(_) | Value::Null) => Ok(None),
            Some(other) => wrong(&other, "PROPERTY_EXISTS takes a node or an edge"),
        },
        TextKind::Property(inner, key) => match of(inner) {
            None | Some(Value::Node(_) | Value::Edge(_) | Value::Record(_) | Value::Null) => Ok(None),
            Some(other) if temporal_field(&other, &key.name).is_some() => Ok(None),
            Some(other) => {
                let error = Error::value_type(format!("a {} has no property `{}`", other.type_name(), key.name));
                let list = matches!(other, Value::List(_));
                Err(error.with_hint_if(list.then(|| "FOR x IN the list makes a row of each element".to_owned())))
            }
        },
        TextKind::Index(list, index) => match (of(list), of(index)) {
            // An element by the name of a property.
            (Some(Value::Node(_) | Value::Edge(_) | Value::Record(_)), _) => Ok(None),
            (list, index) => both(list.as_ref(), Some(&index.unwrap_or(Value::Int(0))), operators::subscript),
        },
        TextKind::Case { operand: None, branches, .. } => {
            for branch in branches {
                for when in &branch.when {
                    if let CaseOperand::Value(value) = when {
                        condition(value, kind)?;
                    }
                }
            }
            Ok(None)
        }
        TextKind::Call { name, arguments, .. } => call(name, arguments, &of),
        _ => Ok(None),
    }
}

fn call(name: &str, arguments: &[Text], of: &dyn Fn(&Text) -> Option<Value>) -> Result<Option<Value>> {
    use AggregateFunction as A;
    let first = arguments.first().and_then(of);
    if let Some(aggregate) = AggregateFunction::find(name) {
        let number = !matches!(aggregate, A::Count | A::Min | A::Max | A::CollectList);
        return match first {
            Some(other)
                if number && !matches!(Kind::of(&other), Kind::Value | Kind::Plain(Known::Int | Known::Float)) =>
            {
                Err(Error::value_type(format!("{name} takes numbers, not {}", other.type_name())))
            }
            Some(other @ (Value::Node(_) | Value::Edge(_) | Value::Path(_))) if number => {
                Err(Error::value_type(format!("{name} takes numbers, not {}", other.type_name())))
            }
            _ => Ok(None),
        };
    }
    if let Some(function) = ElementFunction::find(name) {
        return match first {
            Some(other) if !other.is_null() && !takes(function, &other) => {
                Err(Error::value_type(format!("{name} does not take a {}", other.type_name())))
            }
            _ => Ok(None),
        };
    }
    // Of literals and elements alone, where no work is done for them.
    const SHORT: usize = 64;
    let small = |value: &Value| match value {
        Value::Int(number) => number.unsigned_abs() < 1000,
        Value::String(text) => text.len() <= SHORT,
        Value::Float(_) | Value::Bool(_) | Value::Null => true,
        _ => false,
    };
    let element = |value: &Value| matches!(value, Value::Node(_) | Value::Edge(_) | Value::Path(_));
    let literal = |text: &Text| match &text.kind {
        TextKind::Literal(_) => of(text).filter(small),
        _ => of(text).filter(element),
    };
    let values: Option<Vec<Value>> = arguments.iter().map(literal).collect();
    match (find(name), values) {
        (Some(function), Some(values)) if !values.is_empty() && function.check_arity(values.len()).is_ok() => {
            let now = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
            of_types(function.call(&values, &FunctionContext::new(now))).map(|_| None)
        }
        _ => Ok(None),
    }
}

/// Whether a function that looks into the graph takes such a value.
fn takes(function: ElementFunction, value: &Value) -> bool {
    use ElementFunction as F;
    match function {
        F::Labels | F::Id | F::ElementId => matches!(value, Value::Node(_) | Value::Edge(_)),
        F::Keys | F::Properties => matches!(value, Value::Node(_) | Value::Edge(_) | Value::Record(_)),
        F::Label | F::Source | F::Destination => matches!(value, Value::Edge(_)),
        F::Nodes | F::Edges | F::Elements | F::PathLength | F::PathCost => matches!(value, Value::Path(_)),
        F::CommonNeighbors
        | F::TotalNeighbors
        | F::Jaccard
        | F::PreferentialAttachment
        | F::AdamicAdar
        | F::ResourceAllocation
        | F::Degree
        | F::InDegree
        | F::OutDegree => matches!(value, Value::Node(_)),
        F::Length => {
            !matches!(value, Value::Node(_) | Value::Edge(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_))
        }
        // They look at each of their arguments when they run.
        F::AnyProperty | F::AnyProperties | F::AsNode | F::AsNodes | F::ProjectionExists => true,
    }
}
