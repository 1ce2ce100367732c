//! SHOW EMBEDDINGS and REFRESH EMBEDDING: what is told of an embedding, and that a refresh has the bits of a new call.

use std::fmt::Write;

use proptest::prelude::*;
use wenddb::{Database, Session, Value};

fn rows(session: &mut Session, gql: &str) -> Vec<Vec<Value>> {
    let rows = session.execute(gql, ()).unwrap_or_else(|error| panic!("{gql}: {error}"));
    rows.map(|row| row.unwrap().into_values()).collect()
}

fn run(session: &mut Session, gql: &str) {
    rows(session, gql);
}

/// The rows as texts.
fn texts(session: &mut Session, gql: &str) -> Vec<String> {
    let text = |row: &[Value]| row.iter().map(Value::to_string).collect::<Vec<_>>().join(" ");
    rows(session, gql).iter().map(|row| text(row)).collect()
}

/// property, algorithm, nodes, stale and changedNodes of each embedding.
fn shown(session: &mut Session) -> Vec<String> {
    texts(session, "SHOW EMBEDDINGS YIELD property, algorithm, nodes, stale, changedNodes RETURN *")
}

/// nodesWritten and changedNodes of a refresh.
fn refresh(session: &mut Session, property: &str) -> String {
    let row = &rows(session, &format!("REFRESH EMBEDDING {property}"))[0];
    format!("{} {}", row[1], row[2])
}

/// The bits of a property at every node, by `_id`.
fn vectors(session: &mut Session, property: &str) -> Vec<(String, Option<Vec<u32>>)> {
    let rows = rows(session, &format!("MATCH (n) RETURN n._id, n.{property} ORDER BY n._id"));
    let vector = |value: &Value| match value {
        Value::Vector(numbers) => Some(numbers.iter().map(|x| x.to_bits()).collect()),
        Value::Null => None,
        other => panic!("{other}"),
    };
    rows.iter().map(|row| (row[0].to_string(), vector(&row[1]))).collect()
}

/// Groups of five nodes in a ring, each apart from the others.
fn rings(session: &mut Session, groups: usize) {
    let mut gql = String::from("INSERT ");
    for node in 0..groups * 5 {
        let comma = if node == 0 { "" } else { ", " };
        write!(gql, "{comma}(n{node}:N {{_id: 'n{node:03}'}})").unwrap();
    }
    for node in 0..groups * 5 {
        let next = node / 5 * 5 + (node + 1) % 5;
        write!(gql, ", (n{node})-[:R {{w: {}}}]->(n{next})", 1 + node % 3).unwrap();
    }
    run(session, &gql);
}

fn memory() -> Session {
    Database::in_memory().unwrap().session()
}

const WRITE: &str = "CALL algo.node2vec.write({dimensions: 8, walkLength: 6, walksPerNode: 3, p: 0.5, seed: 3}, ";

#[test]
fn an_embedding_tells_how_it_was_made_and_whether_the_graph_has_changed() {
    let mut session = memory();
    assert!(shown(&mut session).is_empty());
    rings(&mut session, 12);
    run(&mut session, &format!("{WRITE}{{db: {{property: 'e'}}}})"));
    let gql = "SHOW EMBEDDINGS YIELD parameters, seed, engineVersion, kind RETURN *";
    let made = "{dimensions: 8, walkLength: 6, walksPerNode: 3, p: 0.5, seed: 3} 3";
    assert_eq!(texts(&mut session, gql), [format!("{made} {} node", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(shown(&mut session), ["e node2vec 60 false 0"]);
    // What the algorithm does not see changes nothing.
    run(&mut session, "MATCH (n {_id: 'n001'}) SET n.name = 'x'");
    assert_eq!(shown(&mut session), ["e node2vec 60 false 0"]);
    run(&mut session, "MATCH (a {_id: 'n001'}), (b {_id: 'n003'}) INSERT (a)-[:R]->(b)");
    assert_eq!(shown(&mut session), ["e node2vec 60 true 2"]);
    run(&mut session, "INSERT (:N {_id: 'new'})");
    assert_eq!(shown(&mut session), ["e node2vec 60 true 3"]);
    // The ring of the new edge, and the new node.
    assert_eq!(refresh(&mut session, "e"), "6 3");
    assert_eq!(shown(&mut session), ["e node2vec 61 false 0"]);
    assert_eq!(refresh(&mut session, "e"), "0 0");
    assert_eq!(shown(&mut session), ["e node2vec 61 false 0"]);
    // A vector that was overwritten is as it should be again.
    let before = vectors(&mut session, "e");
    run(&mut session, "MATCH (n {_id: 'n001'}) SET n.e = VECTOR([1, 2, 3, 4, 5, 6, 7, 8])");
    assert_ne!(vectors(&mut session, "e"), before);
    assert_eq!(refresh(&mut session, "e"), "61 0");
    assert_eq!(vectors(&mut session, "e"), before);
}

#[test]
fn a_transaction_sees_its_own_changes_and_can_be_undone() {
    let mut session = memory();
    rings(&mut session, 12);
    run(&mut session, &format!("{WRITE}{{db: {{property: 'e'}}}})"));
    let before = vectors(&mut session, "e");
    run(&mut session, "START TRANSACTION");
    run(&mut session, "MATCH (a {_id: 'n001'}), (b {_id: 'n003'}) INSERT (a)-[:R]->(b)");
    assert_eq!(shown(&mut session), ["e node2vec 60 true 2"]);
    run(&mut session, "REFRESH EMBEDDING e");
    assert_eq!(shown(&mut session), ["e node2vec 60 false 0"]);
    assert_ne!(vectors(&mut session, "e"), before);
    run(&mut session, "ROLLBACK");
    assert_eq!(shown(&mut session), ["e node2vec 60 false 0"]);
    assert_eq!(vectors(&mut session, "e"), before);
}

#[test]
fn embeddings_survive_a_restart_and_are_forgotten_with_their_graph() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("g.wend");
    {
        let mut session = Database::open(&path).unwrap().session();
        rings(&mut session, 12);
        run(&mut session, &format!("{WRITE}{{db: {{property: 'e'}}}})"));
        run(&mut session, "CREATE GRAPH other");
        run(&mut session, "USE other INSERT (:N)-[:R]->(:N)");
        run(&mut session, "SESSION SET GRAPH other");
        run(&mut session, &format!("{WRITE}{{db: {{property: 'f'}}}})"));
        assert_eq!(shown(&mut session), ["f node2vec 2 false 0"]);
    }
    let mut session = Database::open(&path).unwrap().session();
    assert_eq!(shown(&mut session), ["e node2vec 60 false 0"]);
    run(&mut session, "MATCH (a {_id: 'n001'})-[r]->() DELETE r");
    assert_eq!(shown(&mut session), ["e node2vec 60 true 2"]);
    assert_eq!(refresh(&mut session, "e"), "5 2");
    run(&mut session, "DROP GRAPH other");
    run(&mut session, "CREATE GRAPH other");
    run(&mut session, "SESSION SET GRAPH other");
    assert!(shown(&mut session).is_empty());
}

#[test]
fn learned_embeddings_are_learned_again_with_all_their_columns() {
    let mut session = memory();
    rings(&mut session, 4);
    run(&mut session, "MATCH (n) SET n.x = CHAR_LENGTH(n._id), n.y = n._id < 'n010'");
    let call = "CALL algo.gnn_embed.write({dimensions: 4, epochs: 3, target: 'y', features: ['x'], seed: 1}, \
                {db: {property: {embedding: 'g', prediction: 'guess'}}})";
    run(&mut session, call);
    assert_eq!(shown(&mut session), ["g gnn_embed 20 false 0"]);
    run(&mut session, "MATCH (n {_id: 'n001'}) SET n.other = 1");
    assert_eq!(shown(&mut session), ["g gnn_embed 20 false 0"], "a property that is no feature");
    run(&mut session, "MATCH (n {_id: 'n001'}) SET n.x = 9");
    assert_eq!(shown(&mut session), ["g gnn_embed 20 true 1"]);
    assert_eq!(refresh(&mut session, "g"), "20 1");
    let guesses = |session: &mut Session| texts(session, "MATCH (n) RETURN n.guess ORDER BY n._id");
    let refreshed = (vectors(&mut session, "g"), guesses(&mut session));
    run(&mut session, call);
    assert_eq!(refreshed, (vectors(&mut session, "g"), guesses(&mut session)));
    let error = session.execute("REFRESH EMBEDDING guess", ()).unwrap_err();
    assert!(error.to_string().contains("`guess` holds no vectors"), "{error}");
}

#[test]
fn what_cannot_be_refreshed_says_why() {
    let mut session = memory();
    rings(&mut session, 2);
    let message = |session: &mut Session, gql: &str| session.execute(gql, ()).unwrap_err().to_string();
    let unknown = message(&mut session, "REFRESH EMBEDDING e");
    assert!(unknown.contains("no algorithm wrote an embedding `e`"), "{unknown}");
    run(&mut session, "CALL algo.node2vec.write({dimensions: 4, nodeLabels: ['N']}, {db: {property: 'embedding'}})");
    let near = message(&mut session, "REFRESH EMBEDDING embeding");
    assert!(near.contains("did you mean `embedding`?"), "{near}");
    // The label that it names is gone: the embedding is stale, and a refresh says what is missing.
    run(&mut session, "MATCH (n) SET n:M REMOVE n:N");
    assert_eq!(shown(&mut session), ["embedding node2vec 10 true NULL"]);
    let gone = message(&mut session, "REFRESH EMBEDDING embedding");
    assert!(gone.contains("nodeLabels names `N`"), "{gone}");
    assert_eq!(vectors(&mut session, "embedding").iter().filter(|(_, vector)| vector.is_some()).count(), 10);
}

#[test]
fn a_new_node_may_have_a_vector_already() {
    let mut session = memory();
    run(&mut session, "INSERT (:N {_id: 'a'}), (:N {_id: 'b'}), (:N {_id: 'c'}), (:N {_id: 'd'})");
    let call = "CALL algo.node2vec.write({dimensions: 16, walkLength: 2, isolated: 'skip'}, {db: {property: 'e'}})";
    run(&mut session, call);
    assert_eq!(shown(&mut session), ["e node2vec 0 false 0"]);
    run(&mut session, "INSERT (:N {_id: 'x', e: VECTOR([1, 2])})-[:R]->(:N {_id: 'y', e: VECTOR([3, 4])})");
    assert_eq!(refresh(&mut session, "e"), "2 2");
    assert_eq!(shown(&mut session), ["e node2vec 2 false 0"]);
    let refreshed = vectors(&mut session, "e");
    run(&mut session, call);
    assert_eq!(refreshed, vectors(&mut session, "e"));
    // What was noted still fits what is there, so that nothing is computed again.
    assert_eq!(refresh(&mut session, "e"), "0 0");
}

#[derive(Clone, Debug)]
enum Edit {
    Insert(usize, usize),
    DeleteEdges(usize),
    DeleteNode(usize),
    NewNode(usize),
    Weigh(usize, u8),
    Overwrite(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => (0..60usize, 0..60usize).prop_map(|(a, b)| Edit::Insert(a, b)),
        3 => (0..60usize).prop_map(Edit::DeleteEdges),
        1 => (0..60usize).prop_map(Edit::DeleteNode),
        2 => (0..60usize).prop_map(Edit::NewNode),
        2 => (0..60usize, 1..9u8).prop_map(|(node, weight)| Edit::Weigh(node, weight)),
        1 => (0..60usize).prop_map(Edit::Overwrite),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_refresh_has_the_bits_of_a_new_call(
        rounds in proptest::collection::vec(proptest::collection::vec(edit(), 0..4), 1..4),
        method in 0..3usize,
        skip in any::<bool>(),
        weighted in any::<bool>(),
    ) {
        let mut session = memory();
        rings(&mut session, 12);
        let method = ["'projection'", "'projection', window: 20", "'spectral'"][method];
        let isolated = if skip { "skip" } else { "zero" };
        let weight = if weighted { ", weight: 'w'" } else { "" };
        let call = |property: &str| format!(
            "CALL algo.node2vec.write({{dimensions: 4, walkLength: 5, walksPerNode: 2, q: 2.0, method: {method}, \
             isolated: '{isolated}'{weight}}}, {{db: {{property: '{property}'}}}})"
        );
        run(&mut session, &call("e"));
        for (round, edits) in rounds.iter().enumerate() {
            for (number, edit) in edits.iter().enumerate() {
                let gql = match edit {
                    Edit::Insert(a, b) => format!(
                        "MATCH (a {{_id: 'n{a:03}'}}), (b {{_id: 'n{b:03}'}}) INSERT (a)-[:R {{w: 2}}]->(b)"
                    ),
                    Edit::DeleteEdges(a) => format!("MATCH (a {{_id: 'n{a:03}'}})-[r]->() DELETE r"),
                    Edit::DeleteNode(a) => format!("MATCH (a {{_id: 'n{a:03}'}}) DETACH DELETE a"),
                    Edit::NewNode(a) => format!(
                        "MATCH (a {{_id: 'n{a:03}'}}) INSERT (a)-[:R]->(:N {{_id: 'x{round}_{number}'}})"
                    ),
                    Edit::Weigh(a, weight) => {
                        format!("MATCH (a {{_id: 'n{a:03}'}})-[r]->() SET r.w = {weight}")
                    }
                    Edit::Overwrite(a) => format!(
                        "MATCH (a {{_id: 'n{a:03}'}}) SET a.e = VECTOR([1, 2, 3, 4])"
                    ),
                };
                run(&mut session, &gql);
            }
            run(&mut session, "REFRESH EMBEDDING e");
            prop_assert_eq!(&shown(&mut session)[0][..2], "e ");
            let refreshed = vectors(&mut session, "e");
            // A call to a fresh property.
            let property = format!("f{round}");
            run(&mut session, &call(&property));
            prop_assert_eq!(refreshed, vectors(&mut session, &property));
            let stale = "SHOW EMBEDDINGS YIELD property, stale FILTER property = 'e' RETURN stale";
            prop_assert_eq!(texts(&mut session, stale), ["false"]);
        }
    }
}
