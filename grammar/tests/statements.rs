//! What is accepted and what is refused.

use wend_grammar::{parse, print};

/// The canonical text of the statements, joined by `; `.
fn canonical(text: &str) -> String {
    match parse(text) {
        Ok(statements) => statements.iter().map(print).collect::<Vec<_>>().join("; "),
        Err(error) => panic!("{text}\n{error} at {:?}", error.span),
    }
}

/// Each is accepted, and prints as the second, which prints as itself.
fn accepted(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let expected = if expected.is_empty() { text } else { expected };
        assert_eq!(&canonical(text), expected, "{text}");
        assert_eq!(&canonical(expected), expected, "{text}");
    }
}

fn refused(cases: &[&str]) {
    for text in cases {
        if let Ok(statements) = parse(text) {
            panic!("accepted {text} as {}", statements.iter().map(print).collect::<Vec<_>>().join("; "));
        }
    }
}

#[test]
fn administration() {
    accepted(&[
        ("START TRANSACTION", ""),
        ("start transaction read only", "START TRANSACTION READ ONLY"),
        ("BEGIN", "START TRANSACTION"),
        ("BEGIN TRANSACTION READ WRITE", "START TRANSACTION"),
        ("COMMIT", ""),
        ("ROLLBACK", ""),
        ("START TRANSACTION INSERT (:A) COMMIT", "START TRANSACTION; INSERT (:A); COMMIT"),
        ("SESSION SET GRAPH g SESSION SET TIME ZONE \"+02:00\"", "SESSION SET GRAPH g; SESSION SET TIME ZONE '+02:00'"),
        ("SESSION SET PROPERTY GRAPH `my graph`", "SESSION SET GRAPH `my graph`"),
        ("USE g", "SESSION SET GRAPH g"),
        ("USE CURRENT_GRAPH", "SESSION SET GRAPH CURRENT_GRAPH"),
        ("SESSION SET VALUE $x = 1 + 2", ""),
        ("SESSION SET $x = [1]", "SESSION SET VALUE $x = [1]"),
        ("SESSION RESET", "SESSION RESET ALL"),
        ("SESSION RESET GRAPH", ""),
        ("SESSION RESET TIME ZONE", ""),
        ("SESSION RESET ALL PARAMETERS", "SESSION RESET PARAMETERS"),
        ("SESSION RESET PARAMETER $x", "SESSION RESET $x"),
        ("SESSION CLOSE", ""),
        ("SHOW TASKS", ""),
        ("show  algos category similarity", "SHOW ALGOS CATEGORY similarity"),
        ("SHOW TOP QUERIES", "SHOW QUERIES"),
        ("TOP", "SHOW QUERIES"),
        ("SHOW GRAPH TYPES", ""),
        ("SHOW EDGE LABELS", ""),
        ("SHOW PROPERTY KEYS", ""),
        ("SHOW TASKS YIELD id, state AS s FILTER s = 'done' RETURN id", ""),
        (
            "SHOW PROCEDURES WHERE name STARTS WITH 'algo' RETURN name LIMIT 3",
            "SHOW PROCEDURES YIELD * FILTER name STARTS WITH 'algo' RETURN name LIMIT 3",
        ),
        ("SHOW TASK 'x'", ""),
        ("STOP TASK $id", ""),
        (
            "create user if not exists `ann b` password 'p' role Reader",
            "CREATE USER IF NOT EXISTS `ann b` SET PASSWORD 'p' SET ROLE Reader",
        ),
        ("CREATE USER user SET PASSWORD $p", ""),
        ("ALTER USER ann SET PASSWORD 'p'", ""),
        ("ALTER USER ann ROLE admin", "ALTER USER ann SET ROLE admin"),
        ("DROP USER IF EXISTS ann", ""),
        ("CREATE TOKEN t FOR ann VALID FOR DURATION 'P1D'", "CREATE TOKEN t FOR USER ann VALID FOR DURATION 'P1D'"),
        ("DROP TOKEN t", ""),
        ("SHOW USERS", ""),
        ("SHOW TOKENS", ""),
        ("STOP 'x'", "STOP TASK 'x'"),
        ("DELETE TASK 'x'", ""),
        ("KILL 'x'", "KILL QUERY 'x'"),
        ("KILL QUERY 12", ""),
        ("DESC ALGO algo.node2vec", "DESCRIBE ALGO algo.node2vec"),
        ("DESCRIBE MODEL m", ""),
        ("DESCRIBE MODEL 'my model'", "DESCRIBE MODEL `my model`"),
        ("DESC MODEL \"a.b\"", "DESCRIBE MODEL `a.b`"),
        ("DROP MODEL 'my model'", "DROP MODEL `my model`"),
        ("DROP MODEL IF EXISTS m", ""),
        ("REFRESH EMBEDDING embedding", ""),
        ("BACKUP TO 'monday'", ""),
        ("backup to $name", "BACKUP TO $name"),
        ("CHECK DATABASE", ""),
        ("EXPLAIN MATCH (n) RETURN n", ""),
        ("PROFILE INSERT (:A)", ""),
        (";; RETURN 1 ;; RETURN 2;", "RETURN 1; RETURN 2"),
    ]);
    assert_eq!(parse(""), Ok(Vec::new()));
    assert_eq!(parse(" ; -- nothing\n;"), Ok(Vec::new()));
    refused(&[
        "SHOW",
        "SHOW NOTHING",
        "SESSION",
        "START",
        "EXPLAIN",
        "STOP",
        "KILL query",
        "BEGIN READ ONLY, READ WRITE",
        "COMMIT 1",
    ]);
}

#[test]
fn catalog() {
    accepted(&[
        ("CREATE GRAPH g", "CREATE GRAPH g ANY"),
        ("CREATE PROPERTY GRAPH IF NOT EXISTS g ANY PROPERTY GRAPH", "CREATE GRAPH IF NOT EXISTS g ANY"),
        ("CREATE OR REPLACE GRAPH g TYPED t", ""),
        ("CREATE GRAPH g :: t", "CREATE GRAPH g TYPED t"),
        ("CREATE GRAPH g AS COPY OF h", ""),
        ("CREATE GRAPH TYPE t AS COPY OF u", ""),
        (
            "CREATE OR REPLACE PROPERTY GRAPH TYPE t AS COPY OF PROPERTY GRAPH TYPE u",
            "CREATE OR REPLACE GRAPH TYPE t AS COPY OF u",
        ),
        ("CREATE GRAPH type", "CREATE GRAPH type ANY"),
        ("CREATE GRAPH g {(Person :Person {name STRING NOT NULL, age INT8})}", ""),
        (
            "CREATE GRAPH TYPE t AS { (Person :Person {name :: STRING}), (Person)-[:KNOWS {since DATE}]->(Person) }",
            "CREATE GRAPH TYPE t {(Person :Person {name STRING}), (:Person)-[:KNOWS {since DATE}]->(:Person)}",
        ),
        (
            "CREATE GRAPH TYPE t {NODE TYPE P (:P), DIRECTED EDGE TYPE k (:P)<-[:K]-(:Q)}",
            "CREATE GRAPH TYPE t {(P :P), (:Q)-[k :K]->(:P)}",
        ),
        (
            "CREATE GRAPH TYPE IF NOT EXISTS t {(:A {v VECTOR(4), l LIST<INT NOT NULL>, r RECORD {a INT}, z ZONED DATETIME})}",
            "CREATE GRAPH TYPE IF NOT EXISTS t {(:A {v VECTOR(4), l LIST<INT64 NOT NULL>, r RECORD {a INT64}, z ZONED DATETIME})}",
        ),
        ("DROP GRAPH IF EXISTS g", ""),
        ("DROP PROPERTY GRAPH TYPE t", "DROP GRAPH TYPE t"),
        ("CREATE INDEX i ON NODE Person (name, age)", ""),
        (
            "CREATE UNIQUE INDEX IF NOT EXISTS i ON EDGE KNOWS(since)",
            "CREATE UNIQUE INDEX IF NOT EXISTS i ON EDGE KNOWS (since)",
        ),
        ("CREATE INDEX i FOR (n:Person) ON (n.name)", "CREATE INDEX i ON NODE Person (name)"),
        ("CREATE INDEX FOR ()-[e:KNOWS]-() ON (e.since)", "CREATE INDEX KNOWS_since ON EDGE KNOWS (since)"),
        ("DROP INDEX IF EXISTS i", ""),
        ("DROP VECTOR INDEX i", "DROP INDEX i"),
        ("DROP INDEX $name", ""),
        ("REFRESH INDEX i", ""),
        (
            "CREATE VECTOR INDEX $name IF NOT EXISTS FOR (n:`A b`) ON n.p OPTIONS {indexConfig: {`vector.dimensions`: 3}}",
            "CREATE VECTOR INDEX IF NOT EXISTS $name ON NODE `A b` (p) OPTIONS {indexConfig: {`vector.dimensions`: 3}}",
        ),
        (
            "CREATE VECTOR INDEX i FOR (n:P) ON (n.e) WITH [n.age, n.city] OPTIONS {metric: 'dot'}",
            "CREATE VECTOR INDEX i ON NODE P (e) OPTIONS {metric: 'dot'}",
        ),
        ("CREATE VECTOR INDEX FOR ()-[e:E]-() ON (e.x)", "CREATE VECTOR INDEX E_x ON EDGE E (x)"),
        (
            "CREATE VECTOR INDEX i ON :P(e) WITH CONFIG {metric: 'cos'}",
            "CREATE VECTOR INDEX i ON NODE P (e) OPTIONS {metric: 'cos'}",
        ),
        ("CREATE VECTOR INDEX \"i\" ON P.e", "CREATE VECTOR INDEX i ON NODE P (e)"),
        (
            "CREATE FULLTEXT INDEX i IF NOT EXISTS FOR (x:A|:B) ON EACH [x.title, x.`a b`] OPTIONS {indexConfig: {`fulltext.analyzer`: 'english'}}",
            "CREATE FULLTEXT INDEX IF NOT EXISTS i FOR (n:A|B) ON EACH [n.title, n.`a b`] OPTIONS {indexConfig: {`fulltext.analyzer`: 'english'}}",
        ),
        (
            "CREATE FULLTEXT INDEX $name FOR ()-[r:A|B]-() ON EACH [r.x]",
            "CREATE FULLTEXT INDEX $name FOR ()-[e:A|B]-() ON EACH [e.x]",
        ),
        ("CREATE FULLTEXT INDEX FOR (n:P) ON EACH [n.x]", "CREATE FULLTEXT INDEX P_x FOR (n:P) ON EACH [n.x]"),
        ("DROP FULLTEXT INDEX i IF EXISTS", "DROP INDEX IF EXISTS i"),
    ]);
    refused(&[
        "CREATE GRAPH",
        "CREATE GRAPH IF NOT EXISTS",
        "CREATE GRAPH g {(:A {x NOSUCHTYPE})}",
        "CREATE GRAPH g {(:A {x DECIMAL(3)})}",
        "CREATE GRAPH g {(:A)-[:B]-(:C)}",
        "CREATE INDEX i ON Person (name)",
        "CREATE INDEX i FOR (n:A) ON (m.x)",
        "CREATE INDEX i FOR (n:A|B) ON (n.x)",
        "CREATE FULLTEXT INDEX i FOR (n) ON EACH [n.x]",
        "CREATE FULLTEXT INDEX i FOR (n:A&B) ON EACH [n.x]",
        "CREATE FULLTEXT INDEX i FOR (n:A) ON EACH [m.x]",
        "CREATE FULLTEXT INDEX i FOR (n:A) ON (n.x)",
        "DROP i",
    ]);
}

#[test]
fn queries() {
    accepted(&[
        (
            "MATCH (n:A|B&!C) WHERE n.x > 1 RETURN n.x AS x, COUNT(*) AS c GROUP BY x ORDER BY c DESC NULLS LAST, x OFFSET 2 LIMIT $n",
            "",
        ),
        ("MATCH (n) RETURN DISTINCT *", ""),
        (
            "MATCH (n:P) WHERE n.x > 1 SEARCH n IN (VECTOR INDEX i FOR $v WHERE n.y LIMIT 3) SCORE AS s WHERE s > 0.5 RETURN n",
            "",
        ),
        (
            "MATCH (n:P) SEARCH n IN (FULLTEXT INDEX i FOR 'a b~' WHERE n.y LIMIT 3) SCORE AS s RETURN n AS each, s AS fulltext",
            "",
        ),
        ("OPTIONAL MATCH (n) SEARCH n IN (VECTOR INDEX $i FOR a.e LIMIT $k) RETURN n", ""),
        ("MATCH (search) RETURN search.score AS vector, search AS options", ""),
        ("MATCH (n) RETURN COUNT(n) GROUP BY ()", ""),
        ("MATCH (n) RETURN ALL n.`a b`, n.\"c d\"", "MATCH (n) RETURN n.`a b`, n.`c d`"),
        ("OPTIONAL MATCH (a)->(b) RETURN a", "OPTIONAL MATCH (a)-[]->(b) RETURN a"),
        ("OPTIONAL { MATCH (a) MATCH (b) } RETURN a", ""),
        ("OPTIONAL (MATCH (a)) RETURN a", "OPTIONAL { MATCH (a) } RETURN a"),
        ("LET x = 1, y = 2 FILTER WHERE x < y RETURN x", "LET x = 1, y = 2 FILTER x < y RETURN x"),
        ("FOR x IN [1, 2] WITH ORDINALITY i RETURN x, i", ""),
        ("FOR x IN [1, 2] WITH OFFSET i RETURN x", ""),
        ("UNWIND [1] AS x RETURN x", "FOR x IN [1] RETURN x"),
        (
            "MATCH (n) WITH n, n.x AS x ORDER BY x SKIP 1 LIMIT 2 WHERE x > 1 RETURN n",
            "MATCH (n) WITH n, n.x AS x ORDER BY x OFFSET 1 LIMIT 2 FILTER x > 1 RETURN n",
        ),
        ("MATCH (n) ORDER BY n.x SKIP 1 LIMIT 2 RETURN n", "MATCH (n) ORDER BY n.x OFFSET 1 LIMIT 2 RETURN n"),
        ("RETURN 1 AS x NEXT YIELD x AS y RETURN y + 1 AS z", ""),
        (
            "RETURN 1 AS x UNION ALL RETURN 2 AS x UNION DISTINCT RETURN 3 AS x EXCEPT RETURN 1 AS x",
            "RETURN 1 AS x UNION ALL RETURN 2 AS x UNION RETURN 3 AS x EXCEPT RETURN 1 AS x",
        ),
        ("RETURN 1 AS x OTHERWISE RETURN 2 AS x", ""),
        ("USE g { MATCH (n) RETURN n }", ""),
        ("{ RETURN 1 AS x } NEXT RETURN x", ""),
        ("USE g MATCH (n) RETURN n", ""),
        ("FINISH", ""),
        ("MATCH (n) FINISH", ""),
        (
            "CALL algo.node2vec.write({dimensions: 4}, { db: { property: \"embedding\" } }) YIELD task_id, nodesWritten",
            "CALL algo.node2vec.write({dimensions: 4}, {db: {property: 'embedding'}}) YIELD task_id, nodesWritten",
        ),
        ("CALL db.labels", "CALL db.labels()"),
        ("OPTIONAL CALL p(1) YIELD *", "OPTIONAL CALL p(1)"),
        ("CALL p() YIELD a AS b WHERE b > 1 RETURN b", "CALL p() YIELD a AS b FILTER b > 1 RETURN b"),
        ("CALL p() YIELD value AS v RETURN v", "CALL p() YIELD value AS v RETURN v"),
        ("MATCH (n) CALL (n) { RETURN n.x AS x } RETURN x", ""),
        ("OPTIONAL CALL () { RETURN 1 AS x } RETURN x", ""),
        ("CALL { RETURN 1 AS x } RETURN x", ""),
        ("LOAD CSV WITH HEADERS FROM 'f.csv' AS row FIELDTERMINATOR ';' INSERT (:P {name: row.name})", ""),
        ("MATCH (default {_id: 1})-[window:db]->(p) RETURN q", "MATCH (default {_id: 1})-[window:db]->(p) RETURN q"),
    ]);
    refused(&[
        "RETURN",
        "MATCH (n) RETURN n MATCH (m) RETURN m",
        "MATCH (a) WHERE RETURN a",
        "RETURN 1 LIMIT -1",
        "RETURN 1 LIMIT 1.5",
        "CALL algo.node2vec YIELD nodeId",
        "MATCH (where) RETURN 1",
        "LET distinct = 1 RETURN 1",
        "SELECT 1",
        "WHERE TRUE RETURN 1",
        "MATCH (n) WHERE n.x = 1 WHERE n.y = 1 RETURN n",
        "RETURN 1 AS",
        "RETURN 1,",
        "matchx (n) RETURN n",
        "MATCH(n)RETURNn",
    ]);
}

#[test]
fn changes() {
    accepted(&[
        ("INSERT (a:A&B {x: 1}), (a)-[:T {y: 'z'}]->(b), (b)<-[e:U]-(:C)", ""),
        ("INSERT (a IS Person {name: \"x\"}) RETURN a", "INSERT (a:Person {name: 'x'}) RETURN a"),
        ("CREATE (a:A:B)-[:T]->()", "INSERT (a:A&B)-[:T]->()"),
        ("INSERT OVERWRITE (a:A {_id: 'x'})", "UPSERT (a:A {_id: 'x'})"),
        ("UPSERT (a:A {_id: 'x'}), (b:A {_id: 'y'})", ""),
        (
            "MERGE (a:A {k: 1}) ON MATCH SET a.n = 2 ON CREATE SET a.n = 1 RETURN a",
            "MERGE (a:A {k: 1}) ON CREATE SET a.n = 1 ON MATCH SET a.n = 2 RETURN a",
        ),
        (
            "MATCH (n) SET n.x = 1, n:B, n IS C&D, n = {a: 1}, n += $p RETURN n",
            "MATCH (n) SET n.x = 1, n:B, n:C&D, n = {a: 1}, n += $p RETURN n",
        ),
        ("MATCH (n) REMOVE n.x, n:B, n IS C", "MATCH (n) REMOVE n.x, n:B, n:C"),
        ("MATCH (n) DETACH DELETE n, n.x", ""),
        ("MATCH (n) NODETACH DELETE n", "MATCH (n) DELETE n"),
        ("MATCH (task) DELETE task", ""),
        ("INSERT (a) // comment\n -- another\n /* and */ SET a.x = 1", "INSERT (a) SET a.x = 1"),
    ]);
    refused(&[
        "INSERT (a)-->(b)",
        "INSERT (a) -->(b)",
        "INSERT (a)\n-->(b)",
        "INSERT (a)--(b)",
        "INSERT (a) -- (b)",
        "INSERT (a)<--(b)",
        "INSERT (a)-[:T]-(b)",
        "INSERT (a)-[:T]->(b)--(c)",
        "INSERT (a:A|B)",
        "INSERT (a:!A)",
        "INSERT (a WHERE a.x = 1)",
        "INSERT",
        "SET n",
        "MATCH (n) SET n.x",
        "MATCH (n) DELETE",
        "MATCH (n) REMOVE n",
    ]);
}

#[test]
fn patterns() {
    accepted(&[
        ("MATCH (a)->(b)<-(c)-(d)<->(e) RETURN a", "MATCH (a)-[]->(b)<-[]-(c)-[]-(d)-[]-(e) RETURN a"),
        (
            "MATCH (a)-[:T]->{,3}(b)-[:S]->{2}(c)-[:U]->+(d)-[:V]->*(e) RETURN a",
            "MATCH (a)-[:T]->{0,3}(b)-[:S]->{2,2}(c)-[:U]->{1,}(d)-[:V]->{0,}(e) RETURN a",
        ),
        (
            "MATCH (a)-[:T*]->(b)-[*2]-(c)<-[e*1..3 {x: 1}]-(d)-[:T*..4]->(f) RETURN a",
            "MATCH (a)-[:T]->{1,}(b)-[]-{2,2}(c)<-[e {x: 1}]-{1,3}(d)-[:T]->{1,4}(f) RETURN a",
        ),
        (
            "MATCH p = ANY SHORTEST TRAIL (a)-[:T|:U]->*(b), ALL SHORTEST WALK PATHS (c)->(d), ANY (e), ALL ACYCLIC (f) RETURN p",
            "MATCH p = ANY SHORTEST TRAIL (a)-[:T|U]->{0,}(b), ALL SHORTEST WALK (c)-[]->(d), ANY (e), ALL ACYCLIC (f) RETURN p",
        ),
        ("MATCH p = SHORTEST 3 GROUPS (a)-[]->{0,}(b) RETURN p", ""),
        ("MATCH REPEATABLE ELEMENTS (a)-[]->(b), (b)-[]->(c) RETURN a", ""),
        ("MATCH DIFFERENT EDGE BINDINGS (a) RETURN a", "MATCH DIFFERENT EDGES (a) RETURN a"),
        ("MATCH ((x)-[e WHERE e.w > 1]->(y) WHERE x.a < y.a){2,4} RETURN e", ""),
        ("MATCH (a)(TRAIL (x)-[]->(y))+(b) RETURN a", "MATCH (a)(TRAIL (x)-[]->(y)){1,}(b) RETURN a"),
        ("MATCH (:A)-[IS T]->(:%) RETURN 1", "MATCH (:A)-[:T]->(:%) RETURN 1"),
        ("MATCH (n:!(A|B)&%) RETURN n", ""),
        ("MATCH (n:`a b`&\"c d\") RETURN n", "MATCH (n:`a b`&`c d`) RETURN n"),
        ("MATCH (`n m` {x: 1} WHERE `n m`.y = 2) RETURN `n m`", ""),
        ("MATCH TRAIL (a), trail = (b) RETURN trail", ""),
        ("MATCH (a)-[e]->(b) WHERE e IS NOT LABELED T|U RETURN e", ""),
        ("MATCH (a)--(b)-->(c)<--(d)<-->(e) RETURN a", "MATCH (a)-[]-(b)-[]->(c)<-[]-(d)-[]-(e) RETURN a"),
        ("MATCH (a)-[e]->?(b) YIELD a, b RETURN a", ""),
        ("MATCH p = shortestPath((a)-[*]-(b)) RETURN p", "MATCH p = ANY SHORTEST (a)-[]-{1,}(b) RETURN p"),
    ]);
    refused(&[
        "MATCH (a)---(b) RETURN a",
        "MATCH (a)-[e]--(b) RETURN a",
        "MATCH a RETURN a",
        "MATCH (a)-[e]>(b) RETURN a",
        "MATCH (a)-[:T]->{3,1}(b) RETURN a",
        "MATCH (a)-[:T]->{99999999999}(b) RETURN a",
        "MATCH (a)-[:T*]->{2}(b) RETURN a",
        "MATCH (a*) RETURN a",
        "MATCH (a:) RETURN a",
        "MATCH (a",
        "MATCH (a) RETURN a)",
        "MATCH (a] RETURN a",
    ]);
}
