//! Precedence and every form of expression, read off the canonical text and the tree.

use crate::common::without_spans;
use wend_grammar::ast::{ClauseKind, Expr, ExprKind, Literal, StatementKind};
use wend_grammar::{parse, print_expr};

fn try_expr(text: &str) -> Result<Expr, wend_grammar::SyntaxError> {
    let mut statements = parse(&format!("RETURN {text}"))?;
    let StatementKind::Query(mut query) = statements.remove(0).kind else { panic!("a query") };
    let ClauseKind::Return(mut body) = query.blocks.remove(0).first.clauses.remove(0).kind else { panic!("a RETURN") };
    Ok(body.items.remove(0).expr)
}

fn expr(text: &str) -> Expr {
    try_expr(text).unwrap_or_else(|error| panic!("{text}: {error} at {:?}", error.span))
}

/// The two texts mean the same.
fn same(cases: &[(&str, &str)]) {
    for (left, right) in cases {
        assert_eq!(print_expr(&expr(left)), print_expr(&expr(right)), "{left}");
        assert_eq!(without_spans(&expr(left)), without_spans(&expr(right)), "{left}");
        let printed = print_expr(&expr(left));
        assert_eq!(without_spans(&expr(&printed)), without_spans(&expr(left)), "{left} printed as {printed}");
    }
}

#[test]
fn precedence() {
    same(&[
        ("a OR b AND c", "a OR (b AND c)"),
        ("NOT a AND b", "(NOT a) AND b"),
        ("NOT a = b", "NOT (a = b)"),
        ("NOT a IS NULL", "NOT (a IS NULL)"),
        ("NOT a IS TRUE", "(NOT a) IS TRUE"),
        ("a = b IS TRUE", "(a = b) IS TRUE"),
        ("a AND b IS NOT UNKNOWN", "a AND (b IS NOT UNKNOWN)"),
        ("a = b IS NULL", "a = (b IS NULL)"),
        ("a + b IS NULL", "(a + b) IS NULL"),
        ("a AND b IS NULL", "a AND (b IS NULL)"),
        ("a AND b IN [c]", "a AND (b IN [c])"),
        ("a + b < c * d", "(a + b) < (c * d)"),
        ("a || b = c || d", "(a || b) = (c || d)"),
        ("a + b || c", "(a + b) || c"),
        ("-a * b", "(-a) * b"),
        ("-a.b[0]", "-((a.b)[0])"),
        ("NOT x NOT IN y", "NOT (x NOT IN y)"),
        ("NOT a STARTS WITH b", "NOT (a STARTS WITH b)"),
        ("n:A AND m:B", "(n IS LABELED A) AND (m IS LABELED B)"),
        ("n.x % 2 = 1", "(n.x % 2) = 1"),
        ("a = NOT b AND c", "(a = (NOT b)) AND c"),
        ("x IS NOT NULL = y", "(x IS NOT NULL) = y"),
        ("n IS SOURCE OF e AND m IS NOT DESTINATION OF e", "(n IS SOURCE OF e) AND (m IS NOT DESTINATION OF e)"),
    ]);
    // One level, left associative, kept flat; parentheses are kept apart.
    assert!(matches!(expr("a OR b XOR c").kind, ExprKind::Or(_, rest) if rest.len() == 2));
    assert!(matches!(expr("a OR (b XOR c)").kind, ExprKind::Or(_, rest) if rest.len() == 1));
    assert!(matches!(expr("a - b + c").kind, ExprKind::Additive(_, rest) if rest.len() == 2));
    assert!(matches!(expr("(a - b) + c").kind, ExprKind::Additive(_, rest) if rest.len() == 1));
    assert!(matches!(expr("a AND b AND c").kind, ExprKind::And(parts) if parts.len() == 3));
}

#[test]
fn literals() {
    let literal = |text: &str| match expr(text).kind {
        ExprKind::Literal(literal) => literal,
        other => panic!("{text}: {other:?}"),
    };
    for (text, value) in [
        ("1_000", 1000),
        ("0xFF", 255),
        ("0o17", 15),
        ("0b101", 5),
        ("-1", -1),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("-0x8000000000000000", i64::MIN),
    ] {
        assert_eq!(literal(text), Literal::Int(value), "{text}");
    }
    for (text, value) in [
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("1.5E-1", 0.15),
        ("2f", 2.0),
        ("2.5d", 2.5),
        ("1m", 1.0),
        ("-1.5", -1.5),
    ] {
        assert_eq!(literal(text), Literal::Float(value), "{text}");
    }
    for (text, value) in [
        ("'it''s'", "it's"),
        ("\"it\"\"s\"", "it\"s"),
        (r"'a\n\t\\\'\u00e9\U01F600'", "a\n\t\\'\u{e9}\u{1F600}"),
        (r"'\uD83D\uDE00'", "\u{1F600}"),
        (r"@'a\n''b'", r"a\n'b"),
        ("'-- no comment // /* '", "-- no comment // /* "),
        ("''", ""),
    ] {
        assert_eq!(literal(text), Literal::String(value.to_owned()), "{text}");
    }
    assert_eq!(literal("X'00 fF'"), Literal::Bytes(vec![0, 255]));
    assert_eq!(literal("UNKNOWN"), Literal::Null);
    assert_eq!(literal("true"), Literal::Bool(true));
    assert_eq!(literal("DATE '2024-01-01'"), Literal::Date("2024-01-01".to_owned()));
    assert_eq!(literal("ZONED DATETIME 'x'"), Literal::DateTime("x".to_owned()));
    assert_eq!(literal("TIMESTAMP 'x'"), Literal::DateTime("x".to_owned()));
    assert_eq!(literal("LOCAL TIME 'x'"), Literal::Time("x".to_owned()));
    assert_eq!(literal("DURATION 'P1D'"), Literal::Duration("P1D".to_owned()));
    for text in
        ["9223372036854775808", "-9223372036854775809", "- (9223372036854775808)", "0xFFFFFFFFFFFFFFFFF", "1e999"]
    {
        assert_eq!(try_expr(text).map_err(|e| e.gqlstatus), Err("22003"), "{text}");
    }
    for text in
        ["1__0", "1_", "0x", "1a", "1.5.5", "'\\q'", "'\\u12'", "'\\uD800'", "X'0'", "X'zz'", "1e", "$", "\u{0}"]
    {
        assert_eq!(try_expr(text).map_err(|e| e.gqlstatus), Err("42001"), "{text}");
    }
}

#[test]
fn forms() {
    for (text, printed) in [
        ("CASE x WHEN 1, > 2, IS NOT NULL THEN 'a' ELSE 'b' END", ""),
        ("case when a then b end", "CASE WHEN a THEN b END"),
        ("CASE 1 WHEN -1 THEN 2 END", ""),
        ("CAST(x AS LIST<STRING> NOT NULL)", ""),
        ("CAST(x AS INTEGER LIST)", "CAST(x AS LIST<INT64>)"),
        ("x IS NOT TYPED RECORD {a INT, b ANY VALUE}", "x IS NOT TYPED RECORD {a INT64, b ANY}"),
        ("x IS :: VECTOR(3)", "x IS TYPED VECTOR(3)"),
        ("count(*)", "COUNT(*)"),
        ("COUNT(DISTINCT x)", ""),
        ("sum(ALL x)", "SUM(x)"),
        ("toUpper(n.name)", "TOUPPER(n.name)"),
        ("algo.similarity(a, b)", "ALGO.SIMILARITY(a, b)"),
        ("CURRENT_DATE", ""),
        ("current_timestamp()", "CURRENT_TIMESTAMP"),
        ("DATE('2024-01-01')", ""),
        ("LEFT('abc', 1)", ""),
        ("TRIM(LEADING 'x' FROM s)", ""),
        ("TRIM('x' FROM s)", "TRIM(BOTH 'x' FROM s)"),
        ("TRIM(TRAILING FROM s)", ""),
        ("TRIM(s)", ""),
        ("NORMALIZE(s, NFC)", "NORMALIZE(s, 'NFC')"),
        ("s IS NFC NORMALIZED", "s IS NORMALIZED"),
        ("EXISTS { (a)-[:T]->(b) WHERE a.x = 1 }", ""),
        ("EXISTS ((a)->(b))", "EXISTS { (a)-[]->(b) }"),
        ("EXISTS { MATCH (a) OPTIONAL MATCH (b) }", ""),
        ("exists { MATCH (a) RETURN a }", "EXISTS { MATCH (a) RETURN a }"),
        ("COUNT { p = TRAIL (a)-[]->(b) }", ""),
        ("VALUE { MATCH (n) RETURN COUNT(*) AS c }", ""),
        ("LET x = 1, y = (a IN b) IN x + y END", ""),
        ("SAME(a, b)", ""),
        ("ALL_DIFFERENT(a, b, c)", ""),
        ("PROPERTY_EXISTS(n, count)", "PROPERTY_EXISTS(n, count)"),
        ("PATH [n, e, m]", ""),
        ("LIST [1, 2]", "[1, 2]"),
        ("RECORD {a: 1}", "{a: 1}"),
        ("{count: 1, `a b`: 2, \"c d\": 3}", "{count: 1, `a b`: 2, `c d`: 3}"),
        ("l[0]", ""),
        ("l[1..3]", "l[1 .. 3]"),
        ("l[..3]", "l[ .. 3]"),
        ("l[a..]", "l[a .. ]"),
        ("l[n IS LABELED a|b ..]", "l[n IS LABELED a|b .. ]"),
        ("$x || $1 || $`a b`", ""),
        ("e IS NOT DIRECTED", ""),
        ("n:A|B&C", "n IS LABELED A|B&C"),
        ("n.count.value", ""),
        ("-(-x)", ""),
        ("- -1", "-(-1)"),
        ("1--1", "1 - -1"),
        ("a != b", "a <> b"),
        ("a =~ 'x'", ""),
        ("a ^ 2 ^ b", "POWER(POWER(a, 2), b)"),
        ("a < b <= c", "a < b AND b <= c"),
        ("[x IN l WHERE x > 1 | x * 2]", "[x IN l WHERE (x > 1) | x * 2]"),
        ("[x IN l WHERE x:A | x.name]", "[x IN l WHERE (x IS LABELED A) | x.name]"),
        ("[x IN l WHERE x:A|B | x]", "[x IN l WHERE (x IS LABELED A|B) | x]"),
        ("[(a)-->(b:B) WHERE b.x > 1 | b.x]", "[(a)-[]->(b:B) WHERE b.x > 1 | b.x]"),
        ("[p = (a)--() | p]", "[p = (a)-[]-() | p]"),
        ("any(x IN l WHERE x)", "ANY(x IN l WHERE (x))"),
        ("none(x IN l WHERE x) AND single(x IN l WHERE x)", "NONE(x IN l WHERE (x)) AND SINGLE(x IN l WHERE (x))"),
        ("reduce(s = 0, x IN l | s + x)", "REDUCE(s = 0, x IN l | s + x)"),
        ("p {.x, .*, y: 1, z}", "p {.x, .*, y: 1, z: z}"),
        ("COLLECT { MATCH (n) RETURN n.x }", ""),
        ("(a)-[:R]->(b)", ""),
        ("NOT (a:A {x: 1})<-[:R]-()", "NOT (a:A {x: 1})<-[:R]-()"),
        ("(a) - (b)", "a - b"),
        ("exists(n.x)", "n.x IS NOT NULL"),
        ("x NOT BETWEEN 1 + 1 AND 3 AND y", ""),
        ("x IS TYPED INT64 | STRING", "x IS TYPED INT64 OR x IS TYPED STRING"),
        ("-(1)", ""),
        ("(-1)[0]", ""),
        ("x IN [1] AND x NOT IN []", ""),
        ("node + edge + label + type + graph + source + property + first + last + index + contains + starts", ""),
    ] {
        let printed = if printed.is_empty() { text } else { printed };
        assert_eq!(print_expr(&expr(text)), printed, "{text}");
        assert_eq!(without_spans(&expr(printed)), without_spans(&expr(text)), "{text}");
    }
    for text in [
        "1<-1",
        "a == b",
        "a ** 2",
        "[x | x]",
        "[x IN l, y | x]",
        "NONE(x WHERE y)",
        "REDUCE(x IN l | x)",
        "p {.x y}",
        "x BETWEEN 1",
        "(1, 2)",
        "a AND",
        "NOT",
        "CASE END",
        "CASE WHEN a END",
        "a b",
        "SUM(*)",
        "f(",
        "x IS",
        "x IS NOT",
        "EXISTS {}",
        "EXISTS (n)",
        "{a 1}",
        "{1: 2}",
        "[1,]",
        "TRIM(LEADING s)",
        "CASE WHEN 1, 2 THEN 3 END",
        "(a + 1)-[:T]->(b)",
        "distinct",
        "n.",
        "n..x",
        "CAST(x AS NOPE)",
        "PATH [n",
        "LET x = a IN b",
    ] {
        assert!(try_expr(text).is_err(), "{text}");
    }
}

#[test]
fn column_names_are_the_text() {
    let names = |text: &str| {
        let mut statements = parse(text).expect(text);
        let StatementKind::Query(mut query) = statements.remove(0).kind else { panic!("a query") };
        let ClauseKind::Return(body) = query.blocks.remove(0).first.clauses.pop().expect("a clause").kind else {
            panic!("a RETURN")
        };
        body.items.into_iter().map(|item| item.name).collect::<Vec<_>>()
    };
    assert_eq!(
        names("RETURN  n.x ,count( * ) AS c, 1+\n 2, 'a  b' , `x y`,a /* b */ + c ORDER BY c"),
        ["n.x", "c", "1+ 2", "'a  b'", "x y", "a + c"]
    );
}
