//! Cost of a walk step on one thread: first and second order, even and very uneven degrees. The time per element is
//! the time per step.

mod common;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use wend_algorithms::Context;
use wend_algorithms::node2vec::Parameters;
use wend_algorithms::walk::Walks;

fn steps(criterion: &mut Criterion) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let context = Context::new(&pool);
    let mut group = criterion.benchmark_group("walk_step");
    group.sample_size(10);
    for (name, graph) in [("sbm100k", common::sbm(100_000)), ("rmat16", common::rmat(16))] {
        for (order, p, q) in [("first", 1.0, 1.0), ("second", 0.5, 2.0), ("second_far", 4.0, 0.25)] {
            let parameters = Parameters { p, q, walks_per_node: 1, ..Parameters::default() };
            let walks = Walks::new(&graph, &parameters, u64::MAX);
            let mut out = vec![0; graph.node_count() * parameters.walk_length];
            group.throughput(Throughput::Elements(walks.walkable_nodes() * (parameters.walk_length as u64 - 1)));
            group.bench_function(BenchmarkId::new(name, order), |bencher| {
                bencher.iter(|| walks.fill(0, black_box(&mut out), &context));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
