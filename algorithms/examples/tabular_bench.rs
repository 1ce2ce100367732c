//! Learners of dense tables outside the database: seconds and scores on CSV files, for bench/tabular/compare.py.
//!
//! ```text
//! tabular_bench LEARNER KIND TARGET TRAIN.csv VALIDATION.csv|- TEST.csv.. [name=value ...]
//! ```
//! LEARNER is trees or ridge, KIND is numbers or classes (0, 1, ..), TARGET the column to predict. The files have the same columns, an
//! empty field is a missing value. Scores: AUROC for two classes, accuracy for more, mean absolute error for numbers, or the squared one
//! with loss=squared. Prints one JSON line.

use std::error::Error;
use std::fs::read_to_string;
use std::time::Instant;

use ndarray::{Array2, ArrayView2};
use wend_algorithms::Context;
use wend_algorithms::learning::tabular::{
    Examples, Growth, Lambda, Learner, Loss, Predictor, Ridge, TabularModel, Target, Trees, Validation,
};

struct Data {
    table: Array2<f64>,
    target: Vec<f64>,
}

fn read(path: &str, target: &str, last: usize) -> Result<Data, Box<dyn Error>> {
    let text = read_to_string(path)?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().ok_or("an empty file")?.split(',').collect();
    let place = names.iter().position(|name| *name == target).ok_or("no such target")?;
    let (mut numbers, mut targets) = (Vec::new(), Vec::new());
    let lines: Vec<&str> = lines.collect();
    for line in &lines[lines.len().saturating_sub(last)..] {
        for (column, field) in line.split(',').enumerate() {
            let number = if field.is_empty() { f64::NAN } else { field.parse()? };
            if column == place { targets.push(number) } else { numbers.push(number) }
        }
    }
    Ok(Data { table: Array2::from_shape_vec((targets.len(), names.len() - 1), numbers)?, target: targets })
}

/// Higher is better.
fn score(kind: &str, squared: bool, truth: &[f64], predicted: ArrayView2<'_, f64>) -> f64 {
    let count = truth.len() as f64;
    if kind == "numbers" {
        let rest = predicted.column(0).iter().zip(truth).map(|(a, b)| (a - b).abs()).collect::<Vec<_>>();
        return -rest.iter().map(|rest| if squared { rest * rest } else { *rest }).sum::<f64>() / count;
    }
    if predicted.ncols() > 2 {
        let best = |row: ndarray::ArrayView1<'_, f64>| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b]));
        let right =
            predicted.rows().into_iter().zip(truth).filter(|(row, truth)| best(row.view()) == Some(**truth as usize));
        return right.count() as f64 / count;
    }
    let mut order: Vec<(f64, f64)> = predicted.column(1).iter().copied().zip(truth.iter().copied()).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum) = (0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let ones = tied.iter().filter(|(_, truth)| *truth == 1.0).count() as f64;
        let zeros = tied.len() as f64 - ones;
        sum += ones * (below + zeros / 2.0);
        below += zeros;
    }
    let ones = truth.iter().filter(|truth| **truth == 1.0).count() as f64;
    sum / (ones * below)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [learner, kind, target, train, validation, rest @ ..] = &arguments[..] else {
        return Err(
            "usage: tabular_bench LEARNER KIND TARGET TRAIN.csv VALIDATION.csv|- TEST.csv.. [name=value ...]".into()
        );
    };
    let (mut trees, mut ridge) = (Trees::default(), Ridge::default());
    let (mut threads, mut last, mut tests) = (2, usize::MAX, Vec::new());
    for text in rest {
        let Some((name, value)) = text.split_once('=') else {
            tests.push(text);
            continue;
        };
        match name {
            "trees" => trees.trees = value.parse()?,
            "learningRate" => trees.learning_rate = value.parse()?,
            "leaves" => trees.leaves = value.parse()?,
            "depth" => trees.depth = Some(value.parse()?),
            "growth" => trees.growth = if value == "depth" { Growth::DepthWise } else { Growth::LeafWise },
            "leastExamples" => trees.least_examples = value.parse()?,
            "lambda" => {
                trees.lambda = value.parse()?;
                ridge.lambda = Lambda::Fixed(trees.lambda);
            }
            "choose" => ridge.lambda = if value == "validation" { Lambda::Validation } else { Lambda::LeaveOneOut },
            "features" => trees.feature_share = value.parse()?,
            "rows" => trees.row_share = value.parse()?,
            "patience" => trees.patience = value.parse()?,
            "seed" => trees.seed = value.parse()?,
            "loss" => {
                trees.loss = match value {
                    "squared" => Loss::Squared,
                    "absolute" => Loss::Absolute,
                    other => Loss::Huber(other.parse()?),
                }
            }
            "threads" => threads = value.parse()?,
            "last" => last = value.parse()?,
            other => return Err(format!("{other}: no such parameter").into()),
        }
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let context = Context::new(&pool);
    let own = read(train, target, last)?;
    let of: Vec<u32> = own.target.iter().map(|class| *class as u32).collect();
    let answer = match kind.as_str() {
        "numbers" => Target::Numbers(&own.target),
        _ => Target::Classes { of: &of, count: of.iter().max().map_or(2, |most| *most as usize + 1).max(2) },
    };
    let squared = trees.loss == Loss::Squared;
    let held_out = if validation == "-" { None } else { Some(read(validation, target, usize::MAX)?) };
    let judge = |predicted: ArrayView2<'_, f64>| {
        held_out.as_ref().map_or(0.0, |part| score(kind, squared, &part.target, predicted))
    };
    let part = held_out.as_ref().map(|part| Validation { table: part.table.view(), score: &judge });
    let learner: &dyn Learner = if learner == "trees" { &trees } else { &ridge };
    let start = Instant::now();
    let model = learner.fit(&Examples::new(own.table.view(), answer), part.as_ref(), threads, &context)?;
    let seconds = start.elapsed().as_secs_f64();
    let of_rows = |data: &Data| -> Result<f64, Box<dyn Error>> {
        Ok(score(kind, squared, &data.target, model.predict(data.table.view(), threads, &context)?.view()).abs())
    };
    let validation = held_out.as_ref().map(of_rows).transpose()?.unwrap_or(f64::NAN);
    let scores = tests.iter().map(|path| of_rows(&read(path, target, usize::MAX)?)).collect::<Result<Vec<f64>, _>>()?;
    let chosen = match &model {
        TabularModel::Trees(model) => format!("\"rounds\": {}", model.rounds()),
        TabularModel::Ridge(model) => format!("\"lambdas\": {:?}", model.lambdas()),
    };
    let validation = if validation.is_nan() { "null".to_owned() } else { format!("{validation:.5}") };
    let scores: Vec<String> = scores.iter().map(|score| format!("{score:.5}")).collect();
    println!(
        "{{\"seconds\": {seconds:.3}, {chosen}, \"validation\": {validation}, \"test\": [{}]}}",
        scores.join(", ")
    );
    Ok(())
}
