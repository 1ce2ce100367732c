//! docs/cypher.md says what WendDB makes of what a user of Cypher types: each row of its tables is tried here. A row without a
//! trial fails the test, and so does a trial whose row is gone.

use std::{collections::BTreeMap, fs};

use wend_tests::{golden, root};
use wenddb::{Database, Params};

const GRAPH: &str = "INSERT (a:Person {_id: 'ann', name: 'Ann', email: 'a@x', x: 1, age: 44}), \
    (b:Person {_id: 'bob', name: 'Bob', email: 'b@x', x: 2, age: 30}), (c:Person {_id: 'cem', name: 'Cem', email: 'c@x', age: 39}), \
    (a)-[:KNOWS {since: 2001}]->(b), (b)-[:KNOWS {since: 2010}]->(c)";

/// What a statement has to give: the rows, or an error with this beginning.
enum Gives {
    Rows(&'static [&'static str]),
    Error(&'static str),
}
use Gives::{Error, Rows};

/// The beginning of a row's first cell, and statements that run one after the other on the graph.
type Trial = (&'static str, &'static [(&'static str, Gives)]);

const TRIALS: &[Trial] = &[
    (
        "`CREATE (a:Person {name: 'Ann'})`",
        &[("CREATE (a:Person {name: 'Ann'}) RETURN a.name AS n", Rows(&[r#"{"n":"Ann"}"#]))],
    ),
    (
        "`MERGE (a:Person {_id: 'x'})",
        &[
            (
                "MERGE (a:Person {_id: 'x'}) ON CREATE SET a.made = 1 ON MATCH SET a.found = 1 RETURN a.made AS m, a.found AS f",
                Rows(&[r#"{"m":1,"f":null}"#]),
            ),
            (
                "MERGE (a:Person {_id: 'x'}) ON CREATE SET a.made = 2 ON MATCH SET a.found = 1 RETURN a.made AS m, a.found AS f",
                Rows(&[r#"{"m":1,"f":1}"#]),
            ),
        ],
    ),
    ("`UNWIND list AS x`", &[("UNWIND [1, 2] AS x RETURN x", Rows(&[r#"{"x":1}"#, r#"{"x":2}"#]))]),
    (
        "`WITH a, COUNT(*) AS n WHERE n > 1`",
        &[
            (
                "MATCH (a:Person)-[:KNOWS]-() WITH a, COUNT(*) AS n WHERE n > 1 RETURN a._id AS a, n",
                Rows(&[r#"{"a":"bob","n":2}"#]),
            ),
            (
                "MATCH (a:Person)-[:KNOWS]-() RETURN a, COUNT(*) AS n NEXT FILTER n > 1 RETURN a._id AS a, n",
                Rows(&[r#"{"a":"bob","n":2}"#]),
            ),
        ],
    ),
    (
        "`MATCH (a)-[:KNOWS*1..3]->(b)`",
        &[(
            "MATCH (a {_id: 'ann'})-[:KNOWS*1..3]->(b) RETURN b._id AS b ORDER BY b",
            Rows(&[r#"{"b":"bob"}"#, r#"{"b":"cem"}"#]),
        )],
    ),
    (
        "`MATCH (a:Person:Admin)`",
        &[
            ("MATCH (a {_id: 'ann'}) SET a:Admin", Rows(&["ok"])),
            ("MATCH (a:Person:Admin) RETURN a._id AS a", Rows(&[r#"{"a":"ann"}"#])),
        ],
    ),
    (
        "`SET n += {..}`",
        &[
            ("MATCH (n {_id: 'ann'}) SET n += {y: 7} RETURN n.x AS x, n.y AS y", Rows(&[r#"{"x":1,"y":7}"#])),
            ("MATCH (n {_id: 'ann'}) SET n = {y: 8} RETURN n.x AS x, n.y AS y", Rows(&[r#"{"x":null,"y":8}"#])),
            ("MATCH (n {_id: 'ann'}) SET n:Admin", Rows(&["ok"])),
            ("MATCH (n {_id: 'ann'}) REMOVE n:Admin RETURN labels(n) AS l", Rows(&[r#"{"l":["Person"]}"#])),
        ],
    ),
    (
        "`SKIP 1`",
        &[
            ("MATCH (n) RETURN DISTINCT labels(n) AS l", Rows(&[r#"{"l":["Person"]}"#])),
            ("MATCH (n) RETURN n._id AS n ORDER BY n SKIP 2", Rows(&[r#"{"n":"cem"}"#])),
            ("MATCH (n {_id: 'bob'}) DETACH DELETE n", Rows(&["ok -1 node -2 edges"])),
        ],
    ),
    (
        "`collect(x)`",
        &[
            (
                "MATCH p = (a {_id: 'ann'})-[r]->(b) RETURN length(p) AS l, size(nodes(p)) AS n, size(relationships(p)) AS r, \
                 type(r) AS t, startNode(r)._id AS s, toUpper(a.name) AS u, toInteger('7') AS i",
                Rows(&[r#"{"l":1,"n":2,"r":1,"t":"KNOWS","s":"ann","u":"ANN","i":7}"#]),
            ),
            ("MATCH (a) WITH a ORDER BY a._id RETURN collect(a.x) AS x", Rows(&[r#"{"x":[1,2]}"#])),
        ],
    ),
    (
        "`'a' IN list`",
        &[(
            "RETURN 'a' IN ['a'] AS a, 'ab' STARTS WITH 'a' AS b, 'ab' ENDS WITH 'a' AS c, 'ab' CONTAINS 'b' AS d, [7, 8][0] AS e, 7 % 4 AS f",
            Rows(&[r#"{"a":true,"b":true,"c":false,"d":true,"e":7,"f":3}"#]),
        )],
    ),
    (
        "`EXPLAIN`",
        &[(
            "EXPLAIN MATCH (n {_id: 'ann'}) RETURN n",
            Rows(&[
                r#"{"plan":"Project (1 columns)"}"#,
                r#"{"plan":"└─ Filter"}"#,
                r#"{"plan":"   └─ NodeById (_id lookup)"}"#,
                r#"{"plan":"      └─ OneRow"}"#,
            ]),
        )],
    ),
    // Which directory it reads is a setting; without one the statement is understood, and refused.
    ("`LOAD CSV WITH HEADERS", &[("LOAD CSV WITH HEADERS FROM 'file.csv' AS row RETURN row", Error("error[42000]"))]),
    (
        "`(a)-->(b)`",
        &[
            ("MATCH (a)-->(b) RETURN a", Error("error[42001]")),
            ("MATCH (a)--(b) RETURN a", Error("error[42001]")),
            ("MATCH (a {_id: 'ann'})-[]->(b) RETURN b._id AS b", Rows(&[r#"{"b":"bob"}"#])),
            ("MATCH (a {_id: 'ann'})->(b) RETURN b._id AS b", Rows(&[r#"{"b":"bob"}"#])),
            ("MATCH (a {_id: 'cem'})-(b) RETURN b._id AS b", Rows(&[r#"{"b":"bob"}"#])),
        ],
    ),
    (
        "`shortestPath(",
        &[
            ("MATCH p = shortestPath((a)-[*]-(b)) RETURN p", Error("error[42001]")),
            (
                "MATCH p = ANY SHORTEST (a {_id: 'ann'})-[]-+(b {_id: 'cem'}) RETURN PATH_LENGTH(p) AS n",
                Rows(&[r#"{"n":2}"#]),
            ),
            (
                "MATCH p = ALL SHORTEST (a {_id: 'ann'})-[]-+(b {_id: 'cem'}) RETURN PATH_LENGTH(p) AS n",
                Rows(&[r#"{"n":2}"#]),
            ),
        ],
    ),
    (
        "`[x IN list WHERE x > 1 \\| x * 2]`",
        &[
            ("RETURN [x IN [1, 2] WHERE x > 1 | x * 2] AS l", Error("error[42001]")),
            (
                "RETURN VALUE { FOR x IN [1, 2, 3] FILTER x > 1 RETURN COLLECT_LIST(x * 2) } AS l",
                Rows(&[r#"{"l":[4,6]}"#]),
            ),
        ],
    ),
    (
        "`exists((a)-[:KNOWS]->())`",
        &[
            (
                "MATCH (a) WHERE exists((a)-[:KNOWS]->()) RETURN a._id AS a ORDER BY a",
                Rows(&[r#"{"a":"ann"}"#, r#"{"a":"bob"}"#]),
            ),
            (
                "MATCH (a) WHERE EXISTS { (a)-[:KNOWS]->() } RETURN a._id AS a ORDER BY a",
                Rows(&[r#"{"a":"ann"}"#, r#"{"a":"bob"}"#]),
            ),
        ],
    ),
    (
        "`a.x != b.x`",
        &[("RETURN 1 != 2 AS x", Error("error[42001]")), ("RETURN 1 <> 2 AS x", Rows(&[r#"{"x":true}"#]))],
    ),
    (
        "`a.x =~ 'A.*'`",
        &[
            ("RETURN 'Ann' =~ 'A.*' AS x", Error("error[42001]")),
            ("RETURN 'Ann' STARTS WITH 'A' AS x", Rows(&[r#"{"x":true}"#])),
        ],
    ),
    ("`x ^ 2`", &[("RETURN 3 ^ 2 AS x", Error("error[42001]")), ("RETURN POWER(3, 2) AS x", Rows(&[r#"{"x":9.0}"#]))]),
    (
        "`x IN (1, 2)`",
        &[("RETURN 1 IN (1, 2) AS x", Error("error[42001]")), ("RETURN 1 IN [1, 2] AS x", Rows(&[r#"{"x":true}"#]))],
    ),
    (
        "`FOREACH (x IN list \\| CREATE ..)`",
        &[
            ("FOREACH (x IN [1, 2] | CREATE (:N {x: x}))", Error("error[42001]")),
            ("FOR x IN [1, 2] INSERT (:N {x: x})", Rows(&["ok +2 nodes"])),
        ],
    ),
    (
        "`CREATE CONSTRAINT .. IS UNIQUE`",
        &[
            ("CREATE CONSTRAINT c FOR (n:Person) REQUIRE n.email IS UNIQUE", Error("error[42001]")),
            ("CREATE UNIQUE INDEX c FOR (n:Person) ON (n.email)", Rows(&["ok"])),
        ],
    ),
    (
        "`USE GRAPH g`, `CREATE DATABASE g`",
        &[
            ("CREATE DATABASE g", Error("error[42001]")),
            ("CREATE GRAPH g", Rows(&["ok"])),
            ("USE GRAPH g MATCH (n) RETURN COUNT(*) AS n", Error("error[42001]")),
            ("USE g MATCH (n) RETURN COUNT(*) AS n", Rows(&[r#"{"n":0}"#])),
        ],
    ),
    (
        "`exists(n.x)` of a property",
        &[
            ("RETURN exists(n.x) AS x", Error("error[42001]")),
            ("MATCH (n:Person {_id: 'ann'}) RETURN n.name IS NOT NULL AS x", Rows(&[r#"{"x":true}"#])),
            ("MATCH (n:Person {_id: 'ann'}) RETURN PROPERTY_EXISTS(n, name) AS x", Rows(&[r#"{"x":true}"#])),
        ],
    ),
    (
        "`RETURN COUNT(*) c`",
        &[
            ("RETURN COUNT(*) c", Error("error[42001]")),
            ("MATCH (n:Nobody) RETURN COUNT(*) AS c", Rows(&[r#"{"c":0}"#])),
        ],
    ),
    (
        "`CREATE INDEX ON :Person(name)`",
        &[
            ("CREATE INDEX ON :Person(name)", Error("error[42001]")),
            ("CREATE INDEX i FOR (n:Person) ON (n.name)", Rows(&["ok"])),
        ],
    ),
    ("`USING INDEX ..`", &[("MATCH (n:Person) USING INDEX n:Person(name) RETURN n", Error("error[42001]"))]),
    (
        "`CALL db.labels()`",
        &[
            ("CALL db.labels()", Error("error[42002]")),
            ("SHOW DATABASES", Error("error[42001]")),
            ("SHOW LABELS YIELD label RETURN label", Rows(&[r#"{"label":"Person"}"#, r#"{"label":"KNOWS"}"#])),
        ],
    ),
    ("`id(n)` as a number", &[("MATCH (n {name: 'Ann'}) RETURN n._id AS i", Rows(&[r#"{"i":"ann"}"#]))]),
    (
        "SUM of nothing is 0",
        &[("MATCH (n:Nobody) RETURN SUM(n.x) AS s, COUNT(*) AS c", Rows(&[r#"{"s":null,"c":0}"#]))],
    ),
    (
        "SET goes item by item",
        &[(
            "MATCH (a {_id: 'ann'}), (b {_id: 'bob'}) SET a.x = b.x, b.x = a.x RETURN a.x AS a, b.x AS b",
            Rows(&[r#"{"a":2,"b":1}"#]),
        )],
    ),
    (
        "comparing values of different types gives NULL",
        &[("RETURN 1 < 'a' AS x", Error("error[22G04]")), ("RETURN 1 = 'a' AS x", Rows(&[r#"{"x":false}"#]))],
    ),
    ("overflow of an integer", &[("RETURN 9223372036854775807 + 1 AS x", Error("error[22003]"))]),
    (
        "`ORDER BY x DESC` has NULLs first",
        &[
            ("FOR x IN [NULL, 1] RETURN x ORDER BY x DESC", Rows(&[r#"{"x":1}"#, r#"{"x":null}"#])),
            ("FOR x IN [1, NULL] RETURN x ORDER BY x DESC NULLS FIRST", Rows(&[r#"{"x":null}"#, r#"{"x":1}"#])),
        ],
    ),
    (
        "`timestamp()` is a number",
        &[
            ("RETURN TIMESTAMP() IS TYPED ZONED DATETIME AS x", Rows(&[r#"{"x":true}"#])),
            ("RETURN CURRENT_TIMESTAMP.epochMillis > 0 AS x", Rows(&[r#"{"x":true}"#])),
        ],
    ),
    (
        "`labels(n)`, `n.x IS NULL` of a deleted node",
        &[
            ("MATCH (n {_id: 'cem'}) DETACH DELETE n RETURN labels(n) AS l", Error("error[22G11]")),
            ("MATCH (n {_id: 'cem'}) DETACH DELETE n RETURN n.x IS NULL AS l", Error("error[22G11]")),
        ],
    ),
    ("`SET n = {a: 1}, n.a = 2`", &[("MATCH (n {_id: 'cem'}) SET n = {a: 1}, n.a = 2", Error("error[22G0M]"))]),
    // With XOR first, FALSE: left to right it is (TRUE OR TRUE) XOR TRUE.
    ("OR and XOR bind differently", &[("RETURN TRUE OR TRUE XOR TRUE AS x", Rows(&[r#"{"x":false}"#]))]),
    (
        "`COUNT(e)` over the edges",
        &[
            ("MATCH (a)-[e*2]->(b) RETURN COUNT(e) AS n", Error("error[42000]")),
            ("MATCH (a)-[e*2]->(b) RETURN SIZE(e) AS n", Rows(&[r#"{"n":2}"#])),
        ],
    ),
];

/// The first cells of the tables' rows.
fn rows_of_the_page() -> Vec<String> {
    let page = fs::read_to_string(root().join("docs/cypher.md")).unwrap();
    let lines: Vec<&str> = page.lines().collect();
    let mut rows = Vec::new();
    for pair in lines.windows(2) {
        let head = pair[1].starts_with("|---");
        if pair[0].starts_with("| ") && !head {
            let cells = pair[0].trim_start_matches("| ").replace("\\|", "\u{0}");
            let first = cells.split(" | ").next().unwrap_or_default();
            rows.push(first.replace('\u{0}', "\\|"));
        }
    }
    rows
}

#[test]
fn every_row_of_the_page_is_tried_and_holds() {
    let rows = rows_of_the_page();
    assert!(rows.len() > 25, "{} rows in docs/cypher.md", rows.len());
    let mut tried: BTreeMap<&str, bool> = TRIALS.iter().map(|(row, _)| (*row, false)).collect();
    let mut wrong = Vec::new();
    for row in &rows {
        let found = TRIALS.iter().find(|(beginning, _)| row.starts_with(beginning));
        let (beginning, statements) = found.unwrap_or_else(|| panic!("the row `{row}` of docs/cypher.md is not tried"));
        tried.insert(beginning, true);
        let mut session = Database::in_memory().unwrap().session();
        session.execute(GRAPH, ()).unwrap();
        for (statement, gives) in *statements {
            let output = golden::execute(&mut session, statement, Params::new());
            match gives {
                Rows(rows) if output == **rows => {}
                Error(beginning) if output.len() == 1 && output[0].starts_with(beginning) => {}
                _ => wrong.push(format!("{statement}\n  of the row {row}\n  gives {output:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let left: Vec<&str> = tried.into_iter().filter(|(_, tried)| !tried).map(|(row, _)| row).collect();
    assert!(left.is_empty(), "no rows of docs/cypher.md any more: {left:?}");
}
