//! Known behaviour of the learners of dense tables.

use ndarray::{Array2, ArrayView2, s};

use super::*;
use crate::core::context::Context;
use crate::core::error::Error;
use crate::numeric::random::{mix, unit};
use crate::testing::pool;

/// A table of numbers in [0, 1), with a share of them missing.
fn table(rows: usize, features: usize, missing: f64, seed: u64) -> Array2<f64> {
    Array2::from_shape_fn((rows, features), |(row, feature)| {
        let key = mix(mix(seed) ^ ((row as u64) << 16) ^ feature as u64);
        if unit(mix(key ^ 1)) < missing { f64::NAN } else { unit(key) }
    })
}

/// Friedman's first function of five features (1991), without noise.
fn friedman(row: ndarray::ArrayView1<'_, f64>) -> f64 {
    let x = |place: usize| if row[place].is_nan() { 0.5 } else { row[place] };
    10.0 * (std::f64::consts::PI * x(0) * x(1)).sin() + 20.0 * (x(2) - 0.5).powi(2) + 10.0 * x(3) + 5.0 * x(4)
}

fn fit(learner: &dyn Learner, table: ArrayView2<'_, f64>, target: Target<'_>) -> TabularModel {
    let pool = pool(2);
    learner.fit(&Examples::new(table, target), None, 2, &Context::new(&pool)).unwrap()
}

fn predict(model: &TabularModel, table: ArrayView2<'_, f64>) -> Array2<f64> {
    let pool = pool(2);
    model.predict(table, 2, &Context::new(&pool)).unwrap()
}

fn quick() -> Trees {
    Trees { trees: 60, learning_rate: 0.2, leaves: 15, ..Trees::default() }
}

fn r2(predicted: &Array2<f64>, truth: &[f64]) -> f64 {
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let rest: f64 = predicted.column(0).iter().zip(truth).map(|(a, b)| (a - b).powi(2)).sum();
    1.0 - rest / truth.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
}

/// The learners with every kind of target, as pairs of a name and a model of 600 rows by so many threads.
fn models(threads: usize) -> Vec<(&'static str, TabularModel)> {
    let pool = pool(threads);
    let context = Context::new(&pool);
    let table = table(600, 9, 0.1, 1);
    let numbers: Vec<f64> = table.rows().into_iter().map(friedman).collect();
    let two: Vec<u32> = numbers.iter().map(|&value| u32::from(value > 14.0)).collect();
    let three: Vec<u32> = numbers.iter().map(|&value| u32::from(value > 11.0) + u32::from(value > 17.0)).collect();
    let weights: Vec<f64> = (0..600).map(|row| f64::from(row % 3)).collect();
    let sampled = Trees { feature_share: 0.6, row_share: 0.7, ..quick() };
    let mut models = Vec::new();
    for (name, target) in [
        ("numbers", Target::Numbers(&numbers)),
        ("two classes", Target::Classes { of: &two, count: 2 }),
        ("three classes", Target::Classes { of: &three, count: 3 }),
    ] {
        let examples = Examples { weights: Some(&weights), ..Examples::new(table.view(), target) };
        for learner in [&quick() as &dyn Learner, &sampled, &Ridge::default()] {
            models.push((name, learner.fit(&examples, None, threads, &context).unwrap()));
        }
    }
    for loss in [Loss::Absolute, Loss::Huber(0.9)] {
        let learner = Trees { loss, growth: Growth::DepthWise, depth: Some(4), ..quick() };
        let examples = Examples::new(table.view(), Target::Numbers(&numbers));
        models.push(("robust", learner.fit(&examples, None, threads, &context).unwrap()));
    }
    models
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let one = models(1);
    assert_eq!(one, models(2));
    assert_eq!(one, models(7));
    let table = table(600, 9, 0.1, 2);
    for (name, model) in &one {
        let predictions = [1, 2, 7].map(|threads| {
            let pool = pool(threads);
            model.predict(table.view(), threads, &Context::new(&pool)).unwrap()
        });
        assert_eq!(predictions[0], predictions[1], "{name}");
        assert_eq!(predictions[0], predictions[2], "{name}");
    }
}

#[test]
fn contributions_add_up_to_predictions() {
    let table = table(50, 9, 0.2, 3);
    for (name, model) in models(2) {
        let predictions = predict(&model, table.view());
        for (row, predicted) in table.rows().into_iter().zip(predictions.rows()) {
            let row = row.to_vec();
            let scores: Vec<f64> = (0..model.outputs())
                .map(|output| {
                    let parts = model.contributions(&row, output).unwrap();
                    parts.base + parts.features.iter().sum::<f64>()
                })
                .collect();
            let expected: Vec<f64> = match (name, &model) {
                ("three classes", TabularModel::Trees(_)) => {
                    let all: f64 = scores.iter().map(|score| score.exp()).sum();
                    scores.iter().map(|score| score.exp() / all).collect()
                }
                ("two classes" | "three classes", _) => {
                    let own: Vec<f64> = scores.iter().map(|score| 1.0 / (1.0 + (-score).exp())).collect();
                    let all: f64 = own.iter().sum();
                    own.iter().map(|own| own / all).collect()
                }
                _ => scores,
            };
            for (predicted, expected) in predicted.iter().zip(expected) {
                assert!((predicted - expected).abs() < 1e-9, "{name}: {predicted} {expected}");
            }
        }
    }
}

#[test]
fn probabilities_add_up_and_importance_is_shares() {
    let table = table(40, 9, 0.2, 4);
    for (name, model) in models(2) {
        let shares: f64 = model.importance().iter().sum();
        assert!((shares - 1.0).abs() < 1e-12, "{name}");
        if name.contains("classes") {
            for row in predict(&model, table.view()).rows() {
                assert!((row.sum() - 1.0).abs() < 1e-12 && row.iter().all(|&share| (0.0..=1.0).contains(&share)));
            }
        }
        // Features 0 to 4 make the target, the others nothing.
        let noise: f64 = model.importance()[5..].iter().sum();
        assert!(noise < 0.4, "{name}: {:?}", model.importance());
    }
}

#[test]
fn saved_models_come_back_and_broken_ones_do_not() {
    let table = table(30, 9, 0.2, 5);
    for (name, model) in models(2) {
        let bytes = postcard::to_allocvec(&model).unwrap();
        let read: TabularModel = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(model, read, "{name}");
        assert_eq!(predict(&model, table.view()), predict(&read, table.view()));
        // Whatever a broken byte makes of a model, it is refused, or still a model.
        for place in (0..bytes.len()).step_by(bytes.len() / 200 + 1) {
            let mut broken = bytes.clone();
            broken[place] ^= 0x5a;
            if let Ok(model) = postcard::from_bytes::<TabularModel>(&broken) {
                let pool = pool(1);
                let _ = model.predict(table.view(), 1, &Context::new(&pool));
                let _ = model.contributions(&table.row(0).to_vec(), 0);
            }
            assert!(postcard::from_bytes::<TabularModel>(&bytes[..place]).is_err());
        }
    }
}

#[test]
fn trees_learn_what_is_not_linear() {
    let (train, test) = (table(2000, 8, 0.0, 6), table(500, 8, 0.0, 7));
    let [own, truth] = [&train, &test].map(|table| table.rows().into_iter().map(friedman).collect::<Vec<f64>>());
    for loss in [Loss::Squared, Loss::Absolute, Loss::Huber(0.9)] {
        let model = fit(
            &Trees { trees: 200, learning_rate: 0.1, loss, ..Trees::default() },
            train.view(),
            Target::Numbers(&own),
        );
        let score = r2(&predict(&model, test.view()), &truth);
        assert!(score > 0.94, "{loss:?}: {score}");
    }
    let linear = r2(&predict(&fit(&Ridge::default(), train.view(), Target::Numbers(&own)), test.view()), &truth);
    assert!((0.6..0.85).contains(&linear), "{linear}");
}

#[test]
fn a_single_split_is_the_best_one() {
    // One tree, one step: means of both sides.
    let table =
        Array2::from_shape_vec((6, 2), vec![0.0, 5.0, 0.0, 1.0, 0.0, 4.0, 1.0, 2.0, 1.0, 9.0, 1.0, 0.0]).unwrap();
    let learner = Trees { trees: 1, learning_rate: 1.0, leaves: 2, least_examples: 1, lambda: 0.0, ..Trees::default() };
    let model = fit(&learner, table.view(), Target::Numbers(&[1.0, 2.0, 3.0, 7.0, 8.0, 9.0]));
    let predicted = predict(&model, table.view());
    for (row, expected) in [2.0, 2.0, 2.0, 8.0, 8.0, 8.0].iter().enumerate() {
        assert!((predicted[(row, 0)] - expected).abs() < 1e-12);
    }
    assert_eq!(model.importance(), [1.0, 0.0]);
    // Lambda draws each side to the mean: 5 - 9 / (3 + 3).
    let model = fit(&Trees { lambda: 3.0, ..learner }, table.view(), Target::Numbers(&[1.0, 2.0, 3.0, 7.0, 8.0, 9.0]));
    assert!((predict(&model, table.view())[(0, 0)] - 3.5).abs() < 1e-12);
}

#[test]
fn missing_values_learn_their_side() {
    // Missing goes with the large values here, and with the small ones there; where nothing was missing, with most.
    let values = [0.0, 1.0, 2.0, 3.0, f64::NAN, f64::NAN];
    let table = Array2::from_shape_fn((60, 1), |(row, _)| values[row % 6]);
    let learner = Trees { trees: 1, learning_rate: 1.0, leaves: 2, least_examples: 1, lambda: 0.0, ..Trees::default() };
    for (missing, other) in [(10.0, 0.0), (0.0, 10.0)] {
        let target: Vec<f64> = (0..60).map(|row| [0.0, 0.0, 10.0, 10.0, missing, missing][row % 6]).collect();
        let predicted = predict(&fit(&learner, table.view(), Target::Numbers(&target)), table.view());
        assert!((predicted[(4, 0)] - missing).abs() < 1e-12 && (predicted[(4, 0)] - other).abs() > 9.0);
    }
    // That a value is missing at all can be the split.
    let target: Vec<f64> = (0..60).map(|row| f64::from(u8::from(values[row % 6].is_nan()))).collect();
    let predicted = predict(&fit(&learner, table.view(), Target::Numbers(&target)), table.view());
    assert!((predicted[(4, 0)] - 1.0).abs() < 1e-12 && predicted[(0, 0)].abs() < 1e-12);
    let complete = Array2::from_shape_fn((60, 1), |(row, _)| (row % 3) as f64);
    let target: Vec<f64> = (0..60).map(|row| f64::from(u8::from(row % 3 == 2))).collect();
    let model = fit(&learner, complete.view(), Target::Numbers(&target));
    assert!(predict(&model, Array2::from_elem((1, 1), f64::NAN).view())[(0, 0)].abs() < 1e-12);
}

#[test]
fn absolute_error_heeds_no_outlier() {
    let table = Array2::from_shape_fn((100, 1), |(row, _)| (row % 2) as f64);
    let target: Vec<f64> = (0..100).map(|row| if row < 10 { 1e9 } else { f64::from(row % 2) }).collect();
    let learner = Trees { trees: 50, learning_rate: 0.3, loss: Loss::Absolute, ..Trees::default() };
    let predicted = predict(&fit(&learner, table.view(), Target::Numbers(&target)), table.view());
    assert!(predicted[(0, 0)].abs() < 1e-3 && (predicted[(1, 0)] - 1.0).abs() < 1e-3);
}

#[test]
fn weights_are_as_repeated_rows() {
    let rows = table(200, 4, 0.1, 8);
    let numbers: Vec<f64> = rows.rows().into_iter().map(|row| if row[0] > 0.5 { 1.0 } else { row[1] }).collect();
    let numbers: Vec<f64> = numbers.iter().map(|value| if value.is_nan() { 0.3 } else { *value }).collect();
    let weights: Vec<f64> = (0..200).map(|row| f64::from(1 + row % 3)).collect();
    let repeated: Vec<usize> = (0..200).flat_map(|row| std::iter::repeat_n(row, 1 + row % 3)).collect();
    let many = rows.select(ndarray::Axis(0), &repeated);
    let many_numbers: Vec<f64> = repeated.iter().map(|&row| numbers[row]).collect();
    let pool = pool(2);
    let context = Context::new(&pool);
    let learner = Trees { least_examples: 1, lambda: 0.0, least_hessian: 0.0, trees: 5, ..quick() };
    let weighted = Examples { weights: Some(&weights), ..Examples::new(rows.view(), Target::Numbers(&numbers)) };
    let weighted = learner.fit(&weighted, None, 2, &context).unwrap();
    let repeated = fit(&learner, many.view(), Target::Numbers(&many_numbers));
    for (a, b) in predict(&weighted, rows.view()).iter().zip(&predict(&repeated, rows.view())) {
        assert!((a - b).abs() < 1e-9);
    }
}

#[test]
fn class_weights_move_probabilities() {
    let table = Array2::zeros((100, 1));
    let of: Vec<u32> = (0..100).map(|row| u32::from(row < 20)).collect();
    let pool = pool(1);
    let context = Context::new(&pool);
    let share = |class_weights: Option<&[f64]>, learner: &dyn Learner| {
        let examples = Examples { class_weights, ..Examples::new(table.view(), Target::Classes { of: &of, count: 2 }) };
        let model = learner.fit(&examples, None, 1, &context).unwrap();
        model.predict(table.view(), 1, &context).unwrap()[(0, 1)]
    };
    for learner in [&quick() as &dyn Learner, &Ridge::default()] {
        assert!((share(None, learner) - 0.2).abs() < 0.01);
        assert!((share(Some(&[0.25, 1.0]), learner) - 0.5).abs() < 0.01);
        assert!(share(Some(&[0.0, 1.0]), learner) > 0.95);
    }
}

#[test]
fn learning_stops_when_the_validation_part_gets_no_better() {
    let (train, held_out) = (table(300, 5, 0.0, 9), table(300, 5, 0.0, 10));
    let noisy = |table: &Array2<f64>, seed: u64| -> Vec<f64> {
        (0..table.nrows()).map(|row| table[(row, 0)] + 3.0 * unit(mix(seed ^ row as u64))).collect()
    };
    let (own, truth) = (noisy(&train, 11), noisy(&held_out, 12));
    let score = |predicted: ArrayView2<'_, f64>| {
        -predicted.column(0).iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
    };
    let pool = pool(2);
    let context = Context::new(&pool);
    let validation = Validation { table: held_out.view(), score: &score };
    let learner = Trees { patience: 10, ..Trees::default() };
    let examples = Examples::new(train.view(), Target::Numbers(&own));
    let TabularModel::Trees(model) = learner.fit(&examples, Some(&validation), 2, &context).unwrap() else { panic!() };
    assert!((1..200).contains(&model.rounds()), "{}", model.rounds());
    // It is the first rounds of the model that did not stop.
    let shorter = fit(&Trees { trees: model.rounds(), ..Trees::default() }, train.view(), Target::Numbers(&own));
    assert_eq!(shorter, TabularModel::Trees(model));
    let nan = Validation { table: held_out.view(), score: &|_| f64::NAN };
    assert!(matches!(learner.fit(&examples, Some(&nan), 2, &context), Err(Error::Unfit(_))));
}

#[test]
fn leaving_out_is_what_it_says() {
    // The lambda that is chosen has the least error when each of the models is made without one row.
    for (rows, features) in [(25, 4), (12, 30)] {
        let table = table(rows, features, 0.1, 13);
        let target: Vec<f64> = (0..rows).map(|row| table.row(row).iter().filter(|x| !x.is_nan()).sum()).collect();
        let weights: Vec<f64> = (0..rows).map(|row| 1.0 + (row % 4) as f64).collect();
        let lambdas = [0.1, 3.0, 100.0];
        let pool = pool(2);
        let context = Context::new(&pool);
        // The transformation is that of all rows.
        let normal: Vec<QuantileNormal> =
            (0..features).map(|feature| QuantileNormal::fit(table.column(feature), 100)).collect();
        let x = Array2::from_shape_fn(table.dim(), |(row, feature)| normal[feature].apply(table[(row, feature)]));
        let error = |lambda: f64| -> f64 {
            let one = |out: usize| {
                let mut others = weights.clone();
                others[out] = 0.0;
                weights[out] * (plain(&x, &target, &others, lambda, out) - target[out]).powi(2)
            };
            (0..rows).map(one).sum()
        };
        let best = lambdas.iter().copied().min_by(|a, b| error(*a).total_cmp(&error(*b))).unwrap();
        let learner = Ridge { lambdas: lambdas.to_vec(), ..Ridge::default() };
        let all: f64 = weights.iter().sum::<f64>() / rows as f64;
        let scaled = Ridge { lambdas: lambdas.iter().map(|lambda| lambda / all).collect(), ..learner };
        let examples = Examples { weights: Some(&weights), ..Examples::new(table.view(), Target::Numbers(&target)) };
        let TabularModel::Ridge(model) = scaled.fit(&examples, None, 2, &context).unwrap() else { panic!() };
        assert_eq!(model.lambdas(), [best / all]);
        let model = TabularModel::Ridge(model);
        let predicted = predict(&model, table.view());
        for row in 0..rows {
            assert!((predicted[(row, 0)] - plain(&x, &target, &weights, best, row)).abs() < 1e-8);
        }
    }
}

/// Weighted ridge regression by Gaussian elimination: the prediction for a row.
fn plain(x: &Array2<f64>, target: &[f64], weights: &[f64], lambda: f64, row: usize) -> f64 {
    let n = x.ncols() + 1;
    let at = |row: usize, column: usize| if column + 1 == n { 1.0 } else { x[(row, column)] };
    let mut system = Array2::<f64>::zeros((n, n + 1));
    for i in 0..n {
        for j in 0..n {
            system[(i, j)] = (0..x.nrows()).map(|row| weights[row] * at(row, i) * at(row, j)).sum();
        }
        system[(i, n)] = (0..x.nrows()).map(|row| weights[row] * at(row, i) * target[row]).sum();
        if i + 1 < n {
            system[(i, i)] += lambda;
        }
    }
    for i in 0..n {
        let pivot = (i..n).max_by(|a, b| system[(*a, i)].abs().total_cmp(&system[(*b, i)].abs())).unwrap();
        for column in 0..=n {
            system.swap((i, column), (pivot, column));
        }
        let first = system.row(i).to_owned();
        for other in (0..n).filter(|&other| other != i) {
            let factor = system[(other, i)] / first[i];
            system.slice_mut(s![other, ..]).scaled_add(-factor, &first);
        }
    }
    (0..n).map(|i| at(row, i) * system[(i, n)] / system[(i, i)]).sum()
}

#[test]
fn a_lambda_can_be_given_or_chosen_on_validation() {
    let table = table(80, 3, 0.0, 14);
    let target: Vec<f64> = (0..80).map(|row| table[(row, 0)]).collect();
    let pool = pool(1);
    let context = Context::new(&pool);
    let examples = Examples::new(table.view(), Target::Numbers(&target));
    let of = |lambda: Lambda, validation: Option<&Validation<'_>>| {
        let learner = Ridge { lambda, ..Ridge::default() };
        let TabularModel::Ridge(model) = learner.fit(&examples, validation, 1, &context).unwrap() else { panic!() };
        model.lambdas().to_vec()
    };
    assert_eq!(of(Lambda::Fixed(7.0), None), [7.0]);
    // A score that likes small predictions likes a large penalty.
    let score = |predicted: ArrayView2<'_, f64>| -predicted.iter().map(|p| (p - 0.5).abs()).sum::<f64>();
    let validation = Validation { table: table.view(), score: &score };
    assert!(of(Lambda::Validation, Some(&validation))[0] >= 1e4);
    let chosen = of(Lambda::LeaveOneOut, Some(&validation))[0];
    // The smallest error over rows left out, as scikit-learn 1.9's normal quantiles and the same lambdas give it: the outermost
    // quantiles lie far out, and pull the line.
    assert!((chosen - 10f64.powf(1.25)).abs() < 1e-9, "{chosen}");
}

#[test]
fn features_that_go_with_the_target_are_kept() {
    let table = table(300, 40, 0.1, 15);
    let value = |row: usize, feature: usize| if table[(row, feature)].is_nan() { 0.5 } else { table[(row, feature)] };
    let target: Vec<f64> = (0..300).map(|row| value(row, 7) - 2.0 * value(row, 23)).collect();
    let model = fit(&Ridge { most: 2, ..Ridge::default() }, table.view(), Target::Numbers(&target));
    let importance = model.importance();
    assert_eq!(importance.len(), 40);
    assert!(importance.iter().enumerate().all(|(feature, share)| (*share > 0.0) == (feature == 7 || feature == 23)));
    assert!(r2(&predict(&model, table.view()), &target) > 0.9);
    let parts = model.contributions(&table.row(3).to_vec(), 0).unwrap();
    let sum = parts.base + parts.features.iter().sum::<f64>();
    assert!((sum - predict(&model, table.view())[(3, 0)]).abs() < 1e-12);
    let bytes = postcard::to_allocvec(&model).unwrap();
    assert_eq!(postcard::from_bytes::<TabularModel>(&bytes).unwrap(), model);
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let pool = pool(1);
    let context = Context::new(&pool);
    let fine = Array2::from_elem((3, 2), 1.0);
    let mut infinite = fine.clone();
    infinite[(1, 1)] = f64::INFINITY;
    let numbers = [1.0, 2.0, 3.0];
    for learner in [&quick() as &dyn Learner, &Ridge::default()] {
        let fit = |examples: Examples<'_>| learner.fit(&examples, None, 1, &context);
        let of = Target::Numbers(&numbers);
        assert!(matches!(fit(Examples::new(fine.view(), Target::Numbers(&[1.0]))), Err(Error::WrongInput)));
        assert!(
            matches!(fit(Examples::new(infinite.view(), of)), Err(Error::Unfit(text)) if text.contains("feature 1 of row 1"))
        );
        assert!(matches!(
            fit(Examples::new(fine.view(), Target::Numbers(&[1.0, f64::NAN, 2.0]))),
            Err(Error::Unfit(_))
        ));
        let weights = [0.0; 3];
        assert!(matches!(
            fit(Examples { weights: Some(&weights), ..Examples::new(fine.view(), of) }),
            Err(Error::Unfit(_))
        ));
        let weights = [1.0, -1.0, 1.0];
        assert!(matches!(
            fit(Examples { weights: Some(&weights), ..Examples::new(fine.view(), of) }),
            Err(Error::WrongInput)
        ));
        let classes = Target::Classes { of: &[0, 1, 2], count: 2 };
        assert!(matches!(fit(Examples::new(fine.view(), classes)), Err(Error::WrongInput)));
        // Constant features, no features, a constant target: the mean.
        for table in [fine.clone(), Array2::zeros((3, 0)), Array2::from_elem((3, 2), f64::NAN)] {
            let model = fit(Examples::new(table.view(), of)).unwrap();
            assert!(predict(&model, table.view()).iter().all(|value| (value - 2.0).abs() < 1e-12));
            assert!(model.importance().iter().all(|&share| share == 0.0));
            assert!(matches!(model.predict(Array2::zeros((1, 5)).view(), 1, &context), Err(Error::WrongInput)));
        }
        let model = fit(Examples::new(fine.view(), Target::Classes { of: &[2, 2, 2], count: 3 })).unwrap();
        assert!(predict(&model, fine.view()).iter().all(|share| share.is_finite()));
        // Numbers whose squares overflow.
        let huge = [1e300, -1e300, 1e300];
        let model = fit(Examples::new(fine.view(), Target::Numbers(&huge))).unwrap();
        assert!((predict(&model, fine.view())[(0, 0)] / 1e300 - 1.0 / 3.0).abs() < 1e-9);
    }
    let little = Context { memory_budget: Some(1000), ..Context::new(&pool) };
    let big = Array2::zeros((1000, 10));
    let target = vec![0.0; 1000];
    for learner in [&quick() as &dyn Learner, &Ridge::default()] {
        let examples = Examples::new(big.view(), Target::Numbers(&target));
        assert!(matches!(learner.fit(&examples, None, 1, &little), Err(Error::Memory { .. })));
    }
    let stopped = Context { cancel: &|| true, ..Context::new(&pool) };
    for learner in [&quick() as &dyn Learner, &Ridge::default()] {
        let examples = Examples::new(big.view(), Target::Numbers(&target));
        assert!(matches!(learner.fit(&examples, None, 1, &stopped), Err(Error::Cancelled)));
    }
}
