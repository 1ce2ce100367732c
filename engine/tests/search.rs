//! `algo.similar` and `algo.recommend` against a plain search of everything, for any number of threads.

use proptest::prelude::*;
use wenddb::{Database, ErrorKind, Options, Session, Value, params};

/// A node: label, vector (small integers, so that there are ties and zeros), nodes it has an edge to.
type Plain = (bool, Option<Vec<i8>>, Vec<prop::sample::Index>);

fn database(threads: usize) -> Database {
    Database::in_memory_with(Options { threads, ..Options::default() }).unwrap()
}

fn fill(session: &mut Session, nodes: &[Plain]) -> Vec<Vec<usize>> {
    for (number, (item, vector, _)) in nodes.iter().enumerate() {
        let vector = vector.as_ref().map(|vector| vector.iter().map(|&x| f32::from(x)).collect::<Vec<f32>>());
        let params = params! {"id" => number.to_string(), "v" => vector.map_or(Value::Null, Value::from)};
        let label = if *item { "Item" } else { "User" };
        session.execute(&format!("INSERT (:{label} {{_id: $id, v: $v}})"), params).unwrap();
    }
    let mut targets = Vec::new();
    for (number, (.., to)) in nodes.iter().enumerate() {
        let to: Vec<usize> = to.iter().map(|to| to.index(nodes.len())).collect();
        for to in &to {
            let params = params! {"a" => number.to_string(), "b" => to.to_string()};
            session.execute("MATCH (a {_id: $a}), (b {_id: $b}) INSERT (a)-[:HAS]->(b)", params).unwrap();
        }
        targets.push(to);
    }
    targets
}

/// Node, score, rank.
type Row = (String, f64, i64);

fn rows(session: &mut Session, call: &str) -> Vec<Row> {
    let rows = session.execute(call, ()).unwrap_or_else(|error| panic!("{call}: {error}"));
    rows.into_iter()
        .map(|row| {
            let row = row.unwrap();
            (row.at::<&str>(1).map(str::to_owned).unwrap(), row.at::<f64>(2).unwrap(), row.at::<i64>(3).unwrap())
        })
        .collect()
}

/// The same by definition.
fn plain(
    nodes: &[Plain],
    query: usize,
    k: usize,
    cosine: bool,
    may: impl Fn(usize) -> bool,
) -> Vec<(String, f64, i64)> {
    let own = nodes[query].1.clone().unwrap();
    let product = |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let mut scored: Vec<(usize, f64)> = Vec::new();
    for (number, (_, vector, _)) in nodes.iter().enumerate() {
        let Some(vector) = vector.as_ref().filter(|_| number != query && may(number)) else { continue };
        let score = match (cosine, product(vector, vector).sqrt()) {
            (false, _) => product(&own, vector),
            (true, 0.0) => continue,
            (true, norm) => (product(&own, vector) / (product(&own, &own).sqrt() * norm)).clamp(-1.0, 1.0),
        };
        scored.push((number, score));
    }
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scored.truncate(k);
    (1..).zip(scored).map(|(rank, (node, score))| (node.to_string(), score + 0.0, rank)).collect()
}

fn nodes() -> impl Strategy<Value = Vec<Plain>> {
    let vector = prop::option::weighted(0.8, prop::collection::vec(-2i8..3, 9));
    let node = (any::<bool>(), vector, prop::collection::vec(any::<prop::sample::Index>(), 0..3));
    prop::collection::vec(node, 1..30)
}

proptest! {
    #![proptest_config(crate::common::cases(48))]

    #[test]
    fn the_best_are_those_of_a_plain_search(nodes in nodes(), threads in 1usize..4, k in 1usize..8, cosine: bool, set: bool) {
        let mut session = database(threads).session();
        let targets = fill(&mut session, &nodes);
        if set {
            // Vectors of users in a vector set, those of items in their records.
            if nodes.iter().any(|(item, ..)| !item) {
                session.execute("CALL algo.node2vec.write({dimensions: 9, nodeLabels: ['User']}, {db: {property: 'v'}})", ()).unwrap();
                for (number, (_, vector, _)) in nodes.iter().enumerate().filter(|(_, (item, ..))| !item) {
                    let vector = vector.as_ref().map(|vector| vector.iter().map(|&x| f32::from(x)).collect::<Vec<f32>>());
                    let params = params! {"id" => number.to_string(), "v" => vector.map_or(Value::Null, Value::from)};
                    session.execute("MATCH (n {_id: $id}) SET n.v = $v", params).unwrap();
                }
            }
        }
        let metric = if cosine { "cosine" } else { "dot" };
        let labels_of_targets: Vec<bool> = targets.iter().flatten().map(|&to| nodes[to].0).collect();
        for (query, (_, vector, _)) in nodes.iter().enumerate() {
            let Some(vector) = vector else { continue };
            if cosine && vector.iter().all(|&x| x == 0) {
                continue;
            }
            let found = rows(&mut session, &format!("CALL algo.similar({{node: '{query}', property: 'v', k: {k}, metric: '{metric}'}})"));
            prop_assert_eq!(found, plain(&nodes, query, k, cosine, |_| true));
            if labels_of_targets.is_empty() {
                continue;
            }
            let call = format!("CALL algo.recommend({{node: '{query}', property: 'v', k: {k}, metric: '{metric}', targetEdge: 'HAS'}})");
            let may = |node: usize| !targets[query].contains(&node) && labels_of_targets.contains(&nodes[node].0);
            prop_assert_eq!(rows(&mut session, &call), plain(&nodes, query, k, cosine, may));
        }
    }
}

/// More nodes than one thread takes at a time.
fn large(options: Options) -> Session {
    let mut session = Database::in_memory_with(options).unwrap().session();
    session
        .execute("FOR i IN RANGE(1, 20000) INSERT (:P {_id: CAST(i AS STRING), v: VECTOR([i, i % 7, 1])})", ())
        .unwrap();
    session
}

#[test]
fn the_threads_do_not_show() {
    let call = "CALL algo.similar({nodes: ['1', '77', '20000'], property: 'v', k: 500})";
    let mut one = large(Options { threads: 1, ..Options::default() });
    let expected = rows(&mut one, call);
    assert_eq!(expected.len(), 1500);
    let mut many = large(Options { threads: 5, ..Options::default() });
    assert_eq!(rows(&mut many, call), expected);
    assert_eq!(rows(&mut many, &call.replace("k: 500", "k: 500, concurrency: 2")), expected);
}

#[test]
fn a_search_is_cancelled() {
    let mut session = large(Options { threads: 1, ..Options::default() });
    let handle = session.interrupt_handle();
    session.on_progress(Some(std::sync::Arc::new(move |_| handle.interrupt())));
    let error = session.execute("CALL algo.similar.stats({node: '1', property: 'v'})", ()).map(drop);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn a_search_that_would_hold_too_much_is_refused() {
    let options = Options { memory_limit: 64 << 20, ..Options::default() };
    let mut session = large(options);
    let call = "MATCH (n) RETURN COLLECT_LIST(n._id) AS ids NEXT CALL algo.similar.stats({nodes: ids, property: 'v', k: 20000}) YIELD resultCount RETURN resultCount";
    let error = session.execute(call, ()).map(drop).unwrap_err();
    assert_eq!((error.kind(), error.gqlstatus()), (ErrorKind::Memory, "22000"));
    assert!(error.message().starts_with("algo.similar.stats would need about"), "{}", error.message());
    session.execute("CALL algo.similar({node: '1', property: 'v'})", ()).unwrap();
}
