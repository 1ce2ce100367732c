//! Tests of pca: against Jacobi's method, by hand, by its laws, and for any number of threads.

use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::core::argument::Argument;
use crate::graph::property::{Property, PropertyGraph, Values};
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::{mix, unit};

fn graph(width: usize, data: Vec<f32>, present: Vec<bool>) -> PropertyGraph {
    PropertyGraph {
        node_types: vec!["P".into()],
        node_type: vec![0; present.len()],
        node_properties: vec![Property { name: "v".into(), values: Values::Vectors { width, data, present } }],
        ..PropertyGraph::default()
    }
}

fn run_on(graph: &PropertyGraph, given: &[(&str, Argument)], threads: usize) -> Result<Output, Error> {
    let mut all = vec![("property".to_owned(), Argument::String("v".into()))];
    all.extend(given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let arguments = Pca.description().check(&all).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    Pca.run(Input::from(graph), &arguments, &Context::new(&pool))
}

fn coordinates(output: &Output) -> &[f32] {
    match &output.columns[0] {
        Column::Vectors { data, .. } => data,
        other => panic!("{other:?}"),
    }
}

fn floats<'a>(output: &'a Output, name: &str) -> &'a [f64] {
    match output.stats.iter().find(|(other, _)| *other == name) {
        Some((_, Scalar::Floats(values))) => values,
        other => panic!("{other:?}"),
    }
}

fn random(place: usize) -> f32 {
    (unit(mix(place as u64 ^ 0x1234)) - 0.5) as f32
}

/// Eigenvalues (descending) and eigenvectors by Jacobi's rotations: another method, slow and sure.
fn jacobi(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut v: Vec<f64> = (0..n * n).map(|place| f64::from(u8::from(place / n == place % n))).collect();
    for _ in 0..100 {
        for p in 0..n {
            for q in p + 1..n {
                if a[p * n + q] == 0.0 {
                    continue;
                }
                let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q]);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let (c, s) = (1.0 / t.hypot(1.0), t / t.hypot(1.0));
                for k in 0..n {
                    let (x, y) = (a[k * n + p], a[k * n + q]);
                    (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y);
                }
                for k in 0..n {
                    let (x, y) = (a[p * n + k], a[q * n + k]);
                    (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y);
                    let (x, y) = (v[k * n + p], v[k * n + q]);
                    (v[k * n + p], v[k * n + q]) = (c * x - s * y, s * x + c * y);
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&x, &y| a[y * n + y].total_cmp(&a[x * n + x]));
    let vectors = order.iter().map(|&column| (0..n).map(|row| v[row * n + column]).collect()).collect();
    (order.iter().map(|&place| a[place * n + place]).collect(), vectors)
}

fn symmetric(n: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..n * n).map(|place| entry((place / n).max(place % n), (place / n).min(place % n))).collect()
}

fn check_eigen(matrix: &[f64], n: usize) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let square = Array2::from_shape_vec((n, n), matrix.to_vec()).unwrap();
    let found = eigen(square, n, 2, &Context::new(&pool)).unwrap();
    let size = matrix.iter().fold(0.0f64, |size, number| size.max(number.abs())) * n as f64 + f64::MIN_POSITIVE;
    for (place, vector) in found.vectors.flat().chunks_exact(n.max(1)).enumerate() {
        for row in 0..n {
            let image: f64 = (0..n).map(|column| matrix[row * n + column] * vector[column]).sum();
            assert!((image - found.values[place] * vector[row]).abs() <= 1e-12 * size, "{n}: {matrix:?}");
        }
        for (other, second) in found.vectors.flat().chunks_exact(n).enumerate() {
            let expected = f64::from(u8::from(place == other));
            assert!((eigen::dot(vector, second) - expected).abs() < 1e-11, "{n}: {matrix:?}");
        }
    }
    assert!(found.values.is_sorted_by(|a, b| a >= b));
}

#[test]
fn eigenvectors_of_many_shapes() {
    for n in [1, 2, 3, 5, 8, 9, 16, 33] {
        check_eigen(&symmetric(n, |i, j| f64::from(random(i * 100 + j))), n);
        check_eigen(&symmetric(n, |i, j| f64::from(u8::from(i == j))), n);
        check_eigen(&symmetric(n, |_, _| 0.0), n);
        check_eigen(&symmetric(n, |_, _| 1.0), n);
        check_eigen(&symmetric(n, |i, j| if i == j { i as f64 } else { 0.0 }), n);
        check_eigen(&symmetric(n, |i, j| 1.0 / (i + j + 1) as f64), n);
        check_eigen(&symmetric(n, |i, j| 1e-200 * f64::from(random(i * 50 + j))), n);
        check_eigen(&symmetric(n, |i, j| 1e200 * f64::from(random(i * 50 + j))), n);
        check_eigen(&symmetric(n, |i, j| 10f64.powi(-12 * (i + j) as i32) * f64::from(random(i * 50 + j))), n);
        check_eigen(&symmetric(n, |i, j| if i == j + 1 { 1.0 } else { 0.0 }), n);
    }
}

proptest! {
    #[test]
    fn eigenvectors_of_any_symmetric_matrix((n, numbers) in (1usize..9).prop_flat_map(|n| {
        (Just(n), proptest::collection::vec(prop_oneof![Just(0.0), Just(1.0), -1.0f64..1.0, -1e-9f64..1e-9], n * n))
    })) {
        check_eigen(&symmetric(n, |i, j| numbers[i * n + j]), n);
    }
}

#[test]
fn points_on_a_line_by_hand() {
    // (1, 2), (2, 4), (3, 6) and the middle: the component is (1, 2) / sqrt 5, the variance 5 * 2 / 3.
    let graph = graph(2, vec![1.0, 2.0, 2.0, 4.0, 3.0, 6.0, 2.0, 4.0], vec![true; 4]);
    let output = run_on(&graph, &[], 1).unwrap();
    let root = 5f32.sqrt();
    for (found, expected) in coordinates(&output).chunks(2).zip([-root, 0.0, root, 0.0]) {
        assert!((found[0] - expected).abs() < 1e-6 && found[1].abs() < 1e-6, "{found:?}");
    }
    assert!((floats(&output, "explainedVariance")[0] - 10.0 / 3.0).abs() < 1e-12);
    assert!((floats(&output, "explainedShare")[0] - 1.0).abs() < 1e-12);
    // The mean of products without the mean taken out: 90 / 4.
    let plain = run_on(&graph, &[("center", Argument::Bool(false)), ("dimensions", Argument::Int(1))], 1).unwrap();
    assert!((floats(&plain, "explainedVariance")[0] - 90.0 / 4.0).abs() < 1e-12);
    assert!((coordinates(&plain)[0] - root).abs() < 1e-6);
    // Both positions scaled to variance 1.
    let scaled = run_on(&graph, &[("scale", Argument::Bool(true))], 1).unwrap();
    assert!((floats(&scaled, "explainedVariance")[0] - 2.0).abs() < 1e-12);
}

/// Random vectors whose positions have different variances.
fn sample(rows: usize, width: usize) -> Vec<f32> {
    (0..rows * width).map(|place| random(place) * (1.0 + 5.0 / (1.0 + (place % width) as f32)) + 0.3).collect()
}

#[test]
fn components_are_those_of_a_plain_computation() {
    let (rows, width) = (57, 11);
    let data = sample(rows, width);
    let output =
        run_on(&graph(width, data.clone(), vec![true; rows]), &[("dimensions", Argument::Int(11))], 2).unwrap();
    let at = |row: usize, column: usize| f64::from(data[row * width + column]);
    let means: Vec<f64> =
        (0..width).map(|column| (0..rows).map(|row| at(row, column)).sum::<f64>() / rows as f64).collect();
    let entry = |i: usize, j: usize| {
        (0..rows).map(|row| (at(row, i) - means[i]) * (at(row, j) - means[j])).sum::<f64>() / (rows - 1) as f64
    };
    let (values, vectors) = jacobi(symmetric(width, entry), width);
    for (found, expected) in floats(&output, "explainedVariance").iter().zip(&values) {
        assert!((found - expected).abs() < 1e-10 * values[0], "{found} {expected}");
    }
    for (place, mut vector) in vectors.into_iter().enumerate() {
        let largest = vector.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
        vector.iter_mut().for_each(|number| *number *= largest.signum());
        for row in 0..rows {
            let expected: f64 = (0..width).map(|column| (at(row, column) - means[column]) * vector[column]).sum();
            let found = f64::from(coordinates(&output)[row * width + place]);
            assert!((found - expected).abs() < 1e-5, "{row} {place}: {found} {expected}");
        }
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    let (rows, width) = (5000, 50);
    let graph = graph(width, sample(rows, width), vec![true; rows]);
    let one = run_on(&graph, &[("dimensions", Argument::Int(5))], 1).unwrap();
    for threads in [2, 7] {
        assert_eq!(run_on(&graph, &[("dimensions", Argument::Int(5))], threads).unwrap(), one);
    }
}

#[test]
fn long_vectors_give_the_same_as_the_full_matrix() {
    let (rows, width, count) = (40, EXACT_WIDTH + 30, 3);
    let graph = graph(width, sample(rows, width), vec![true; rows]);
    let given = [("dimensions", Argument::Int(count))];
    let output = run_on(&graph, &given, 1).unwrap();
    assert!(matches!(output.stats[4], ("rounds", Scalar::Int(2..300))), "{:?}", output.stats[4]);
    assert_eq!(run_on(&graph, &given, 3).unwrap(), output);
    // The products of vectors with each other have the same eigenvalues as those of positions.
    let Values::Vectors { data, .. } = &graph.node_properties[0].values else { panic!() };
    let mut centred: Vec<f64> = data.iter().map(|&number| f64::from(number)).collect();
    for column in 0..width {
        let mean = (0..rows).map(|row| centred[row * width + column]).sum::<f64>() / rows as f64;
        (0..rows).for_each(|row| centred[row * width + column] -= mean);
    }
    let gram = symmetric(rows, |i, j| {
        eigen::dot(&centred[i * width..][..width], &centred[j * width..][..width]) / (rows - 1) as f64
    });
    let (values, vectors) = jacobi(gram, rows);
    for (place, value) in floats(&output, "explainedVariance").iter().enumerate() {
        assert!((value - values[place]).abs() < 1e-7 * values[0], "{value} {}", values[place]);
        let dot: f64 =
            (0..rows).map(|row| vectors[place][row] * f64::from(coordinates(&output)[row * 3 + place])).sum();
        assert!((dot.abs() - (values[place] * (rows - 1) as f64).sqrt()).abs() < 1e-3, "{place}: {dot}");
    }
}

#[test]
fn nodes_without_a_vector_have_null_coordinates() {
    let graph = graph(2, vec![1.0, 0.0, 0.0, 0.0, 3.0, 0.0], vec![true, false, true]);
    let output = run_on(&graph, &[("dimensions", Argument::Int(1))], 1).unwrap();
    let expected = vec![Scalar::Vector(vec![-1.0]), Scalar::Null, Scalar::Vector(vec![1.0])];
    assert_eq!(output.columns, [Column::Scalars(expected)]);
    assert_eq!(output.stats[0], ("nodeCount", Scalar::Int(2)));
}

#[test]
fn constant_vectors_have_no_variance() {
    let graph = graph(3, vec![0.1; 9], vec![true; 3]);
    for scale in [false, true] {
        let output = run_on(&graph, &[("scale", Argument::Bool(scale))], 1).unwrap();
        assert!(coordinates(&output).iter().all(|number| number.abs() < 1e-6));
        assert!(floats(&output, "explainedShare").iter().all(|share| share.is_finite()));
    }
}

#[test]
fn errors_name_what_is_wrong() {
    let message = |graph: &PropertyGraph, count| {
        run_on(graph, &[("dimensions", Argument::Int(count))], 1).unwrap_err().to_string()
    };
    let points = graph(2, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![true; 3]);
    assert_eq!(
        message(&points, 3),
        "algo.pca: dimensions is 3, but there are only 2 numbers in property \"v\": lower dimensions to 2 or less"
    );
    assert!(message(&graph(5, vec![0.0; 10], vec![true; 2]), 3).contains("only 2 vectors"));
    assert!(message(&graph(2, vec![0.0; 4], vec![false; 2]), 1).contains("is NULL at every node"));
    assert!(message(&graph(0, vec![], vec![true; 2]), 1).contains("holds empty lists"));
    assert!(
        message(&graph(1, vec![1.0, f32::NAN], vec![true; 2]), 1)
            .contains("NaN or infinity in the vector of the 2. node")
    );
    let mut other = graph(1, vec![1.0], vec![true]);
    other.node_properties[0].values = Values::Other { what: "lists of different lengths".into(), present: vec![true] };
    assert_eq!(
        message(&other, 1),
        "algo.pca: property \"v\" holds lists of different lengths; it should hold VECTORs or lists of numbers, all of \
         one length"
    );
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let arguments = Pca.description().check(&[("property".into(), Argument::String("v".into()))]).unwrap();
    let context = Context { memory_budget: Some(10), ..Context::new(&pool) };
    let error = Pca.run(Input::from(&points), &arguments, &context).unwrap_err();
    assert!(matches!(error, Error::Memory { .. }), "{error}");
}
