//! Statements and types.

use super::{dotted, expr, ident, list, pattern, query, quote_identifier};
use crate::ast::{
    Constraint, ElementType, Expr, GraphTypeRef, Ident, IndexName, PropertyType, Requirement, SessionReset, Statement,
    StatementKind, TextIndex, TypeKind, TypeName, UserStatement,
};

const NILADIC_GRAPHS: &[&str] = &["CURRENT_GRAPH", "CURRENT_PROPERTY_GRAPH", "HOME_GRAPH", "HOME_PROPERTY_GRAPH"];

pub(super) fn graph_name(out: &mut String, name: &Ident) {
    if NILADIC_GRAPHS.contains(&name.name.as_str()) { out.push_str(&name.name) } else { ident(out, name) }
}

fn create_text_index(out: &mut String, index: &TextIndex) {
    out.push_str("CREATE FULLTEXT INDEX ");
    words(out, "IF NOT EXISTS ", index.if_not_exists);
    index_name(out, &index.name);
    out.push_str(if index.on_edge { " FOR ()-[e:" } else { " FOR (n:" });
    list(out, &index.labels, "|", ident);
    out.push_str(if index.on_edge { "]-() ON EACH [" } else { ") ON EACH [" });
    list(out, &index.properties, ", ", |out, property| {
        out.push_str(if index.on_edge { "e." } else { "n." });
        ident(out, property);
    });
    out.push(']');
    if let Some(options) = &index.options {
        out.push_str(" OPTIONS ");
        expr::expr(out, options);
    }
}

fn create_constraint(out: &mut String, constraint: &Constraint) {
    let Constraint { name, if_not_exists, on_edge, label, properties, requires, .. } = constraint;
    out.push_str("CREATE CONSTRAINT ");
    ident(out, name);
    words(out, " IF NOT EXISTS", *if_not_exists);
    out.push_str(if *on_edge { " FOR ()-[x:" } else { " FOR (x:" });
    ident(out, label);
    out.push_str(if *on_edge { "]-() REQUIRE (" } else { ") REQUIRE (" });
    list(out, properties, ", ", |out, key| {
        out.push_str("x.");
        ident(out, key);
    });
    out.push_str(") IS ");
    match requires {
        Requirement::Unique => out.push_str("UNIQUE"),
        Requirement::NotNull => out.push_str("NOT NULL"),
        Requirement::Key => out.push_str("NODE KEY"),
        Requirement::Typed(of) => {
            out.push_str("TYPED ");
            type_name(out, of);
        }
    }
}

fn named(out: &mut String, words: &str, name: &Ident) {
    out.push_str(words);
    ident(out, name);
}

fn words(out: &mut String, text: &str, condition: bool) {
    if condition {
        out.push_str(text);
    }
}

pub(super) fn statement(out: &mut String, statement: &Statement) {
    match &statement.kind {
        StatementKind::Query(q) => query::query(out, q),
        StatementKind::Explain(q) => {
            out.push_str("EXPLAIN ");
            query::query(out, q);
        }
        StatementKind::Profile(q) => {
            out.push_str("PROFILE ");
            query::query(out, q);
        }
        StatementKind::StartTransaction { read_only } => {
            out.push_str("START TRANSACTION");
            words(out, " READ ONLY", *read_only);
        }
        StatementKind::Commit => out.push_str("COMMIT"),
        StatementKind::Rollback => out.push_str("ROLLBACK"),
        StatementKind::Savepoint(name) => named(out, "SAVEPOINT ", name),
        StatementKind::RollbackTo(name) => named(out, "ROLLBACK TO SAVEPOINT ", name),
        StatementKind::ReleaseSavepoint(name) => named(out, "RELEASE SAVEPOINT ", name),
        StatementKind::SessionSetGraph(graph) => {
            out.push_str("SESSION SET GRAPH ");
            graph_name(out, graph);
        }
        StatementKind::SessionSetValue { name, value } => {
            out.push_str("SESSION SET VALUE ");
            expr::parameter(out, &name.name);
            out.push_str(" = ");
            expr::expr(out, value);
        }
        StatementKind::SessionSetTimeZone(zone) => {
            out.push_str("SESSION SET TIME ZONE ");
            expr::expr(out, zone);
        }
        StatementKind::SessionReset(what) => {
            out.push_str("SESSION RESET ");
            match what {
                SessionReset::All => out.push_str("ALL"),
                SessionReset::Graph => out.push_str("GRAPH"),
                SessionReset::TimeZone => out.push_str("TIME ZONE"),
                SessionReset::Parameters => out.push_str("PARAMETERS"),
                SessionReset::Parameter(name) => expr::parameter(out, &name.name),
            }
        }
        StatementKind::SessionClose => out.push_str("SESSION CLOSE"),
        StatementKind::CreateGraph { name, if_not_exists, or_replace, graph_type, copy_of } => {
            out.push_str("CREATE ");
            words(out, "OR REPLACE ", *or_replace);
            out.push_str("GRAPH ");
            words(out, "IF NOT EXISTS ", *if_not_exists);
            ident(out, name);
            match graph_type {
                Some(GraphTypeRef::Named(name)) => {
                    out.push_str(" TYPED ");
                    ident(out, name);
                }
                Some(GraphTypeRef::Inline(elements)) => {
                    out.push(' ');
                    element_types(out, elements);
                }
                None => words(out, " ANY", copy_of.is_none()),
            }
            if let Some(copy_of) = copy_of {
                out.push_str(" AS COPY OF ");
                graph_name(out, copy_of);
            }
        }
        StatementKind::CreateGraphType { name, if_not_exists, or_replace, elements, copy_of } => {
            out.push_str("CREATE ");
            words(out, "OR REPLACE ", *or_replace);
            out.push_str("GRAPH TYPE ");
            words(out, "IF NOT EXISTS ", *if_not_exists);
            ident(out, name);
            match copy_of {
                Some(copy_of) => {
                    out.push_str(" AS COPY OF ");
                    ident(out, copy_of);
                }
                None => {
                    out.push(' ');
                    element_types(out, elements);
                }
            }
        }
        StatementKind::DropGraph { name, if_exists } => drop(out, "GRAPH", name, *if_exists),
        StatementKind::DropGraphType { name, if_exists } => drop(out, "GRAPH TYPE", name, *if_exists),
        StatementKind::DropIndex { name, if_exists } => {
            out.push_str("DROP INDEX ");
            words(out, "IF EXISTS ", *if_exists);
            index_name(out, name);
        }
        StatementKind::RefreshIndex(name) => {
            out.push_str("REFRESH INDEX ");
            index_name(out, name);
        }
        StatementKind::CreateVectorIndex(index) => {
            out.push_str("CREATE VECTOR INDEX ");
            words(out, "IF NOT EXISTS ", index.if_not_exists);
            index_name(out, &index.name);
            out.push_str(if index.on_edge { " ON EDGE " } else { " ON NODE " });
            ident(out, &index.label);
            out.push_str(" (");
            ident(out, &index.property);
            out.push(')');
            if let Some(options) = &index.options {
                out.push_str(" OPTIONS ");
                expr::expr(out, options);
            }
        }
        StatementKind::CreateTextIndex(index) => create_text_index(out, index),
        StatementKind::DropConstraint { name, if_exists } => drop(out, "CONSTRAINT", name, *if_exists),
        StatementKind::CreateConstraint(constraint) => create_constraint(out, constraint),
        StatementKind::DropModel { name, if_exists } => drop(out, "MODEL", name, *if_exists),
        StatementKind::CreateIndex { name, unique, if_not_exists, on_edge, label, properties } => {
            out.push_str("CREATE ");
            words(out, "UNIQUE ", *unique);
            out.push_str("INDEX ");
            words(out, "IF NOT EXISTS ", *if_not_exists);
            ident(out, name);
            out.push_str(if *on_edge { " ON EDGE " } else { " ON NODE " });
            ident(out, label);
            out.push_str(" (");
            list(out, properties, ", ", ident);
            out.push(')');
        }
        StatementKind::Show { what, category, tail } => {
            out.push_str("SHOW ");
            match category {
                Some(name) if what == "DATABASES" => {
                    out.push_str("DATABASE ");
                    ident(out, name);
                }
                Some(category) => {
                    out.push_str(what);
                    out.push_str(" CATEGORY ");
                    ident(out, category);
                }
                None => out.push_str(what),
            }
            if let Some(tail) = tail {
                match &tail.yields {
                    Some(items) => {
                        out.push(' ');
                        query::yields(out, items);
                    }
                    None => out.push_str(" YIELD *"),
                }
                words(out, " ", !tail.clauses.is_empty());
                query::clauses(out, &tail.clauses);
            }
        }
        StatementKind::ShowTask(id) => {
            out.push_str("SHOW TASK ");
            expr::expr(out, id);
        }
        StatementKind::StopTask(id) => {
            out.push_str("STOP TASK ");
            expr::expr(out, id);
        }
        StatementKind::DeleteTask(id) => {
            out.push_str("DELETE TASK ");
            expr::expr(out, id);
        }
        StatementKind::KillQuery(id) => {
            out.push_str("KILL QUERY ");
            expr::expr(out, id);
        }
        StatementKind::Describe { what, name } => {
            out.push_str("DESCRIBE ");
            out.push_str(what);
            if name.name.is_empty() {
                return;
            }
            out.push(' ');
            match what.as_str() {
                // One name, whatever characters it has.
                "MODEL" => ident(out, name),
                _ => dotted(out, &name.name),
            }
        }
        StatementKind::User(statement) => user(out, statement),
        StatementKind::Copy { query: of, to } => {
            out.push_str("COPY (");
            query::query(out, of);
            out.push_str(") TO ");
            expr::expr(out, to);
        }
        StatementKind::Backup { to } => {
            out.push_str("BACKUP TO ");
            expr::expr(out, to);
        }
        StatementKind::CheckDatabase => out.push_str("CHECK DATABASE"),
        StatementKind::RefreshEmbedding(name) => {
            out.push_str("REFRESH EMBEDDING ");
            ident(out, name);
        }
    }
}

fn drop(out: &mut String, what: &str, name: &Ident, if_exists: bool) {
    out.push_str("DROP ");
    out.push_str(what);
    words(out, " IF EXISTS", if_exists);
    out.push(' ');
    ident(out, name);
}

fn element_types(out: &mut String, elements: &[ElementType]) {
    out.push('{');
    list(out, elements, ", ", |out, element| match element {
        ElementType::Node { name, labels, properties } => {
            out.push('(');
            element_filler(out, name.as_ref(), labels, properties);
            out.push(')');
        }
        ElementType::Edge { name, label, properties, from, to } => {
            out.push_str("(:");
            ident(out, from);
            out.push_str(")-[");
            element_filler(out, name.as_ref(), std::slice::from_ref(label), properties);
            out.push_str("]->(:");
            ident(out, to);
            out.push(')');
        }
    });
    out.push('}');
}

fn element_filler(out: &mut String, name: Option<&Ident>, labels: &[Ident], properties: &[PropertyType]) {
    let start = out.len();
    if let Some(name) = name {
        ident(out, name);
        words(out, " ", !labels.is_empty());
    }
    pattern::label_set(out, labels);
    if !properties.is_empty() {
        words(out, " ", out.len() > start);
        property_types(out, properties);
    }
}

fn property_types(out: &mut String, properties: &[PropertyType]) {
    out.push('{');
    list(out, properties, ", ", |out, property| {
        out.push_str(&quote_identifier(&property.name.name));
        out.push(' ');
        type_name(out, &property.value_type);
    });
    out.push('}');
}

pub(super) fn type_name(out: &mut String, name: &TypeName) {
    match &name.kind {
        TypeKind::Bool => out.push_str("BOOL"),
        TypeKind::Int { bits, unsigned } => {
            words(out, "U", *unsigned);
            out.push_str(&format!("INT{bits}"));
        }
        TypeKind::Float { bits } => out.push_str(&format!("FLOAT{bits}")),
        TypeKind::String(None) => out.push_str("STRING"),
        TypeKind::String(Some(length)) => out.push_str(&format!("STRING({length})")),
        TypeKind::Bytes => out.push_str("BYTES"),
        TypeKind::Date => out.push_str("DATE"),
        TypeKind::LocalTime => out.push_str("LOCAL TIME"),
        TypeKind::ZonedTime => out.push_str("ZONED TIME"),
        TypeKind::LocalDateTime => out.push_str("LOCAL DATETIME"),
        TypeKind::ZonedDateTime => out.push_str("ZONED DATETIME"),
        TypeKind::Duration => out.push_str("DURATION"),
        TypeKind::List(None) => out.push_str("LIST"),
        TypeKind::List(Some(element)) => {
            out.push_str("LIST<");
            type_name(out, element);
            out.push('>');
        }
        TypeKind::Record(None) => out.push_str("RECORD"),
        TypeKind::Record(Some(fields)) => {
            out.push_str("RECORD ");
            property_types(out, fields);
        }
        TypeKind::Vector(None) => out.push_str("VECTOR"),
        TypeKind::Vector(Some(dimension)) => out.push_str(&format!("VECTOR({dimension})")),
        TypeKind::Path => out.push_str("PATH"),
        TypeKind::Node => out.push_str("NODE"),
        TypeKind::Edge => out.push_str("EDGE"),
        TypeKind::Null => out.push_str("NULL"),
        TypeKind::Any => out.push_str("ANY"),
    }
    words(out, " NOT NULL", name.not_null);
}

fn user(out: &mut String, statement: &UserStatement) {
    match statement {
        UserStatement::Create { name, if_not_exists, password, role } => {
            out.push_str("CREATE USER ");
            words(out, "IF NOT EXISTS ", *if_not_exists);
            user_settings(out, name, Some(password), role.as_ref());
        }
        UserStatement::Alter { name, password, role } => {
            out.push_str("ALTER USER ");
            user_settings(out, name, password.as_ref(), role.as_ref());
        }
        UserStatement::Drop { name, if_exists } => drop(out, "USER", name, *if_exists),
        UserStatement::CreateToken { name, user, validity } => {
            out.push_str("CREATE TOKEN ");
            ident(out, name);
            out.push_str(" FOR USER ");
            ident(out, user);
            if let Some(validity) = validity {
                out.push_str(" VALID FOR ");
                expr::expr(out, validity);
            }
        }
        UserStatement::DropToken { name, if_exists } => drop(out, "TOKEN", name, *if_exists),
    }
}

fn user_settings(out: &mut String, name: &Ident, password: Option<&Expr>, role: Option<&Ident>) {
    ident(out, name);
    if let Some(password) = password {
        out.push_str(" SET PASSWORD ");
        expr::expr(out, password);
    }
    if let Some(role) = role {
        out.push_str(" SET ROLE ");
        ident(out, role);
    }
}

pub(super) fn index_name(out: &mut String, name: &IndexName) {
    match name {
        IndexName::Name(name) => ident(out, name),
        IndexName::Parameter(name) => expr::parameter(out, &name.name),
    }
}
