//! Printing and parsing are inverse to each other, and no text makes the parser panic.

use crate::common::without_spans;
use proptest::prelude::*;
use wend_grammar::ast::ClauseKind;
use wend_grammar::ast::{
    AdditiveOperator, CaseBranch, CaseOperand, CompareOperator, Expr, ExprKind, Ident, Iteration, LabelExpr,
    ListQuantifier, Literal, MapItem, MultiplicativeOperator, OrOperator, Span, StatementKind, StringMatchOperator,
    TypeKind, TypeName,
};
use wend_grammar::{keywords, parse, print, print_expr, split_statements, suggest, tokens};

fn ident() -> impl Strategy<Value = Ident> {
    prop_oneof![
        "[a-z_][a-z0-9_]{0,4}",
        "[ -~]{1,6}",
        proptest::sample::select(keywords()).prop_map(str::to_owned),
        Just("caf\u{e9}".to_owned()),
        Just("a`b".to_owned()),
    ]
    .prop_map(|name| Ident { name, span: Span::default() })
}

fn at(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn leaf() -> impl Strategy<Value = Expr> {
    let literal = prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::Int),
        (-20i64..20).prop_map(Literal::Int),
        Just(Literal::Int(i64::MIN)),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Literal::Float),
        any::<String>().prop_map(Literal::String),
        proptest::collection::vec(any::<u8>(), 0..4).prop_map(Literal::Bytes),
        "[ -~]{0,8}".prop_map(Literal::Date),
        "[ -~]{0,8}".prop_map(Literal::Duration),
    ];
    prop_oneof![
        literal.prop_map(ExprKind::Literal),
        ident().prop_map(|i| ExprKind::Variable(i.name)),
        ident().prop_map(|i| ExprKind::Parameter(i.name)),
    ]
    .prop_map(at)
}

fn label() -> impl Strategy<Value = LabelExpr> {
    let leaf = prop_oneof![ident().prop_map(LabelExpr::Name), Just(LabelExpr::Wildcard(Span::default()))];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|l| LabelExpr::Not(Box::new(l))),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(LabelExpr::And),
            proptest::collection::vec(inner, 2..4).prop_map(LabelExpr::Or),
        ]
    })
}

fn value_type() -> impl Strategy<Value = TypeName> {
    let kind = prop_oneof![
        Just(TypeKind::Bool),
        (proptest::sample::select(&[8u8, 16, 32, 64]), any::<bool>())
            .prop_map(|(bits, unsigned)| TypeKind::Int { bits, unsigned }),
        Just(TypeKind::Float { bits: 32 }),
        Just(TypeKind::String(None)),
        (1u32..1000).prop_map(|length| TypeKind::String(Some(length))),
        Just(TypeKind::ZonedDateTime),
        Just(TypeKind::LocalTime),
        Just(TypeKind::List(None)),
        Just(TypeKind::Vector(Some(3))),
        Just(TypeKind::Any),
        Just(TypeKind::Null),
    ];
    let named = |(kind, not_null)| TypeName { kind, not_null, span: Span::default() };
    let leaf = (kind, any::<bool>()).prop_map(named);
    leaf.prop_recursive(2, 4, 1, move |inner| {
        (inner, any::<bool>()).prop_map(move |(t, not_null)| named((TypeKind::List(Some(Box::new(t))), not_null)))
    })
}

fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}

fn expr() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        let e = || inner.clone();
        let many = || proptest::collection::vec(inner.clone(), 0..3);
        let chain = || proptest::collection::vec(inner.clone(), 2..4);
        let compare = proptest::sample::select(&[
            CompareOperator::Equal,
            CompareOperator::NotEqual,
            CompareOperator::Less,
            CompareOperator::LessOrEqual,
            CompareOperator::Greater,
            CompareOperator::GreaterOrEqual,
        ]);
        let matching = proptest::sample::select(&[
            StringMatchOperator::StartsWith,
            StringMatchOperator::EndsWith,
            StringMatchOperator::Contains,
            StringMatchOperator::Regex,
        ]);
        let operators = prop_oneof![
            e().prop_map(|a| ExprKind::Not(boxed(a))),
            e().prop_map(|a| ExprKind::Negate(boxed(a))),
            e().prop_map(|a| ExprKind::Plus(boxed(a))),
            chain().prop_map(ExprKind::And),
            chain().prop_map(ExprKind::Concat),
            (e(), e(), e(), any::<bool>()).prop_map(|(a, b, c, or)| {
                let operator = if or { OrOperator::Or } else { OrOperator::Xor };
                ExprKind::Or(boxed(a), vec![(operator, b), (OrOperator::Or, c)])
            }),
            (e(), e(), any::<bool>()).prop_map(|(a, b, add)| {
                let operator = if add { AdditiveOperator::Add } else { AdditiveOperator::Subtract };
                ExprKind::Additive(boxed(a), vec![(operator, b)])
            }),
            (e(), e(), any::<bool>()).prop_map(|(a, b, multiply)| {
                let operator = if multiply { MultiplicativeOperator::Multiply } else { MultiplicativeOperator::Modulo };
                ExprKind::Multiplicative(boxed(a), vec![(operator, b)])
            }),
            (compare.clone(), e(), e()).prop_map(|(o, a, b)| ExprKind::Compare(o, boxed(a), boxed(b))),
            (any::<bool>(), e(), e()).prop_map(|(negated, a, b)| ExprKind::In {
                negated,
                item: boxed(a),
                list: boxed(b)
            }),
            (matching, e(), e()).prop_map(|(o, a, b)| ExprKind::StringMatch(o, boxed(a), boxed(b))),
            (any::<bool>(), e()).prop_map(|(negated, a)| ExprKind::IsNull { negated, operand: boxed(a) }),
            (any::<bool>(), e(), any::<Option<bool>>()).prop_map(|(negated, a, value)| ExprKind::IsTruth {
                negated,
                operand: boxed(a),
                value
            }),
            (any::<bool>(), e(), label()).prop_map(|(negated, a, label)| ExprKind::IsLabeled {
                negated,
                operand: boxed(a),
                label
            }),
            (any::<bool>(), e(), value_type()).prop_map(|(negated, a, value_type)| ExprKind::IsTyped {
                negated,
                operand: boxed(a),
                value_type
            }),
            (any::<bool>(), any::<bool>(), e(), e()).prop_map(|(negated, source, a, b)| ExprKind::IsEndpoint {
                negated,
                source,
                node: boxed(a),
                edge: boxed(b),
            }),
        ];
        let others = prop_oneof![
            many().prop_map(ExprKind::List),
            proptest::collection::vec((ident(), e()), 0..3).prop_map(ExprKind::Record),
            many().prop_map(ExprKind::Path),
            (e(), ident()).prop_map(|(a, key)| ExprKind::Property(boxed(a), key)),
            (e(), e()).prop_map(|(a, b)| ExprKind::Index(boxed(a), boxed(b))),
            (e(), proptest::option::of(e()), proptest::option::of(e())).prop_map(|(a, low, high)| ExprKind::Slice(
                boxed(a),
                low.map(boxed),
                high.map(boxed)
            )),
            (e(), value_type()).prop_map(|(a, t)| ExprKind::Cast(boxed(a), t)),
            ("[A-Z]{3,5}_F", any::<bool>(), proptest::collection::vec(inner.clone(), 1..3))
                .prop_map(|(name, distinct, arguments)| { ExprKind::Call { name, distinct, arguments, star: false } }),
            (e(), e()).prop_map(|(a, b)| ExprKind::Call {
                name: "TRIM_LEADING".into(),
                distinct: false,
                arguments: vec![a, b],
                star: false
            }),
            Just(ExprKind::Call { name: "COUNT".into(), distinct: false, arguments: vec![], star: true }),
            (proptest::option::of(e()), e(), compare, e(), proptest::option::of(e())).prop_map(
                |(operand, a, o, b, otherwise)| {
                    let mut when = vec![CaseOperand::Value(a)];
                    if operand.is_some() {
                        when.push(CaseOperand::Compare(o, b.clone()));
                        when.push(CaseOperand::IsNull { negated: true });
                    }
                    ExprKind::Case {
                        operand: operand.map(boxed),
                        branches: vec![CaseBranch { when, then: b }],
                        otherwise: otherwise.map(boxed),
                    }
                }
            ),
            (ident(), e(), e()).prop_map(|(i, a, b)| ExprKind::LetIn(vec![(i, a)], boxed(b))),
            chain().prop_map(ExprKind::Same),
            (e(), ident()).prop_map(|(a, key)| ExprKind::PropertyExists(boxed(a), key)),
        ];
        let quantifier = proptest::sample::select(&[
            ListQuantifier::All,
            ListQuantifier::Any,
            ListQuantifier::None,
            ListQuantifier::Single,
        ]);
        let iteration = || {
            (ident(), e(), e(), e()).prop_map(|(variable, list, condition, body)| Iteration {
                variable,
                list,
                condition: Some(condition),
                body: Some(body),
            })
        };
        let item = prop_oneof![
            Just(MapItem::All),
            ident().prop_map(MapItem::Property),
            (ident(), e()).prop_map(|(key, value)| MapItem::Field(key, value)),
        ];
        let of_cypher = prop_oneof![
            (iteration(), any::<bool>()).prop_map(|(iteration, filtered)| {
                let condition = iteration.condition.clone().filter(|_| filtered);
                ExprKind::Comprehension(Box::new(Iteration { condition, ..iteration }))
            }),
            (quantifier, iteration()).prop_map(|(quantifier, iteration)| {
                ExprKind::Quantified(quantifier, Box::new(Iteration { body: None, ..iteration }))
            }),
            (ident(), e(), iteration()).prop_map(|(accumulator, initial, iteration)| ExprKind::Reduce {
                accumulator,
                initial: boxed(initial),
                iteration: Box::new(Iteration { condition: None, ..iteration }),
            }),
            (ident(), proptest::collection::vec(item, 0..3))
                .prop_map(|(of, items)| { ExprKind::MapProjection(boxed(at(ExprKind::Variable(of.name))), items) }),
            (any::<bool>(), e(), e(), e()).prop_map(|(negated, of, low, high)| ExprKind::Between {
                negated,
                operand: boxed(of),
                low: boxed(low),
                high: boxed(high),
            }),
        ];
        prop_oneof![2 => operators, 2 => others, 1 => of_cypher].prop_map(at)
    })
}

fn parse_expr(text: &str) -> Result<Expr, String> {
    let mut statements =
        parse(&format!("RETURN {text}")).map_err(|e| format!("{e} at {:?} of RETURN {text}", e.span))?;
    let StatementKind::Query(mut query) = statements.remove(0).kind else { return Err("no query".into()) };
    let ClauseKind::Return(mut body) = query.blocks.remove(0).first.clauses.remove(0).kind else {
        return Err("no RETURN".into());
    };
    Ok(body.items.remove(0).expr)
}

/// Words and symbols that make up GQL, in any order.
fn soup() -> impl Strategy<Value = String> {
    const SYMBOLS: &[&str] = &[
        "(", ")", "[", "]", "{", "}", "-[", "]->", "<-[", "]-", "->", "<-", "-", "~", "=", "<", ">", "<>", "+", "*",
        "/", "%", "|", "||", "&", "!", "?", ",", ";", ":", "::", ".", "..", "$p", "n", "'s'", "\"s\"", "`b`", "1",
        "1.5", ".5", "{1,2}", "--", "//", "/*", "*/", "\n", "@", "'", "(n:A)", "-[e:T]->", "RETURN", "MATCH", "CASE",
        "END", "LET", "IN", "NOT", "ANY(", "x IN l", "WHERE", "-->", "=~", "BETWEEN", ".*", "\u{0}", "\u{e9}", "\\",
        "x'0'",
    ];
    let piece = prop_oneof![
        3 => proptest::sample::select(SYMBOLS).prop_map(str::to_owned),
        2 => proptest::sample::select(keywords()).prop_map(str::to_owned),
    ];
    (proptest::collection::vec(piece, 0..40), any::<bool>())
        .prop_map(|(pieces, spaced)| pieces.join(if spaced { " " } else { "" }))
}

fn survives(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(statements) => {
            for statement in &statements {
                let printed = print(statement);
                let again = parse(&printed)
                    .map_err(|e| TestCaseError::fail(format!("{text:?} printed as {printed:?}: {e}")))?;
                prop_assert_eq!(again.len(), 1, "{:?} printed as {:?}", text, printed);
                prop_assert_eq!(print(&again[0]), printed);
            }
        }
        Err(error) => {
            prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{text:?}: {:?}", error.span);
            prop_assert!(!error.message.is_empty());
        }
    }
    let split = split_statements(text);
    prop_assert!(split.statements.iter().all(|r| text.get(r.clone()).is_some_and(|s| !s.trim().is_empty())));
    let mut end = 0;
    for token in tokens(text) {
        prop_assert!(token.span.start >= end && token.span.end > token.span.start);
        prop_assert!(text.get(token.span.start..token.span.end).is_some());
        end = token.span.end;
    }
    let _ = suggest(text, ["match", "return"]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printed_expressions_parse_back(e in expr()) {
        let printed = print_expr(&e);
        let again = parse_expr(&printed).map_err(TestCaseError::fail)?;
        prop_assert_eq!(without_spans(&again), without_spans(&e), "{}", printed);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        survives(&text)?;
    }

    #[test]
    fn no_soup_panics(text in soup()) {
        survives(&text)?;
    }

    #[test]
    fn no_broken_query_panics(cut in 0usize..400, insert in soup(), at in 0usize..400) {
        const QUERY: &str = "MATCH p = ANY SHORTEST TRAIL (a:A&!B {x: -1.5e3})-[e:T WHERE e.w > $w]->{1,3}(b) WHERE EXISTS { (a)->(c) } \
            AND a.name STARTS WITH 'x' OR CASE a.k WHEN 1, > 2 THEN TRUE ELSE FALSE END CALL (a) { RETURN a.x AS y } \
            SET a.x = [1, 2][0], a:C INSERT (a)-[:T {z: DATE '2024-01-01'}]->(:D) RETURN DISTINCT a.`b c`, COUNT(*) AS c \
            GROUP BY a ORDER BY c DESC NULLS LAST OFFSET 1 LIMIT 2 NEXT YIELD c RETURN CAST(c AS LIST<INT> NOT NULL)";
        let at = at.min(QUERY.len());
        let end = (at + cut % 20).min(QUERY.len());
        survives(&format!("{}{}{}", &QUERY[..at], &insert[..insert.char_indices().nth(6).map_or(insert.len(), |(i, _)| i)], &QUERY[end..]))?;
    }
}
