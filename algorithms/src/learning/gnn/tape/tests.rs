//! Every operation against finite differences, on random small graphs; and the same bits for any number of threads.

use proptest::prelude::*;
use rand::Rng;
use rayon::ThreadPoolBuilder;

use super::*;
use crate::core::context::Context;
use crate::learning::gnn::relation::{NO_ROW, Relation, RowIndex};
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::Xoroshiro128;

/// Random numbers for shapes, graphs and entries.
struct Draw(Xoroshiro128);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() >> 32) as usize % bound.max(1)
    }

    fn matrix(&mut self, rows: usize, cols: usize) -> Array2<f32> {
        // Away from 0, where rectifiers have no derivative.
        let entry = || {
            let magnitude = 0.1 + (self.0.next_u64() >> 40) as f32 / (1 << 24) as f32;
            if self.0.next_u64() & 1 == 0 { magnitude } else { -magnitude }
        };
        Array2::from_shape_simple_fn((rows, cols), entry)
    }

    /// Distinct sources of each target, so that the largest message is one arc's.
    fn relation(&mut self, targets: usize, sources: usize, weighted: bool) -> Relation {
        let arcs = (0..self.below(3 * targets) + 1)
            .map(|edge| (self.below(sources) as u32, self.below(targets) as u32, edge as u32))
            .collect();
        let arcs = distinct(arcs);
        let weights: Vec<f32> = (0..arcs.len()).map(|_| 0.5 + self.below(4) as f32).collect();
        Relation::new(targets, sources, arcs.len(), &arcs, weighted.then_some(&weights))
    }

    fn index(&mut self, items: usize, bound: usize, gaps: bool) -> RowIndex {
        let rows = (0..items).map(|_| if gaps && self.below(4) == 0 { NO_ROW } else { self.below(bound) as u32 });
        RowIndex::new(rows.collect(), bound)
    }
}

fn distinct(mut arcs: Vec<(u32, u32, u32)>) -> Vec<(u32, u32, u32)> {
    arcs.sort_unstable();
    arcs.dedup_by_key(|arc| (arc.0, arc.1));
    arcs.iter_mut().enumerate().for_each(|(edge, arc)| arc.2 = edge as u32);
    arcs
}

fn pool(threads: usize) -> rayon::ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

/// The weighted sum of all entries of `build`'s result, and its gradients.
fn run(
    threads: usize,
    parameters: &[Array2<f32>],
    build: &dyn for<'g> Fn(&mut Tape<'g>, &[Var]) -> Var,
    backward: bool,
) -> (f64, Vec<Array2<f32>>) {
    let pool = pool(threads);
    let context = Context::new(&pool);
    let workers = Workers::new(&context, threads);
    // Training, so that batches are normalised by themselves; nothing is dropped.
    let mut tape = Tape::new(&workers, Some((0.0, 0)));
    let vars: Vec<Var> = parameters.iter().map(|parameter| tape.parameter(parameter)).collect();
    let out = build(&mut tape, &vars);
    let (rows, cols) = tape.shape(out);
    let weights = Draw(Xoroshiro128::new(9, 9, 9)).matrix(rows, cols);
    let total: f64 = tape.value(out).iter().zip(&weights).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
    if !backward {
        return (total, Vec::new());
    }
    let weights = tape.constant_owned(weights);
    let weighted = tape.mul(out, weights);
    let mean = tape.mean_rows(weighted);
    let ones = tape.constant_owned(Array2::from_elem((cols, 1), rows as f32));
    let root = tape.matmul(mean, ones);
    let mut gradients = tape.backward(root);
    let of = |(var, parameter): (Var, &Array2<f32>), gradients: &mut Gradients| {
        gradients.take(var).unwrap_or_else(|| Array2::zeros(parameter.dim()))
    };
    let all = vars.into_iter().zip(parameters).map(|pair| of(pair, &mut gradients)).collect();
    (total, all)
}

/// Compares gradients with central differences.
fn check(mut parameters: Vec<Array2<f32>>, build: &dyn for<'g> Fn(&mut Tape<'g>, &[Var]) -> Var) {
    const STEP: f32 = 1.0 / 256.0;
    let (_, gradients) = run(2, &parameters, build, true);
    for which in 0..parameters.len() {
        for entry in 0..parameters[which].len() {
            let kept = parameters[which].flat()[entry];
            let mut at = |x| {
                parameters[which].flat_mut()[entry] = x;
                run(1, &parameters, build, false).0
            };
            let numeric = (at(kept + STEP) - at(kept - STEP)) / f64::from(2.0 * STEP);
            at(kept);
            parameters[which].flat_mut()[entry] = kept;
            let exact = f64::from(gradients[which].flat()[entry]);
            assert!(
                (numeric - exact).abs() <= 4e-3 * (1.0 + numeric.abs().max(exact.abs())),
                "operand {which} entry {entry}: {exact}, by differences {numeric}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn dense_operations(seed in any::<u64>()) {
        let mut draw = Draw(Xoroshiro128::new(seed, 0, 0));
        let (n, k, m) = (1 + draw.below(5), 1 + draw.below(20), 1 + draw.below(5));
        let pair = |draw: &mut Draw| vec![draw.matrix(n, k), draw.matrix(n, k)];
        for activation in [
            Activation::Identity, Activation::Relu, Activation::LeakyRelu(0.2), Activation::Elu, Activation::Sigmoid,
            Activation::Tanh,
        ] {
            check(vec![draw.matrix(n, k)], &|tape, v| tape.activate(v[0], activation));
        }
        let operands =
            vec![draw.matrix(n, k), draw.matrix(k, m), draw.matrix(n, 3), draw.matrix(3, m), draw.matrix(1, m)];
        check(operands, &|tape, v| {
            tape.linear(&[(v[0], v[1]), (v[2], v[3])], Some(v[4]), Activation::Tanh)
        });
        check(pair(&mut draw), &|tape, v| tape.add(v[0], v[1]));
        check(pair(&mut draw), &|tape, v| tape.mul(v[0], v[1]));
        check(pair(&mut draw), &|tape, v| tape.mul(v[0], v[0]));
        check(pair(&mut draw), &|tape, v| tape.concat_cols(&[v[0], v[1]]));
        check(pair(&mut draw), &|tape, v| tape.concat_rows(&[v[0], v[1]]));
        check(pair(&mut draw), &|tape, v| tape.affine(v[0], -2.0, 0.5));
        check(pair(&mut draw), &|tape, v| tape.mean_rows(v[0]));
        check(pair(&mut draw), &|tape, v| tape.slice_cols(v[0], k / 2..k));
        check(pair(&mut draw), &|tape, v| {
            let mean = tape.mean_rows(v[0]);
            let column = tape.row_to_column(mean);
            tape.matmul(v[1], column)
        });
        check(vec![draw.matrix(n, k), draw.matrix(1, k)], &|tape, v| tape.add_row(v[0], v[1]));
        check(pair(&mut draw), &|tape, v| tape.first_rows(v[0], n.div_ceil(2)));
        check(vec![draw.matrix(n, k), draw.matrix(n, 1)], &|tape, v| tape.mul_column(v[0], v[1]));
        check(vec![draw.matrix(n, 6), draw.matrix(1, 6)], &|tape, v| tape.head_products(v[0], v[1], 3));
        check(vec![draw.matrix(n, 6), draw.matrix(n, 6)], &|tape, v| tape.head_products(v[0], v[1], 3));
        let factors: &'static [f32] = draw.matrix(1, n).into_raw_vec_and_offset().0.leak();
        check(pair(&mut draw), &|tape, v| tape.scale_rows_by(v[0], factors));
        let starts: &'static [usize] = Box::leak(Box::new([0, n / 2, n / 2, n]));
        check(vec![draw.matrix(n, k), draw.matrix(3, k * m)], &|tape, v| {
            tape.grouped_linear(v[0], v[1], starts, m)
        });
        let first: &'static RowIndex = Box::leak(Box::new(draw.index(6, n, true)));
        let second: &'static RowIndex = Box::leak(Box::new(draw.index(6, n, false)));
        check(pair(&mut draw), &|tape, v| tape.gather(&[(v[0], first), (v[1], second), (v[0], second)]));
    }

    #[test]
    fn normalisation(seed in any::<u64>()) {
        let mut draw = Draw(Xoroshiro128::new(seed, 0, 5));
        let (n, k) = (2 + draw.below(5), 2 + draw.below(20));
        // Signs alternate, so that no row or column varies so little that differences cannot tell derivatives.
        let mut x = draw.matrix(n, k) * 3.0;
        x.indexed_iter_mut().for_each(|((row, col), entry)| *entry = entry.abs() * (1 - 2 * ((row + col) & 1) as i32) as f32);
        let operands = vec![x, draw.matrix(1, k), draw.matrix(1, k), draw.matrix(1, k), Array2::ones((1, k))];
        check(operands[..3].to_vec(), &|tape, v| tape.layer_norm(v[0], v[1], v[2]));
        check(operands, &|tape, v| tape.batch_norm(v[0], v[1], v[2], (v[3], v[4])));
    }

    #[test]
    fn message_passing(seed in any::<u64>(), weighted in any::<bool>()) {
        let mut draw = Draw(Xoroshiro128::new(seed, 0, 1));
        let (targets, heads) = (1 + draw.below(4), 1 + draw.below(3));
        let sources = targets + draw.below(3);
        // Wide enough for every width of block.
        let width = [1, 4, 7, 16, 69][draw.below(5)];
        let relation: &'static Relation = Box::leak(Box::new(draw.relation(targets, sources, weighted)));
        let arcs = relation.arcs();
        let factors: &'static [f32] = draw.matrix(1, arcs).into_raw_vec_and_offset().0.leak();
        let own: &'static [f32] = draw.matrix(1, targets).into_raw_vec_and_offset().0.leak();
        let x = draw.matrix(sources, width);
        for coefficient in
            [Coefficient::Weight, Coefficient::Mean, Coefficient::Arcs(factors, None), Coefficient::Arcs(factors, Some(own))]
        {
            check(vec![x.clone()], &|tape, v| tape.aggregate(relation, coefficient, v[0]));
        }
        // No two within a step of each other, where the largest changes.
        let mut apart = x.clone();
        apart.iter_mut().enumerate().for_each(|(place, value)| *value = 0.05 * ((place * 7919) % 1009) as f32 - 20.0);
        check(vec![apart], &|tape, v| tape.aggregate_max(relation, v[0]));
        for mean in [false, true] {
            check(vec![draw.matrix(arcs, width)], &|tape, v| tape.sum_of_arcs(relation, mean, v[0]));
        }
        // Sums of quarters and a tenth stay away from the kink of the rectifier.
        let mut scores = vec![draw.matrix(sources, heads), draw.matrix(targets, heads), draw.matrix(arcs, heads)];
        for matrix in &mut scores {
            matrix.mapv_inplace(|value| (value * 4.0).round() / 4.0);
        }
        scores[0] += 0.1;
        check(scores.clone(), &|tape, v| tape.additive_attention(relation, v[0], v[1], Some(v[2]), 0.2));
        check(scores, &|tape, v| tape.additive_attention(relation, v[0], v[1], None, 0.2));
        check(vec![draw.matrix(arcs, heads)], &|tape, v| tape.arc_softmax(relation, v[0]));
        check(vec![draw.matrix(targets, heads * 3), draw.matrix(sources, heads * 3)], &|tape, v| {
            tape.arc_products(relation, v[0], v[1], heads, 0.5)
        });
        check(vec![draw.matrix(arcs, heads), draw.matrix(sources, heads * width)], &|tape, v| {
            tape.aggregate_heads(relation, v[0], v[1], false)
        });
        check(vec![draw.matrix(arcs, heads), draw.matrix(sources, width)], &|tape, v| {
            tape.aggregate_heads(relation, v[0], v[1], true)
        });
    }

    #[test]
    fn losses(seed in any::<u64>()) {
        let mut draw = Draw(Xoroshiro128::new(seed, 0, 2));
        let (n, k) = (2 + draw.below(4), 2 + draw.below(3));
        let rows: &'static [u32] = vec![0, 1, 0, n as u32 - 1].leak();
        let classes: &'static [u32] = (0..4).map(|_| draw.below(k) as u32).collect::<Vec<_>>().leak();
        let wanted: &'static [f32] = draw.matrix(1, 4).into_raw_vec_and_offset().0.leak();
        let labels: &'static [f32] = (0..n).map(|_| draw.below(2) as f32).collect::<Vec<_>>().leak();
        check(vec![draw.matrix(n, k)], &|tape, v| tape.cross_entropy(v[0], rows, Wanted { classes, weights: None }));
        // All rows in order need no scattering.
        let all: &'static [u32] = (0..n as u32).collect::<Vec<_>>().leak();
        let of_all: &'static [u32] = (0..n).map(|_| draw.below(k) as u32).collect::<Vec<_>>().leak();
        check(vec![draw.matrix(n, k)], &|tape, v| tape.cross_entropy(v[0], all, Wanted { classes: of_all, weights: None }));
        let weights: Option<&'static [f32]> = Some((0..k).map(|class| class as f32 + 0.5).collect::<Vec<_>>().leak());
        check(vec![draw.matrix(n, k)], &|tape, v| tape.cross_entropy(v[0], rows, Wanted { classes, weights }));
        check(vec![draw.matrix(n, k)], &|tape, v| tape.one_against_rest(v[0], rows, Wanted { classes, weights }));
        check(vec![draw.matrix(n, k)], &|tape, v| tape.one_against_rest(v[0], rows, Wanted { classes, weights: None }));
        for loss in [NumberLoss::Squared, NumberLoss::Huber] {
            check(vec![draw.matrix(n, 1)], &|tape, v| tape.number_loss(v[0], rows, wanted, loss));
        }
        // Away from the kink of the absolute value.
        let far: &'static [f32] = wanted.iter().map(|wanted| wanted.signum() * 3.0).collect::<Vec<_>>().leak();
        check(vec![draw.matrix(n, 1)], &|tape, v| tape.number_loss(v[0], rows, far, NumberLoss::Absolute));
        check(vec![draw.matrix(n, 1)], &|tape, v| tape.binary_cross_entropy(v[0], labels));
        let left: &'static RowIndex = Box::leak(Box::new(draw.index(5, n, false)));
        let right: &'static RowIndex = Box::leak(Box::new(draw.index(5, n + 1, false)));
        let same: &'static RowIndex = Box::leak(Box::new(draw.index(5, n, false)));
        for kind in [PairScore::Dot, PairScore::Distance] {
            check(vec![draw.matrix(n, k), draw.matrix(n + 1, k)], &|tape, v| {
                tape.pair_scores(v[0], left, v[1], right, kind)
            });
            check(vec![draw.matrix(n, k)], &|tape, v| tape.pair_scores(v[0], left, v[0], same, kind));
        }
        // Multiples of 1/4 against a margin of 0.9 stay away from the kink of the hinge.
        let mut quarters = |rows| {
            let mut matrix = draw.matrix(rows, 1);
            matrix.mapv_inplace(|value| (value * 4.0).round() / 4.0);
            matrix
        };
        let operands = vec![quarters(n), quarters(2 * n)];
        for loss in [PairLoss::Bce, PairLoss::Margin(0.9), PairLoss::Bpr] {
            check(operands.clone(), &|tape, v| tape.pair_loss(v[0], v[1], loss));
        }
    }

    #[test]
    fn a_value_used_twice_gathers_both_gradients(seed in any::<u64>()) {
        let mut draw = Draw(Xoroshiro128::new(seed, 0, 3));
        check(vec![draw.matrix(3, 3)], &|tape, v| {
            let square = tape.matmul(v[0], v[0]);
            let sum = tape.add(square, v[0]);
            tape.mul(sum, square)
        });
    }
}

#[test]
fn gradients_have_the_same_bits_for_any_number_of_threads() {
    let mut draw = Draw(Xoroshiro128::new(5, 0, 4));
    let n = 9000;
    let arcs: Vec<_> = (0..60_000).map(|edge| (draw.below(n) as u32, draw.below(n) as u32, edge)).collect();
    let relation: &'static Relation = Box::leak(Box::new(Relation::new(n, n, arcs.len(), &arcs, None)));
    let operands = vec![draw.matrix(n, 24), draw.matrix(24, 32), draw.matrix(1, 32), draw.matrix(32, 4)];
    let build: &dyn for<'g> Fn(&mut Tape<'g>, &[Var]) -> Var = &|tape, v| {
        let hidden = tape.linear(&[(v[0], v[1])], Some(v[2]), Activation::Relu);
        let mean = tape.aggregate(relation, Coefficient::Mean, hidden);
        let scores = tape.matmul(mean, v[3]);
        let alpha = tape.additive_attention(relation, scores, scores, None, 0.2);
        tape.aggregate_heads(relation, alpha, mean, false)
    };
    let (one, of_one) = run(1, &operands, build, true);
    for threads in [2, 5] {
        let (total, gradients) = run(threads, &operands, build, true);
        assert_eq!(one.to_bits(), total.to_bits());
        assert!(of_one == gradients, "{threads} threads");
    }
}

#[test]
fn dropout_keeps_the_mean_and_drops_its_share() {
    let pool = pool(2);
    let context = Context::new(&pool);
    let workers = Workers::new(&context, 2);
    let ones = Array2::ones((1000, 100));
    let mut tape = Tape::new(&workers, Some((0.3, 7)));
    let x = tape.parameter(&ones);
    let dropped = tape.dropout(x);
    let again = tape.dropout(x);
    let zeros = tape.value(dropped).iter().filter(|&&value| value == 0.0).count();
    // Five standard deviations of a binomial.
    assert!((zeros as f64 - 30_000.0).abs() < 725.0, "{zeros}");
    assert!(tape.value(dropped).iter().all(|&value| value == 0.0 || (value - 1.0 / 0.7).abs() < 1e-4));
    assert!(tape.value(dropped) != tape.value(again), "each dropout draws anew");
    let mut off = Tape::new(&workers, None);
    let x = off.parameter(&ones);
    assert_eq!(off.dropout(x), x);
}

#[test]
fn batches_are_normalised_by_themselves_and_what_is_learned_by_running_figures() {
    let pool = pool(2);
    let context = Context::new(&pool);
    let workers = Workers::new(&context, 2);
    let x = ndarray::arr2(&[[1.0, 5.0], [3.0, 5.0]]);
    let (ones, zeros, twos) = (Array2::ones((1, 2)), Array2::zeros((1, 2)), Array2::from_elem((1, 2), 2.0));
    for (dropout, expected, observed) in [(Some((0.0, 0)), [-1.0, 0.0, 1.0, 0.0], 2), (None, [-0.5, 1.5, 0.5, 1.5], 0)]
    {
        let mut tape = Tape::new(&workers, dropout);
        let [x, one, zero, mean, variance] =
            [&x, &ones, &zeros, &twos, &(&twos * 2.0)].map(|value| tape.constant_owned(value.clone()));
        let out = tape.batch_norm(x, one, zero, (mean, variance));
        for (found, wanted) in tape.value(out).iter().zip(expected) {
            assert!((found - wanted).abs() < 1e-4, "{found} {wanted}");
        }
        let seen = tape.take_observed();
        assert_eq!(seen.len(), observed);
        if let [(of_mean, m), (of_variance, v)] = &seen[..] {
            assert_eq!((*of_mean, *of_variance), (mean, variance));
            assert_eq!((m.flat(), v.flat()), (&[2.0, 5.0][..], &[2.0, 0.0][..]));
        }
    }
}

#[test]
fn only_what_depends_on_a_parameter_leaves_steps_and_gradients() {
    let pool = pool(1);
    let context = Context::new(&pool);
    let workers = Workers::new(&context, 1);
    let (features, weights) = (ndarray::arr2(&[[1.0], [2.0]]), Array2::from_elem((1, 1), 3.0));
    let mut tape = Tape::new(&workers, None);
    let x = tape.constant(&features);
    let doubled = tape.affine(x, 2.0, 0.0);
    assert!(!tape.is_tracked(doubled) && tape.steps.is_empty());
    let w = tape.parameter(&weights);
    let y = tape.matmul(doubled, w);
    let root = tape.mean_rows(y);
    let mut gradients = tape.backward(root);
    assert!(gradients.has(w) && !gradients.has(x));
    assert_eq!(gradients.take(w).unwrap(), Array2::from_elem((1, 1), 3.0));
}
