//! Long, deep or hostile text: a result or an error, on a stack of 2 MB, and never a crash.

use wend_grammar::ast::{ClauseKind, ExprKind, StatementKind};
use wend_grammar::{MAX_DEPTH, SyntaxError, parse, print};

/// Runs on a thread with the stack that Rust gives a thread by default.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread");
    thread.join().expect("no panic and no overflow");
}

fn error(text: &str) -> SyntaxError {
    match parse(text) {
        Ok(_) => panic!("accepted: {}", &text[..text.len().min(200)]),
        Err(error) => error,
    }
}

/// Nested text, once for each kind of nesting: `open` and `close` repeated around `core`.
const NESTS: &[(&str, &str, &str, &str, &str)] = &[
    ("RETURN ", "(", "1", ")", ""),
    ("RETURN ", "[", "1", "]", ""),
    ("RETURN ", "{a: ", "1", "}", ""),
    ("RETURN ", "(1 + ", "1", ")", ""),
    ("RETURN ", "(NOT ", "TRUE", ")", ""),
    ("RETURN ", "f(", "1", ")", ""),
    ("RETURN ", "COUNT(", "1", ")", ""),
    ("RETURN ", "COALESCE(1, ", "1", ")", ""),
    ("RETURN ", "CASE WHEN TRUE THEN ", "1", " END", ""),
    ("RETURN ", "CASE 1 WHEN 2 THEN 3 ELSE ", "1", " END", ""),
    ("RETURN ", "LET x = 1 IN ", "1", " END", ""),
    ("RETURN ", "LET x = ", "1", " IN x END", ""),
    ("RETURN ", "CAST(", "1", " AS INT)", ""),
    ("RETURN ", "TRIM(", "'x'", ")", ""),
    ("RETURN ", "x[", "1", "]", ""),
    ("RETURN ", "EXISTS { (a WHERE ", "TRUE", ") }", ""),
    ("RETURN ", "EXISTS { MATCH (a) WHERE ", "TRUE", " }", ""),
    ("RETURN ", "EXISTS ( (a WHERE ", "TRUE", ") )", ""),
    ("RETURN ", "COUNT { (a {x: ", "1", "}) }", ""),
    ("RETURN ", "VALUE { RETURN ", "1", " }", ""),
    ("RETURN ", "COLLECT { RETURN ", "1", " }", ""),
    ("RETURN ", "[x IN ", "[1]", "]", ""),
    ("RETURN ", "[x IN [1] WHERE ", "TRUE", "]", ""),
    ("RETURN ", "[x IN [1] | ", "1", "]", ""),
    ("RETURN ", "[(a)-->(b) | ", "1", "]", ""),
    ("RETURN ", "ANY(x IN [1] WHERE ", "TRUE", ")", ""),
    ("RETURN ", "NONE(x IN [1] WHERE ", "TRUE", ")", ""),
    ("RETURN ", "REDUCE(a = 1, x IN [1] | ", "1", ")", ""),
    ("RETURN ", "p {a: ", "1", "}", ""),
    ("RETURN ", "(a)-[:R {x: ", "1", "}]->()", ""),
    ("RETURN ", "(a)-->(b WHERE ", "TRUE", ")", ""),
    ("RETURN ", "(a {x: ", "1", "})-->()", ""),
    ("RETURN ", "(:A {x: ", "1", "})-->()", ""),
    ("RETURN ", "(a WHERE ", "TRUE", ")-->()", ""),
    ("RETURN ", "1 BETWEEN 0 AND (", "1", ")", ""),
    ("", "FOREACH (x IN [1] | ", "SET x.y = 1", ")", ""),
    ("RETURN x IS TYPED ", "LIST<", "INT", ">", ""),
    ("RETURN x IS TYPED ", "RECORD {a ", "INT", "}", ""),
    ("RETURN x IS LABELED ", "(", "A", ")", ""),
    ("MATCH (n:", "!(", "A", ")", ") RETURN n"),
    ("MATCH ", "(", "(a)-[e]->(b)", ")", " RETURN a"),
    ("MATCH ", "(", "(a)-[e]->(b)", "){1,2}", " RETURN a"),
    ("MATCH ", "((x)->", "(a)-[e]->(b)", ")", " RETURN a"),
    ("MATCH ", "(a {x: 1} WHERE EXISTS { ", "(b)", " })", " RETURN a"),
    ("MATCH (n WHERE ", "({a: ", "1", "})", ".a = 1) RETURN n"),
    ("", "{ ", "RETURN 1", " }", ""),
    ("", "CALL { ", "RETURN 1 AS x", " }", ""),
    ("", "CALL () { ", "RETURN 1 AS x", " }", ""),
    ("MATCH (n) OPTIONAL MATCH ", "(", "(a)->(b)", ")", ""),
];

fn nest(nest: &(&str, &str, &str, &str, &str), depth: usize) -> String {
    let (before, open, core, close, after) = nest;
    format!("{before}{}{core}{}{after}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn nesting_is_parsed_or_refused() {
    on_small_stack(|| {
        for shape in NESTS {
            // Each step may open two or three brackets.
            let brackets = shape.1.matches(['(', '[', '{']).count().max(1);
            let text = nest(shape, 200 / brackets);
            match parse(&text) {
                Ok(statements) => {
                    let printed = print(&statements[0]);
                    assert!(parse(&printed).is_ok(), "{}", &printed[..200.min(printed.len())]);
                }
                Err(error) => panic!("{:?}: {error} at {:?}", shape, error.span),
            }
            let _ = parse(&nest(shape, MAX_DEPTH / brackets - 2));
            for depth in [MAX_DEPTH + 1, 100_000] {
                let error = error(&nest(shape, depth));
                assert_eq!(error.gqlstatus, "42001", "{shape:?}");
                assert!(error.message.contains("deep"), "{shape:?}: {error}");
            }
        }
    });
}

#[test]
fn broken_nesting_fails_at_once() {
    // Exponential backtracking would make these run for ever.
    on_small_stack(|| {
        for shape in NESTS {
            let (before, open, core, close, after) = shape;
            let brackets = open.matches(['(', '[', '{']).count().max(1);
            let depth = 200 / brackets;
            let broken = format!("{before}{}{core} $ #{}{after}", open.repeat(depth), close.repeat(depth));
            assert!(parse(&broken).is_err(), "{shape:?}");
            let unclosed = format!("{before}{}{core}", open.repeat(depth));
            assert!(parse(&unclosed).is_err(), "{shape:?}");
        }
        let mixed = "COUNT(({x: ".repeat(80);
        assert!(parse(&format!("RETURN {mixed}")).is_err());
        assert!(parse(&format!("RETURN {mixed}1 # {}", "}))".repeat(80))).is_err());
    });
}

#[test]
fn runs_of_prefixes_are_capped() {
    on_small_stack(|| {
        for (prefix, operand) in [("NOT ", "TRUE"), ("- ", "x"), ("+ ", "x"), ("- NOT ", "x")] {
            assert!(parse(&format!("RETURN {}{operand}", prefix.repeat(100))).is_ok(), "{prefix}");
            let error = error(&format!("RETURN {}{operand}", prefix.repeat(100_000)));
            assert!(error.message.contains("deep"), "{error}");
        }
        assert!(parse(&format!("MATCH (n:{}A) RETURN n", "!".repeat(100))).is_ok());
        assert!(parse(&format!("MATCH (n:{}A) RETURN n", "!".repeat(100_000))).is_err());
    });
}

#[test]
fn chains_that_would_make_a_deep_tree_are_refused() {
    on_small_stack(|| {
        for step in [".a", "[0]", " IS NULL", " = 1", " IN [1]", " IS NOT TRUE", " STARTS WITH 'x'", " < NOT x"] {
            assert!(parse(&format!("RETURN x{}", step.repeat(100))).is_ok(), "{step}");
            let error = error(&format!("RETURN x{}", step.repeat(5_000)));
            assert!(error.message.contains("deep"), "{step}: {error}");
            // The same at every level of brackets.
            let level = format!("(x{} = ", step.repeat(100));
            assert!(parse(&format!("RETURN {}1{}", level.repeat(200), ")".repeat(200))).is_err(), "{step}");
        }
        assert!(parse(&format!("RETURN x IS TYPED INT{}", " LIST".repeat(100_000))).is_err());
    });
}

#[test]
fn flat_chains_are_flat() {
    on_small_stack(|| {
        for (operator, count) in
            [(" + 1", 100_000), (" AND x", 10_000), (" OR x", 10_000), (" || 'a'", 20_000), (" * 2", 20_000)]
        {
            let statements = parse(&format!("RETURN x{}", operator.repeat(count))).expect("a long chain");
            let StatementKind::Query(query) = &statements[0].kind else { panic!("a query") };
            let ClauseKind::Return(body) = &query.blocks[0].first.clauses[0].kind else { panic!("a RETURN") };
            let operands = match &body.items[0].expr.kind {
                ExprKind::Additive(_, rest) => rest.len(),
                ExprKind::Multiplicative(_, rest) => rest.len(),
                ExprKind::Or(_, rest) => rest.len(),
                ExprKind::And(parts) | ExprKind::Concat(parts) => parts.len() - 1,
                other => panic!("{:?}", std::mem::discriminant(other)),
            };
            assert_eq!(operands, count, "{operator}");
            assert!(print(&statements[0]).len() >= count * operator.len());
        }
        // Comparisons side by side are not deep either.
        assert!(parse(&format!("RETURN x = 1{}", " AND -a.b.c[0] = NOT b IS NULL".repeat(2_000))).is_ok());
        assert!(parse(&format!("RETURN x{}", " UNION RETURN x".repeat(2_000))).is_ok());
        assert!(parse(&format!("RETURN x{}", " NEXT RETURN x".repeat(2_000))).is_ok());
        assert!(parse(&"LET x = 1 ".repeat(5_000)).is_ok());
        assert!(parse(&format!("INSERT (a){}", ", (:N {x: 1})-[:T]->(a)".repeat(10_000))).is_ok());
        assert_eq!(parse(&"RETURN 1;".repeat(5_000)).map(|s| s.len()), Ok(5_000));
    });
}

#[test]
fn long_literals() {
    on_small_stack(|| {
        let long = "x".repeat(5_000_000);
        let statements = parse(&format!("RETURN '{long}'")).expect("a long string");
        assert_eq!(statements.len(), 1);
        assert!(parse(&format!("RETURN '{}'", "''".repeat(200_000))).is_ok());
        assert!(parse(&format!("RETURN [{}1]", "1, ".repeat(20_000))).is_ok());
        assert_eq!(error(&format!("RETURN {}", "9".repeat(200_000))).gqlstatus, "22003");
        assert_eq!(error(&format!("RETURN {}.0", "9".repeat(200_000))).gqlstatus, "22003");
        assert!(parse(&format!("RETURN {}", "a".repeat(200_000))).is_ok());
        assert!(parse(&format!("RETURN 1 {}", "/* x */ // y\n".repeat(20_000))).is_ok());
    });
}

#[test]
fn a_hundred_thousand_brackets() {
    on_small_stack(|| {
        for bracket in
            ["(", "[", "{", ")", "]", "}", "([{", "CASE ", "-[", "LIST<", "NOT ", "((", "EXISTS{", "END ", "/*", "$"]
        {
            assert!(parse(&bracket.repeat(100_000)).is_err(), "{bracket}");
            assert!(parse(&format!("RETURN {}", bracket.repeat(100_000))).is_err(), "{bracket}");
            assert!(parse(&format!("MATCH {}", bracket.repeat(100_000))).is_err(), "{bracket}");
        }
    });
}
