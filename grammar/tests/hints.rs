//! A hint is shown only if following it works: each hint of the diagnoses is brought about here, and the statement that follows it
//! parses. A hint of the source that is not in the list fails the test.

use wend_grammar::parse;

/// What a user writes, a part of the hint, and what follows the hint.
const HINTS: &[(&str, &str, &str)] = &[
    ("MATCH (n) WHERE n.x =! 1 RETURN n", "write `<>` for unequal", "MATCH (n) WHERE n.x <> 1 RETURN n"),
    ("MATCH (n) WHERE n.x =< 1 RETURN n", "write `<=` for at most", "MATCH (n) WHERE n.x <= 1 RETURN n"),
    ("MATCH (n) WHERE ! n.x RETURN n", "write NOT", "MATCH (n) WHERE NOT n.x RETURN n"),
    ("MATCH (n) WHERE n.x && n.y RETURN n", "write AND", "MATCH (n) WHERE n.x AND n.y RETURN n"),
    ("MATCH (a)-[:T]->{1..3}(b) RETURN b", "a quantifier is written `{1,3}`", "MATCH (a)-[:T]->{1,3}(b) RETURN b"),
    ("MATCH (a)[:T]->(b) RETURN b", "an edge begins with `-[` or `<-[`", "MATCH (a)-[:T]->(b) RETURN b"),
    (
        "MATCH (a)-[:T]{1,3}->(b) RETURN b",
        "a quantifier stands after the whole edge",
        "MATCH (a)-[:T]->{1,3}(b) RETURN b",
    ),
    ("MATCH (a)-[:T](b) RETURN b", "an edge ends with `]->` or `]-`", "MATCH (a)-[:T]->(b) RETURN b"),
    ("MATCH (a)-[:T]-->(b) RETURN b", "an edge ends with `]->` or `]-`", "MATCH (a)-[:T]->(b) RETURN b"),
    ("MATCH (a)-:T->(b) RETURN b", "a label stands in brackets", "MATCH (a)-[:T]->(b) RETURN b"),
    ("CREATE (a)-->(b)", "an inserted edge needs a label", "CREATE (a)-[:T]->(b)"),
    ("MATCH (n) RETURN n->name", "a property is read with a point", "MATCH (n) RETURN n.name"),
    ("RETURN CAST(x, INT)", "write CAST(x AS type)", "RETURN CAST(x AS INT)"),
    ("CREATE DATABASE g", "write CREATE GRAPH name", "CREATE GRAPH g"),
    (
        "CREATE POINT INDEX i FOR (n:L) ON (n.key)",
        "write CREATE INDEX name FOR (n:Label) ON (n.key)",
        "CREATE INDEX i FOR (n:L) ON (n.key)",
    ),
    (
        "CREATE FULLTEXT INDEX i FOR (n:L) ON (n.key)",
        "a full-text index may have several properties: ON EACH [n.key]",
        "CREATE FULLTEXT INDEX i FOR (n:L) ON EACH [n.key]",
    ),
    (
        "GRANT ROLE reader TO ann",
        "write CREATE USER name PASSWORD 'text' ROLE reader",
        "CREATE USER ann PASSWORD 'text' ROLE reader",
    ),
    (":param x => 1", "SESSION SET VALUE $x = 1", "SESSION SET VALUE $x = 1"),
    ("RETURN n.x FROM g", "MATCH says what is read", "MATCH (n) RETURN n.x"),
    (
        "MATCH (n) GROUP BY n.x RETURN n.x",
        "GROUP BY stands after the columns of RETURN",
        "MATCH (n) RETURN n.x GROUP BY n.x",
    ),
    ("USE GRAPH g MATCH (n) RETURN n", "write USE and the name alone", "USE g MATCH (n) RETURN n"),
    ("MATCH (n) WHERE n.x IS 1 RETURN n", "values are compared with `=`", "MATCH (n) WHERE n.x = 1 RETURN n"),
    ("RETURN 1 AS 'a name'", "a name stands without quotes, or between backticks", "RETURN 1 AS `a name`"),
    ("RETURN DATE 2024", "is written in quotes: DATE '2024-01-15'", "RETURN DATE '2024-01-15'"),
    ("RETURN toUpper 'a'", "the arguments of a function stand in parentheses", "RETURN toUpper('a')"),
    ("MATCH (n Person) RETURN n", "a label follows a colon: `(n:Label)`", "MATCH (n:Person) RETURN n"),
    ("RETURN 1 == 1", "write `=` for equal", "RETURN 1 = 1"),
    ("RETURN x IS NOT IN [1]", "write `x NOT IN list`", "RETURN x NOT IN [1]"),
    ("RETURN 1 = = 1", "write `=` once", "RETURN 1 = 1"),
    ("RETURN 1 => 1", "write `>=` for at least", "RETURN 1 >= 1"),
    ("RETURN 2 ** 3", "write POWER(x, y)", "RETURN POWER(2, 3)"),
    ("RETURN 1<-1", "write `< -`", "RETURN 1 < -1"),
    ("RETURN 1 -> 2", "EXISTS { (a)-[]->(b) }", "RETURN EXISTS { (a)-[]->(b) }"),
    ("RETURN a -[:T]- b", "EXISTS { (a)-[]->(b) }", "RETURN EXISTS { (a)-[]->(b) }"),
    ("INSERT (n:A|B)", "an inserted node takes a set of labels, `:A&B`", "INSERT (n:A&B)"),
    ("RETURN 1 | 2", "[x IN list WHERE condition | expression]", "RETURN [x IN list WHERE x > 1 | x + 1]"),
    ("RETURN x::INT", "a type follows `IS TYPED` or `IS ::`", "RETURN x IS :: INT"),
    ("RETURN 1 IN (1, 2)", "a list is written in square brackets", "RETURN 1 IN [1, 2]"),
    (
        "CALL algo.name YIELD a RETURN a",
        "parentheses follow the name of a procedure",
        "CALL algo.name() YIELD a RETURN a",
    ),
    ("FOR x IN [1] WHERE x > 1 RETURN x", "elsewhere write FILTER", "FOR x IN [1] FILTER x > 1 RETURN x"),
    (
        "ALTER CONSTRAINT c",
        "write CREATE CONSTRAINT name FOR (n:Label) REQUIRE n.key IS UNIQUE",
        "CREATE CONSTRAINT name FOR (n:Label) REQUIRE n.key IS UNIQUE",
    ),
    ("MATCH (n) WHERE n.x LIKE 'a%' RETURN n", "use STARTS WITH", "MATCH (n) WHERE n.x STARTS WITH 'a' RETURN n"),
    ("MATCH (n) USING INDEX n:L(x) RETURN n", "the planner chooses the index", "MATCH (n) RETURN n"),
    ("MATCH (n {x = 1}) RETURN n", "a property is written `key: value`", "MATCH (n {x: 1}) RETURN n"),
    ("MATCH (n {x 1}) RETURN n", "a colon follows the key", "MATCH (n {x: 1}) RETURN n"),
    (
        "MATCH (n) RETURN n.x HAVING n.x > 1",
        "write FILTER in the query after NEXT",
        "MATCH (n) RETURN n.x AS x NEXT FILTER x > 1 RETURN x",
    ),
    (
        "RETURN [x IN [1], 2 | x]",
        "write [x IN list WHERE condition | expression]",
        "RETURN [x IN list WHERE x > 1 | x]",
    ),
    ("RETURN [(a)-->(b) WHERE b.x > 1]", "write [(a)-[:Label]->(b) | b.name]", "RETURN [(a)-[:Label]->(b) | b.name]"),
    ("RETURN NONE(1 WHERE TRUE)", "write NONE(x IN list WHERE condition)", "RETURN NONE(x IN list WHERE x > 1)"),
    (
        "RETURN REDUCE(x IN list | x)",
        "write REDUCE(sum = 0, x IN list | sum + x)",
        "RETURN REDUCE(sum = 0, x IN list | sum + x)",
    ),
    ("RETURN shortestPath(a)", "write shortestPath((a)-[:Label*]-(b))", "RETURN shortestPath((a)-[:Label*]-(b))"),
    ("RETURN EXISTS(1)", "or n.key IS NOT NULL", "RETURN n.key IS NOT NULL"),
    ("SHOW RELATIONSHIP TYPES", "write SHOW EDGE LABELS", "SHOW EDGE LABELS"),
    (
        "MATCH p = shortestPath((a)-[*]-(b)) WHERE length(p) > 1 RETURN p",
        "`ANY SHORTEST (a)-[e:Label WHERE e.key > 1]-+(b)`",
        "MATCH p = ANY SHORTEST (a)-[e:Label WHERE e.key > 1]-+(b) RETURN p",
    ),
];

#[test]
fn hints_work_when_they_are_followed() {
    let mut wrong = Vec::new();
    for (broken, part, mended) in HINTS {
        match parse(broken) {
            Ok(_) => wrong.push(format!("{broken}\n  is accepted")),
            Err(error) => {
                let hint = error.hint.unwrap_or_default();
                if !hint.contains(part) {
                    wrong.push(format!("{broken}\n  {}\n  has the hint {hint:?}, not {part:?}", error.message));
                }
            }
        }
        if let Err(error) = parse(mended) {
            wrong.push(format!("{mended}\n  follows a hint and fails: {}", error.message));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The hints of the diagnoses, in the source.
#[test]
fn every_hint_is_tried() {
    let source = include_str!("../src/diagnose.rs");
    let arms =
        source.split("let fixed = match text {").nth(1).and_then(|rest| rest.split("_ => \"\",").next()).unwrap();
    // What follows an arrow, on its line or in braces.
    let hints = arms.split("=> ").skip(1).filter_map(|rest| {
        let rest = rest.trim_start_matches(['{', '\n', ' ']);
        rest.strip_prefix('"').and_then(|text| text.split('"').next())
    });
    let hints: Vec<&str> = hints.collect();
    assert!(hints.len() > 40, "{hints:?}");
    for hint in hints {
        assert!(HINTS.iter().any(|(_, part, _)| hint.contains(part)), "the hint `{hint}` is not tried");
    }
}
