//! CREATE and DROP of graphs, graph types, indexes and models.

use wend_grammar::ast::{Ident, IndexName, StatementKind, TextIndex, VectorIndex};
use wend_storage::{GraphId, Transaction as StoreTransaction};

use super::{Run, Session, finish, noticed, warned};
use crate::{
    constraint,
    error::{Error, Result, Subject},
    full_text, model,
    names::{DEFAULT_GRAPH, graph_id},
    rows::Rows,
    schema::Schema,
    tables::Tables,
    value::Value,
    vector_index, written,
};

impl Session {
    pub(super) fn catalog_statement(&self, statement: &StatementKind, run: &Run<'_>) -> Result<Rows> {
        match statement {
            StatementKind::CreateGraph { name, if_not_exists, or_replace, graph_type, copy_of } => {
                if copy_of.is_some() {
                    return Err(Error::rule("AS COPY OF is not supported in this version"));
                }
                let (tx, own) = self.catalog(true)?;
                let mut removed = (0, 0);
                match tx.graph(&name.name)? {
                    Some(_) if *if_not_exists => return Ok(Rows::none()),
                    Some(graph) if *or_replace => {
                        removed = (tx.node_count(graph)?, tx.edge_count(graph)?);
                        drop_graph(&tx, graph)?;
                    }
                    _ => {}
                }
                let graph = tx.create_graph(&name.name)?;
                if let Some(graph_type) = graph_type {
                    Schema::set(&tx, graph, graph_type)?;
                }
                finish(&tx, own)?;
                Ok(match removed {
                    (0, 0) => Rows::none(),
                    (nodes, edges) => {
                        let counted = |count: u64, noun| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
                        let (nodes, edges) = (counted(nodes, "node"), counted(edges, "edge"));
                        noticed(
                            "01000",
                            format!("the graph `{}` was replaced: {nodes} and {edges} are gone", name.name),
                        )
                    }
                })
            }
            StatementKind::DropGraph { name, if_exists } => {
                if name.name == self.graph && name.name != DEFAULT_GRAPH {
                    return Err(Error::rule(format!("`{}` is the graph in use", name.name))
                        .with_hint("USE another graph first")
                        .at(name.span));
                }
                if name.name == DEFAULT_GRAPH {
                    return Err(Error::rule("the graph `default` cannot be dropped").at(name.span));
                }
                let (tx, own) = self.catalog(true)?;
                match tx.graph(&name.name)? {
                    Some(graph) => drop_graph(&tx, graph)?,
                    None if *if_exists => {
                        return Ok(warned(format!("there was no graph `{}` to drop", name.name)));
                    }
                    None => {
                        return Err(graph_id(&tx, &name.name)
                            .err()
                            .unwrap_or_else(|| Error::internal("a graph that is not there"))
                            .at(name.span));
                    }
                }
                finish(&tx, own).map(|()| Rows::none())
            }
            StatementKind::CreateGraphType { name, if_not_exists, or_replace, elements, copy_of } => {
                let (tx, own) = self.catalog(true)?;
                let copied = copy_of.as_ref().map(|of| Schema::elements_of(&tx, of)).transpose()?;
                let elements = copied.as_deref().unwrap_or(elements);
                if Schema::create(&tx, name, elements, *if_not_exists, *or_replace)? {
                    return Ok(warned(format!("there was a graph type `{}` already", name.name)));
                }
                finish(&tx, own).map(|()| Rows::none())
            }
            StatementKind::DropGraphType { name, if_exists } => {
                let (tx, own) = self.catalog(true)?;
                if !Schema::drop(&tx, name, *if_exists)? {
                    return Ok(warned(format!("there was no graph type `{}` to drop", name.name)));
                }
                finish(&tx, own).map(|()| Rows::none())
            }
            StatementKind::CreateIndex { name, unique, if_not_exists, on_edge, label, properties } => {
                let (tx, own) = self.catalog(true)?;
                let graph = graph_id(&tx, &self.graph)?;
                for (position, property) in properties.iter().enumerate() {
                    if property.name == "_id" {
                        return Err(Error::rule("`_id` is always indexed").at(property.span));
                    }
                    if properties[..position].iter().any(|other| other.name == property.name) {
                        return Err(Error::rule(format!("the index has `{}` twice", property.name)).at(property.span));
                    }
                }
                if tx.indexes(graph)?.iter().any(|index| index.definition.name == name.name) {
                    if *if_not_exists {
                        let message = format!("there was an index `{}` already", name.name);
                        return Ok(warned(message));
                    }
                    return Err(Error::rule(format!("an index named `{}` exists already", name.name))
                        .with_hint("SHOW INDEXES lists them; CREATE INDEX IF NOT EXISTS passes over this")
                        .about(Subject::Rule)
                        .at(name.span));
                }
                let keys = properties.iter().map(|property| tx.intern_property_key(&property.name));
                let definition = wend_storage::IndexDefinition {
                    name: name.name.clone(),
                    on_edge: *on_edge,
                    label: tx.intern_label(&label.name)?,
                    properties: keys.collect::<wend_storage::Result<_>>()?,
                    unique: *unique,
                    vector: None,
                    text: None,
                };
                tx.create_index(graph, definition)?;
                finish(&tx, own).map(|()| Rows::none())
            }
            StatementKind::CreateConstraint(constraint) => {
                let (tx, own) = self.catalog(true)?;
                let graph = graph_id(&tx, &self.graph)?;
                match constraint::create(&tx, graph, constraint)? {
                    Some(message) => Ok(warned(message)),
                    None => finish(&tx, own).map(|()| Rows::none()),
                }
            }
            StatementKind::DropConstraint { name, if_exists } => {
                let (tx, own) = self.catalog(true)?;
                let graph = graph_id(&tx, &self.graph)?;
                if !constraint::drop(&tx, graph, name, *if_exists)? {
                    return Ok(warned(format!("there was no constraint `{}` to drop", name.name)));
                }
                finish(&tx, own).map(|()| Rows::none())
            }
            StatementKind::CreateVectorIndex(index) => self.create_vector_index(index, run),
            StatementKind::CreateTextIndex(index) => self.create_text_index(index, run),
            StatementKind::RefreshIndex(name) => {
                let name = index_name(name, run)?;
                let (tx, own) = self.catalog(true)?;
                let graph = graph_id(&tx, &self.graph)?;
                let indexes = tx.indexes(graph)?;
                // One on texts follows every change.
                if indexes.iter().any(|index| index.definition.name == name.name && index.definition.text.is_some()) {
                    return Ok(Rows::none());
                }
                vector_index::find(&tx, graph, &name.name).map_err(|error| error.at(name.span))?;
                let cancel = run.cancel.clone();
                vector_index::build(&self.database, &tx, graph, &name.name, &|| cancel.is_cancelled())?;
                finish(&tx, own).map(|()| Rows::none())
            }
            StatementKind::DropIndex { name, if_exists } => {
                let name = &index_name(name, run)?;
                let (tx, own) = self.catalog(true)?;
                let graph = graph_id(&tx, &self.graph)?;
                constraint::refuse_index_of_key(&tx, graph, name)?;
                let indexes = tx.indexes(graph)?;
                let mut names = indexes.iter().map(|index| index.definition.name.as_str());
                if names.clone().any(|other| other == name.name) {
                    tx.drop_index(graph, &name.name)?;
                    return finish(&tx, own).map(|()| Rows::none());
                }
                if *if_exists {
                    return Ok(warned(format!("there was no index `{}` to drop", name.name)));
                }
                let near = wend_grammar::suggest(&name.name, &mut names).map(|near| format!("did you mean `{near}`?"));
                Err(Error::reference(format!("there is no index `{}`", name.name))
                    .with_hint_if(near.or(Some("SHOW INDEXES lists them".to_owned())))
                    .at(name.span))
            }
            StatementKind::DropModel { name, if_exists } => {
                let (tx, own) = self.catalog(true)?;
                if model::drop(&tx, &name.name)? {
                    return finish(&tx, own).map(|()| Rows::none());
                }
                match *if_exists {
                    true => Ok(warned(format!("there was no model `{}` to drop", name.name))),
                    false => Err(model::unknown(&tx, &name.name)?.at(name.span)),
                }
            }
            _ => Err(Error::internal("no statement about the catalog")),
        }
    }
}

/// The name of an index, which a parameter may give.
fn index_name(name: &IndexName, run: &Run<'_>) -> Result<Ident> {
    let parameter = match name {
        IndexName::Name(name) => return Ok(name.clone()),
        IndexName::Parameter(parameter) => parameter,
    };
    let of = |error: Error| error.at(parameter.span);
    match run.params.get(&parameter.name) {
        Some(Value::String(text)) => Ok(Ident { name: text.to_string(), span: parameter.span }),
        Some(other) => Err(of(Error::value_type(format!(
            "${} names an index and has to be a string, not {}",
            parameter.name,
            other.type_name()
        )))),
        None => Err(of(Error::reference(format!("parameter ${} is not given", parameter.name)))),
    }
}

impl Session {
    fn create_vector_index(&self, index: &VectorIndex, run: &Run<'_>) -> Result<Rows> {
        let name = index_name(&index.name, run)?;
        vector_index::check_property(&index.property)?;
        let options = index.options.as_ref().map(|options| self.constant(options, run)).transpose()?;
        let at = index.options.as_ref().map_or(name.span, |options| options.span);
        let space = vector_index::space(options.as_ref(), at)?;
        let (tx, own) = self.catalog(true)?;
        let graph = graph_id(&tx, &self.graph)?;
        if let Some(there) = name_taken(&tx, graph, &name, index.if_not_exists, "CREATE VECTOR INDEX name")? {
            return Ok(there);
        }
        let wanted = vector_index::Wanted {
            name: &name.name,
            on_edge: index.on_edge,
            label: &index.label.name,
            property: &index.property.name,
            space,
        };
        let cancel = run.cancel.clone();
        vector_index::create(&self.database, &tx, graph, &wanted, &|| cancel.is_cancelled())?;
        finish(&tx, own).map(|()| Rows::none())
    }
}

impl Session {
    fn create_text_index(&self, index: &TextIndex, run: &Run<'_>) -> Result<Rows> {
        let name = index_name(&index.name, run)?;
        for (position, property) in index.properties.iter().enumerate() {
            if property.name == "_id" {
                return Err(Error::rule("`_id` is no property that a full-text index could be on").at(property.span));
            }
            if index.properties[..position].iter().any(|other| other.name == property.name) {
                return Err(Error::rule(format!("the index has `{}` twice", property.name)).at(property.span));
            }
        }
        let options = index.options.as_ref().map(|options| self.constant(options, run)).transpose()?;
        let at = index.options.as_ref().map_or(name.span, |options| options.span);
        let analyzer = full_text::options(options.as_ref(), at)?;
        let (tx, own) = self.catalog(true)?;
        let graph = graph_id(&tx, &self.graph)?;
        if let Some(there) = name_taken(&tx, graph, &name, index.if_not_exists, "CREATE FULLTEXT INDEX name")? {
            return Ok(there);
        }
        let mut labels: Vec<&str> = Vec::new();
        for label in &index.labels {
            if !labels.contains(&label.name.as_str()) {
                labels.push(&label.name);
            }
        }
        let properties = index.properties.iter().map(|property| property.name.as_str()).collect();
        let wanted = full_text::Wanted { name: &name.name, on_edge: index.on_edge, labels, properties, analyzer };
        full_text::create(&tx, graph, &wanted)?;
        finish(&tx, own).map(|()| Rows::none())
    }
}

/// Where an index has a name already: what there is to say of it, when that is no error.
fn name_taken(
    tx: &StoreTransaction,
    graph: GraphId,
    name: &Ident,
    if_not_exists: bool,
    create: &str,
) -> Result<Option<Rows>> {
    if !tx.indexes(graph)?.iter().any(|other| other.definition.name == name.name) {
        return Ok(None);
    }
    if if_not_exists {
        return Ok(Some(warned(format!("there was an index `{}` already", name.name))));
    }
    Err(Error::rule(format!("an index named `{}` exists already", name.name))
        .with_hint(format!("SHOW INDEXES lists them; {create} IF NOT EXISTS passes over this"))
        .at(name.span))
}

/// With what is known of it beside its nodes and edges.
fn drop_graph(tx: &StoreTransaction, graph: GraphId) -> Result<()> {
    tx.drop_graph(graph)?;
    Schema::forget(tx, graph)?;
    constraint::forget(tx, graph)?;
    Tables::forget(tx, graph)?;
    written::forget(tx, graph)
}
