//! Cost of a small statement that comes again: with its plan kept, and under a text that never came before.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use wenddb::{Database, RunOptions, Session, params};

const STATEMENTS: [(&str, &str); 3] = [
    ("node", "MATCH (a:N {_id: $id}) RETURN a.n"),
    ("neighbours", "MATCH (a:N {_id: $id})-[:E]->(b:N) WHERE b.n > $n RETURN b._id, b.n ORDER BY b.n LIMIT 10"),
    (
        "two_steps",
        "MATCH (a:N {_id: $id})-[:E]->(b:N)-[:E]->(c:N) WHERE c.n <> a.n AND NOT EXISTS { MATCH (a)-[:E]->(c) } \
         RETURN c._id AS id, COUNT(*) AS paths ORDER BY paths DESC, id LIMIT 10",
    ),
];

fn database() -> Database {
    let db = Database::in_memory().expect("a database");
    let mut session = db.session();
    session.execute("FOR i IN RANGE(0, 999) INSERT (:N {_id: CAST(i AS STRING), n: i})", ()).expect("nodes");
    let edges = "FOR i IN RANGE(0, 999) FOR d IN [1, 7, 31] \
                 MATCH (a:N {_id: CAST(i AS STRING)}), (b:N {_id: CAST((i * d + d) % 1000 AS STRING)}) INSERT (a)-[:E]->(b)";
    session.execute(edges, ()).expect("edges");
    db
}

fn run(session: &mut Session, gql: &str, number: u64) {
    let rows = session.execute(gql, params! {"id" => (number % 1000).to_string(), "n" => 10}).expect("rows");
    rows.for_each(|row| drop(black_box(row)));
}

fn repeated(criterion: &mut Criterion) {
    let db = database();
    let mut session = db.session();
    for (name, gql) in STATEMENTS {
        let mut group = criterion.benchmark_group(name);
        let mut number = 0;
        group.bench_function("new_text", |bencher| {
            bencher.iter(|| {
                number += 1;
                run(&mut session, &format!("{gql} /* {number} */"), number);
            });
        });
        group.bench_function("same_text", |bencher| {
            bencher.iter(|| {
                number += 1;
                run(&mut session, gql, number);
            });
        });
        let mut prepared = session.prepare(gql).expect("a statement");
        group.bench_function("prepared", |bencher| {
            bencher.iter(|| {
                number += 1;
                let params = params! {"id" => (number % 1000).to_string(), "n" => 10};
                let rows = prepared.run(params, &RunOptions::default()).expect("rows");
                rows.for_each(|row| drop(black_box(row)));
            });
        });
        group.finish();
    }
}

criterion_group!(benches, repeated);
criterion_main!(benches);
