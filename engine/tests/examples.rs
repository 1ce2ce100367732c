//! Examples over time that are nodes: constructed leaks change nothing, or are told.

use wenddb::{Database, Row, Session};

/// Customers that come by chance, and a question at the beginning of each month whether they do: nothing tells.
const CHANCE: &[&str] = &[
    "FOR c IN RANGE(0, 29) INSERT (:Customer {_id: 'c' || CAST(c AS STRING), number: c})",
    "MATCH (n:Customer) FOR m IN RANGE(0, 29) FILTER (n.number * 37 + m * 61 + n.number * m * 17) % 23 < 8 \
     INSERT (n)<-[:CUSTOMER]-(:Visit {day: DATE '2020-01-15' + DURATION 'P1M' * m})",
    "MATCH (n:Customer) FOR m IN RANGE(6, 29) \
     INSERT (:Question {_id: n._id || '.' || CAST(m AS STRING), at: DATE '2020-01-01' + DURATION 'P1M' * m, \
     comes: (n.number * 37 + m * 61 + n.number * m * 17) % 23 < 8, \
     part: CASE WHEN m < 20 THEN 'train' WHEN m < 25 THEN 'validation' ELSE 'test' END})-[:ABOUT]->(n)",
    "MATCH (n:Customer) INSERT (n)<-[:CUSTOMER]-(:Outcome {day: DATE '2019-12-01', came: TRUE})",
];

const MODELS: [&str; 3] = ["ridge", "aggregate", "graphsage"];

fn session() -> Session {
    let mut session = Database::in_memory().unwrap().session();
    CHANCE.iter().for_each(|statement| change(&mut session, statement));
    session
}

fn change(session: &mut Session, gql: &str) {
    session.execute(gql, ()).unwrap_or_else(|error| panic!("{gql}\n{error}"));
}

/// Rows and warnings of a call.
fn call(session: &mut Session, mode: &str, model: &str, more: &str) -> (Vec<Row>, Vec<String>) {
    let gql = format!(
        "CALL algo.gnn_embed{mode}({{examples: 'Question', exampleTime: 'at', target: 'comes', split: 'part', \
         timeProperty: {{Visit: 'day', Outcome: 'day'}}, model: '{model}', epochs: 2{more}}})"
    );
    let mut found = session.execute(&gql, ()).unwrap_or_else(|error| panic!("{gql}\n{error}"));
    let rows: Vec<Row> = found.by_ref().collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{gql}\n{error}"));
    let warnings = found.summary().warnings.iter().map(|warning| warning.message.clone()).collect();
    (rows, warnings)
}

/// The probability of each example, to the bit.
fn predictions(session: &mut Session, model: &str, more: &str) -> Vec<(String, String)> {
    let (rows, _) = call(session, "", model, more);
    let row = |row: &Row| {
        let probability = row.get::<wenddb::Value>("probability").unwrap();
        (row.get("nodeId").unwrap(), probability.to_string())
    };
    rows.iter().map(row).collect()
}

fn test_score(session: &mut Session, model: &str) -> f64 {
    call(session, ".stats", model, "").0[0].get("testScore").unwrap()
}

/// What no example may see: a copy of the label at itself, the labels of other examples of its entity, whatever is later, and
/// another kind of edge among examples. None of it changes a bit of any prediction.
#[test]
fn what_no_example_may_see_changes_nothing() {
    let mut session = session();
    let before: Vec<_> = MODELS.iter().map(|model| predictions(&mut session, model, "")).collect();
    for leak in [
        "MATCH (q:Question) SET q.copy = q.comes",
        "MATCH (q:Question)-[:ABOUT]->(n), (o:Question)-[:ABOUT]->(n) WHERE o.at = q.at + DURATION 'P1M' \
         INSERT (q)-[:BEFORE {comes: o.comes}]->(o)",
        "MATCH (q:Question)-[:ABOUT]->(n) INSERT (n)<-[:CUSTOMER]-(:Outcome {day: DATE '2030-01-01', came: q.comes})",
        "MATCH (q:Question) FILTER q.part = 'test' SET q.comes = NOT q.comes",
    ] {
        change(&mut session, leak);
        for (model, before) in MODELS.iter().zip(&before) {
            assert_eq!(predictions(&mut session, model, ""), *before, "{model}: {leak}");
        }
    }
}

/// An outcome that has the time of its example is seen, as the time says: a warning tells.
#[test]
fn an_example_that_sees_its_own_outcome_is_told() {
    let mut session = session();
    for model in MODELS {
        let (rows, warnings) = call(&mut session, ".stats", model, "");
        assert!(rows[0].get::<f64>("testScore").unwrap() < 0.9, "{model}");
        assert!(!warnings.iter().any(|warning| warning.contains("outcome")), "{model}: {warnings:?}");
    }
    change(
        &mut session,
        "MATCH (q:Question)-[:ABOUT]->(n) INSERT (n)<-[:CUSTOMER]-(:Outcome {day: q.at, came: q.comes})",
    );
    for model in MODELS {
        let (_, warnings) = call(&mut session, ".stats", model, "");
        assert!(
            warnings.iter().any(|warning| warning.contains("Outcome.came last") && warning.contains("its own outcome")),
            "{model}: {warnings:?}"
        );
    }
    assert!(test_score(&mut session, "ridge") > 0.99);
    // A day later it is no leak any more.
    change(&mut session, "MATCH (o:Outcome) SET o.day = o.day + DURATION 'P1D'");
    let (_, warnings) = call(&mut session, ".stats", "ridge", "");
    assert!(!warnings.iter().any(|warning| warning.contains("outcome")), "{warnings:?}");
}

/// An entity that points to its examples is no later than it was, and an edge has a time of its own.
#[test]
fn examples_do_not_make_their_entities_later() {
    let mut session = session();
    let before = predictions(&mut session, "ridge", "");
    change(&mut session, "MATCH (q:Question)-[e:ABOUT]->(n) INSERT (n)-[:ABOUT]->(q) DELETE e");
    let after = predictions(&mut session, "ridge", "");
    assert_eq!(before, after);
    change(&mut session, "MATCH (q:Question)<-[e:ABOUT]-(n) FILTER q.part = 'train' SET e.day = DATE '2040-01-01'");
    let (_, warnings) = call(&mut session, ".stats", "ridge", ", edgeLabels: ['ABOUT', 'CUSTOMER']");
    assert!(!warnings.iter().any(|warning| warning.contains("are later")), "{warnings:?}");
    let gql = "CALL algo.gnn_embed.stats({examples: 'Question', exampleTime: 'at', target: 'comes', split: 'part', \
               timeProperty: 'day', model: 'ridge'})";
    let mut found = session.execute(gql, ()).unwrap();
    found.by_ref().for_each(|row| drop(row.unwrap()));
    let warnings: Vec<_> = found.summary().warnings.iter().map(|warning| warning.message.clone()).collect();
    assert!(
        warnings.iter().any(|warning| warning.contains("420 examples have edges or nodes beside them that are later")),
        "{warnings:?}"
    );
}

#[test]
fn parts_that_overlap_in_time_are_told() {
    let mut session = session();
    change(&mut session, "MATCH (q:Question) FILTER q._id IN ['c1.28', 'c2.28'] SET q.part = 'train'");
    let (_, warnings) = call(&mut session, ".stats", "ridge", "");
    assert!(
        warnings.iter().any(|warning| warning.starts_with("2 examples of the training part are not earlier")),
        "{warnings:?}"
    );
    // Without times all is seen.
    let gql = "CALL algo.gnn_embed.stats({examples: 'Question', exampleTime: 'at', target: 'comes', split: 'part', model: 'ridge'})";
    let mut found = session.execute(gql, ()).unwrap();
    found.by_ref().for_each(|row| drop(row.unwrap()));
    let warnings: Vec<_> = found.summary().warnings.iter().map(|warning| warning.message.clone()).collect();
    assert!(
        warnings.iter().any(|warning| warning.starts_with("no property is known to hold the times")),
        "{warnings:?}"
    );
}
