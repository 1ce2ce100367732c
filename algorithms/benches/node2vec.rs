//! The whole of node2vec with its default dimensions, window and walk length. The time per element is the time per
//! position (node of a walk): its step and its share of the projection.

mod common;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use wend_algorithms::{Argument, Context, Input, find};

fn embeddings(criterion: &mut Criterion) {
    let node2vec = find("node2vec").expect("it is in the list");
    let mut group = criterion.benchmark_group("node2vec");
    group.sample_size(10);
    for (name, graph) in [("sbm100k", common::sbm(100_000)), ("rmat14", common::rmat(14))] {
        let given = [
            ("walksPerNode".to_owned(), Argument::Int(1)),
            ("p".to_owned(), Argument::Float(0.5)),
            ("q".to_owned(), Argument::Float(2.0)),
        ];
        let arguments = node2vec.description().check(&given).expect("known parameters");
        group.throughput(Throughput::Elements(graph.node_count() as u64 * 80));
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            group.bench_function(BenchmarkId::new(name, threads), |bencher| {
                bencher.iter(|| node2vec.run(Input::from(&graph), &arguments, &Context::new(&pool)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, embeddings);
criterion_main!(benches);
