//! Queries and clauses.

use super::{dotted, expr, ident, list, pattern};
use crate::ast::{
    Block, Clause, ClauseKind, IndexSearch, LabelName, Linear, Projection, Query, RemoveItem, SetItem, SetOperatorKind,
    SortItem, TimeView, YieldItem,
};

pub(super) fn query(out: &mut String, query: &Query) {
    list(out, &query.blocks, " NEXT ", block);
}

fn block(out: &mut String, block: &Block) {
    if let Some(items) = &block.yields {
        yields(out, items);
        out.push(' ');
    }
    linear(out, &block.first);
    for (operator, next) in &block.rest {
        out.push_str(match operator.kind {
            SetOperatorKind::Union => " UNION ",
            SetOperatorKind::Except => " EXCEPT ",
            SetOperatorKind::Intersect => " INTERSECT ",
            SetOperatorKind::Otherwise => " OTHERWISE ",
        });
        if operator.all {
            out.push_str("ALL ");
        }
        linear(out, next);
    }
}

fn linear(out: &mut String, linear: &Linear) {
    clauses(out, &linear.clauses);
}

pub(super) fn clauses(out: &mut String, clauses: &[Clause]) {
    list(out, clauses, " ", clause);
}

pub(super) fn yields(out: &mut String, items: &[YieldItem]) {
    out.push_str("YIELD ");
    list(out, items, ", ", |out, item| {
        ident(out, &item.name);
        if let Some(alias) = &item.alias {
            out.push_str(" AS ");
            ident(out, alias);
        }
    });
}

fn optional(out: &mut String, optional: bool) {
    if optional {
        out.push_str("OPTIONAL ");
    }
}

/// What of the graph is seen, by time.
fn time_view(out: &mut String, view: &TimeView) {
    if let Some(after) = &view.after {
        out.push_str(" AFTER ");
        expr::expr(out, after);
    }
    out.push_str(" AS OF ");
    expr::expr(out, &view.until);
    if let Some(property) = &view.property {
        out.push_str(" BY ");
        ident(out, property);
    }
}

fn index_search(out: &mut String, search: &IndexSearch) {
    out.push_str(" SEARCH ");
    ident(out, &search.variable);
    out.push_str(if search.full_text { " IN (FULLTEXT INDEX " } else { " IN (VECTOR INDEX " });
    super::statement::index_name(out, &search.index);
    out.push_str(" FOR ");
    expr::expr(out, &search.sought);
    if let Some(condition) = &search.condition {
        out.push_str(" WHERE ");
        expr::expr(out, condition);
    }
    out.push_str(" LIMIT ");
    expr::expr(out, &search.limit);
    out.push(')');
    if let Some(score) = &search.score {
        out.push_str(" SCORE AS ");
        ident(out, score);
    }
    if let Some(condition) = &search.then {
        out.push_str(" WHERE ");
        expr::expr(out, condition);
    }
}

pub(super) fn clause(out: &mut String, clause: &Clause) {
    match &clause.kind {
        ClauseKind::Use { graph, view } => {
            out.push_str("USE ");
            super::statement::graph_name(out, graph);
            if let Some(view) = view {
                time_view(out, view);
            }
        }
        ClauseKind::Match { optional: o, pattern } => {
            optional(out, *o);
            out.push_str("MATCH ");
            pattern::graph_pattern(out, pattern);
        }
        ClauseKind::Search { optional: o, pattern, search } => {
            optional(out, *o);
            out.push_str("MATCH ");
            pattern::graph_pattern(out, pattern);
            index_search(out, search);
        }
        ClauseKind::OptionalBlock(body) => {
            out.push_str("OPTIONAL { ");
            clauses(out, body);
            out.push_str(" }");
        }
        ClauseKind::Filter(condition) => {
            out.push_str("FILTER ");
            expr::expr(out, condition);
        }
        ClauseKind::Let(bindings) => {
            out.push_str("LET ");
            list(out, bindings, ", ", |out, (variable, value)| {
                ident(out, variable);
                out.push_str(" = ");
                expr::expr(out, value);
            });
        }
        ClauseKind::For { variable, list, counter } => {
            out.push_str("FOR ");
            ident(out, variable);
            out.push_str(" IN ");
            expr::expr(out, list);
            if let Some(counter) = counter {
                out.push_str(if counter.from_zero { " WITH OFFSET " } else { " WITH ORDINALITY " });
                ident(out, &counter.variable);
            }
        }
        ClauseKind::OrderBy(items) => order_by(out, items),
        ClauseKind::Offset(rows) => {
            out.push_str("OFFSET ");
            expr::expr(out, rows);
        }
        ClauseKind::Limit(rows) => {
            out.push_str("LIMIT ");
            expr::expr(out, rows);
        }
        ClauseKind::Insert(paths) => {
            out.push_str("INSERT ");
            list(out, paths, ", ", pattern::insert_path);
        }
        ClauseKind::Merge { paths, on_create, on_match, upsert } => {
            out.push_str(if *upsert { "UPSERT " } else { "MERGE " });
            list(out, paths, ", ", pattern::insert_path);
            for (when, items) in [(" ON CREATE SET ", on_create), (" ON MATCH SET ", on_match)] {
                if !items.is_empty() {
                    out.push_str(when);
                    list(out, items, ", ", set_item);
                }
            }
        }
        ClauseKind::Set(items) => {
            out.push_str("SET ");
            list(out, items, ", ", set_item);
        }
        ClauseKind::Remove(items) => {
            out.push_str("REMOVE ");
            list(out, items, ", ", remove_item);
        }
        ClauseKind::Delete { detach, items } => {
            out.push_str(if *detach { "DETACH DELETE " } else { "DELETE " });
            expr::exprs(out, items);
        }
        ClauseKind::Call { optional: o, name, arguments, yields: y } => {
            optional(out, *o);
            out.push_str("CALL ");
            dotted(out, &name.name);
            out.push('(');
            expr::exprs(out, arguments);
            out.push(')');
            if let Some(items) = y {
                out.push(' ');
                yields(out, items);
            }
        }
        ClauseKind::CallQuery { optional: o, scope, query: body, in_transactions } => {
            optional(out, *o);
            out.push_str("CALL ");
            if let Some(scope) = scope {
                out.push('(');
                list(out, scope, ", ", ident);
                out.push_str(") ");
            }
            nested(out, body);
            if *in_transactions {
                out.push_str(" IN TRANSACTIONS");
            }
        }
        ClauseKind::Foreach { variable, list: of, changes } => {
            out.push_str("FOREACH (");
            ident(out, variable);
            out.push_str(" IN ");
            expr::expr(out, of);
            out.push_str(" | ");
            clauses(out, changes);
            out.push(')');
        }
        ClauseKind::LoadCsv { parquet, headers, from, variable, separator } => {
            out.push_str(match (parquet, headers) {
                (true, _) => "LOAD PARQUET FROM ",
                (false, true) => "LOAD CSV WITH HEADERS FROM ",
                (false, false) => "LOAD CSV FROM ",
            });
            expr::expr(out, from);
            out.push_str(" AS ");
            ident(out, variable);
            if let Some(separator) = separator {
                out.push_str(" FIELDTERMINATOR ");
                expr::expr(out, separator);
            }
        }
        ClauseKind::Return(body) => {
            out.push_str("RETURN ");
            projection(out, body);
        }
        ClauseKind::With(body) => {
            out.push_str("WITH ");
            projection(out, body);
        }
        ClauseKind::Finish => out.push_str("FINISH"),
        ClauseKind::Nested(body) => nested(out, body),
    }
}

fn nested(out: &mut String, body: &Query) {
    out.push_str("{ ");
    query(out, body);
    out.push_str(" }");
}

fn order_by(out: &mut String, items: &[SortItem]) {
    out.push_str("ORDER BY ");
    list(out, items, ", ", |out, item| {
        expr::expr(out, &item.expr);
        if item.descending {
            out.push_str(" DESC");
        }
        match item.nulls_first {
            Some(true) => out.push_str(" NULLS FIRST"),
            Some(false) => out.push_str(" NULLS LAST"),
            None => {}
        }
    });
}

fn projection(out: &mut String, body: &Projection) {
    if body.distinct {
        out.push_str("DISTINCT ");
    }
    if body.star {
        out.push('*');
        if !body.items.is_empty() {
            out.push_str(", ");
        }
    }
    list(out, &body.items, ", ", |out, item| {
        expr::expr(out, &item.expr);
        if let Some(alias) = &item.alias {
            out.push_str(" AS ");
            ident(out, alias);
        }
    });
    if let Some(keys) = &body.group_by {
        out.push_str(" GROUP BY ");
        if keys.is_empty() { out.push_str("()") } else { expr::exprs(out, keys) }
    }
    if !body.order_by.is_empty() {
        out.push(' ');
        order_by(out, &body.order_by);
    }
    for (word, rows) in [(" OFFSET ", &body.offset), (" LIMIT ", &body.limit)] {
        if let Some(rows) = rows {
            out.push_str(word);
            expr::expr(out, rows);
        }
    }
}

fn set_item(out: &mut String, item: &SetItem) {
    match item {
        SetItem::Property { element, key, value } => {
            ident(out, element);
            out.push('.');
            ident(out, key);
            out.push_str(" = ");
            expr::expr(out, value);
        }
        SetItem::Properties { element, value, add } => {
            ident(out, element);
            out.push_str(if *add { " += " } else { " = " });
            expr::expr(out, value);
        }
        SetItem::Keyed { element, key, value } => {
            ident(out, element);
            out.push('[');
            expr::expr(out, key);
            out.push_str("] = ");
            expr::expr(out, value);
        }
        SetItem::Labels { element, labels } => {
            ident(out, element);
            label_names(out, labels);
        }
    }
}

fn label_names(out: &mut String, labels: &[LabelName]) {
    out.push(':');
    list(out, labels, "&", |out, label| match label {
        LabelName::Name(name) => ident(out, name),
        LabelName::Dynamic(name) => {
            out.push_str("$(");
            expr::expr(out, name);
            out.push(')');
        }
    });
}

fn remove_item(out: &mut String, item: &RemoveItem) {
    match item {
        RemoveItem::Property { element, key } => {
            ident(out, element);
            out.push('.');
            ident(out, key);
        }
        RemoveItem::Keyed { element, key } => {
            ident(out, element);
            out.push('[');
            expr::expr(out, key);
            out.push(']');
        }
        RemoveItem::Labels { element, labels } => {
            ident(out, element);
            label_names(out, labels);
        }
    }
}
