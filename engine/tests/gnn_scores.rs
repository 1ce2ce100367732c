//! What `algo.gnn_embed` says of its predictions: honest scores of skewed classes, warnings, and predictions where they belong.

use wenddb::{Database, Row, Session, Value};

fn session(statements: &[&str]) -> Session {
    let mut session = Database::in_memory().unwrap().session();
    for statement in statements {
        session.execute(statement, ()).unwrap_or_else(|error| panic!("{statement}\n{error}"));
    }
    session
}

/// Rows and warnings.
fn run(session: &mut Session, gql: &str) -> (Vec<Row>, Vec<String>) {
    let mut found = session.execute(gql, ()).unwrap_or_else(|error| panic!("{gql}\n{error}"));
    let rows: Vec<Row> = found.by_ref().collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{gql}\n{error}"));
    let warnings = found.summary().warnings.iter().map(|warning| warning.message.clone()).collect();
    (rows, warnings)
}

fn rows(session: &mut Session, gql: &str) -> Vec<Row> {
    run(session, gql).0
}

fn fails(session: &mut Session, gql: &str) -> String {
    let found = session.execute(gql, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
    found.map(|_| ()).expect_err(gql).to_string()
}

fn value(row: &Row, name: &str) -> Value {
    row.get(name).unwrap()
}

fn float(row: &Row, name: &str) -> f64 {
    row.get(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// 600 accounts, one of twenty a fraud; frauds share devices in rings, and others have a device of their own or of a
/// family. Nothing else tells them apart.
const FRAUD: &[&str] = &[
    "FOR i IN RANGE(0, 599) INSERT (:Account {_id: 'a' || CAST(i AS STRING), n: i, age: 20 + (i * 37) % 50, \
     fraud: i % 20 = 7})",
    "FOR i IN RANGE(0, 399) INSERT (:Device {_id: 'd' || CAST(i AS STRING), n: i})",
    "MATCH (a:Account), (d:Device) WHERE NOT a.fraud AND d.n = a.n % 380 INSERT (a)-[:USES]->(d)",
    "MATCH (a:Account), (d:Device) WHERE a.fraud AND d.n >= 380 AND (d.n + a.n / 20) % 3 = 0 INSERT (a)-[:USES]->(d)",
    "MATCH (n:Account) REMOVE n.n",
    "MATCH (n:Device) REMOVE n.n",
];

#[test]
fn the_default_call_on_skewed_classes_says_how_it_stands() {
    let mut session = session(FRAUD);
    let call = |more: &str| format!("CALL algo.gnn_embed.stats({{target: 'fraud', dimensions: 16{more}}})");
    for more in ["", ", withoutFeatures: 'degree'"] {
        let (found, warnings) = run(&mut session, &call(more));
        assert!(float(&found[0], "testScore") > 0.9 && float(&found[0], "f1") > 0.5, "{more}: rings are found");
        assert!(warnings.is_empty(), "{warnings:?}");
    }
    let found = rows(&mut session, &call(""));
    let row = &found[0];
    assert_eq!(value(row, "metric"), Value::from("auroc"));
    assert_eq!(value(row, "positive"), Value::Bool(true));
    assert_eq!(float(row, "baseline"), 0.5);
    assert!((0.0..=1.0).contains(&float(row, "f1")) && (0.0..=1.0).contains(&float(row, "averagePrecision")));
    assert_eq!(float(row, "auroc"), float(row, "testScore"));
    assert!(float(row, "accuracy") >= 0.9);
    let Value::List(confusion) = value(row, "confusion") else { panic!("{:?}", value(row, "confusion")) };
    let nodes: i64 = confusion
        .iter()
        .map(|entry| match entry {
            Value::Record(fields) => match fields.iter().find(|(name, _)| &**name == "nodes") {
                Some((_, Value::Int(nodes))) => *nodes,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(nodes, 60, "the test part");
    assert_eq!(value(row, "sampling"), Value::from("full"));
    assert_eq!(value(row, "batchSize"), Value::Null);
}

#[test]
fn a_model_that_always_says_no_is_told() {
    // Fraud without any sign of it.
    let mut session = session(&[
        "FOR i IN RANGE(0, 399) INSERT (:Account {_id: 'a' || CAST(i AS STRING), age: 20 + (i * 37) % 50, \
         fraud: (i * i * 31 + 7 * i) % 101 < 5})",
        "MATCH (a:Account), (b:Account) WHERE a.age + 1 = b.age INSERT (a)-[:KNOWS]->(b)",
    ]);
    let call = "CALL algo.gnn_embed.stats({target: 'fraud', metric: 'accuracy', dimensions: 8})";
    let (found, warnings) = run(&mut session, call);
    assert_eq!(float(&found[0], "testScore"), float(&found[0], "baseline"));
    assert_eq!(float(&found[0], "f1"), 0.0);
    assert!(
        warnings.iter().any(|text| text.contains("are predicted to be false") && text.contains("classWeights")),
        "{warnings:?}"
    );
    assert!(warnings.iter().any(|text| text.contains("not better than")), "{warnings:?}");
    // By rows and by writes too.
    for call in [
        "CALL algo.gnn_embed({target: 'fraud', dimensions: 8}) YIELD prediction",
        "CALL algo.gnn_embed.write({target: 'fraud', dimensions: 8}, {db: {property: {prediction: 'p'}}})",
    ] {
        let warnings = run(&mut session, call).1;
        assert!(warnings.iter().any(|text| text.contains("are predicted to be false")), "{warnings:?}");
    }
}

#[test]
fn class_weights_bring_rare_classes_out() {
    let mut session = session(FRAUD);
    let mut predicted = |weights: &str| {
        let call = format!(
            "CALL algo.gnn_embed({{target: 'fraud', features: ['age'], withoutFeatures: 'degree', dimensions: 8, \
             epochs: 20{weights}}}) YIELD prediction FILTER prediction RETURN COUNT(*) AS n"
        );
        rows(&mut session, &call)[0].get::<i64>("n").unwrap()
    };
    let (plain, balanced, given) =
        (predicted(""), predicted(", classWeights: 'balanced'"), predicted(", classWeights: {`true`: 50}"));
    assert!(balanced > plain && given > plain, "{plain} {balanced} {given}");
    for (weights, part) in [
        ("'even'", "takes \"balanced\" or a record"),
        ("{`true`: -1}", "takes \"balanced\" or a record"),
        ("{`ture`: 2}", "did you mean `true`?"),
        ("{`true`: 0, `false`: 0}", "no weight above 0"),
    ] {
        let message =
            fails(&mut session, &format!("CALL algo.gnn_embed({{target: 'fraud', classWeights: {weights}}})"));
        assert!(message.contains(part), "{weights}: {message}");
    }
    let message =
        fails(&mut session, "CALL algo.gnn_embed({target: 'age', task: 'regression', classWeights: 'balanced'})");
    assert!(message.contains("holds numbers"), "{message}");
    let message = fails(&mut session, "CALL algo.gnn_embed({classWeights: 'balanced'})");
    assert!(message.contains("weighs the classes of a target"), "{message}");
}

#[test]
fn metrics_suit_their_target() {
    let mut session = session(FRAUD);
    let mut stats = |options: &str| {
        let call = format!(
            "CALL algo.gnn_embed.stats({{features: [], withoutFeatures: 'degree', dimensions: 4, epochs: 3, {options}}})"
        );
        rows(&mut session, &call).remove(0)
    };
    for metric in ["auroc", "average_precision", "f1", "accuracy"] {
        let row = stats(&format!("target: 'fraud', metric: '{metric}'"));
        assert_eq!(value(&row, "metric"), Value::from(metric));
        let column = match metric {
            "average_precision" => "averagePrecision",
            other => other,
        };
        assert_eq!(float(&row, column), float(&row, "testScore"), "{metric}");
        assert!(float(&row, "baseline") <= 1.0);
    }
    for (metric, loss) in [("mae", "mae"), ("rmse", "huber"), ("r2", "mse")] {
        let row = stats(&format!("target: 'age', task: 'regression', metric: '{metric}', loss: '{loss}'"));
        assert_eq!(value(&row, "metric"), Value::from(metric));
        assert!(float(&row, "testScore").is_finite() && float(&row, "baseline").is_finite(), "{metric}");
        assert_eq!(value(&row, "accuracy"), Value::Null);
        // Ages are 20 to 69: the mean is off by 12.5.
        if metric == "mae" {
            assert!((8.0..17.0).contains(&float(&row, "baseline")), "{}", float(&row, "baseline"));
        }
    }
    assert_eq!(value(&stats("target: 'age', task: 'regression'"), "metric"), Value::from("mae"));
    // More than two classes.
    let row = stats("target: 'age'");
    assert_eq!((value(&row, "metric"), value(&row, "positive")), (Value::from("accuracy"), Value::Null));
    for (options, part) in [
        ("target: 'fraud', metric: 'r2'", "auroc, average_precision, f1 or accuracy"),
        ("target: 'age', task: 'regression', metric: 'f1'", "mae, rmse or r2"),
        ("targetEdge: 'USES', metric: 'f1'", "auroc"),
        ("metric: 'f1'", "needs a target"),
        ("target: 'fraud', metric: 'auc'", "auroc | average_precision"),
        ("target: 'fraud', loss: 'huber'", "cross_entropy or bce"),
    ] {
        let message = fails(&mut session, &format!("CALL algo.gnn_embed({{{options}}})"));
        assert!(message.contains(part), "{options}: {message}");
    }
}

/// Members of two clubs, some in none yet, and the places where they meet.
const CLUBS: &[&str] = &[
    "FOR i IN RANGE(0, 29) INSERT (:Member {_id: 'm' || CAST(i AS STRING), age: 20 + i, rank: 0.5 * i, \
     club: CASE WHEN i < 14 THEN 'red' WHEN i < 28 THEN 'blue' ELSE NULL END})",
    "MATCH (m:Member {_id: 'm29'}) SET m:Guest",
    "FOR i IN RANGE(0, 3) INSERT (:Place {_id: 'p' || CAST(i AS STRING)})",
    "MATCH (m:Member), (p:Place) WHERE p._id = 'p' || CAST((m.age - 20) / 8 AS STRING) INSERT (m)-[:MEETS_AT]->(p)",
];

const TRAIN: &str = "features: ['age'], withoutFeatures: 'degree', dimensions: 4, epochs: 5";

#[test]
fn a_kept_model_gives_every_column_in_every_mode() {
    for (target, columns) in [
        ("club", ["embedding", "prediction", "confidence", "probability"].as_slice()),
        ("rank", &["embedding", "prediction"]),
    ] {
        let mut session = session(CLUBS);
        rows(&mut session, &format!("CALL algo.gnn_embed.stats({{target: '{target}', {TRAIN}, saveModel: 'm'}})"));
        for arguments in ["useModel: 'm'".to_owned(), format!("target: '{target}', {TRAIN}")] {
            let all = columns.join(", ");
            let run = rows(&mut session, &format!("CALL algo.gnn_embed({{{arguments}}}) YIELD nodeId, {all}"));
            let stream =
                rows(&mut session, &format!("CALL algo.gnn_embed.stream({{{arguments}}}) YIELD nodeId, {all}"));
            assert_eq!(run.len(), 30, "{arguments}");
            let fields =
                columns.iter().map(|column| format!("{column}: 'own_{column}'")).collect::<Vec<_>>().join(", ");
            let write = format!(
                "CALL algo.gnn_embed.write({{{arguments}}}, {{db: {{property: {{{fields}}}}}}}) YIELD nodesWritten"
            );
            assert_eq!(rows(&mut session, &write)[0].get::<i64>("nodesWritten").unwrap(), 30, "{arguments}");
            for column in columns {
                for (one, other) in run.iter().zip(&stream) {
                    assert_eq!(value(one, column), value(other, column), "{arguments} {column}");
                    assert_ne!(value(one, column), Value::Null, "{arguments} {column}");
                    let id: String = one.get("nodeId").unwrap();
                    let stored = rows(&mut session, &format!("MATCH (n {{_id: '{id}'}}) RETURN n.own_{column} AS v"));
                    assert_eq!(value(&stored[0], "v"), value(one, column), "{arguments} {column}");
                }
                // Alone, too.
                let write = format!(
                    "CALL algo.gnn_embed.write({{{arguments}}}, {{db: {{property: {{{column}: 'own_{column}'}}}}}})"
                );
                rows(&mut session, &write);
            }
            rows(&mut session, &format!("CALL algo.gnn_embed.stats({{{arguments}}})"));
            rows(&mut session, &format!("CALL algo.gnn_embed.estimate({{{arguments}}})"));
        }
    }
    let mut session = session(CLUBS);
    rows(&mut session, &format!("CALL algo.gnn_embed.stats({{target: 'rank', {TRAIN}, saveModel: 'numbers'}})"));
    rows(&mut session, &format!("CALL algo.gnn_embed.stats({{{TRAIN}, saveModel: 'vectors'}})"));
    for (model, column) in [("numbers", "probability"), ("numbers", "confidence"), ("vectors", "prediction")] {
        let call =
            format!("CALL algo.gnn_embed.write({{useModel: '{model}'}}, {{db: {{property: {{{column}: 'c'}}}}}})");
        let message = fails(&mut session, &call);
        assert!(message.contains("holds nothing under these arguments"), "{model} {column}: {message}");
    }
    let message =
        fails(&mut session, "CALL algo.gnn_embed.write({useModel: 'number'}, {db: {property: {prediction: 'c'}}})");
    assert!(message.contains("numbers"), "{message}");
}

#[test]
fn probabilities_are_of_every_class() {
    let mut session = session(CLUBS);
    let call = format!(
        "CALL algo.gnn_embed({{target: 'club', {TRAIN}}}) YIELD prediction, confidence, probability \
         RETURN prediction, confidence, probability.red AS red, probability.blue AS blue"
    );
    for row in rows(&mut session, &call) {
        let (red, blue) = (float(&row, "red"), float(&row, "blue"));
        assert!((red + blue - 1.0).abs() < 1e-6, "{red} {blue}");
        assert_eq!(float(&row, "confidence"), red.max(blue));
        assert_eq!(value(&row, "prediction"), Value::from(if red >= blue { "red" } else { "blue" }));
    }
}

#[test]
fn predictions_are_of_the_labels_that_have_the_target() {
    let mut session = session(CLUBS);
    rows(&mut session, &format!("CALL algo.gnn_embed.stats({{target: 'club', {TRAIN}, saveModel: 'm'}})"));
    for arguments in ["useModel: 'm'".to_owned(), format!("target: 'club', {TRAIN}")] {
        let ids = |rows: Vec<Row>| rows.iter().map(|row| row.get::<String>("nodeId").unwrap()).collect::<Vec<_>>();
        let all = ids(rows(&mut session, &format!("CALL algo.gnn_embed({{{arguments}}}) YIELD nodeId")));
        // A member with one label more is a member; a place is none.
        assert!(all.len() == 30 && all.iter().all(|id| id.starts_with('m')), "{arguments}: {all:?}");
        let some = format!("CALL algo.gnn_embed({{{arguments}, nodes: ['m3', 'p1', 'm29']}}) YIELD nodeId, prediction");
        let some = rows(&mut session, &some);
        assert_eq!(
            some.iter().map(|row| row.get::<String>("nodeId").unwrap()).collect::<Vec<_>>(),
            ["m3", "m29", "p1"]
        );
        assert_ne!(value(&some[0], "prediction"), Value::Null);
        assert_ne!(value(&some[1], "prediction"), Value::Null);
        assert_eq!(value(&some[2], "prediction"), Value::Null);

        let write = format!("CALL algo.gnn_embed.write({{{arguments}}}, {{db: {{property: {{prediction: 'p'}}}}}})");
        rows(&mut session, &write);
        let of_places = rows(&mut session, "MATCH (n:Place) WHERE n.p IS NOT NULL RETURN COUNT(*) AS n");
        assert_eq!(value(&of_places[0], "n"), Value::Int(0));
        // Writing for one node leaves the others as they are.
        rows(&mut session, "MATCH (n:Member) SET n.p = 'mine'");
        let write = format!(
            "CALL algo.gnn_embed.write({{{arguments}, nodes: ['m3']}}, {{db: {{property: {{prediction: 'p'}}}}}}) \
             YIELD nodesWritten"
        );
        assert_eq!(rows(&mut session, &write)[0].get::<i64>("nodesWritten").unwrap(), 1);
        let mine = rows(&mut session, "MATCH (n:Member) WHERE n.p = 'mine' RETURN COUNT(*) AS n");
        assert_eq!(value(&mine[0], "n"), Value::Int(29));
    }
    let message = fails(&mut session, "CALL algo.gnn_embed({useModel: 'm', nodes: ['m99']})");
    assert!(message.contains("there is no node with the _id 'm99'"), "{message}");
    let message = fails(&mut session, "CALL algo.gnn_embed({model: 'graphnet', embed: 'graph', nodes: ['m3']})");
    assert!(message.contains("nodes"), "{message}");
}

#[test]
fn a_feature_that_gives_the_target_away_is_warned_of() {
    let mut session = session(&[
        "FOR i IN RANGE(0, 59) INSERT (:P {_id: 'p' || CAST(i AS STRING), age: 20 + (i * 37) % 50, \
         team: CASE WHEN i % 3 = 0 THEN 'red' ELSE 'blue' END, copy: i % 3 = 0})",
        "MATCH (a:P), (b:P) WHERE a.age + 1 = b.age INSERT (a)-[:KNOWS]->(b)",
    ]);
    for mode in ["", ".stream", ".stats"] {
        let warnings =
            run(&mut session, &format!("CALL algo.gnn_embed{mode}({{target: 'team', dimensions: 4, epochs: 2}})")).1;
        assert!(warnings.iter().any(|text| text.contains("\"copy\" of P: equals the target")), "{mode}: {warnings:?}");
    }
    let warnings =
        run(&mut session, "CALL algo.gnn_embed({target: 'team', features: ['age'], dimensions: 4, epochs: 2})").1;
    assert!(!warnings.iter().any(|text| text.contains("copy")), "{warnings:?}");
}
