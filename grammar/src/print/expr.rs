//! Expressions.

use super::{dotted, ident, list, pattern, query, quote_identifier, quote_string, statement};
use crate::ast::{
    AdditiveOperator, CaseBranch, CaseOperand, CompareOperator, Expr, ExprKind, Ident, Iteration, Literal, MapItem,
    MultiplicativeOperator, OrOperator, StringMatchOperator, Subquery,
};
use crate::lex::is_word;
use crate::words::{is_function_word, is_reserved};

/// How tightly an expression binds; a higher number is tighter. The order is that of the operators in `build::expr`.
mod level {
    pub const OR: u8 = 0;
    pub const AND: u8 = 1;
    pub const TRUTH: u8 = 2;
    pub const NOT: u8 = 3;
    pub const COMPARE: u8 = 4;
    pub const IS: u8 = 5;
    pub const CONCAT: u8 = 6;
    pub const ADD: u8 = 7;
    pub const MULTIPLY: u8 = 8;
    pub const SIGN: u8 = 9;
    pub const ACCESS: u8 = 10;
    pub const PRIMARY: u8 = 11;
}

/// Operands that need no parentheses.
const NILADIC: &[&str] = &[
    "CURRENT_DATE",
    "CURRENT_GRAPH",
    "CURRENT_PROPERTY_GRAPH",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "HOME_GRAPH",
    "HOME_PROPERTY_GRAPH",
    "LOCAL_DATETIME",
    "LOCAL_TIME",
    "LOCAL_TIMESTAMP",
    "SESSION_USER",
];

fn level_of(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Or(..) => level::OR,
        ExprKind::And(_) => level::AND,
        ExprKind::IsTruth { .. } => level::TRUTH,
        ExprKind::Not(_) => level::NOT,
        ExprKind::Compare(..) | ExprKind::In { .. } | ExprKind::StringMatch(..) => level::COMPARE,
        ExprKind::Between { .. }
        | ExprKind::IsNull { .. }
        | ExprKind::IsLabeled { .. }
        | ExprKind::IsTyped { .. }
        | ExprKind::IsDirected { .. }
        | ExprKind::IsEndpoint { .. }
        | ExprKind::IsNormalized { .. } => level::IS,
        ExprKind::Concat(_) => level::CONCAT,
        ExprKind::Additive(..) => level::ADD,
        ExprKind::Multiplicative(..) => level::MULTIPLY,
        ExprKind::Negate(_) | ExprKind::Plus(_) => level::SIGN,
        ExprKind::Literal(Literal::Int(n)) if *n < 0 => level::SIGN,
        ExprKind::Literal(Literal::Float(n)) if n.is_sign_negative() => level::SIGN,
        ExprKind::Property(..) | ExprKind::Index(..) | ExprKind::Slice(..) => level::ACCESS,
        _ => level::PRIMARY,
    }
}

/// An operand, in parentheses unless it binds at least as tightly as `least`.
fn operand(out: &mut String, e: &Expr, least: u8) {
    if level_of(e) >= least {
        expr(out, e);
    } else {
        out.push('(');
        expr(out, e);
        out.push(')');
    }
}

pub(super) fn exprs(out: &mut String, items: &[Expr]) {
    list(out, items, ", ", expr);
}

/// `not` after IS.
fn is(out: &mut String, e: &Expr, negated: bool, least: u8) {
    operand(out, e, least);
    out.push_str(if negated { " IS NOT " } else { " IS " });
}

pub(super) fn expr(out: &mut String, e: &Expr) {
    match &e.kind {
        ExprKind::Literal(value) => literal(out, value),
        ExprKind::Variable(name) => out.push_str(&quote_identifier(name)),
        ExprKind::Parameter(name) => parameter(out, name),
        ExprKind::List(items) => bracketed(out, "[", items, "]"),
        ExprKind::Record(fields) => record(out, fields),
        ExprKind::Path(items) => bracketed(out, "PATH [", items, "]"),
        ExprKind::Property(of, key) => {
            // A point would become part of the number.
            let number = matches!(of.kind, ExprKind::Literal(Literal::Int(_) | Literal::Float(_)));
            operand(out, of, if number { level::PRIMARY + 1 } else { level::ACCESS });
            out.push('.');
            ident(out, key);
        }
        ExprKind::Index(of, at) => {
            match &of.kind {
                // The word with brackets after it would be a list or a path.
                ExprKind::Variable(name) if ["LIST", "ARRAY", "PATH"].contains(&name.as_str()) => {
                    out.push_str(&format!("`{name}`"));
                }
                _ => operand(out, of, level::ACCESS),
            }
            out.push('[');
            expr(out, at);
            out.push(']');
        }
        ExprKind::Slice(of, low, high) => {
            operand(out, of, level::ACCESS);
            out.push('[');
            if let Some(low) = low {
                expr(out, low);
            }
            out.push_str(" .. ");
            if let Some(high) = high {
                expr(out, high);
            }
            out.push(']');
        }
        ExprKind::Not(of) => {
            out.push_str("NOT ");
            operand(out, of, level::NOT);
        }
        // A second sign would make `--`, a list `-[`, and the sign would be folded into a bare number.
        ExprKind::Negate(of) => {
            let mut inner = String::new();
            operand(&mut inner, of, level::ACCESS);
            let joins = matches!(of.kind, ExprKind::Literal(_)) || inner.starts_with(['-', '[']);
            let inner = if joins && !inner.starts_with('(') { format!("({inner})") } else { inner };
            out.push('-');
            out.push_str(&inner);
        }
        ExprKind::Plus(of) => {
            out.push('+');
            operand(out, of, level::ACCESS);
        }
        ExprKind::And(parts) => list(out, parts, " AND ", |out, e| operand(out, e, level::TRUTH)),
        ExprKind::Or(first, rest) => {
            operand(out, first, level::AND);
            for (operator, e) in rest {
                out.push_str(if *operator == OrOperator::Or { " OR " } else { " XOR " });
                operand(out, e, level::AND);
            }
        }
        ExprKind::Concat(parts) => list(out, parts, " || ", |out, e| operand(out, e, level::ADD)),
        ExprKind::Additive(first, rest) => {
            operand(out, first, level::MULTIPLY);
            for (operator, e) in rest {
                out.push_str(if *operator == AdditiveOperator::Add { " + " } else { " - " });
                operand(out, e, level::MULTIPLY);
            }
        }
        ExprKind::Multiplicative(first, rest) => {
            operand(out, first, level::SIGN);
            for (operator, e) in rest {
                out.push_str(match operator {
                    MultiplicativeOperator::Multiply => " * ",
                    MultiplicativeOperator::Divide => " / ",
                    MultiplicativeOperator::Modulo => " % ",
                });
                operand(out, e, level::SIGN);
            }
        }
        // Without parentheses `(a < b) < c` would be two comparisons.
        ExprKind::Compare(operator, left, right) if inequality(*operator) && is_inequality(left) => {
            operand(out, left, level::IS);
            out.push_str(&format!(" {} ", operator.symbol()));
            operand(out, right, level::IS);
        }
        ExprKind::Compare(operator, left, right) => binary(out, left, operator.symbol(), right),
        ExprKind::In { negated, item, list } => binary(out, item, if *negated { "NOT IN" } else { "IN" }, list),
        ExprKind::StringMatch(operator, left, right) => {
            let operator = match operator {
                StringMatchOperator::StartsWith => "STARTS WITH",
                StringMatchOperator::EndsWith => "ENDS WITH",
                StringMatchOperator::Contains => "CONTAINS",
                StringMatchOperator::Regex => "=~",
            };
            binary(out, left, operator, right);
        }
        ExprKind::Between { negated, operand: of, low, high } => {
            operand(out, of, level::IS);
            out.push_str(if *negated { " NOT BETWEEN " } else { " BETWEEN " });
            operand(out, low, level::CONCAT);
            out.push_str(" AND ");
            operand(out, high, level::CONCAT);
        }
        ExprKind::IsNull { negated, operand } => {
            is(out, operand, *negated, level::IS);
            out.push_str("NULL");
        }
        ExprKind::IsTruth { negated, operand, value } => {
            is(out, operand, *negated, level::TRUTH);
            out.push_str(match value {
                Some(true) => "TRUE",
                Some(false) => "FALSE",
                None => "UNKNOWN",
            });
        }
        ExprKind::IsLabeled { negated, operand, label } => {
            is(out, operand, *negated, level::IS);
            out.push_str("LABELED ");
            pattern::label(out, label);
        }
        ExprKind::IsTyped { negated, operand, value_type } => {
            is(out, operand, *negated, level::IS);
            out.push_str("TYPED ");
            statement::type_name(out, value_type);
        }
        ExprKind::IsDirected { negated, operand } => {
            is(out, operand, *negated, level::IS);
            out.push_str("DIRECTED");
        }
        ExprKind::IsEndpoint { negated, source, node, edge } => {
            is(out, node, *negated, level::IS);
            out.push_str(if *source { "SOURCE OF " } else { "DESTINATION OF " });
            operand(out, edge, level::ACCESS);
        }
        ExprKind::IsNormalized { negated, operand } => {
            is(out, operand, *negated, level::IS);
            out.push_str("NORMALIZED");
        }
        ExprKind::Case { operand, branches, otherwise } => {
            case(out, operand.as_deref(), branches, otherwise.as_deref())
        }
        ExprKind::Cast(of, to) => {
            out.push_str("CAST(");
            expr(out, of);
            out.push_str(" AS ");
            statement::type_name(out, to);
            out.push(')');
        }
        ExprKind::Call { name, distinct, arguments, star } => call(out, name, *distinct, arguments, *star),
        ExprKind::Exists(body) => match &**body {
            Subquery::Condition(pattern) => pattern::graph_pattern(out, pattern),
            body => {
                out.push_str("EXISTS ");
                subquery(out, body);
            }
        },
        ExprKind::Count(body) => {
            out.push_str("COUNT ");
            subquery(out, body);
        }
        ExprKind::Value(body) => {
            out.push_str("VALUE { ");
            query::query(out, body);
            out.push_str(" }");
        }
        ExprKind::Collect(body) => {
            out.push_str("COLLECT { ");
            query::query(out, body);
            out.push_str(" }");
        }
        ExprKind::LetIn(bindings, body) => {
            out.push_str("LET ");
            // IN ends a definition, so that an expression that could contain IN is in parentheses.
            list(out, bindings, ", ", |out, (variable, value)| {
                ident(out, variable);
                out.push_str(" = ");
                operand(out, value, level::ACCESS);
            });
            out.push_str(" IN ");
            expr(out, body);
            out.push_str(" END");
        }
        ExprKind::Same(items) => bracketed(out, "SAME(", items, ")"),
        ExprKind::AllDifferent(items) => bracketed(out, "ALL_DIFFERENT(", items, ")"),
        ExprKind::PropertyExists(of, key) => {
            out.push_str("PROPERTY_EXISTS(");
            expr(out, of);
            out.push_str(", ");
            ident(out, key);
            out.push(')');
        }
        ExprKind::Comprehension(iteration) => {
            out.push('[');
            self::iteration(out, iteration);
            out.push(']');
        }
        ExprKind::Quantified(quantifier, iteration) => {
            out.push_str(quantifier.name());
            out.push('(');
            self::iteration(out, iteration);
            out.push(')');
        }
        ExprKind::Reduce { accumulator, initial, iteration } => {
            out.push_str("REDUCE(");
            ident(out, accumulator);
            out.push_str(" = ");
            operand(out, initial, level::IS);
            out.push_str(", ");
            self::iteration(out, iteration);
            out.push(')');
        }
        ExprKind::PatternComprehension(pattern, body) => {
            out.push('[');
            pattern::graph_pattern(out, pattern);
            out.push_str(" | ");
            expr(out, body);
            out.push(']');
        }
        ExprKind::MapProjection(of, items) => {
            match &of.kind {
                // No word of the language, between backticks.
                ExprKind::Variable(name) if is_reserved(name) => out.push_str(&format!("`{name}`")),
                _ => expr(out, of),
            }
            out.push_str(" {");
            list(out, items, ", ", |out, item| match item {
                MapItem::All => out.push_str(".*"),
                MapItem::Property(key) => {
                    out.push('.');
                    ident(out, key);
                }
                MapItem::Field(key, value) => {
                    ident(out, key);
                    out.push_str(": ");
                    expr(out, value);
                }
            });
            out.push('}');
        }
    }
}

/// `x IN list WHERE condition | body`
fn iteration(out: &mut String, iteration: &Iteration) {
    let Iteration { variable, list, condition, body } = iteration;
    ident(out, variable);
    out.push_str(" IN ");
    // A label or a type before the bar would go on after it.
    operand(out, list, level::CONCAT);
    if let Some(condition) = condition {
        out.push_str(" WHERE (");
        expr(out, condition);
        out.push(')');
    }
    if let Some(body) = body {
        out.push_str(" | ");
        expr(out, body);
    }
}

fn inequality(operator: CompareOperator) -> bool {
    !matches!(operator, CompareOperator::Equal | CompareOperator::NotEqual)
}

fn is_inequality(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Compare(operator, ..) if inequality(operator))
}

/// Comparisons are left associative.
fn binary(out: &mut String, left: &Expr, operator: &str, right: &Expr) {
    operand(out, left, level::COMPARE);
    out.push(' ');
    out.push_str(operator);
    out.push(' ');
    operand(out, right, level::IS);
}

fn bracketed(out: &mut String, open: &str, items: &[Expr], close: &str) {
    out.push_str(open);
    exprs(out, items);
    out.push_str(close);
}

pub(super) fn record(out: &mut String, fields: &[(Ident, Expr)]) {
    out.push('{');
    list(out, fields, ", ", |out, (key, value)| {
        ident(out, key);
        out.push_str(": ");
        expr(out, value);
    });
    out.push('}');
}

pub(super) fn parameter(out: &mut String, name: &str) {
    out.push('$');
    let plain = !name.is_empty() && is_word(&format!("_{name}"));
    if plain { out.push_str(name) } else { out.push_str(&format!("`{}`", name.replace('`', "``"))) }
}

pub(super) fn literal(out: &mut String, literal: &Literal) {
    let temporal = |out: &mut String, word: &str, text: &str| {
        out.push_str(word);
        out.push(' ');
        out.push_str(&quote_string(text));
    };
    match literal {
        Literal::Null => out.push_str("NULL"),
        Literal::Bool(value) => out.push_str(if *value { "TRUE" } else { "FALSE" }),
        Literal::Int(value) => out.push_str(&value.to_string()),
        // The shortest text that reads back to the same bits, always with a point or an exponent.
        Literal::Float(value) => out.push_str(&format!("{value:?}")),
        Literal::String(text) => out.push_str(&quote_string(text)),
        Literal::Bytes(bytes) => {
            out.push_str("X'");
            for byte in bytes {
                out.push_str(&format!("{byte:02X}"));
            }
            out.push('\'');
        }
        Literal::Date(text) => temporal(out, "DATE", text),
        Literal::Time(text) => temporal(out, "TIME", text),
        Literal::DateTime(text) => temporal(out, "DATETIME", text),
        Literal::Duration(text) => temporal(out, "DURATION", text),
    }
}

fn call(out: &mut String, name: &str, distinct: bool, arguments: &[Expr], star: bool) {
    if arguments.is_empty() && !star && NILADIC.contains(&name) {
        out.push_str(name);
        return;
    }
    if let (Some(side), [text, rest @ ..]) = (name.strip_prefix("TRIM_"), arguments)
        && matches!(side, "LEADING" | "TRAILING" | "BOTH")
        && rest.len() <= 1
    {
        out.push_str("TRIM(");
        out.push_str(side);
        out.push(' ');
        if let [characters] = rest {
            expr(out, characters);
            out.push(' ');
        }
        out.push_str("FROM ");
        expr(out, text);
        out.push(')');
        return;
    }
    // The first part of a function's name is a bare word; the others may be any names.
    match name.split_once('.') {
        Some((first, rest)) if is_word(first) && rest.split('.').all(|part| !part.is_empty()) => {
            out.push_str(first);
            for part in rest.split('.') {
                out.push('.');
                out.push_str(&quote_identifier(part));
            }
        }
        Some((first, rest)) if is_word(first) => out.push_str(&format!("{first}.{}", quote_identifier(rest))),
        _ if is_function_word(name) || name == "TRIM" => out.push_str(name),
        _ => dotted(out, name),
    }
    out.push('(');
    if star {
        out.push('*');
    } else {
        if distinct {
            out.push_str("DISTINCT ");
        }
        exprs(out, arguments);
    }
    out.push(')');
}

fn case(out: &mut String, operand: Option<&Expr>, branches: &[CaseBranch], otherwise: Option<&Expr>) {
    out.push_str("CASE");
    if let Some(operand) = operand {
        out.push(' ');
        expr(out, operand);
    }
    for branch in branches {
        out.push_str(" WHEN ");
        list(out, &branch.when, ", ", |out, when| match when {
            CaseOperand::Value(value) => expr(out, value),
            CaseOperand::Compare(operator, value) => {
                out.push_str(operator.symbol());
                out.push(' ');
                expr(out, value);
            }
            CaseOperand::IsNull { negated } => out.push_str(if *negated { "IS NOT NULL" } else { "IS NULL" }),
        });
        out.push_str(" THEN ");
        expr(out, &branch.then);
    }
    if let Some(otherwise) = otherwise {
        out.push_str(" ELSE ");
        expr(out, otherwise);
    }
    out.push_str(" END");
}

fn subquery(out: &mut String, body: &Subquery) {
    out.push_str("{ ");
    match body {
        Subquery::Pattern(pattern) | Subquery::Condition(pattern) => pattern::graph_pattern(out, pattern),
        Subquery::Matches(clauses) => list(out, clauses, " ", query::clause),
        Subquery::Query(query) => query::query(out, query),
    }
    out.push_str(" }");
}
