//! Help on the language: its clauses and statements, each with its form and an example.

/// Help on a clause or a statement.
#[derive(Debug)]
pub struct ClauseHelp {
    /// Its name; several, where it has several.
    pub names: &'static [&'static str],
    /// Its form, in one line.
    pub form: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// An example that parses.
    pub example: &'static str,
}

const fn clause(
    names: &'static [&'static str],
    form: &'static str,
    doc: &'static str,
    example: &'static str,
) -> ClauseHelp {
    ClauseHelp { names, form, doc, example }
}

/// In the order in which a query has them, then the statements.
static CLAUSES: &[ClauseHelp] = &[
    clause(
        &["MATCH", "PATTERN", "PATTERNS"],
        "MATCH (a:Label {key: value})-[e:LABEL]->(b), ... [WHERE condition]",
        "Finds all places of a pattern. `->`, `<-` and `-` give the direction, `|`, `&` and `!` combine labels.",
        "MATCH (p:Person)-[k:KNOWS]->(q:Person) WHERE p.age > 30 RETURN p.name, q.name",
    ),
    clause(
        &["OPTIONAL MATCH", "OPTIONAL"],
        "OPTIONAL MATCH pattern",
        "As MATCH, but a row without a match stays, with NULL in the new variables.",
        "MATCH (p:Person) OPTIONAL MATCH (p)-[:OWNS]->(c:Car) RETURN p.name, c.model",
    ),
    clause(
        &["PATHS", "PATH", "QUANTIFIER", "QUANTIFIERS"],
        "MATCH p = (a)-[:LABEL]->{1,5}(b)   also `+`, `*`, and a part: ((x)-[e]->(y) WHERE ..){2,3}",
        "Repeats an edge or a part of a pattern. WALK, TRAIL, SIMPLE and ACYCLIC before the pattern say what may repeat.",
        "MATCH p = TRAIL (a:Person)-[:KNOWS]->{1,3}(b:Person) RETURN p LIMIT 10",
    ),
    clause(
        &["SHORTEST", "SHORTEST PATH", "ANY", "ALL SHORTEST"],
        "MATCH p = ANY SHORTEST pattern   also ALL SHORTEST, SHORTEST k, SHORTEST k GROUPS, ANY",
        "Finds the paths with the fewest edges between each pair of ends.",
        "MATCH p = ANY SHORTEST (a:Person {_id: 'ann'})-[:KNOWS]->+(b:Person {_id: 'dan'}) RETURN p, PATH_LENGTH(p)",
    ),
    clause(
        &["CHEAPEST", "COST", "ANY CHEAPEST", "ALL CHEAPEST", "WEIGHTED PATH"],
        "MATCH p = ANY CHEAPEST (a)-[e:LABEL COST e.key]->*(b)   also ALL CHEAPEST, CHEAPEST k, CHEAPEST k GROUPS",
        "Finds the paths of the least sum of COST between each pair of ends; PATH_COST gives the sum.",
        "MATCH p = ANY CHEAPEST (a:City {_id: 'ulm'})-[e:ROAD COST e.km]->*(b:City {_id: 'bonn'}) RETURN p, PATH_COST(p)",
    ),
    clause(
        &["WHERE", "FILTER", "CONDITION", "CONDITIONS"],
        "WHERE condition   within or after MATCH; FILTER condition   as a clause of its own",
        "Keeps the rows for which the condition is true.",
        "MATCH (p:Person) WHERE p.age >= 18 AND p.name STARTS WITH 'A' AND EXISTS { (p)-[:KNOWS]->() } RETURN p",
    ),
    clause(
        &["LET"],
        "LET name = expression, ...",
        "Adds columns to the rows.",
        "MATCH (p:Person) LET older = p.age + 1 RETURN p.name, older",
    ),
    clause(
        &["FOR", "UNWIND"],
        "FOR name IN list [WITH ORDINALITY | OFFSET i]   also UNWIND list AS name",
        "Makes a row for each element of a list.",
        "FOR x IN [1, 2, 3] RETURN x, x * x AS square",
    ),
    clause(
        &["RETURN", "SELECT", "DISTINCT"],
        "RETURN [DISTINCT] expression [AS name], ... | *  [GROUP BY ..] [ORDER BY ..] [OFFSET n] [LIMIT n]",
        "Gives the columns of the result; there is no SELECT.",
        "MATCH (p:Person) RETURN p.name AS name, p.age AS age ORDER BY age DESC LIMIT 10",
    ),
    clause(
        &["GROUP BY", "GROUP", "AGGREGATE", "AGGREGATES"],
        "RETURN key, COUNT(*), AVG(x) [GROUP BY key]",
        "Groups rows by the columns that are no aggregates: COUNT, SUM, AVG, MIN, MAX, COLLECT_LIST and others.",
        "MATCH (p:Person) RETURN p.city AS city, COUNT(*) AS n, AVG(p.age) AS age GROUP BY city ORDER BY n DESC",
    ),
    clause(
        &["ORDER BY", "ORDER", "SORT"],
        "ORDER BY expression [ASC | DESC] [NULLS FIRST | LAST], ...",
        "Sorts the rows, after RETURN or as a clause of its own.",
        "MATCH (p:Person) RETURN p.name ORDER BY p.age DESC NULLS LAST, p.name",
    ),
    clause(
        &["LIMIT", "OFFSET", "SKIP"],
        "[OFFSET n] LIMIT n",
        "Takes n rows, after leaving out others. SKIP is OFFSET.",
        "MATCH (p:Person) RETURN p ORDER BY p._id OFFSET 20 LIMIT 10",
    ),
    clause(
        &["WITH", "NEXT"],
        "... RETURN .. NEXT ..   also WITH expression AS name, ... [WHERE ..]",
        "Goes on with the rows of a first part; only its columns are known after it.",
        "MATCH (p:Person) RETURN p.city AS city, COUNT(*) AS n NEXT FILTER n > 10 RETURN city, n",
    ),
    clause(
        &["UNION", "EXCEPT", "INTERSECT", "OTHERWISE"],
        "query UNION [ALL] query   also EXCEPT, INTERSECT, OTHERWISE",
        "Combines the rows of two queries with the same columns.",
        "MATCH (p:Person) RETURN p.name AS name UNION MATCH (c:Company) RETURN c.name AS name",
    ),
    clause(
        &["EXISTS", "COUNT", "VALUE", "SUBQUERY", "SUBQUERIES"],
        "EXISTS { pattern or query }   COUNT { .. }   VALUE { query with one column and row }",
        "A query within an expression; it sees the variables around it.",
        "MATCH (p:Person) RETURN p.name, COUNT { (p)-[:KNOWS]->() } AS friends",
    ),
    clause(
        &["CASE"],
        "CASE WHEN condition THEN value ... [ELSE value] END",
        "Chooses a value. COALESCE(a, b) takes the first that is not NULL.",
        "MATCH (p:Person) RETURN p.name, CASE WHEN p.age < 18 THEN 'child' ELSE 'adult' END AS kind",
    ),
    clause(
        &["INSERT", "CREATE"],
        "INSERT (a:Label {_id: 'x', key: value}), (a)-[:LABEL {key: value}]->(b)   also CREATE",
        "Adds nodes and edges. Without an `_id` a node gets a new one.",
        "INSERT (a:Person {_id: 'ann', age: 44})-[:KNOWS {since: 2019}]->(b:Person {_id: 'bob'})",
    ),
    clause(
        &["SET"],
        "SET x.key = value, x += {key: value}, x:Label",
        "Changes properties and labels.",
        "MATCH (p:Person {_id: 'ann'}) SET p.age = p.age + 1, p:Admin",
    ),
    clause(
        &["REMOVE"],
        "REMOVE x.key, x:Label",
        "Removes properties and labels.",
        "MATCH (p:Person {_id: 'ann'}) REMOVE p.age, p:Admin",
    ),
    clause(
        &["DELETE", "DETACH DELETE", "DETACH"],
        "[DETACH] DELETE x, ...",
        "Removes nodes and edges; DETACH with the edges of the nodes.",
        "MATCH (p:Person {_id: 'ann'}) DETACH DELETE p",
    ),
    clause(
        &["MERGE", "UPSERT"],
        "MERGE pattern [ON CREATE SET ..] [ON MATCH SET ..]   also UPSERT pattern",
        "Finds a pattern, or adds it. UPSERT finds nodes by their `_id` and gives them the properties.",
        "MERGE (p:Person {_id: 'eve'}) ON CREATE SET p.age = 30 RETURN p",
    ),
    clause(
        &["CALL", "YIELD", "PROCEDURE", "ALGORITHM"],
        "CALL algo.NAME[.stream | .stats | .write | .estimate]({parameter: value}) [YIELD column, ...]",
        "Runs an algorithm; .algos lists them, .help NAME describes one. CALL { query } runs a query for each row.",
        "CALL algo.node2vec.write({dimensions: 64}, {db: {property: 'embedding'}}) YIELD nodesWritten",
    ),
    clause(
        &["LOAD CSV", "LOAD", "CSV"],
        "LOAD CSV [WITH HEADERS] FROM 'file' AS row [FIELDTERMINATOR ';']",
        "Reads a CSV file row by row; its cells are texts. `wend import` and .import load whole files faster.",
        "LOAD CSV WITH HEADERS FROM 'people.csv' AS row INSERT (:Person {_id: row.id, age: CAST(row.age AS INT)})",
    ),
    clause(
        &["PARAMETER", "PARAMETERS", "$"],
        "$name   set with .param name JSON",
        "A value that is given beside the statement.",
        "MATCH (p:Person) WHERE p.age > $age RETURN p",
    ),
    clause(
        &["CREATE INDEX", "INDEX", "DROP INDEX", "INDEXES", "UNIQUE"],
        "CREATE [UNIQUE] INDEX [IF NOT EXISTS] name ON NODE | EDGE Label (key, ...)   DROP INDEX name",
        "Makes conditions on properties fast; UNIQUE refuses the same values twice. SHOW INDEXES lists them.",
        "CREATE INDEX by_age ON NODE Person (age)",
    ),
    clause(
        &["CREATE FULLTEXT INDEX", "FULLTEXT", "FULLTEXT INDEX", "FULL TEXT"],
        "CREATE FULLTEXT INDEX [IF NOT EXISTS] name FOR (n:Label|Label) ON EACH [n.key, ...] [OPTIONS {analyzer: 'english'}]",
        "Finds texts by their words: MATCH .. SEARCH n IN (FULLTEXT INDEX name FOR 'words' LIMIT k), ranked by BM25.",
        "MATCH (a:Article) SEARCH a IN (FULLTEXT INDEX articles FOR 'graph database' LIMIT 10) SCORE AS s RETURN a, s",
    ),
    clause(
        &["CREATE GRAPH", "GRAPH", "USE", "DROP GRAPH", "GRAPHS"],
        "CREATE GRAPH name   DROP GRAPH name   USE name",
        "A database has several graphs, at first `default`. SHOW GRAPHS lists them.",
        "CREATE GRAPH IF NOT EXISTS social",
    ),
    clause(
        &["GRAPH TYPE", "CREATE GRAPH TYPE", "CONSTRAINT", "CONSTRAINTS"],
        "CREATE GRAPH TYPE name {(Label :Label {key TYPE [NOT NULL]}), (Label)-[:LABEL {..}]->(Label)}",
        "What a closed graph may hold: CREATE GRAPH g TYPED name.",
        "CREATE GRAPH TYPE people {(Person :Person {name STRING NOT NULL, age INT}), (Person)-[:KNOWS]->(Person)}",
    ),
    clause(
        &["START TRANSACTION", "TRANSACTION", "BEGIN", "COMMIT", "ROLLBACK"],
        "START TRANSACTION [READ ONLY]   COMMIT   ROLLBACK",
        "Groups statements: all of their changes are kept, or none.",
        "START TRANSACTION",
    ),
    clause(
        &["SHOW"],
        "SHOW GRAPHS | LABELS | PROPERTY KEYS | INDEXES | ALGOS | FUNCTIONS | TASKS | MODELS | EMBEDDINGS | QUERIES",
        "Lists what there is. YIELD, WHERE and ORDER BY may follow.",
        "SHOW LABELS YIELD label, kind, count WHERE kind = 'node' RETURN label, count ORDER BY count DESC",
    ),
    clause(
        &["DESCRIBE", "DESC"],
        "DESCRIBE ALGO name   DESCRIBE MODEL name",
        "Describes an algorithm or a trained model. .schema describes the graph.",
        "DESCRIBE ALGO node2vec",
    ),
    clause(
        &["EXPLAIN", "PROFILE", "PLAN"],
        "EXPLAIN query   PROFILE query",
        "Shows the plan of a query; PROFILE runs it and counts rows and time.",
        "EXPLAIN MATCH (p:Person {_id: 'ann'})-[:KNOWS]->(q) RETURN q",
    ),
    clause(
        &["TASK", "TASKS", "STOP TASK"],
        "SHOW TASKS   SHOW TASK 'id'   STOP TASK 'id'   DELETE TASK 'id'",
        "The writes of algorithms; `{db: {..}, wait: false}` starts one in the background.",
        "STOP TASK 'task_1'",
    ),
    clause(
        &["USER", "CREATE USER", "ALTER USER", "PASSWORD", "ROLE", "TOKEN", "GRANT"],
        "CREATE USER name PASSWORD 'text' [ROLE reader | editor | admin]   ALTER USER ..   CREATE TOKEN name FOR user",
        "Users of a served database. A statement with a password is not kept in the history.",
        "CREATE USER ann PASSWORD 'long enough' ROLE editor",
    ),
];

/// Help on all clauses, in the order in which a query has them, then on statements.
pub fn clauses() -> &'static [ClauseHelp] {
    CLAUSES
}

/// Help on the clause of a name, in any case.
pub fn clause_help(topic: &str) -> Option<&'static ClauseHelp> {
    let topic = topic.split_whitespace().collect::<Vec<_>>().join(" ");
    CLAUSES.iter().find(|clause| clause.names.iter().any(|name| name.eq_ignore_ascii_case(&topic)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_gql() {
        for clause in CLAUSES {
            assert!(crate::parse(clause.example).is_ok(), "{}", clause.example);
        }
    }

    #[test]
    fn names_are_found_once_and_in_any_case() {
        assert!(clause_help("match").is_some() && clause_help(" order   by").is_some() && clause_help("xyz").is_none());
        let mut names: Vec<&str> = CLAUSES.iter().flat_map(|clause| clause.names).copied().collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
