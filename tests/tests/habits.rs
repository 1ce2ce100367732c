//! What users of Cypher type, each tried on a small graph: accepted, with what it gives, or refused, with a hint that works when it is
//! followed. docs/cypher.md has the list (`UPDATE_DOCS=1` writes it again).

/// What a habit meets.
pub(crate) enum Meets {
    /// It gives these rows.
    Accepted(&'static [&'static str]),
    /// It is refused; what to write instead, and the rows of that.
    Refused(&'static str, &'static [&'static str]),
}
use Meets::{Accepted, Refused};

/// A statement as in Cypher, and what it meets. Statements before the last, separated by `;`, only prepare it.
pub(crate) type Habit = (&'static str, Meets);

/// The habits by what they are about.
pub(crate) const HABITS: &[(&str, &[Habit])] = &[
    (
        "Patterns",
        &[
            ("MATCH (a)-->(b) RETURN a.name, b.name", Accepted(&["Ann Bob", "Bob Cem"])),
            ("MATCH (a)<--(b) RETURN a.name, b.name", Accepted(&["Bob Ann", "Cem Bob"])),
            ("MATCH (a {name: 'Ann'})--(b) RETURN b.name", Accepted(&["Bob"])),
            ("MATCH (a:Person)-[r:KNOWS]->(b:Person) RETURN r.since", Accepted(&["2001", "2010"])),
            ("MATCH (a)-[:KNOWS|LIKES]->(b) RETURN b.name", Accepted(&["Bob", "Cem"])),
            ("MATCH (a)-[:KNOWS|:LIKES]->(b) RETURN b.name", Accepted(&["Bob", "Cem"])),
            ("MATCH (a {name: 'Ann'})-[:KNOWS*]->(b) RETURN b.name", Accepted(&["Bob", "Cem"])),
            ("MATCH (a {name: 'Ann'})-[:KNOWS*2]->(b) RETURN b.name", Accepted(&["Cem"])),
            ("MATCH (a {name: 'Ann'})-[:KNOWS*0..1]->(b) RETURN b.name", Accepted(&["Ann", "Bob"])),
            ("MATCH (a {name: 'Ann'})-[:KNOWS*..2]->(b) RETURN b.name", Accepted(&["Bob", "Cem"])),
            ("MATCH p = (a {name: 'Ann'})-[*]->(b) RETURN length(p)", Accepted(&["1", "2"])),
            ("MATCH (a)-[r*2]->(b) RETURN [x IN r | x.since]", Accepted(&["[2001,2010]"])),
            ("MATCH (n:Person:Admin) RETURN n", Accepted(&[])),
            ("MATCH (n:Person|Admin) RETURN count(*)", Accepted(&["3"])),
            ("MATCH (n:!Admin) RETURN count(*)", Accepted(&["3"])),
            ("MATCH (n:Person WHERE n.age > 40) RETURN n.name", Accepted(&["Ann"])),
            ("MATCH (a)-[r:KNOWS WHERE r.since > 2005]->(b) RETURN b.name", Accepted(&["Cem"])),
            ("MATCH (a) OPTIONAL MATCH (a)-->(b) RETURN a.name, b.name", Accepted(&["Ann Bob", "Bob Cem", "Cem null"])),
            ("MATCH p = shortestPath((a {name: 'Ann'})-[*]-(b {name: 'Cem'})) RETURN length(p)", Accepted(&["2"])),
            (
                "MATCH (a {name: 'Ann'}), (b {name: 'Cem'}), p = allShortestPaths((a)-[:KNOWS*..5]->(b)) RETURN length(p)",
                Accepted(&["2"]),
            ),
            (
                "MATCH (a {name: 'Ann'}), (b {name: 'Cem'}) RETURN length(shortestPath((a)-[:KNOWS*]->(b)))",
                Accepted(&["2"]),
            ),
            ("MATCH p = SHORTEST 1 (a {name: 'Ann'})-[:KNOWS]-+(b {name: 'Cem'}) RETURN length(p)", Accepted(&["2"])),
            ("MATCH (a {name: 'Ann'})-[:KNOWS]->{1,2}(b) RETURN b.name", Accepted(&["Bob", "Cem"])),
            ("MATCH (a {name: 'Ann'}) ((x)-[:KNOWS]->(y)){2} (b) RETURN b.name", Accepted(&["Cem"])),
            (
                "MATCH p = shortestPath((a {name: 'Ann'})-[r*]-(b {name: 'Cem'})) WHERE all(e IN r WHERE e.since > 2000) RETURN length(p)",
                Refused(
                    "MATCH p = ANY SHORTEST (a {name: 'Ann'})-[r WHERE r.since > 2000]-+(b {name: 'Cem'}) RETURN length(p)",
                    &["2"],
                ),
            ),
            (
                "MATCH (n:Person) USING INDEX n:Person(name) WHERE n.name = 'Ann' RETURN n.age",
                Refused("MATCH (n:Person) WHERE n.name = 'Ann' RETURN n.age", &["44"]),
            ),
        ],
    ),
    (
        "Conditions",
        &[
            ("MATCH (a) WHERE (a)-[:KNOWS]->() RETURN a.name", Accepted(&["Ann", "Bob"])),
            ("MATCH (a) WHERE NOT (a)-->() RETURN a.name", Accepted(&["Cem"])),
            ("MATCH (a), (b) WHERE (a)-[:KNOWS]->(b {name: 'Bob'}) RETURN a.name", Accepted(&["Ann"])),
            ("MATCH (a) WHERE (:Person {name: 'Ann'})-->(a) RETURN a.name", Accepted(&["Bob"])),
            ("MATCH (a) WHERE exists((a)-[:KNOWS]->()) RETURN a.name", Accepted(&["Ann", "Bob"])),
            ("MATCH (a) WHERE EXISTS { (a)-[:KNOWS]->(b) WHERE b.age > 35 } RETURN a.name", Accepted(&["Bob"])),
            ("MATCH (a) WHERE COUNT { (a)--() } > 1 RETURN a.name", Accepted(&["Bob"])),
            ("MATCH (n) WHERE exists(n.x) RETURN n.name", Accepted(&["Ann", "Bob"])),
            ("MATCH (n) WHERE n.x IS NOT NULL RETURN n.name", Accepted(&["Ann", "Bob"])),
            ("MATCH (n) WHERE n.name =~ 'A.*' RETURN n.name", Accepted(&["Ann"])),
            ("MATCH (n) WHERE n.name =~ '(?i)BOB' RETURN n.name", Accepted(&["Bob"])),
            ("MATCH (n) WHERE n.name STARTS WITH 'A' OR n.name ENDS WITH 'm' RETURN n.name", Accepted(&["Ann", "Cem"])),
            ("MATCH (n) WHERE n.name CONTAINS 'o' RETURN n.name", Accepted(&["Bob"])),
            ("MATCH (n) WHERE n.name <> 'Ann' AND n.name != 'Bob' RETURN n.name", Accepted(&["Cem"])),
            ("MATCH (n) WHERE n.name IN ['Ann', 'Cem'] RETURN n.name", Accepted(&["Ann", "Cem"])),
            ("MATCH (n) WHERE NOT n.name IN ['Ann'] RETURN n.name", Accepted(&["Bob", "Cem"])),
            ("MATCH (n) WHERE 30 <= n.age < 40 RETURN n.name", Accepted(&["Bob", "Cem"])),
            ("MATCH (n) WHERE n:Person AND NOT n:Admin RETURN count(*)", Accepted(&["3"])),
            ("MATCH (n) WHERE any(x IN [n.age, 40] WHERE x > 41) RETURN n.name", Accepted(&["Ann"])),
            ("MATCH (n) WHERE all(x IN [n.age, 40] WHERE x > 35) RETURN n.name", Accepted(&["Ann", "Cem"])),
            ("MATCH (n) WHERE none(x IN [n.age] WHERE x > 35) RETURN n.name", Accepted(&["Bob"])),
            ("MATCH (n) WHERE single(x IN [n.age, 44] WHERE x = 44) RETURN n.name", Accepted(&["Bob", "Cem"])),
            (
                "MATCH p = (a {name: 'Ann'})-[*]->(b) WHERE all(e IN relationships(p) WHERE e.since < 2005) RETURN b.name",
                Accepted(&["Bob"]),
            ),
            ("RETURN 1 IN (1, 2)", Refused("RETURN 1 IN [1, 2]", &["true"])),
            (
                "MATCH (a) WHERE (a)-[:KNOWS]->(b) RETURN a.name",
                Refused("MATCH (a) WHERE EXISTS { (a)-[:KNOWS]->(b) } RETURN a.name", &["Ann", "Bob"]),
            ),
        ],
    ),
    (
        "Expressions",
        &[
            ("RETURN [x IN [1, 2, 3] WHERE x > 1 | x * 2]", Accepted(&["[4,6]"])),
            ("RETURN [x IN [1, 2, 3] WHERE x > 1]", Accepted(&["[2,3]"])),
            ("RETURN [x IN range(1, 3) | x * x]", Accepted(&["[1,4,9]"])),
            ("MATCH (a {name: 'Ann'}) RETURN [(a)-->(b) | b.name]", Accepted(&["[\"Bob\"]"])),
            ("MATCH (a {name: 'Ann'}) RETURN [p = (a)-[*]->(b) WHERE b.age > 30 | length(p)]", Accepted(&["[2]"])),
            ("RETURN reduce(sum = 0, x IN [1, 2, 3] | sum + x)", Accepted(&["6"])),
            (
                "MATCH (p:Person {name: 'Ann'}) RETURN p {.name, twice: p.age * 2}",
                Accepted(&["{\"name\":\"Ann\",\"twice\":88}"]),
            ),
            (
                "MATCH (p:Person)-->(q) RETURN p {.name, knows: collect(q {.name})}",
                Accepted(&[
                    "{\"name\":\"Ann\",\"knows\":[{\"name\":\"Bob\"}]}",
                    "{\"name\":\"Bob\",\"knows\":[{\"name\":\"Cem\"}]}",
                ]),
            ),
            (
                "MATCH (p:Person {name: 'Cem'}) RETURN p {.*, age: 1}",
                Accepted(&["{\"age\":1,\"email\":\"c@x\",\"name\":\"Cem\"}"]),
            ),
            ("RETURN 'a' + 'b' + 1", Accepted(&["ab1"])),
            ("RETURN [1] + [2] + 3", Accepted(&["[1,2,3]"])),
            ("RETURN 2 ^ 3", Accepted(&["8.0"])),
            ("RETURN 7 / 2, 7 % 2, 7.0 / 2", Accepted(&["3 1 3.5"])),
            ("RETURN [1, 2, 3][0], [1, 2, 3][-1], [1, 2, 3][..2], [1, 2, 3][1..]", Accepted(&["1 3 [1,2] [2,3]"])),
            ("RETURN {a: {b: 1}}.a.b, {a: 1}['a']", Accepted(&["1 1"])),
            ("RETURN CASE 1 WHEN 1 THEN 'one' ELSE 'more' END", Accepted(&["one"])),
            ("RETURN CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END", Accepted(&["b"])),
            ("RETURN COUNT { (:Person) }, EXISTS { (:Person)-->() }", Accepted(&["3 true"])),
            ("RETURN COLLECT { MATCH (n) RETURN n.name ORDER BY n.name }", Accepted(&["[\"Ann\",\"Bob\",\"Cem\"]"])),
            ("RETURN \"it's\", 'it\\'s', 0xFF, 1e3", Accepted(&["it's it's 255 1000.0"])),
            ("RETURN null + 1, null = null", Accepted(&["null null"])),
            (
                "MATCH (a)-[:KNOWS]->(b) RETURN a.name, [x IN collect(b) | x.name]",
                Accepted(&["Ann [\"Bob\"]", "Bob [\"Cem\"]"]),
            ),
            ("RETURN point({x: 1, y: 2})", Refused("RETURN {x: 1, y: 2}", &["{\"x\":1,\"y\":2}"])),
        ],
    ),
    (
        "Functions",
        &[
            (
                "RETURN toUpper('a'), toLower('A'), trim(' a '), replace('aa', 'a', 'b'), split('a,b', ',')",
                Accepted(&["A a a bb [\"a\",\"b\"]"]),
            ),
            (
                "RETURN substring('hello', 1, 3), left('abc', 2), right('abc', 2), reverse('abc')",
                Accepted(&["ell ab bc cba"]),
            ),
            ("RETURN toInteger('7'), toFloat('1.5'), toBoolean('true'), toString(1)", Accepted(&["7 1.5 true 1"])),
            ("RETURN toIntegerOrNull([1]), toFloatOrNull('x')", Accepted(&["null null"])),
            (
                "RETURN size([1, 2]), head([1, 2]), last([1, 2]), tail([1, 2]), range(1, 3)",
                Accepted(&["2 1 2 [2] [1,2,3]"]),
            ),
            ("RETURN coalesce(null, 1), nullIf(1, 1), isEmpty([]), isNaN(1.0)", Accepted(&["1 null true false"])),
            (
                "RETURN abs(-1), ceil(1.2), floor(1.8), round(1.5), sign(-2), sqrt(4)",
                Accepted(&["1 2.0 1.0 2.0 -1 2.0"]),
            ),
            ("RETURN exp(0), log(1), log10(10), pi() > 3, rand() < 1", Accepted(&["1.0 0.0 1.0 true true"])),
            (
                "MATCH (n {name: 'Cem'}) RETURN labels(n), keys(n), properties(n).age",
                Accepted(&["[\"Person\"] [\"age\",\"email\",\"name\"] 39"]),
            ),
            (
                "MATCH (n {name: 'Ann'})-[r]->() RETURN type(r), startNode(r).name, endNode(r).name",
                Accepted(&["KNOWS Ann Bob"]),
            ),
            ("MATCH p = (a {name: 'Ann'})-->(b) RETURN size(nodes(p)), size(relationships(p))", Accepted(&["2 1"])),
            ("MATCH (n {name: 'Ann'}) RETURN id(n) = elementId(n)", Accepted(&["true"])),
            (
                "MATCH (n) RETURN count(*), count(n.x), count(DISTINCT n.age), sum(n.age), min(n.age), max(n.age)",
                Accepted(&["3 2 3 113 30 44"]),
            ),
            (
                "MATCH (n) WITH n ORDER BY n.name RETURN collect(n.name), collect(DISTINCT n.x)",
                Accepted(&["[\"Ann\",\"Bob\",\"Cem\"] [1,2]"]),
            ),
            ("UNWIND [1, 2, 3] AS x RETURN avg(x), stDev(x), stDevP(x) > 0.8", Accepted(&["2.0 1.0 true"])),
            ("UNWIND [1, 2, 3] AS x RETURN percentileCont(x, 0.5), percentileDisc(x, 0.5)", Accepted(&["2.0 2"])),
            ("RETURN date('2024-02-29').year, date({year: 2024, month: 2, day: 29}).day", Accepted(&["2024 29"])),
            (
                "RETURN datetime('2024-01-01T10:00:00Z').hour, localdatetime('2024-01-01T10:00:00').minute",
                Accepted(&["10 0"]),
            ),
            (
                "RETURN date('2024-01-31') + duration({months: 1}), date('2024-01-01') + duration('P1D')",
                Accepted(&["2024-02-29 2024-01-02"]),
            ),
            ("RETURN duration.between(date('2024-01-01'), date('2024-02-03'))", Accepted(&["P1M2D"])),
            ("RETURN duration.inDays(date('2024-01-01'), date('2024-02-03')).days", Accepted(&["33"])),
            ("RETURN date.truncate('month', date('2024-02-29'))", Accepted(&["2024-02-01"])),
            ("RETURN datetime({epochMillis: 0}) = datetime.fromepochmillis(0)", Accepted(&["true"])),
            ("RETURN randomUUID() <> randomUUID()", Accepted(&["true"])),
            (
                "RETURN apoc.text.join(['a', 'b'], ',')",
                Refused("RETURN reduce(s = '', x IN ['a', 'b'] | s + x)", &["ab"]),
            ),
        ],
    ),
    (
        "Clauses",
        &[
            ("UNWIND [1, 2] AS x RETURN x", Accepted(&["1", "2"])),
            (
                "UNWIND [{id: 'dee'}] AS row CREATE (p:Person {_id: row.id}) SET p += row RETURN p.id",
                Accepted(&["dee"]),
            ),
            ("MATCH (a)--() WITH a, count(*) AS n WHERE n > 1 RETURN a.name", Accepted(&["Bob"])),
            ("MATCH (n) WITH * WHERE n.age > 40 RETURN n.name", Accepted(&["Ann"])),
            ("MATCH (n) RETURN DISTINCT labels(n)", Accepted(&["[\"Person\"]"])),
            ("MATCH (n) RETURN n.name AS name ORDER BY name DESC SKIP 1 LIMIT 1", Accepted(&["Bob"])),
            ("MATCH (n) RETURN n.name ORDER BY n.age LIMIT 1 + 1", Accepted(&["Bob", "Cem"])),
            ("MATCH (a) RETURN a.name AS n UNION MATCH (b) RETURN b.name AS n", Accepted(&["Ann", "Bob", "Cem"])),
            ("RETURN 1 AS x UNION ALL RETURN 1 AS x", Accepted(&["1", "1"])),
            (
                "MATCH (a) CALL { WITH a MATCH (a)-->(b) RETURN count(b) AS c } RETURN a.name, c",
                Accepted(&["Ann 1", "Bob 1", "Cem 0"]),
            ),
            (
                "MATCH (a) CALL (a) { MATCH (a)-->(b) RETURN b.name AS b } RETURN a.name, b",
                Accepted(&["Ann Bob", "Bob Cem"]),
            ),
            ("MATCH (a) CALL (a) { SET a.seen = true } IN TRANSACTIONS OF 100 ROWS RETURN count(*)", Accepted(&["3"])),
            ("CALL algo.node2vec({dimensions: 2}) YIELD nodeId WHERE nodeId = 'bob' RETURN nodeId", Accepted(&["bob"])),
            ("CYPHER 25 MATCH (n) RETURN count(n)", Accepted(&["3"])),
            ("CYPHER runtime = parallel RETURN 1", Accepted(&["1"])),
            ("MATCH (n:Person) RETURN count(*) c", Refused("MATCH (n:Person) RETURN count(*) AS c", &["3"])),
            ("EXPLAIN MATCH (n) RETURN count(*)", Accepted(&["*"])),
            ("PROFILE MATCH (n) RETURN count(*)", Accepted(&["*"])),
        ],
    ),
    (
        "Changes",
        &[
            ("CREATE (a:City {name: 'Oslo'})-[:IN]->(b:Country {name: 'Norway'}) RETURN b.name", Accepted(&["Norway"])),
            (
                "MERGE (c:City {name: 'Oslo'}) ON CREATE SET c.made = 1 ON MATCH SET c.found = 1 RETURN c.made, c.found",
                Accepted(&["1 null"]),
            ),
            ("MATCH (a {name: 'Ann'}), (b {name: 'Cem'}) MERGE (a)-[r:KNOWS]->(b) RETURN r.since", Accepted(&["null"])),
            (
                "MATCH (n {name: 'Ann'}) SET n.age = 45, n:Admin RETURN n.age, labels(n)",
                Accepted(&["45 [\"Admin\",\"Person\"]"]),
            ),
            ("MATCH (n {name: 'Ann'}) SET n += {y: 7} RETURN n.x, n.y", Accepted(&["1 7"])),
            ("MATCH (n {name: 'Ann'}) SET n = {y: 8} RETURN n.x, n.y", Accepted(&["null 8"])),
            ("MATCH (n {name: 'Ann'}) SET n:$('Ad' + 'min') RETURN labels(n)", Accepted(&["[\"Admin\",\"Person\"]"])),
            ("MATCH (n {name: 'Ann'}) SET n['k' + 1] = 5 RETURN n.k1", Accepted(&["5"])),
            ("MATCH (n {name: 'Ann'}) REMOVE n.age, n:Person RETURN n.age, labels(n)", Accepted(&["null []"])),
            ("FOREACH (x IN [1, 2] | CREATE (:N {x: x})); MATCH (n:N) RETURN n.x", Accepted(&["1", "2"])),
            ("MATCH (a:Person) FOREACH (x IN [1, 2] | SET a.last = x) RETURN a.last", Accepted(&["2", "2", "2"])),
            ("MATCH ()-[r:KNOWS]->() DELETE r RETURN count(*)", Accepted(&["2"])),
            ("MATCH (n {name: 'Bob'}) DETACH DELETE n RETURN count(*)", Accepted(&["1"])),
            ("CREATE (a:City)-->(b:City)", Refused("CREATE (a:City)-[:NEAR]->(b:City) RETURN count(*)", &["1"])),
            (
                "LOAD CSV WITH HEADERS FROM 'file:///cities.csv' AS row CREATE (:City {name: row.name})",
                Refused("UNWIND [{name: 'Oslo'}] AS row CREATE (c:City {name: row.name}) RETURN c.name", &["Oslo"]),
            ),
        ],
    ),
    (
        "Schema and administration",
        &[
            (
                "CREATE CONSTRAINT person_email IF NOT EXISTS FOR (p:Person) REQUIRE p.email IS UNIQUE; SHOW CONSTRAINTS YIELD name RETURN name",
                Accepted(&["person_email"]),
            ),
            (
                "CREATE CONSTRAINT FOR (p:Person) REQUIRE p.email IS UNIQUE; SHOW CONSTRAINTS YIELD type RETURN type",
                Accepted(&["UNIQUENESS"]),
            ),
            (
                "CREATE CONSTRAINT c FOR (p:Person) REQUIRE p.age IS NOT NULL; SHOW CONSTRAINTS YIELD type RETURN type",
                Accepted(&["NODE_PROPERTY_EXISTENCE"]),
            ),
            (
                "CREATE CONSTRAINT c FOR ()-[k:KNOWS]-() REQUIRE k.since IS NOT NULL; SHOW CONSTRAINTS YIELD type RETURN type",
                Accepted(&["RELATIONSHIP_PROPERTY_EXISTENCE"]),
            ),
            (
                "CREATE CONSTRAINT c FOR (p:Person) REQUIRE (p.name, p.email) IS NODE KEY; SHOW CONSTRAINTS YIELD type RETURN type",
                Accepted(&["NODE_KEY"]),
            ),
            (
                "CREATE CONSTRAINT c FOR (p:Person) REQUIRE p.age IS :: INTEGER; SHOW CONSTRAINTS YIELD propertyType RETURN propertyType",
                Accepted(&["INT64"]),
            ),
            (
                "CREATE CONSTRAINT ON (p:Person) ASSERT p.email IS UNIQUE; SHOW CONSTRAINTS YIELD name RETURN count(*)",
                Accepted(&["1"]),
            ),
            (
                "CREATE CONSTRAINT c FOR (p:Person) REQUIRE p.age IS NOT NULL; DROP CONSTRAINT c; SHOW CONSTRAINTS YIELD name RETURN count(*)",
                Accepted(&["0"]),
            ),
            ("DROP CONSTRAINT nothing IF EXISTS; RETURN 1", Accepted(&["1"])),
            (
                "CREATE INDEX person_name IF NOT EXISTS FOR (p:Person) ON (p.name); SHOW INDEXES YIELD name RETURN count(*)",
                Accepted(&["2"]),
            ),
            (
                "CREATE INDEX FOR (p:Person) ON (p.name, p.age); SHOW INDEXES YIELD name RETURN count(*)",
                Accepted(&["2"]),
            ),
            (
                "CREATE INDEX since FOR ()-[k:KNOWS]-() ON (k.since); SHOW INDEXES YIELD name RETURN count(*)",
                Accepted(&["2"]),
            ),
            (
                "CREATE RANGE INDEX r FOR (p:Person) ON (p.name); DROP INDEX r IF EXISTS; SHOW INDEXES YIELD name RETURN count(*)",
                Accepted(&["1"]),
            ),
            (
                "CREATE TEXT INDEX t FOR (p:Person) ON (p.name); SHOW INDEXES YIELD name RETURN count(*)",
                Accepted(&["2"]),
            ),
            ("CREATE INDEX ON :Person(name); SHOW INDEXES YIELD name RETURN count(*)", Accepted(&["2"])),
            ("SHOW INDEXES", Accepted(&["*"])),
            ("SHOW FUNCTIONS", Accepted(&["*"])),
            ("SHOW PROCEDURES YIELD name RETURN count(*) > 0", Accepted(&["true"])),
            ("SHOW DATABASES YIELD name RETURN name", Accepted(&["default"])),
            ("SHOW CURRENT USER YIELD roles RETURN roles", Accepted(&["[\"admin\"]"])),
            (
                "SHOW PROCEDURES EXECUTABLE YIELD name ORDER BY name WHERE name STARTS WITH 'db.' RETURN count(*) > 5",
                Accepted(&["true"]),
            ),
            (
                "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0]",
                Accepted(&["5.26.0"]),
            ),
            ("CALL db.labels() YIELD label RETURN label", Accepted(&["Person"])),
            ("CREATE DATABASE g", Refused("CREATE GRAPH g; SHOW GRAPHS YIELD name RETURN count(*)", &["2"])),
            (
                "CREATE FULLTEXT INDEX f FOR (p:Person) ON EACH [p.name]; SHOW INDEXES YIELD name RETURN count(*)",
                Accepted(&["2"]),
            ),
            (
                "CREATE POINT INDEX p FOR (p:Person) ON (p.place)",
                Refused("CREATE INDEX p FOR (p:Person) ON (p.place); RETURN 1", &["1"]),
            ),
            (
                "GRANT ROLE reader TO ann",
                Refused("CREATE USER ann PASSWORD 'long enough, I hope' ROLE reader; RETURN 1", &["1"]),
            ),
            (
                "CALL apoc.periodic.iterate('MATCH (n) RETURN n', 'SET n.y = 1', {})",
                Refused("MATCH (n) SET n.y = 1 RETURN count(*)", &["3"]),
            ),
            ("CALL gds.graph.project('g', '*', '*') YIELD nodeCount RETURN nodeCount", Accepted(&["3"])),
            (
                "CALL gds.betweenness.stream('g')",
                Refused("CALL algo.betweenness() YIELD nodeId RETURN count(*)", &["3"]),
            ),
            (":param x => 1", Refused("SESSION SET VALUE $x = 1; RETURN $x", &["1"])),
        ],
    ),
];
