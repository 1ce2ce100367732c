//! Constraints: what the elements with a label must fulfil, as `CREATE CONSTRAINT` of Neo4j says it.
//!
//! Uniqueness is a unique index of the constraint's name. What is required besides (values that are there, types) is kept as one
//! record for each graph, the statements that made it, and is checked when a statement has done all of it, as graph types are.

use std::sync::Arc;

use wend_grammar::ast::{Constraint, Ident, Requirement, Statement as Text, StatementKind};
use wend_storage::{EdgeId, GraphId, LabelId, NodeId, Properties, PropertyKey, Transaction};

use crate::{
    error::{Error, ErrorKind, Result, Subject},
    function::cast::is_typed,
    schema::labels_text,
    value::Value,
};

/// Records of the constraints of graphs, by the graph's number.
const FAMILY: &str = "constraints";

/// A constraint other than uniqueness alone, with the numbers of its names.
#[derive(Debug)]
pub(crate) struct Rule {
    text: Constraint,
    label: LabelId,
    keys: Vec<PropertyKey>,
}

/// The constraints of a graph.
#[derive(Debug, Default)]
pub(crate) struct Constraints(Vec<Rule>);

/// The error of what a constraint does not allow.
fn violation(message: String) -> Error {
    Error::new(ErrorKind::Constraint, "G2000", message)
}

fn read(tx: &Transaction, graph: GraphId) -> Result<Vec<Constraint>> {
    let Some(bytes) = tx.get_record(FAMILY, &graph.0.to_be_bytes())? else { return Ok(Vec::new()) };
    let damaged = || Error::internal("the record of the constraints is damaged");
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
    let statements = wend_grammar::parse(text)?.into_iter();
    statements
        .map(|statement| match statement.kind {
            StatementKind::CreateConstraint(constraint) => Ok(*constraint),
            _ => Err(damaged()),
        })
        .collect()
}

/// The constraints of a graph other than uniqueness alone, as they were written.
pub(crate) fn of_graph(tx: &Transaction, graph: GraphId) -> Result<Vec<Constraint>> {
    read(tx, graph)
}

fn write(tx: &Transaction, graph: GraphId, constraints: &[Constraint]) -> Result<()> {
    let key = graph.0.to_be_bytes();
    if constraints.is_empty() {
        return Ok(tx.delete_record(FAMILY, &key)?);
    }
    let texts: Vec<String> = constraints
        .iter()
        .map(|constraint| {
            let kind = StatementKind::CreateConstraint(Box::new(constraint.clone()));
            wend_grammar::print(&Text { kind, span: constraint.span })
        })
        .collect();
    Ok(tx.put_record(FAMILY, &key, texts.join(";\n").as_bytes())?)
}

/// Forgets the constraints of a graph that is dropped.
pub(crate) fn forget(tx: &Transaction, graph: GraphId) -> Result<()> {
    write(tx, graph, &[])
}

impl Constraints {
    /// Those of a graph that is about to be changed: the commit conflicts with one that changed them meanwhile.
    pub(crate) fn of_changed(tx: &Transaction, graph: GraphId) -> Result<Constraints> {
        tx.depend_on_record(FAMILY, &graph.0.to_be_bytes())?;
        Constraints::of_graph(tx, graph)
    }

    /// Those of a graph.
    pub(crate) fn of_graph(tx: &Transaction, graph: GraphId) -> Result<Constraints> {
        let rule = |text: Constraint| {
            let label = tx.intern_label(&text.label.name)?;
            let keys = text.properties.iter().map(|key| tx.intern_property_key(&key.name));
            Ok(Rule { label, keys: keys.collect::<wend_storage::Result<_>>()?, text })
        };
        Ok(Constraints(read(tx, graph)?.into_iter().map(rule).collect::<Result<_>>()?))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of elements with these labels.
    fn of<'a>(&'a self, on_edge: bool, labels: &'a [LabelId]) -> impl Iterator<Item = &'a Rule> {
        self.0.iter().filter(move |rule| rule.text.on_edge == on_edge && labels.contains(&rule.label))
    }

    /// What is wrong with an element, as the rest of a sentence about it; `value` reads a property.
    pub(crate) fn broken(
        &self,
        on_edge: bool,
        labels: &[LabelId],
        mut value: impl FnMut(PropertyKey) -> Result<Value>,
    ) -> Result<Option<String>> {
        for rule in self.of(on_edge, labels) {
            for (key, name) in rule.keys.iter().zip(&rule.text.properties) {
                let value = value(*key)?;
                let wrong = match &rule.text.requires {
                    Requirement::NotNull | Requirement::Key => {
                        value.is_null().then(|| format!("lacks the property `{}`", name.name))
                    }
                    Requirement::Typed(of) => (!value.is_null() && !is_typed(&value, of)).then(|| {
                        let wanted = wend_grammar::print_type(of);
                        format!("has a {} as `{}`, which is {wanted}", value.type_name(), name.name)
                    }),
                    Requirement::Unique => None,
                };
                if let Some(wrong) = wrong {
                    return Ok(Some(format!("{wrong}: the constraint `{}` requires it", rule.text.name.name)));
                }
            }
        }
        Ok(None)
    }

    /// The same of a stored element.
    pub(crate) fn broken_by(
        &self,
        on_edge: bool,
        labels: &[LabelId],
        properties: &Properties,
    ) -> Result<Option<String>> {
        self.broken(on_edge, labels, |key| {
            let found = properties.iter().find(|(other, _)| *other == key);
            Ok(found.map_or(Value::Null, |(_, value)| Value::from_stored(value.clone())))
        })
    }

    /// Whether a vector may be a property of nodes with these labels.
    pub(crate) fn allow_vector(&self, labels: &[LabelId], property: &str, sample: &Value) -> Result<()> {
        for rule in self.of(false, labels) {
            if let Requirement::Typed(of) = &rule.text.requires
                && rule.text.properties.iter().any(|key| key.name == property)
                && !is_typed(sample, of)
            {
                return Err(violation(format!(
                    "`{property}` of nodes {} is {}: the constraint `{}` requires it",
                    labels_text(std::slice::from_ref(&rule.text.label.name)),
                    wend_grammar::print_type(of),
                    rule.text.name.name
                )));
            }
        }
        Ok(())
    }
}

/// An element of a statement that breaks a constraint.
pub(crate) fn broken(what: &str, wrong: &str) -> Error {
    violation(format!("{what} {wrong}"))
}

/// `CREATE CONSTRAINT`; the message of what was there already, where that is no error.
pub(crate) fn create(tx: &Transaction, graph: GraphId, constraint: &Constraint) -> Result<Option<String>> {
    let Constraint { name, if_not_exists, on_edge, label, properties, requires, .. } = constraint;
    for (position, property) in properties.iter().enumerate() {
        if property.name == "_id" {
            return Err(Error::rule("every node has an `_id` of its own already").at(property.span));
        }
        if properties[..position].iter().any(|other| other.name == property.name) {
            return Err(Error::rule(format!("the constraint has `{}` twice", property.name)).at(property.span));
        }
    }
    let mut all = read(tx, graph)?;
    let indexes = tx.indexes(graph)?;
    let same_name =
        all.iter().any(|other| other.name == *name) || indexes.iter().any(|index| index.definition.name == name.name);
    let same = all.iter().any(|other| {
        (other.on_edge, &other.label, &other.properties, &other.requires) == (*on_edge, label, properties, requires)
    });
    if same_name || same {
        if *if_not_exists {
            return Ok(Some(format!("there was a constraint `{}` already", name.name)));
        }
        let what = if same_name { format!("named `{}`", name.name) } else { "of the same label and properties".into() };
        return Err(Error::rule(format!("a constraint or an index {what} exists already"))
            .with_hint("SHOW CONSTRAINTS lists them; CREATE CONSTRAINT name IF NOT EXISTS passes over this")
            .about(Subject::Rule)
            .at(name.span));
    }
    if matches!(requires, Requirement::Unique | Requirement::Key) {
        let keys = properties.iter().map(|property| tx.intern_property_key(&property.name));
        let definition = wend_storage::IndexDefinition {
            name: name.name.clone(),
            on_edge: *on_edge,
            label: tx.intern_label(&label.name)?,
            properties: keys.collect::<wend_storage::Result<_>>()?,
            unique: true,
            vector: None,
            text: None,
        };
        tx.create_index(graph, definition)?;
    }
    if *requires != Requirement::Unique {
        all.push(constraint.clone());
        write(tx, graph, &all)?;
        check_all(tx, graph, *on_edge, label)?;
    }
    Ok(None)
}

/// Checks the elements that are there when a constraint is made.
fn check_all(tx: &Transaction, graph: GraphId, on_edge: bool, label: &Ident) -> Result<()> {
    let constraints = Constraints::of_graph(tx, graph)?;
    let label = tx.intern_label(&label.name)?;
    if on_edge {
        let mut cursor = tx.edges(graph, Some(label))?;
        let mut found = Vec::new();
        while cursor.fill(&mut found, PART)? > 0 {
            for edge in found.drain(..) {
                check_edge(&constraints, tx, graph, edge.0)?;
            }
        }
    } else {
        let mut cursor = tx.nodes(graph, Some(label))?;
        let mut found = Vec::new();
        while cursor.fill(&mut found, PART)? > 0 {
            for node in found.drain(..) {
                check_node(&constraints, tx, graph, node)?;
            }
        }
    }
    Ok(())
}

/// How many elements are looked at at a time.
const PART: usize = 1024;

/// Checks a node of the graph.
pub(crate) fn check_node(constraints: &Constraints, tx: &Transaction, graph: GraphId, node: NodeId) -> Result<()> {
    let Some(labels) = tx.node_labels_of(graph, node)? else { return Ok(()) };
    let value = |key| Ok(tx.node_property(graph, node, key)?.map_or(Value::Null, Value::from_stored));
    match constraints.broken(false, &labels, value)? {
        None => Ok(()),
        Some(wrong) => {
            let id = tx.node_id(graph, node)?.unwrap_or_default();
            let names = crate::schema::names(tx, &labels);
            Err(broken(&format!("the node '{id}' ({})", labels_text(&names)), &wrong))
        }
    }
}

/// Checks an edge of the graph.
pub(crate) fn check_edge(constraints: &Constraints, tx: &Transaction, graph: GraphId, edge: EdgeId) -> Result<()> {
    let Some((label, from, to)) = tx.edge_ends(graph, edge)? else { return Ok(()) };
    let value = |key| Ok(tx.edge_property(graph, edge, key)?.map_or(Value::Null, Value::from_stored));
    match constraints.broken(true, &[label], value)? {
        None => Ok(()),
        Some(wrong) => {
            let id = |node| -> Result<String> { Ok(tx.node_id(graph, node)?.unwrap_or_default()) };
            let names = crate::schema::names(tx, &[label]);
            let what = format!("the edge from '{}' to '{}' ({})", id(from)?, id(to)?, labels_text(&names));
            Err(broken(&what, &wrong))
        }
    }
}

/// `DROP CONSTRAINT`; whether there was one.
pub(crate) fn drop(tx: &Transaction, graph: GraphId, name: &Ident, if_exists: bool) -> Result<bool> {
    let mut all = read(tx, graph)?;
    let count = all.len();
    all.retain(|constraint| constraint.name != *name);
    let indexes = tx.indexes(graph)?;
    let unique = indexes.iter().any(|index| index.definition.unique && index.definition.name == name.name);
    if unique {
        tx.drop_index(graph, &name.name)?;
    }
    if all.len() < count {
        write(tx, graph, &all)?;
        return Ok(true);
    }
    if unique || if_exists {
        return Ok(unique);
    }
    let names = all.iter().map(|constraint| constraint.name.name.as_str());
    let names = names.chain(indexes.iter().filter(|index| index.definition.unique).map(|i| i.definition.name.as_str()));
    let near = wend_grammar::suggest(&name.name, names).map(|near| format!("did you mean `{near}`?"));
    Err(Error::reference(format!("there is no constraint `{}`", name.name))
        .with_hint_if(near.or(Some("SHOW CONSTRAINTS lists them".to_owned())))
        .at(name.span))
}

/// Refuses to drop the index of a key: its constraint would be half of one.
pub(crate) fn refuse_index_of_key(tx: &Transaction, graph: GraphId, name: &Ident) -> Result<()> {
    if read(tx, graph)?.iter().any(|constraint| constraint.name == *name) {
        return Err(Error::rule(format!("the index `{}` belongs to a constraint", name.name))
            .with_hint(format!("write DROP CONSTRAINT {}", wend_grammar::quote_identifier(&name.name)))
            .at(name.span));
    }
    Ok(())
}

/// The columns of SHOW CONSTRAINTS, named as in Neo4j.
pub(crate) const COLUMNS: [&str; 10] = [
    "name",
    "type",
    "entityType",
    "labelsOrTypes",
    "properties",
    "propertyType",
    "ownedIndex",
    "id",
    "options",
    "createStatement",
];

/// The rows of SHOW CONSTRAINTS, by name.
pub(crate) fn rows(tx: &Transaction, graph: GraphId) -> Result<Vec<Vec<Value>>> {
    let list = |names: Vec<Arc<str>>| Value::List(names.into_iter().map(Value::String).collect());
    let row = |name: &str, of: &str, on_edge: bool, label: Arc<str>, keys: Vec<Arc<str>>, typed: Value| {
        let entity = if on_edge { "RELATIONSHIP" } else { "NODE" };
        vec![Value::from(name), Value::from(of), Value::from(entity), list(vec![label]), list(keys), typed]
    };
    let all = read(tx, graph)?;
    let mut rows = Vec::new();
    for constraint in &all {
        let on_edge = constraint.on_edge;
        let (of, typed) = match &constraint.requires {
            Requirement::Unique => continue,
            Requirement::NotNull => ("PROPERTY_EXISTENCE", Value::Null),
            Requirement::Key => ("KEY", Value::Null),
            Requirement::Typed(of) => ("PROPERTY_TYPE", Value::from(wend_grammar::print_type(of))),
        };
        let of = format!("{}_{of}", if on_edge { "RELATIONSHIP" } else { "NODE" });
        let keys = constraint.properties.iter().map(|key| key.name.as_str().into()).collect();
        rows.push(row(&constraint.name.name, &of, on_edge, constraint.label.name.as_str().into(), keys, typed));
    }
    for index in tx.indexes(graph)?.iter().map(|index| &index.definition) {
        if index.unique && !all.iter().any(|constraint| constraint.name.name == index.name) {
            let of = if index.on_edge { "RELATIONSHIP_UNIQUENESS" } else { "UNIQUENESS" };
            let keys = index.properties.iter().map(|key| tx.property_key_name(*key));
            let keys = keys.collect::<wend_storage::Result<_>>()?;
            rows.push(row(&index.name, of, index.on_edge, tx.label_name(index.label)?, keys, Value::Null));
        }
    }
    rows.sort_by(|a, b| a[0].order(&b[0]));
    for (id, row) in (1..).zip(&mut rows) {
        // An index of the constraint's name is what makes it unique.
        let unique = matches!(&row[1], Value::String(of) if of.ends_with("UNIQUENESS") || of.ends_with("KEY"));
        let index = if unique { row[0].clone() } else { Value::Null };
        let statement = create_statement(row);
        row.extend([index, Value::Int(id), Value::Record([].into()), statement]);
    }
    Ok(rows)
}

/// The statement that makes a constraint again, of its row.
fn create_statement(row: &[Value]) -> Value {
    let (Value::String(name), Value::String(of), Value::List(labels), Value::List(keys)) =
        (&row[0], &row[1], &row[3], &row[4])
    else {
        return Value::Null;
    };
    let quoted = |value: &Value| match value {
        Value::String(text) => wend_grammar::quote_identifier(text),
        _ => String::new(),
    };
    let label = labels.first().map(quoted).unwrap_or_default();
    let pattern = if row[2] == Value::from("NODE") { format!("(n:{label})") } else { format!("()-[n:{label}]-()") };
    let keys = keys.iter().map(|key| format!("n.{}", quoted(key))).collect::<Vec<_>>().join(", ");
    let requires = match (&**of, &row[5]) {
        (_, Value::String(typed)) => format!("IS :: {typed}"),
        (of, _) if of.ends_with("EXISTENCE") => "IS NOT NULL".to_owned(),
        ("NODE_KEY", _) => "IS NODE KEY".to_owned(),
        (of, _) if of.ends_with("KEY") => "IS RELATIONSHIP KEY".to_owned(),
        _ => "IS UNIQUE".to_owned(),
    };
    let name = wend_grammar::quote_identifier(name);
    Value::from(format!("CREATE CONSTRAINT {name} FOR {pattern} REQUIRE ({keys}) {requires}"))
}
