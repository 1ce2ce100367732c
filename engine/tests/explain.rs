//! `algo.explain`: what a prediction rests on is what it names.

use wenddb::{Database, Row, Session, Value};

/// Members of clubs; a member is a fan where the club is red. A noise that tells nothing, and friends of any club.
const CLUBS: &[&str] = &[
    "FOR c IN RANGE(0, 9) INSERT (:Club {_id: 'k' || CAST(c AS STRING), number: c, red: c % 2 = 0})",
    "FOR p IN RANGE(0, 99) INSERT (:Member {_id: 'm' || CAST(p AS STRING), noise: (p * 37) % 11, at: p, fan: p % 2 = 0})",
    "MATCH (m:Member), (c:Club) FILTER m.at % 10 = c.number INSERT (m)-[:OF]->(c)",
    "MATCH (a:Member), (b:Member) FILTER b.at = a.at + 33 INSERT (a)-[:KNOWS]->(b)",
    "CALL algo.gnn_embed({target: 'fan', features: ['red', 'noise'], withoutFeatures: 'degree', dimensions: 16, \
     epochs: 60, saveModel: 'fans'})",
];

fn rows(session: &mut Session, gql: &str) -> Vec<Row> {
    let found = session.execute(gql, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
    found.unwrap_or_else(|error| panic!("{gql}\n{error}"))
}

fn session() -> Session {
    let mut session = Database::in_memory().unwrap().session();
    CLUBS.iter().for_each(|statement| drop(rows(&mut session, statement)));
    session
}

/// Kind, name, element and contribution of each row.
fn told(rows: &[Row]) -> Vec<(String, String, String, f64)> {
    let text = |row: &Row, name: &str| row.get::<Value>(name).unwrap().to_string();
    rows.iter()
        .map(|row| (text(row, "kind"), text(row, "name"), text(row, "element"), row.get("contribution").unwrap()))
        .collect()
}

#[test]
fn what_a_prediction_rests_on_comes_first() {
    let mut session = session();
    let rows = rows(&mut session, "CALL algo.explain({model: 'fans', node: 'm4'})");
    assert_eq!(rows[0].get::<String>("nodeId").unwrap(), "m4");
    let (prediction, score) = (rows[0].get::<bool>("prediction").unwrap(), rows[0].get::<f64>("score").unwrap());
    assert!(prediction && score > 0.5, "{prediction} {score}");
    let told = told(&rows);
    let of = |kind: &str, name: &str| {
        let found = told.iter().find(|row| row.0 == kind && row.1 == name);
        found.unwrap_or_else(|| panic!("{kind} {name}: {told:?}")).clone()
    };
    // The club, its colour, and the edge to it, more than anything else.
    let (club, colour, edge) = (of("neighbor", "Club"), of("property of others", "red"), of("edge", "OF"));
    assert_eq!(club.2, "k4");
    assert!(club.3 > 0.1 && colour.3 > 0.1 && edge.3 > 0.1, "{told:?}");
    let noise = of("property", "noise");
    assert!(noise.3.abs() < 0.5 * edge.3, "{told:?}");
    // Descending by size.
    assert!(told.windows(2).all(|pair| pair[0].3.abs() >= pair[1].3.abs()), "{told:?}");
}

/// A contribution is the fall of the score that the model itself gives for the graph without it.
#[test]
fn a_contribution_is_what_the_model_says_without_it() {
    let mut session = session();
    let score = "CALL algo.gnn_embed({useModel: 'fans', nodes: ['m4']}) YIELD prediction, confidence \
                 RETURN prediction, confidence";
    let before = &rows(&mut session, score)[0];
    let (class, before): (Value, f64) = (before.get("prediction").unwrap(), before.get("confidence").unwrap());
    let explained = rows(&mut session, "CALL algo.explain({model: 'fans', node: 'm4', limit: 1000})");
    assert_eq!(explained[0].get::<f64>("score").unwrap(), before);
    let told = told(&explained);
    for (kind, name, change) in [
        ("edge", "OF", "MATCH (:Member {_id: 'm4'})-[e:OF]->() DELETE e"),
        ("property", "noise", "MATCH (m:Member {_id: 'm4'}) REMOVE m.noise"),
    ] {
        let mut transaction = session.transaction().unwrap();
        transaction.execute(change, ()).unwrap();
        let after = transaction.execute(score, ()).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
        let confidence: f64 = after[0].get("confidence").unwrap();
        // Of the two classes the one that was predicted before.
        let after = if after[0].get::<Value>("prediction").unwrap() == class { confidence } else { 1.0 - confidence };
        transaction.rollback().unwrap();
        let edge = "MATCH (:Member {_id: 'm4'})-[e:OF]->() RETURN ELEMENT_ID(e) AS id";
        let id = rows(&mut session, edge)[0].get::<Value>("id").unwrap().to_string();
        let found = told.iter().find(|row| row.0 == kind && row.1 == name && (kind == "property" || row.2 == id));
        let (.., contribution) = found.unwrap_or_else(|| panic!("{kind} {name} {id}: {told:?}"));
        assert!((contribution - (before - after)).abs() < 1e-6, "{kind}: {contribution} is not {before} - {after}");
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let mut session = session();
    let call =
        |threads: u32| format!("CALL algo.explain({{model: 'fans', nodes: ['m4', 'm7'], concurrency: {threads}}})");
    let one = told(&rows(&mut session, &call(1)));
    assert!(one.len() > 20, "{one:?}");
    for threads in [2, 7] {
        assert_eq!(told(&rows(&mut session, &call(threads))), one);
    }
}

#[test]
fn a_property_names_the_model_that_wrote_it() {
    let mut session = session();
    let write = "CALL algo.gnn_embed.write({useModel: 'fans'}, {db: {property: {prediction: 'guess'}}})";
    rows(&mut session, write);
    let by_name = told(&rows(&mut session, "CALL algo.explain({model: 'fans', node: 'm5'})"));
    let by_property = told(&rows(&mut session, "CALL algo.explain({property: 'guess', node: 'm5'})"));
    assert_eq!(by_name, by_property);
}
