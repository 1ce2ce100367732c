//! Printing the tree as canonical text: one line, keywords in upper case, parentheses only where precedence requires
//! them.

mod expr;
mod pattern;
mod query;
mod statement;

use crate::ast::{Clause, Expr, Ident, LabelExpr, Query, Statement, TypeName};
use crate::lex::is_word;
use crate::words::{is_hard, is_reserved};

/// The canonical text of a statement, without `;`; parsing it gives the statement again.
pub fn print(statement: &Statement) -> String {
    let mut out = String::new();
    statement::statement(&mut out, statement);
    out
}

/// The canonical text of a query.
pub fn print_query(query: &Query) -> String {
    let mut out = String::new();
    query::query(&mut out, query);
    out
}

/// The canonical text of a clause.
pub fn print_clause(clause: &Clause) -> String {
    let mut out = String::new();
    query::clause(&mut out, clause);
    out
}

/// The canonical text of an expression.
pub fn print_expr(expr: &Expr) -> String {
    let mut out = String::new();
    expr::expr(&mut out, expr);
    out
}

/// The canonical text of a label expression.
pub fn print_label(label: &LabelExpr) -> String {
    let mut out = String::new();
    pattern::label(&mut out, label);
    out
}

/// The canonical text of a type.
pub fn print_type(value_type: &TypeName) -> String {
    let mut out = String::new();
    statement::type_name(&mut out, value_type);
    out
}

/// An identifier that is valid everywhere: bare when it can be a variable, otherwise between backticks.
pub fn quote_identifier(name: &str) -> String {
    if is_word(name) && !is_hard(name) { name.to_owned() } else { quoted(name) }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A string literal.
pub fn quote_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\U{:06X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

fn ident(out: &mut String, ident: &Ident) {
    out.push_str(&quote_identifier(&ident.name));
}

/// Names joined by points, each quoted on its own.
fn dotted(out: &mut String, name: &str) {
    // A name may have points within backticks; quoted as one, it stays the same.
    if name.split('.').any(str::is_empty) {
        out.push_str(&quote_identifier(name));
        return;
    }
    // The name of a procedure cannot begin with a reserved word.
    let part = |part: &str| if is_reserved(part) { quoted(part) } else { quote_identifier(part) };
    let parts: Vec<String> = name.split('.').map(part).collect();
    out.push_str(&parts.join("."));
}

fn list<T>(out: &mut String, items: &[T], separator: &str, mut each: impl FnMut(&mut String, &T)) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        each(out, item);
    }
}
