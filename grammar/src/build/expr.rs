//! Expressions: operators by precedence, and operands.

use std::sync::LazyLock;

use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::{
    Cx, P, each, has, incomplete, inner, insert, iterate, literal, name, next, pattern, predicate, query, span, special,
};
use crate::ast::{
    AdditiveOperator, CompareOperator, Expr, ExprKind, Ident, Literal, MultiplicativeOperator, OrOperator, Span,
    StringMatchOperator,
};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;

/// The operators, loosest first. The IS predicates bind tighter than comparison and looser than `||`: `a = b IS NULL`
/// reads as in ISO and in Cypher, and `a + b IS NULL` asks about the sum.
static PRATT: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::op_or) | left(Rule::op_xor))
        .op(left(Rule::op_and))
        .op(Op::postfix(Rule::is_truth))
        .op(Op::prefix(Rule::op_not))
        .op(left(Rule::op_equal)
            | left(Rule::op_not_equal)
            | left(Rule::op_less)
            | left(Rule::op_less_equal)
            | left(Rule::op_greater)
            | left(Rule::op_greater_equal)
            | left(Rule::op_in)
            | left(Rule::op_starts)
            | left(Rule::op_ends)
            | left(Rule::op_contains)
            | left(Rule::op_regex))
        .op(Op::postfix(Rule::is_test) | Op::postfix(Rule::between))
        .op(left(Rule::op_concat))
        .op(left(Rule::op_add) | left(Rule::op_subtract))
        .op(left(Rule::op_multiply) | left(Rule::op_divide) | left(Rule::op_modulo))
        .op(left(Rule::op_power))
        .op(Op::prefix(Rule::op_minus) | Op::prefix(Rule::op_plus))
        .op(Op::postfix(Rule::property_access) | Op::postfix(Rule::index_access) | Op::postfix(Rule::label_test))
});

/// An expression that is not complete yet.
struct Node {
    expr: Expr,
    /// An n-ary chain without parentheses, which the next operator of its level may extend.
    open: bool,
    /// A number literal, into which a minus sign is folded.
    number: bool,
    /// The number 9223372036854775808, which is valid only after a minus sign.
    min: bool,
    /// A comparison by `<`, `<=`, `>` or `>=` without parentheses, or several, which another one goes on from.
    chained: bool,
}

impl Node {
    fn closed(expr: Expr) -> Self {
        Self { expr, open: false, number: false, min: false, chained: false }
    }

    fn open(kind: ExprKind, span: Span) -> Self {
        Self { expr: Expr { kind, span }, open: true, number: false, min: false, chained: false }
    }

    fn finish(self) -> Result<Expr> {
        if self.min { Err(literal::too_large("9223372036854775808", self.expr.span)) } else { Ok(self.expr) }
    }
}

/// An expression.
pub(super) fn expr(cx: &Cx, pair: P<'_>) -> Result<Expr> {
    let at = span(&pair);
    let pairs: Vec<P<'_>> = pair.into_inner().collect();
    let levels = 1 + chain(&pairs);
    cx.deeper(levels, at, || {
        PRATT
            .map_primary(|p| primary(cx, p))
            .map_prefix(|op, operand| prefix(&op, operand?))
            .map_postfix(|operand, op| postfix(cx, operand?.finish()?, op).map(Node::closed))
            .map_infix(|left, op, right| infix(left?, &op, right?.finish()?))
            .parse(pairs.into_iter())?
            .finish()
    })
}

/// The depth that these operators add to their operands. Chains of AND, OR, `+`, `*` and `||` are flat; comparisons, IS
/// and NOT nest within one operand of AND or OR; accesses and signs within one operand.
fn chain(pairs: &[P<'_>]) -> usize {
    let (mut deepest, mut segment, mut inner, mut run) = (0, 0usize, 0usize, 0usize);
    for pair in pairs {
        match pair.as_rule() {
            Rule::op_and | Rule::op_or | Rule::op_xor => {
                deepest = deepest.max(segment + inner.max(run));
                (segment, inner, run) = (0, 0, 0);
            }
            Rule::op_add
            | Rule::op_subtract
            | Rule::op_multiply
            | Rule::op_divide
            | Rule::op_modulo
            | Rule::op_concat => {
                inner = inner.max(run);
                run = 0;
            }
            Rule::op_power
            | Rule::op_minus
            | Rule::op_plus
            | Rule::property_access
            | Rule::index_access
            | Rule::label_test => run += 1,
            Rule::op_not | Rule::is_truth | Rule::is_test | Rule::between => segment += 1,
            rule if is_comparison(rule) => {
                segment += 1;
                inner = inner.max(run);
                run = 0;
            }
            _ => {}
        }
    }
    deepest.max(segment + inner.max(run))
}

fn is_comparison(rule: Rule) -> bool {
    compare_operator(rule).is_some()
        || matches!(rule, Rule::op_in | Rule::op_starts | Rule::op_ends | Rule::op_contains | Rule::op_regex)
}

/// The comparison of a rule.
pub(super) fn compare_operator(rule: Rule) -> Option<CompareOperator> {
    Some(match rule {
        Rule::op_equal => CompareOperator::Equal,
        Rule::op_not_equal => CompareOperator::NotEqual,
        Rule::op_less => CompareOperator::Less,
        Rule::op_less_equal => CompareOperator::LessOrEqual,
        Rule::op_greater => CompareOperator::Greater,
        Rule::op_greater_equal => CompareOperator::GreaterOrEqual,
        _ => return None,
    })
}

fn prefix(op: &P<'_>, mut operand: Node) -> Result<Node> {
    let at = Span { start: op.as_span().start(), end: operand.expr.span.end };
    match op.as_rule() {
        Rule::op_minus if operand.number => {
            operand.expr.span = at;
            match &mut operand.expr.kind {
                ExprKind::Literal(Literal::Int(value)) => *value = if operand.min { i64::MIN } else { -*value },
                ExprKind::Literal(Literal::Float(value)) => *value = -*value,
                _ => return Err(incomplete(at)),
            }
            Ok(Node::closed(operand.expr))
        }
        rule => {
            let inner = Box::new(operand.finish()?);
            let kind = match rule {
                Rule::op_minus => ExprKind::Negate(inner),
                Rule::op_plus => ExprKind::Plus(inner),
                _ => ExprKind::Not(inner),
            };
            Ok(Node::closed(Expr { kind, span: at }))
        }
    }
}

fn postfix(cx: &Cx, operand: Expr, op: P<'_>) -> Result<Expr> {
    let at = Span { start: operand.span.start, end: span(&op).end };
    let operand = Box::new(operand);
    let kind = match op.as_rule() {
        Rule::property_access => ExprKind::Property(operand, name::ident(&inner(op, Rule::name)?)?),
        Rule::index_access => index(cx, operand, op)?,
        Rule::label_test => {
            if let Some(properties) = op.clone().into_inner().find(|p| p.as_rule() == Rule::properties) {
                return Err(SyntaxError::new(span(&properties), "properties in braces belong to a pattern")
                    .hint("compare the property: `n.key = value`"));
            }
            let label = pattern::label(cx, inner(op, Rule::label_expr)?)?;
            ExprKind::IsLabeled { negated: false, operand, label }
        }
        Rule::between => between(cx, operand, op)?,
        _ => predicate::predicate(cx, operand, op)?,
    };
    Ok(Expr { kind, span: at })
}

/// `x [NOT] BETWEEN low AND high`
fn between(cx: &Cx, operand: Box<Expr>, pair: P<'_>) -> Result<ExprKind> {
    let at = span(&pair);
    let negated = has(&pair, Rule::not);
    let mut bounds = each(pair, Rule::between_bound, |bound| expr(cx, bound))?.into_iter();
    let (Some(low), Some(high)) = (bounds.next(), bounds.next()) else { return Err(incomplete(at)) };
    Ok(ExprKind::Between { negated, operand, low: Box::new(low), high: Box::new(high) })
}

fn index(cx: &Cx, list: Box<Expr>, pair: P<'_>) -> Result<ExprKind> {
    let at = span(&pair);
    let (mut low, mut high, mut slice) = (None, None, false);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::dots => slice = true,
            _ if slice => high = Some(Box::new(expr(cx, part)?)),
            _ => low = Some(Box::new(expr(cx, part)?)),
        }
    }
    if slice {
        return Ok(ExprKind::Slice(list, low, high));
    }
    Ok(ExprKind::Index(list, low.ok_or_else(|| incomplete(at))?))
}

fn infix(left: Node, op: &P<'_>, right: Expr) -> Result<Node> {
    let rule = op.as_rule();
    let open = left.open;
    let chained = left.chained && is_inequality(rule);
    let left = left.finish()?;
    let at = Span { start: left.span.start, end: right.span.end };
    let Expr { kind, span: left_span } = left;
    let again = |kind| Expr { kind, span: left_span };
    let kind = match rule {
        Rule::op_and => match kind {
            ExprKind::And(mut parts) if open => {
                parts.push(right);
                ExprKind::And(parts)
            }
            kind => ExprKind::And(vec![again(kind), right]),
        },
        Rule::op_concat => match kind {
            ExprKind::Concat(mut parts) if open => {
                parts.push(right);
                ExprKind::Concat(parts)
            }
            kind => ExprKind::Concat(vec![again(kind), right]),
        },
        Rule::op_or | Rule::op_xor => {
            let operator = if rule == Rule::op_or { OrOperator::Or } else { OrOperator::Xor };
            match kind {
                ExprKind::Or(first, mut rest) if open => {
                    rest.push((operator, right));
                    ExprKind::Or(first, rest)
                }
                kind => ExprKind::Or(Box::new(again(kind)), vec![(operator, right)]),
            }
        }
        Rule::op_add | Rule::op_subtract => {
            let operator = if rule == Rule::op_add { AdditiveOperator::Add } else { AdditiveOperator::Subtract };
            match kind {
                ExprKind::Additive(first, mut rest) if open => {
                    rest.push((operator, right));
                    ExprKind::Additive(first, rest)
                }
                kind => ExprKind::Additive(Box::new(again(kind)), vec![(operator, right)]),
            }
        }
        Rule::op_multiply | Rule::op_divide | Rule::op_modulo => {
            let operator = match rule {
                Rule::op_multiply => MultiplicativeOperator::Multiply,
                Rule::op_divide => MultiplicativeOperator::Divide,
                _ => MultiplicativeOperator::Modulo,
            };
            match kind {
                ExprKind::Multiplicative(first, mut rest) if open => {
                    rest.push((operator, right));
                    ExprKind::Multiplicative(first, rest)
                }
                kind => ExprKind::Multiplicative(Box::new(again(kind)), vec![(operator, right)]),
            }
        }
        Rule::op_power => {
            let arguments = vec![again(kind), right];
            let kind = ExprKind::Call { name: "POWER".to_owned(), distinct: false, arguments, star: false };
            return Ok(Node::closed(Expr { kind, span: at }));
        }
        _ if chained => return chain_on(op, kind, right, at),
        _ => {
            return Ok(Node {
                chained: is_inequality(rule),
                ..Node::closed(Expr { kind: comparison(op, again(kind), right)?, span: at })
            });
        }
    };
    Ok(Node::open(kind, at))
}

fn is_inequality(rule: Rule) -> bool {
    matches!(rule, Rule::op_less | Rule::op_less_equal | Rule::op_greater | Rule::op_greater_equal)
}

/// `1 < x < 5` (Cypher): each of the comparisons holds. GQL has no comparison of a comparison without parentheses.
fn chain_on(op: &P<'_>, left: ExprKind, right: Expr, at: Span) -> Result<Node> {
    let mut parts = match left {
        ExprKind::And(parts) => parts,
        kind => vec![Expr { kind, span: at }],
    };
    let Some(ExprKind::Compare(_, _, middle)) = parts.last().map(|part| &part.kind) else { return Err(incomplete(at)) };
    let middle = (**middle).clone();
    if crate::print_expr(&middle).to_ascii_uppercase().contains("RAND") {
        return Err(SyntaxError::new(
            middle.span,
            "a random value in the middle of `a < b < c` would be computed twice",
        )
        .hint("compute it with LET before"));
    }
    let span = Span { start: middle.span.start, end: right.span.end };
    parts.push(Expr { kind: comparison(op, middle, right)?, span });
    Ok(Node { chained: true, ..Node::closed(Expr { kind: ExprKind::And(parts), span: at }) })
}

fn comparison(op: &P<'_>, left: Expr, right: Expr) -> Result<ExprKind> {
    let (left, right) = (Box::new(left), Box::new(right));
    if let Some(operator) = compare_operator(op.as_rule()) {
        return Ok(ExprKind::Compare(operator, left, right));
    }
    Ok(match op.as_rule() {
        Rule::op_in => ExprKind::In { negated: has(op, Rule::not_in), item: left, list: right },
        Rule::op_starts => ExprKind::StringMatch(StringMatchOperator::StartsWith, left, right),
        Rule::op_ends => ExprKind::StringMatch(StringMatchOperator::EndsWith, left, right),
        Rule::op_contains => ExprKind::StringMatch(StringMatchOperator::Contains, left, right),
        Rule::op_regex => ExprKind::StringMatch(StringMatchOperator::Regex, left, right),
        _ => return Err(incomplete(span(op))),
    })
}

/// A number where no sign is possible.
pub(super) fn number(pair: &P<'_>) -> Result<ExprKind> {
    let text = pair.as_str().trim_end();
    match literal::number(text, span(pair))? {
        literal::Number::Value(value) => Ok(ExprKind::Literal(value)),
        literal::Number::MinMagnitude => Err(literal::too_large(text, span(pair))),
    }
}

fn primary(cx: &Cx, pair: P<'_>) -> Result<Node> {
    if pair.as_rule() == Rule::number {
        let at = span(&pair);
        let (value, min) = match literal::number(pair.as_str().trim_end(), at)? {
            literal::Number::Value(value) => (value, false),
            literal::Number::MinMagnitude => (Literal::Int(i64::MAX), true),
        };
        return Ok(Node {
            expr: Expr { kind: ExprKind::Literal(value), span: at },
            open: false,
            number: true,
            min,
            chained: false,
        });
    }
    operand(cx, pair).map(Node::closed)
}

/// An operand with its accesses, as `IS SOURCE OF` takes it.
pub(super) fn reference(cx: &Cx, pair: P<'_>) -> Result<Expr> {
    let at = span(&pair);
    let parts: Vec<P<'_>> = pair.into_inner().collect();
    cx.deeper(parts.len(), at, || {
        let mut parts = parts.into_iter();
        let mut result = primary(cx, parts.next().ok_or_else(|| incomplete(at))?)?.finish()?;
        for part in parts {
            result = postfix(cx, result, part)?;
        }
        Ok(result)
    })
}

fn operand(cx: &Cx, pair: P<'_>) -> Result<Expr> {
    let at = span(&pair);
    let exprs = |pair: P<'_>| each(pair, Rule::expr, |p| expr(cx, p));
    let kind = match pair.as_rule() {
        Rule::string => ExprKind::Literal(Literal::String(literal::string(&pair)?)),
        Rule::byte_string => ExprKind::Literal(literal::bytes(&pair)?),
        Rule::null => ExprKind::Literal(Literal::Null),
        Rule::boolean => ExprKind::Literal(Literal::Bool(has(&pair, Rule::k_true))),
        Rule::temporal => ExprKind::Literal(literal::temporal(pair)?),
        Rule::param => ExprKind::Parameter(name::parameter(&pair)?.name),
        Rule::variable | Rule::word_variable => ExprKind::Variable(variable(pair)?.name),
        Rule::parenthesised => return iterate::parenthesised(cx, pair),
        Rule::list => iterate::list(cx, pair)?,
        Rule::collect_query => ExprKind::Collect(Box::new(query::query(cx, inner(pair, Rule::query)?)?)),
        Rule::list_predicate => iterate::list_predicate(cx, pair)?,
        Rule::map_projection => iterate::map_projection(cx, pair)?,
        Rule::list_words | Rule::path_value => words_in_brackets(pair, exprs)?,
        Rule::record => ExprKind::Record(insert::properties(cx, pair)?),
        Rule::record_words => ExprKind::Record(insert::properties(cx, inner(pair, Rule::record)?)?),
        Rule::same => ExprKind::Same(exprs(pair)?),
        Rule::all_different => ExprKind::AllDifferent(exprs(pair)?),
        Rule::property_exists => {
            let key = name::ident(&inner(pair.clone(), Rule::name)?)?;
            ExprKind::PropertyExists(Box::new(expr(cx, inner(pair, Rule::expr)?)?), key)
        }
        Rule::value_query => ExprKind::Value(Box::new(query::query(cx, inner(pair, Rule::query)?)?)),
        Rule::count_query => ExprKind::Count(Box::new(special::subquery(cx, pair)?)),
        Rule::exists_value => exists_value(cx, pair)?,
        Rule::exists => ExprKind::Exists(Box::new(special::subquery(cx, inner(pair, Rule::subquery)?)?)),
        Rule::case => special::case(cx, pair)?,
        Rule::cast => special::cast(cx, pair)?,
        Rule::trim => special::trim(cx, pair)?,
        Rule::let_in => special::let_in(cx, pair)?,
        Rule::call => special::call(cx, pair)?,
        Rule::niladic_value => ExprKind::Call {
            name: pair.as_str().trim_end().to_ascii_uppercase(),
            distinct: false,
            arguments: Vec::new(),
            star: false,
        },
        _ => return Err(SyntaxError::new(at, "an expression is expected here")),
    };
    Ok(Expr { kind, span: at })
}

/// `exists(n.key)` (Cypher): whether there is a value.
fn exists_value(cx: &Cx, pair: P<'_>) -> Result<ExprKind> {
    let value = expr(cx, inner(pair, Rule::expr)?)?;
    match value.kind {
        ExprKind::Property(..) | ExprKind::Index(..) => {
            Ok(ExprKind::IsNull { negated: true, operand: Box::new(value) })
        }
        _ => Err(SyntaxError::new(value.span, "EXISTS takes a pattern or a query in braces, or a property")
            .hint("write EXISTS { (a)-[:Label]->(b) }, or n.key IS NOT NULL")),
    }
}

/// `LIST [a, b]`, `ARRAY [a]`, `PATH [n]`. With one element, `list[0]` is more likely an element of a variable; the
/// binder knows whether there is such a variable. In capitals it is the keyword.
fn words_in_brackets(pair: P<'_>, exprs: impl Fn(P<'_>) -> Result<Vec<Expr>>) -> Result<ExprKind> {
    let at = span(&pair);
    let text = pair.as_str();
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_owned();
    let path = pair.as_rule() == Rule::path_value;
    let mut items = exprs(pair)?;
    if items.len() == 1 && word != word.to_ascii_uppercase() {
        let span = Span { start: at.start, end: at.start + word.len() };
        let list = Expr { kind: ExprKind::Variable(word), span };
        return Ok(ExprKind::Index(Box::new(list), Box::new(items.remove(0))));
    }
    Ok(if path { ExprKind::Path(items) } else { ExprKind::List(items) })
}

fn variable(pair: P<'_>) -> Result<Ident> {
    let at = span(&pair);
    name::ident(&next(&mut pair.into_inner(), at)?)
}
