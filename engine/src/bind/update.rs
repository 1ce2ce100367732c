//! Binds INSERT, SET, REMOVE and DELETE.

use wend_grammar::ast::{
    Expr as Text, ExprKind as TextKind, Ident, InsertNode as NodeText, InsertPath, LabelName as LabelText, RemoveItem,
    SetItem as SetText, Span,
};

use super::{Binder, Flow, Kind, expr::label_name};
use crate::{
    error::{Error, Result},
    plan::{
        InsertEdge, InsertNode, LabelSource, Plan, SetItem, Target,
        expr::{Expr, PropertyName},
        named::Named,
    },
    value::Value,
};

impl Binder<'_> {
    pub(super) fn insert(&mut self, paths: &[InsertPath], mut flow: Flow) -> Result<Flow> {
        let (mut nodes, mut edges) = (Vec::new(), Vec::new());
        for path in paths {
            let mut left = self.insert_node(&path.start, &mut nodes, &mut flow)?;
            for (edge, node) in &path.steps {
                let right = self.insert_node(node, &mut nodes, &mut flow)?;
                let [label] = &edge.labels[..] else {
                    let (status, message, hint) = match &edge.variable {
                        _ if !edge.labels.is_empty() => ("42007", "an edge has exactly one label", None),
                        None => ("42006", "an edge needs a label, such as -[:KNOWS]->", None),
                        Some(name) => {
                            let hint =
                                format!("`{0}` is a variable here; did you mean the label, -[:{0}]->?", name.name);
                            ("42006", "an edge needs a label, such as -[:KNOWS]->", Some(hint))
                        }
                    };
                    let error = Error::new(crate::error::ErrorKind::Binding, status, message).at(edge.span);
                    return Err(error.with_hint_if(hint));
                };
                if let Some((key, _)) = edge.properties.iter().find(|(key, _)| key.name == "_id") {
                    return Err(Error::rule("an edge has no `_id` of its own to give")
                        .with_hint("use another property name")
                        .at(key.span));
                }
                self.note(Named::NewLabel(label.name.clone()));
                let properties = self.insert_properties(&edge.properties, &mut flow)?;
                let slot = match &edge.variable {
                    Some(name) => flow.scope.declare(name, Kind::Edge)?,
                    None => flow.scope.hidden(),
                };
                let (from, to) = if edge.leftwards { (right, left) } else { (left, right) };
                edges.push(InsertEdge { slot, label: label_name(label), from, to, properties, span: edge.span });
                left = right;
            }
        }
        flow.wrap(|input| Plan::Insert { input, nodes, edges });
        Ok(flow)
    }

    /// The slot of a node that is created or referred to.
    fn insert_node(&mut self, node: &NodeText, nodes: &mut Vec<InsertNode>, flow: &mut Flow) -> Result<usize> {
        if let Some(name) = &node.variable
            && let Some(variable) = flow.scope.get(&name.name)
        {
            let plain = node.labels.is_empty() && node.properties.is_empty();
            if !matches!(variable.kind, Kind::Node | Kind::Value) {
                return Err(
                    Error::rule(format!("`{}` is {}, not a node", name.name, variable.kind.noun())).at(name.span)
                );
            }
            if !plain {
                return Err(Error::rule(format!("`{}` is a node that exists already", name.name))
                    .with_hint(format!("write just ({}) to use it, or SET to change it", name.name))
                    .at(node.span));
            }
            return Ok(variable.slot);
        }
        let properties = self.insert_properties(&node.properties, flow)?;
        let slot = match &node.variable {
            Some(name) => flow.scope.declare(name, Kind::Node)?,
            None => flow.scope.hidden(),
        };
        node.labels.iter().for_each(|label| self.note(Named::NewLabel(label.name.clone())));
        let labels = node.labels.iter().map(label_name).collect();
        nodes.push(InsertNode { slot, labels, properties, span: node.span });
        Ok(slot)
    }

    fn insert_properties(
        &mut self,
        properties: &[(Ident, Text)],
        flow: &mut Flow,
    ) -> Result<Vec<(PropertyName, Expr)>> {
        let mut bound: Vec<(PropertyName, Expr)> = Vec::new();
        for (key, value) in properties {
            if bound.iter().any(|(other, _)| *other.name == *key.name) {
                return Err(Error::rule(format!("property `{}` is given twice", key.name)).at(key.span));
            }
            self.check_stored(value, &flow.scope)?;
            if key.name == "_id" {
                let takes = |value: &Value| matches!(value, Value::String(_));
                self.check_value(value, &flow.scope, takes, "`_id` is a STRING")
                    .map_err(|error| error.with_hint("write CAST(x AS STRING)"))?;
            }
            bound.push((PropertyName::new(&key.name), self.expr_in(value, flow)?));
        }
        Ok(bound)
    }

    pub(super) fn set(&mut self, items: &[SetText], mut flow: Flow) -> Result<Flow> {
        let mut bound = Vec::new();
        for item in items {
            bound.push(match item {
                SetText::Property { element, key, value } => {
                    let target = self.element(element, &flow)?;
                    let span = Span { start: element.span.start, end: key.span.end };
                    refuse_id(key)?;
                    self.check_stored(value, &flow.scope)?;
                    let value = self.expr_in(value, &mut flow)?;
                    SetItem::Property { target, key: PropertyName::new(&key.name), value, span }
                }
                SetText::Properties { element, value, add } => {
                    let target = self.element(element, &flow)?;
                    let span = value.span;
                    if let TextKind::Record(fields) = &value.kind {
                        fields.iter().try_for_each(|(key, _)| refuse_id(key))?;
                        fields.iter().try_for_each(|(_, value)| self.check_stored(value, &flow.scope))?;
                    }
                    let takes = |value: &Value| matches!(value, Value::Record(_) | Value::Node(_) | Value::Edge(_));
                    self.check_value(value, &flow.scope, takes, "the properties of an element are a RECORD")?;
                    let value = self.expr_in(value, &mut flow)?;
                    SetItem::Properties { target, value, add: *add, span }
                }
                SetText::Keyed { element, key, value } => {
                    let target = self.element(element, &flow)?;
                    let span = Span { start: element.span.start, end: key.span.end };
                    self.check_stored(value, &flow.scope)?;
                    let key = self.expr_in(key, &mut flow)?;
                    SetItem::Keyed { target, key, value: self.expr_in(value, &mut flow)?, span }
                }
                SetText::Labels { element, labels } => {
                    let target = self.node_variable(element, &flow)?;
                    SetItem::AddLabels { target, labels: self.label_sources(labels, &mut flow)? }
                }
            });
        }
        flow.wrap(|input| Plan::Set { input, items: bound });
        Ok(flow)
    }

    pub(super) fn remove(&mut self, items: &[RemoveItem], mut flow: Flow) -> Result<Flow> {
        let mut bound = Vec::new();
        for item in items {
            bound.push(match item {
                RemoveItem::Property { element, key } => {
                    let target = self.element(element, &flow)?;
                    refuse_id(key)?;
                    let span = Span { start: element.span.start, end: key.span.end };
                    let value = Expr::constant(Value::Null);
                    SetItem::Property { target, key: PropertyName::new(&key.name), value, span }
                }
                RemoveItem::Keyed { element, key } => {
                    let target = self.element(element, &flow)?;
                    let span = Span { start: element.span.start, end: key.span.end };
                    let key = self.expr_in(key, &mut flow)?;
                    SetItem::Keyed { target, key, value: Expr::constant(Value::Null), span }
                }
                RemoveItem::Labels { element, labels } => {
                    let target = self.node_variable(element, &flow)?;
                    SetItem::RemoveLabels { target, labels: self.label_sources(labels, &mut flow)? }
                }
            });
        }
        flow.wrap(|input| Plan::Set { input, items: bound });
        Ok(flow)
    }

    pub(super) fn delete(&mut self, detach: bool, items: &[Text], mut flow: Flow, span: Span) -> Result<Flow> {
        let elements =
            |value: &Value| matches!(value, Value::Node(_) | Value::Edge(_) | Value::Path(_) | Value::List(_));
        for item in items {
            self.check_value(item, &flow.scope, elements, "DELETE takes nodes and edges")?;
            if let TextKind::Property(element, key) = &item.kind
                && matches!(self.kind_of(element, &flow.scope), Kind::Node | Kind::Edge)
            {
                return Err(Error::value_type(format!(
                    "DELETE takes nodes and edges, not the property `{}`",
                    key.name
                ))
                .with_hint("REMOVE takes a property away")
                .at(item.span));
            }
        }
        let items = items.iter().map(|item| self.expr_in(item, &mut flow)).collect::<Result<Vec<_>>>()?;
        flow.wrap(|input| Plan::Delete { input, items, detach, span });
        // Any of them may be gone now: a pattern that goes on from one looks first whether it is there.
        for variable in flow.scope.variables.iter_mut().filter(|variable| variable.kind == Kind::Node) {
            variable.kind = Kind::Value;
        }
        Ok(flow)
    }

    fn label_sources(&mut self, labels: &[LabelText], flow: &mut Flow) -> Result<Vec<LabelSource>> {
        let bound = labels.iter().map(|label| match label {
            LabelText::Name(name) => Ok(LabelSource::Name(label_name(name))),
            LabelText::Dynamic(name) => self.expr_in(name, flow).map(LabelSource::Dynamic),
        });
        bound.collect()
    }

    /// A node or edge variable.
    fn element(&self, name: &Ident, flow: &Flow) -> Result<Target> {
        let variable = flow.scope.resolve(&name.name, name.span)?;
        match variable.kind {
            Kind::Node | Kind::Edge | Kind::Value => Ok(target(name, variable.slot)),
            other => {
                Err(Error::rule(format!("`{}` is {}; only nodes and edges have properties", name.name, other.noun()))
                    .at(name.span))
            }
        }
    }

    /// A node variable.
    fn node_variable(&self, name: &Ident, flow: &Flow) -> Result<Target> {
        let variable = flow.scope.resolve(&name.name, name.span)?;
        match variable.kind {
            Kind::Node | Kind::Value => Ok(target(name, variable.slot)),
            other => {
                Err(Error::rule(format!("`{}` is {}; labels are set on nodes only", name.name, other.noun()))
                    .at(name.span))
            }
        }
    }
}

fn target(name: &Ident, slot: usize) -> Target {
    Target { slot, name: name.name.as_str().into(), span: name.span }
}

/// `_id` is given once, at INSERT.
fn refuse_id(key: &Ident) -> Result<()> {
    if key.name == "_id" {
        return Err(Error::rule("`_id` cannot be changed")
            .with_hint("INSERT a new node with the other `_id`")
            .at(key.span));
    }
    Ok(())
}
