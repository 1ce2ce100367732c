//! `algo.gnn_embed` as callers see it: every model in every mode on graphs of each kind, models in backups, cancelling.

use std::sync::{Arc, Mutex};

use wenddb::{Database, ErrorKind, Row, Session, Value};

const MODELS: [&str; 12] =
    ["gcn", "graphsage", "gat", "mpnn", "egnn", "ecc", "graphnet", "rgcn", "hgt", "lightgcn", "sgc", "gin"];

/// One node type, one edge label.
const HOMOGENEOUS: &[&str] = &[
    "FOR i IN RANGE(0, 13) INSERT (:P {_id: 'p' || CAST(i AS STRING), age: 20 + i, \
     team: CASE WHEN i < 7 THEN 'red' ELSE 'blue' END})",
    "MATCH (a:P), (b:P) WHERE a.age < b.age AND a.team = b.team AND (a.age + b.age) % 3 <> 0 \
     INSERT (a)-[:KNOWS {since: a.age}]->(b)",
];

/// Three node types, one of them with nothing but its label, and three edge labels.
const HETEROGENEOUS: &[&str] = &[
    "FOR i IN RANGE(0, 8) INSERT (:Person {_id: 'p' || CAST(i AS STRING), age: 20 + i})",
    "FOR i IN RANGE(0, 2) INSERT (:City {_id: 'c' || CAST(i AS STRING), size: i * 1.5, coast: i = 0})",
    "FOR i IN RANGE(0, 1) INSERT (:Club {_id: 'k' || CAST(i AS STRING)})",
    "MATCH (a:Person), (b:Person) WHERE b.age - a.age IN [1, 2] INSERT (a)-[:KNOWS {since: a.age}]->(b)",
    "MATCH (a:Person), (c:City) WHERE c._id = 'c' || CAST(a.age % 3 AS STRING) INSERT (a)-[:LIVES_IN {since: 3}]->(c)",
    "MATCH (a:Person), (k:Club) WHERE k._id = 'k' || CAST(a.age % 2 AS STRING) INSERT (a)-[:MEMBER_OF]->(k)",
];

/// Users and items.
const BIPARTITE: &[&str] = &[
    "FOR i IN RANGE(0, 7) INSERT (:User {_id: 'u' || CAST(i AS STRING), n: i, age: 20 + i * i})",
    "FOR i IN RANGE(0, 5) INSERT (:Item {_id: 'i' || CAST(i AS STRING), n: i, price: 1.5 * i})",
    "MATCH (a:User), (b:Item) WHERE (a.n + b.n) % 2 = 0 INSERT (a)-[:BOUGHT {stars: 1 + (a.n * b.n) % 5}]->(b)",
];

fn database(statements: &[&str]) -> Database {
    let db = Database::in_memory().unwrap();
    let mut session = db.session();
    for statement in statements {
        session.execute(statement, ()).unwrap();
    }
    db
}

fn rows(session: &mut Session, gql: &str) -> Vec<Row> {
    let found = session.execute(gql, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
    found.unwrap_or_else(|error| panic!("{gql}\n{error}"))
}

fn vectors(rows: &[Row], column: &str) -> Vec<(String, Vec<f32>)> {
    rows.iter().map(|row| (row.get("nodeId").unwrap(), row.get(column).unwrap())).collect()
}

/// Runs one call in every mode and compares what they give.
fn every_mode(session: &mut Session, name: &str, nodes: i64, arguments: &str) {
    let run = rows(session, &format!("CALL algo.gnn_embed({{{arguments}}}) YIELD nodeId, embedding"));
    let embeddings = vectors(&run, "embedding");
    assert_eq!(embeddings.len() as i64, nodes, "{name}");
    for (node, vector) in &embeddings {
        let length = vector.iter().map(|number| number * number).sum::<f32>();
        assert!(vector.len() == 4 && ((length - 1.0).abs() < 1e-3 || length == 0.0), "{name}: {node} {vector:?}");
    }
    // Of degrees alone nodes may be alike.
    let differ = embeddings.iter().any(|(_, vector)| *vector != embeddings[0].1);
    assert!(differ || name.ends_with("degrees"), "{name}: all vectors are alike");

    let stream =
        format!("CALL algo.gnn_embed.stream({{{arguments}}}) YIELD nodeId, embedding RETURN nodeId, embedding");
    assert_eq!(vectors(&rows(session, &stream), "embedding"), embeddings, "{name}");

    let stats = rows(session, &format!("CALL algo.gnn_embed.stats({{{arguments}}})"));
    let figure = |column: &str| stats[0].get::<Value>(column).unwrap();
    let count = |column: &str| stats[0].get::<i64>(column).unwrap();
    assert_eq!((count("nodeCount"), count("dimensions")), (nodes, 4), "{name}");
    assert!(name.starts_with(&figure("model").to_string()), "{name}: {}", figure("model"));
    // Of sgc only the projection to another width counts.
    assert!(count("parameters") > 0 || name.starts_with("sgc"), "{name}");
    let losses = figure("lossHistory");
    let Value::List(losses) = losses else { panic!("{name}: {losses}") };
    assert_eq!(count("epochsRun"), losses.len() as i64, "{name}");
    assert!(losses.iter().all(|loss| matches!(loss, Value::Float(loss) if loss.is_finite())), "{name}");

    let estimate = rows(session, &format!("CALL algo.gnn_embed.estimate({{{arguments}}})"));
    assert_eq!(estimate[0].get::<i64>("nodeCount").unwrap(), nodes, "{name}");
    assert!(estimate[0].get::<i64>("bytes").unwrap() > 0, "{name}");

    let write = format!("CALL algo.gnn_embed.write({{{arguments}}}, {{db: {{property: 'v'}}}}) YIELD nodesWritten");
    assert_eq!(rows(session, &write)[0].get::<i64>("nodesWritten").unwrap(), nodes, "{name}");
    let stored = rows(session, "MATCH (n) RETURN n._id AS nodeId, n.v AS v");
    let (mut stored, mut wanted) = (vectors(&stored, "v"), embeddings.clone());
    stored.sort_by(|a, b| a.0.cmp(&b.0));
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(stored, wanted, "{name}");

    // What was written is no feature of the next call, so that it gives the same again.
    let again = rows(session, &format!("CALL algo.gnn_embed({{{arguments}}}) YIELD nodeId, embedding"));
    assert_eq!(vectors(&again, "embedding"), embeddings, "{name} after writing");
}

/// Every model on one graph, with its features and without.
fn every_model(statements: &[&str], nodes: i64) {
    for model in MODELS {
        let mut session = database(statements).session();
        let basis = format!("model: '{model}', dimensions: 4, hiddenDimensions: 4, heads: 2, epochs: 3");
        every_mode(&mut session, &format!("{model} with features"), nodes, &basis);
        every_mode(&mut session, &format!("{model} without features"), nodes, &format!("{basis}, features: []"));
        // Lightgcn is made of learned vectors.
        if model != "lightgcn" {
            let degrees = format!("{basis}, features: [], withoutFeatures: 'degree'");
            every_mode(&mut session, &format!("{model} with degrees"), nodes, &degrees);
        }
    }
}

#[test]
fn every_model_in_every_mode_on_a_homogeneous_graph() {
    every_model(HOMOGENEOUS, 14);
}

#[test]
fn every_model_in_every_mode_on_a_heterogeneous_graph() {
    every_model(HETEROGENEOUS, 14);
}

#[test]
fn every_model_in_every_mode_on_a_bipartite_graph() {
    every_model(BIPARTITE, 14);
}

#[test]
fn every_model_counts_the_weights_of_edges() {
    for statements in [HOMOGENEOUS, HETEROGENEOUS] {
        let mut session = database(statements).session();
        rows(&mut session, "MATCH (a)-[e]->(b) SET e.w = CASE WHEN SIZE(a._id) + SIZE(b._id) = 4 THEN 0.25 ELSE 2 END");
        rows(&mut session, "MATCH ()-[e:KNOWS]->() SET e.w = 0.5 + e.since % 3");
        for model in MODELS {
            let mut embeddings = |weight: &str| {
                let call = format!(
                    "CALL algo.gnn_embed({{model: '{model}', dimensions: 4, heads: 2, epochs: 2, \
                     edgeFeatures: ['since']{weight}}}) YIELD nodeId, embedding"
                );
                vectors(&rows(&mut session, &call), "embedding")
            };
            assert!(embeddings("") != embeddings(", weight: 'w'"), "{model}");
        }
    }
}

#[test]
fn every_model_predicts_classes_and_numbers() {
    let db = database(HOMOGENEOUS);
    let mut session = db.session();
    for model in MODELS {
        let basis = format!("model: '{model}', dimensions: 4, heads: 2, epochs: 3, split: 'part'");
        rows(
            &mut session,
            "MATCH (n:P) SET n.part = CASE n.age % 7 WHEN 0 THEN 'test' WHEN 1 THEN 'validation' ELSE 'train' END",
        );
        let call = format!("CALL algo.gnn_embed({{{basis}, target: 'team'}}) YIELD nodeId, prediction, confidence");
        let classes = rows(&mut session, &call);
        assert_eq!(classes.len(), 14, "{model}");
        for row in &classes {
            let (prediction, confidence): (String, f64) =
                (row.get("prediction").unwrap(), row.get("confidence").unwrap());
            assert!(["red", "blue"].contains(&prediction.as_str()), "{model}: {prediction}");
            assert!((0.5..=1.0).contains(&confidence), "{model}: {confidence}");
        }
        let call = format!(
            "CALL algo.gnn_embed.stats({{{basis}, target: 'age', task: 'regression', features: []}}) \
             YIELD metric, trainScore, validationScore, testScore"
        );
        let numbers = rows(&mut session, &call);
        assert_eq!(numbers[0].get::<String>("metric").unwrap(), "mae", "{model}");
        for part in ["trainScore", "validationScore", "testScore"] {
            assert!((0.0..20.0).contains(&numbers[0].get::<f64>(part).unwrap()), "{model}: {part}");
        }
    }
}

#[test]
fn every_model_but_sgc_predicts_edges() {
    let db = database(BIPARTITE);
    let mut session = db.session();
    for model in MODELS.into_iter().filter(|model| *model != "sgc") {
        for (task, metric) in [("link_prediction", "auroc"), ("recommendation", "recall@20")] {
            let call = format!(
                "CALL algo.gnn_embed.stats({{model: '{model}', dimensions: 4, heads: 2, epochs: 3, task: '{task}', \
                 targetEdge: 'BOUGHT'}}) YIELD metric, trainScore, validationScore, testScore"
            );
            let figures = rows(&mut session, &call);
            assert_eq!(figures[0].get::<String>("metric").unwrap(), metric, "{model}");
            for part in ["trainScore", "validationScore", "testScore"] {
                let score = figures[0].get::<f64>(part).unwrap();
                assert!((0.0..=1.0).contains(&score), "{model}: {part} {score}");
            }
        }
    }
}

#[test]
fn a_model_survives_backup_and_restore() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy, again) = (folder.path().join("db"), folder.path().join("copy"), folder.path().join("again"));
    let use_it = "CALL algo.gnn_embed({useModel: 'teams'}) YIELD nodeId, embedding, prediction";
    let results = |session: &mut Session| {
        let found = rows(session, use_it);
        let predicted: Vec<String> = found.iter().map(|row| row.get("prediction").unwrap()).collect();
        (vectors(&found, "embedding"), predicted)
    };
    let described = |session: &mut Session| -> Vec<String> {
        let found = rows(session, "DESCRIBE MODEL teams");
        found.iter().map(|row| format!("{:?}", row.get::<Value>("value").unwrap())).collect()
    };
    let (before, about) = {
        let db = Database::open(&path).unwrap();
        let mut session = db.session();
        HOMOGENEOUS.iter().for_each(|statement| drop(session.execute(statement, ()).unwrap()));
        let train = "CALL algo.gnn_embed.write({target: 'team', features: ['age'], dimensions: 4, epochs: 5, \
                     saveModel: 'teams'}, {db: {property: 'v'}})";
        rows(&mut session, train);
        db.backup(&copy).unwrap();
        // What happens later is not in the backup.
        rows(&mut session, "DROP MODEL teams");
        let listed = rows(&mut session, "SHOW MODELS");
        assert!(listed.is_empty());
        Database::restore(&copy, &again).unwrap();
        let db = Database::open(&again).unwrap();
        let mut session = db.session();
        assert_eq!(rows(&mut session, "SHOW MODELS YIELD name").len(), 1);
        (results(&mut session), described(&mut session))
    };
    // Opened once more, and with the note that `v` came of an algorithm.
    let mut session = Database::open(&again).unwrap().session();
    assert_eq!(results(&mut session), before);
    assert_eq!(described(&mut session), about);
    let listed = rows(&mut session, "CALL algo.features({}) YIELD property, note FILTER property = 'v' RETURN note");
    assert_eq!(listed[0].get::<String>("note").unwrap(), "left out: written by an algorithm; name it to use it");
}

#[test]
fn training_stops_in_the_epoch_in_which_it_is_cancelled() {
    for sampling in ["'full'", "[3, 3]"] {
        let db = database(HOMOGENEOUS);
        let mut session = db.session();
        let (handle, stages) = (session.interrupt_handle(), Arc::new(Mutex::new(Vec::new())));
        let seen = stages.clone();
        session.on_progress(Some(Arc::new(move |progress| {
            seen.lock().unwrap().push(progress.stage.clone());
            if progress.stage.starts_with("epoch") {
                handle.interrupt();
            }
        })));
        let gql = format!(
            "CALL algo.gnn_embed.write({{epochs: 1000000, patience: 0, dimensions: 4, sampling: {sampling}, batchSize: 4, \
             saveModel: 'm'}}, {{db: {{property: 'v'}}}})"
        );
        let error = session.execute(&gql, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        session.on_progress(None);
        let epochs: Vec<String> =
            stages.lock().unwrap().iter().filter(|stage| stage.starts_with("epoch")).cloned().collect();
        assert!(epochs.len() == 1 && epochs[0].starts_with("epoch 1 of 1000000"), "{epochs:?}");
        // Nothing of it is there.
        assert!(rows(&mut session, "SHOW MODELS").is_empty());
        let written = rows(&mut session, "MATCH (n) WHERE n.v IS NOT NULL RETURN COUNT(*) AS n");
        assert_eq!(written[0].get::<i64>("n").unwrap(), 0);
        let status = rows(&mut session, "SHOW TASKS YIELD status");
        assert_eq!(status[0].get::<String>("status").unwrap(), "cancelled");
    }
}
