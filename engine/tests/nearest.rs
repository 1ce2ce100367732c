//! Orders by the similarity or the distance of vectors, of which only the first rows are wanted: they give the same rows in the same
//! order, and the same errors, as the sort alone.

use crate::common::{Choices, cases};
use proptest::prelude::*;
use wenddb::{Database, Options, Session, Value, params};

const FUNCTIONS: [&str; 4] = ["cosine_similarity", "dot_product", "euclidean_distance", "manhattan_distance"];

/// The vectors of the nodes, and how they are stored.
struct Data {
    width: usize,
    /// `None` = none.
    vectors: Vec<Option<Value>>,
    in_set: bool,
}

/// Numbers of a coarse grid, so that many scores are the same; sometimes of any magnitude.
fn vector(choices: &mut Choices, width: usize) -> Vec<f32> {
    let scale = if choices.once_in(60) { choices.pick(&[1e30f32, 1e-30, 1e18, 1e-18, 1e9]) } else { 1.0 };
    let fine = if choices.once_in(3) { 0.125 } else { 1.0 };
    (0..width).map(|_| (choices.below(5) as f32 - 2.0) * scale * fine).collect()
}

fn data(choices: &mut Choices, seed: u64) -> Data {
    let width = choices.pick(&[2, 3, 17, 40]);
    let mut bytes = Vec::new();
    let mut state = seed;
    bytes.resize_with(100_000, || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u8
    });
    let mut random = Choices(&bytes);
    let odd = choices.once_in(4);
    let vectors = (0..choices.pick(&[40, 1500]))
        .map(|_| match random.below(40) {
            0 | 1 => None,
            2 => Some(Value::from(vec![0.0f32; width])),
            3 if odd => Some(match random.below(3) {
                0 => Value::from(vec![1.0f64; width]),
                1 => Value::from(vec![1.0f32; width]),
                _ => Value::from(vector(&mut random, width)),
            }),
            _ => Some(Value::from(vector(&mut random, width))),
        })
        .collect();
    Data { width, vectors, in_set: !choices.once_in(4) }
}

impl Data {
    fn session(&self, optimize: bool) -> Session {
        let options = Options { threads: 1, optimize, ..Options::default() };
        let mut session = Database::in_memory_with(options).unwrap().session();
        let row = |(number, vector): (usize, &Option<Value>)| {
            let vector = vector.clone().unwrap_or_default();
            Value::record([
                ("id", Value::from(number.to_string())),
                ("k", Value::Int(number as i64 % 7)),
                ("e", vector),
            ])
        };
        let rows = Value::List(self.vectors.iter().enumerate().map(row).collect());
        let mut run = |text: &str, rows: &Value| drop(session.execute(text, params! {"rows" => rows.clone()}).unwrap());
        run("FOR r IN $rows INSERT (:N {_id: r.id, k: r.k})", &rows);
        if self.in_set {
            let write =
                format!("CALL algo.fastrp.write({{dimensions: {}, seed: 1}}, {{db: {{property: 'e'}}}})", self.width);
            session.execute(&write, ()).unwrap();
            session.execute("MATCH (n:N) REMOVE n.e", ()).unwrap();
        }
        let mut run = |text: &str, rows: &Value| drop(session.execute(text, params! {"rows" => rows.clone()}).unwrap());
        run("FOR r IN $rows MATCH (n:N {_id: r.id}) SET n.e = r.e", &rows);
        session
    }
}

fn query(choices: &mut Choices, width: usize) -> String {
    let function = choices.pick(&FUNCTIONS);
    let order = choices.pick(&["", " DESC", " DESC", " NULLS FIRST", " DESC NULLS FIRST"]);
    let limit =
        choices.pick(&["LIMIT 3", "LIMIT 10", "LIMIT 1", "LIMIT 0", "OFFSET 2 LIMIT 5", "LIMIT 2000", "LIMIT 45"]);
    let filter = choices.pick(&["", "", " WHERE b.k > 3", " WHERE b.e IS NOT NULL", " WHERE b.k = 9"]);
    let list: Vec<String> = (0..width).map(|at| format!("{}.5", at % 3)).collect();
    let list = list.join(", ");
    let constants =
        ["$x".to_owned(), format!("[{list}]"), format!("VECTOR([{list}])"), "$y".to_owned(), "$none".to_owned()];
    let x = choices.pick(&constants);
    let (a, b) = if choices.once_in(2) { (x.as_str(), "b.e") } else { ("b.e", x.as_str()) };
    match choices.below(8) {
        0 | 1 => format!("MATCH (b:N){filter} RETURN b._id AS id, {function}({a}, {b}) AS s ORDER BY s{order} {limit}"),
        2 => format!("MATCH (b:N){filter} RETURN b._id AS id ORDER BY {function}({a}, {b}){order}, b.k DESC {limit}"),
        3 => format!(
            "MATCH (b:N){filter} LET s = {function}({a}, {b}) LET t = b.k RETURN b._id AS id, t, s ORDER BY s{order} {limit}"
        ),
        4 => format!(
            "MATCH (b:N){filter} WITH b ORDER BY {function}({a}, {b}){order} {limit} RETURN b._id AS id, b.k AS k"
        ),
        5 => format!(
            "MATCH (a:N) WHERE a.k = 2 AND a._id < '3' CALL (a) {{ MATCH (b:N){filter} RETURN b._id AS id, \
             {function}(a.e, b.e) AS s ORDER BY s{order} LIMIT 4 }} RETURN a._id AS a, id, s"
        ),
        6 => format!(
            "MATCH (a:N {{_id: '3'}}), (b:N){filter} RETURN b._id AS id, {function}(a.e, b.e) AS s ORDER BY s{order}, id {limit}"
        ),
        // What is computed of rows that are returned only.
        _ => format!(
            "MATCH (b:N){filter} RETURN 10 / (b.k + 1) AS q, {function}({a}, {b}) AS s ORDER BY s{order} {limit}"
        ),
    }
}

fn outcome(session: &mut Session, query: &str, x: &[Value; 2]) -> Result<Vec<String>, String> {
    let params = params! {"x" => x[0].clone(), "y" => x[1].clone(), "none" => Value::Null};
    let rows = session.execute(query, params).and_then(|rows| rows.collect::<wenddb::Result<Vec<_>>>());
    let rows = rows.map_err(|error| format!("{} {}", error.gqlstatus(), error.message()))?;
    Ok(rows.into_iter().map(|row| format!("{:?}", row.into_values())).collect())
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn the_order_is_that_of_the_sort(bytes in prop::collection::vec(any::<u8>(), 300), seed: u64) {
        let mut choices = Choices(&bytes);
        let data = data(&mut choices, seed);
        let mut sessions = [true, false].map(|optimize| data.session(optimize));
        let width = data.width;
        for _ in 0..12 {
            let odd = choices.pick(&[width, width, width + 1]);
            let x = [Value::from(vector(&mut choices, width)), Value::from(vector(&mut choices, odd))];
            let query = query(&mut choices, width);
            let plain = outcome(&mut sessions[1], &query, &x);
            // The second time vectors may be kept.
            for _ in 0..2 {
                prop_assert_eq!(outcome(&mut sessions[0], &query, &x), plain.clone(), "{}", query);
            }
        }
    }
}

/// The operators of a plan.
/// Conditions and values of a whole batch are those of the function: within a transaction that has written, it is called for each row.
fn values(choices: &mut Choices, width: usize) -> String {
    let function = choices.pick(&FUNCTIONS);
    let list: Vec<String> = (0..width).map(|at| format!("{}.5", at % 3)).collect();
    let constants = ["$x".to_owned(), format!("VECTOR([{}])", list.join(", ")), "$y".to_owned(), "$none".to_owned()];
    let x = choices.pick(&constants);
    let value = match choices.below(3) {
        0 => format!("{function}({x}, b.e)"),
        1 => format!("{function}(b.e, {x})"),
        _ => format!("{function}(b.e, b.e)"),
    };
    let operator = choices.pick(&["> 0.5", "<= 0.5", "= 1", "<> 1.0", "IS NULL", "< 3"]);
    match choices.below(4) {
        0 | 1 => format!("MATCH (b:N) WHERE {value} {operator} RETURN b._id AS id, {value} AS s"),
        2 => format!("MATCH (b:N) RETURN COUNT({value}) AS c, SUM({value}) AS s, MAX({value}) AS most"),
        _ => format!(
            "MATCH (a:N WHERE a.k = 2 AND a._id < '3') MATCH (b:N) WHERE {function}(a.e, b.e) {operator} RETURN a._id AS a, b._id AS b"
        ),
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn values_of_a_batch_are_those_of_the_function(bytes in prop::collection::vec(any::<u8>(), 200), seed: u64) {
        let mut choices = Choices(&bytes);
        let data = data(&mut choices, seed);
        let mut session = data.session(true);
        for _ in 0..8 {
            let odd = choices.pick(&[data.width, data.width, data.width + 1]);
            let x = [Value::from(vector(&mut choices, data.width)), Value::from(vector(&mut choices, odd))];
            let query = values(&mut choices, data.width);
            let sorted = |outcome: Result<Vec<String>, String>| outcome.map(|mut rows| { rows.sort(); rows });
            session.execute("START TRANSACTION", ()).unwrap();
            session.execute("INSERT (:Other)", ()).unwrap();
            let plain = sorted(outcome(&mut session, &query, &x));
            session.execute("ROLLBACK", ()).unwrap();
            // The second time vectors may be kept.
            for _ in 0..2 {
                prop_assert_eq!(sorted(outcome(&mut session, &query, &x)), plain.clone(), "{}", query);
            }
        }
    }
}

fn plan(session: &mut Session, query: &str) -> String {
    let rows = session.execute(&format!("EXPLAIN {query}"), ()).unwrap();
    rows.map(|row| format!("{:?}", row.unwrap().into_values())).collect()
}

#[test]
fn the_plan_says_so() {
    let data = Data { width: 2, vectors: vec![Some(Value::from(vec![1.0f32, 2.0])); 3], in_set: true };
    let mut session = data.session(true);
    for (query, expected) in [
        ("MATCH (b:N) RETURN b.k, cosine_similarity(b.e, [1, 2]) AS s ORDER BY s DESC LIMIT 2", true),
        ("MATCH (b:N) WITH b ORDER BY euclidean_distance([1, 2], b.e) LIMIT 2 RETURN b.k", true),
        ("MATCH (b:N) RETURN b.k, cosine_similarity(b.e, [1, 2]) AS s ORDER BY s DESC", false),
        ("MATCH (b:N) RETURN b.k, cosine_similarity(b.e, [1, 2]) AS s ORDER BY b.k, s DESC LIMIT 2", false),
        ("MATCH (b:N) RETURN 1 / b.k, cosine_similarity(b.e, [1, 2]) AS s ORDER BY s DESC LIMIT 2", true),
        ("MATCH (b:N) RETURN cosine_similarity(b.e, [RAND(), 2]) AS s ORDER BY s DESC LIMIT 2", false),
    ] {
        assert_eq!(plan(&mut session, query).contains("NearestVectors"), expected, "{query}");
    }
}

#[test]
fn replaced_vectors_are_seen() {
    let mut session = Database::in_memory().unwrap().session();
    session.execute("FOR i IN RANGE(1, 2000) INSERT (:N {_id: CAST(i AS STRING), i: i})", ()).unwrap();
    session.execute("MATCH (a:N) MATCH (b {_id: CAST(a.i % 2000 + 1 AS STRING)}) INSERT (a)-[:R]->(b)", ()).unwrap();
    let nearest = "MATCH (b:N) RETURN b._id AS id ORDER BY cosine_similarity(b.e, $x) DESC, b.i LIMIT 1";
    for seed in 1..4 {
        let write = format!(
            "CALL algo.fastrp.write({{dimensions: 8, seed: {seed}, iterationWeights: [1], nodeSelfInfluence: 1}}, {{db: {{property: 'e'}}}})"
        );
        session.execute(&write, ()).unwrap();
        for i in [7, 1500] {
            let x: Value = session.value(&format!("MATCH (b {{_id: '{i}'}}) RETURN b.e"), ()).unwrap();
            for _ in 0..3 {
                let id: String = session.value(nearest, params! {"x" => x.clone()}).unwrap();
                let first: String = session
                    .value(
                        "MATCH (b:N) FILTER cosine_similarity(b.e, $x) >= 0.99999999 RETURN b._id ORDER BY b.i LIMIT 1",
                        params! {"x" => x.clone()},
                    )
                    .unwrap();
                assert_eq!(id, first);
            }
        }
    }
    // One vector that is set changes the graph's version.
    session.execute("MATCH (b {_id: '9'}) SET b.e = VECTOR([9, 0, 0, 0, 0, 0, 0, 0])", ()).unwrap();
    let id: String = session.value(nearest, params! {"x" => vec![1.0f32, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]}).unwrap();
    assert_eq!(id, "9");
}
