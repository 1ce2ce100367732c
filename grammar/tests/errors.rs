//! Where an error points, and what it says.

use wend_grammar::{SyntaxError, parse};

fn error(text: &str) -> SyntaxError {
    match parse(text) {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => error,
    }
}

/// The text, the text that the error points at, and words of the message and hint.
fn check(cases: &[(&str, &str, &[&str])]) {
    for (text, at, words) in cases {
        let error = error(text);
        let shown = format!("{error}");
        assert_eq!(&text[error.span.start..error.span.end], *at, "{text}\n{shown} at {:?}", error.span);
        for word in *words {
            assert!(shown.contains(word), "{text}\n{shown}\nlacks {word}");
        }
        for rule in ["k_", "op_", "_pattern", "EOI", "label_", "path_"] {
            assert!(!shown.contains(rule), "{text}\n{shown}\nnames a rule");
        }
    }
}

#[test]
fn places_and_hints() {
    check(&[
        ("MATC (n) RETURN n", "MATC", &["did you mean MATCH"]),
        ("MATCH (n) RETRUN n", "RETRUN", &["did you mean RETURN"]),
        ("RETURN 1; INSRET (a)", "INSRET", &["did you mean INSERT"]),
        ("MATCH n RETURN n", "n", &["a node pattern such as (n:Label)"]),
        ("MATCH (a) WHERE RETURN a", "RETURN", &["an expression"]),
        ("RETURN", "", &["the statement ends"]),
        ("MATCH (n) RETURN n.x +", "", &["the statement ends", "an expression"]),
        ("RETURN 'abc", "'", &["string is never closed"]),
        ("RETURN `abc", "`", &["identifier is never closed"]),
        ("RETURN 1 /* x", "/", &["comment is never closed"]),
        ("RETURN (1 + 2", "(", &["`(` is never closed"]),
        ("RETURN 1)", ")", &["`)` closes nothing"]),
        ("RETURN (1]", "]", &["does not close"]),
        ("INSERT (a)-->(b)", "-->", &["an inserted edge needs a label"]),
        ("INSERT (a)--(b)", "--", &["an inserted edge needs a label"]),
        ("MATCH (a)-[:T]-->(b) RETURN a", "]", &["an edge ends with `]->` or `]-`"]),
        ("INSERT (a)-[:T]-(b)", "-[:T]-", &["direction"]),
        ("INSERT (a:A|B)", "|", &["`:A&B`"]),
        ("RETURN a == b", "==", &["`=`"]),
        ("RETURN 1<-1 AS x", "<-", &["`< -`"]),
        ("MATCH (a) WHERE (a.x)-[:T]->() RETURN a", "a.x", &["begins with a node"]),
        ("RETURN [x IN [1], 2 | x]", "[x IN [1], 2 | x]", &["[x IN list WHERE condition | expression]"]),
        ("RETURN f(x WHERE y)", "f(x WHERE y)", &["neither WHERE nor"]),
        ("RETURN NONE(1 WHERE TRUE)", "1", &["NONE(x IN list WHERE condition)"]),
        ("RETURN REDUCE(1, x IN l | x)", "1", &["REDUCE(sum = 0, x IN list | sum + x)"]),
        ("RETURN shortestPath(a)", "a", &["takes a path pattern"]),
        ("RETURN EXISTS(1)", "1", &["a property"]),
        ("RETURN (n:A {x: 1})", "{x: 1}", &["belong to a pattern"]),
        ("MATCH (n) RETURN n LIMIT 1.5", "1.5", &["unsigned integer"]),
        (":param x => 1", ":", &["SESSION SET VALUE"]),
        ("GRANT ROLE r TO u", "GRANT", &["CREATE USER"]),
        ("CREATE POINT INDEX f FOR (n:A) ON (n.x)", "POINT", &["CREATE INDEX"]),
        ("CREATE FULLTEXT INDEX f FOR (n:A) ON (n.x)", "(", &["ON EACH [n.key]"]),
        ("SHOW DATABASSES", "DATABASSES", &["SHOW DATABASES"]),
        ("CALL algo.pagerank YIELD score", "YIELD", &["parentheses"]),
        ("MATCH (where:Place) RETURN 1", ":", &["WHERE is a reserved word", "backticks"]),
        ("LET all = 1 RETURN 1", "all", &["ALL is a reserved word"]),
        ("RETURN 1 + distinct", "distinct", &["DISTINCT is a reserved word"]),
        ("MATCH (n) RETURN n.v AS unknown ORDER BY all", "all", &["ALL is a reserved word", "backticks"]),
        ("RETURN 1 MATCH (n) RETURN n", "MATCH", &["NEXT"]),
        ("RETURN 123abc", "123abc", &["no number"]),
        ("RETURN 1 # 2", "#", &["no part of GQL"]),
        ("RETURN 99999999999999999999", "99999999999999999999", &["too large for INT64"]),
        ("RETURN '\\q'", "\\q", &["no escape"]),
        ("SHOW TAKS", "TAKS", &["did you mean SHOW TASKS"]),
        ("RETURN CAST(x AS STRNG)", "STRNG", &["did you mean STRING"]),
        ("RETURN '\u{e9}\u{e9}', \u{e9} !", "!", &[]),
        ("RETURN x NEXT RETRUN y", "RETRUN", &["did you mean RETURN"]),
    ]);
}

#[test]
fn features_left_out_are_named() {
    for (text, name) in [
        ("MATCH (a)~[e]~(b) RETURN a", "GH02"),
        ("MATCH (a)-/:T/->(b) RETURN a", "G080"),
        ("MATCH (a)->(b) | (c)->(d) RETURN a", "G030"),
        ("MATCH (a)->(b) |+| (c)->(d) RETURN a", "G030"),
        ("MATCH (a) KEEP SIMPLE RETURN a", "G006"),
        ("SELECT * FROM g", "SELECT"),
        ("CREATE SCHEMA s", "GC01"),
        ("DROP SCHEMA s", "GC01"),
        ("AT s MATCH (n) RETURN n", "GC01"),
        ("SESSION SET SCHEMA s", "GC01"),
        ("SESSION SET BINDING TABLE $t = 1", "GS02"),
        ("CREATE GRAPH g LIKE h", "GG04"),
        ("CREATE GRAPH g {(:A {x DECIMAL})}", "GV17"),
    ] {
        let error = error(text);
        assert_eq!(error.gqlstatus, "42000", "{text}: {error}");
        assert!(error.to_string().contains(name), "{text}: {error}");
    }
}

#[test]
fn the_error_of_the_first_broken_statement_has_its_place_in_the_script() {
    let text = "RETURN 1; -- (\nRETURN 'x;y'; RETRN 2; RETURN (";
    assert_eq!(error(text).message, "`(` is never closed");
    let text = "RETURN 1; -- (\nRETURN 'x;y'; RETRN 2;";
    let error = error(text);
    assert_eq!(&text[error.span.start..error.span.end], "RETRN");
}
