//! Ridge regression in closed form: an answer without training.
//!
//! Features become normally distributed numbers ([`normal`]), medians standing for missing values; the weights of a linear model with the
//! penalty lambda * |weights|^2 then follow from one eigendecomposition, whatever lambda is (Hoerl, Kennard, Technometrics 12, 1970).
//! So all lambdas are tried at once, and judged by what leaving out each example in turn would give, which the same decomposition says
//! exactly (Golub, Heath, Wahba, Technometrics 21, 1979): e_i / (1 - h_ii), with e the residuals and h the diagonal of the matrix that
//! turns targets into predictions.
//!
//! Classes are learned one against the rest, on targets 0 and 1. The probability of a class is a logistic function of its score, fitted to
//! the scores that each example has when it is left out (Platt 1999), so that it is not too sure of itself.
//!
//! **Cost.** For n rows, f features that are kept: n f min(n, f) + min(n, f)^3 multiplications, n f for each lambda; 8 * (n f + 2 min(n, f)^2) bytes.

mod logistic;
pub(super) mod normal;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use self::logistic::Logistic;
use self::normal::QuantileNormal;
use super::table::{Contributions, Examples, Predictor, Target, Validation, check_finite, shares};
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::numeric::eigen::eigen;
use crate::numeric::kernel::gemm::product;
use crate::numeric::matrix::RowMajor;

/// Rows of a product that one thread makes at a time.
const PIECE: usize = 256;
/// Eigenvalues below this share of the largest are rounding.
const LEAST_EIGENVALUE: f64 = 1e-12;

/// How the penalty is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lambda {
    /// This one, at least 0.
    Fixed(f64),
    /// Of [`Ridge::lambdas`] the one with the least weighted squared error when each example is left out in turn; for classes one each.
    LeaveOneOut,
    /// Of [`Ridge::lambdas`] the one with the best score on the validation part; without one as [`LeaveOneOut`](Self::LeaveOneOut).
    Validation,
}

/// The settings of ridge regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Ridge {
    /// How the penalty is chosen.
    pub lambda: Lambda,
    /// The penalties that are tried, above 0. Their unit: features have variance 1, examples the weight 1 in the mean.
    pub lambdas: Vec<f64>,
    /// Quantiles of each feature's transformation, 2 or more.
    pub quantiles: usize,
    /// Most features that get a weight, at least 1: those that go most with the target, each by itself (sure independence
    /// screening: Fan and Lv, JRSS B 70, 2008).
    pub most: usize,
}

impl Default for Ridge {
    /// Lambdas from 0.1 to 100,000, four in each power of ten; 100 quantiles.
    fn default() -> Self {
        let lambdas = (-4..=20).map(|quarter| 10f64.powf(f64::from(quarter) / 4.0)).collect();
        Ridge { lambda: Lambda::LeaveOneOut, lambdas, quantiles: 100, most: usize::MAX }
    }
}

/// A ridge regression that has been learned.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Parts")]
pub struct RidgeModel {
    /// Columns of the tables it takes.
    columns: usize,
    /// Those of them that are its features, ascending.
    kept: Vec<usize>,
    normal: Vec<QuantileNormal>,
    /// The mean of each transformed feature over the examples, and its deviation.
    mean: Vec<f64>,
    deviation: Vec<f64>,
    /// For each output the weight of each feature.
    weights: Vec<Vec<f64>>,
    /// For each output the score of an example with mean features.
    intercept: Vec<f64>,
    /// For each output the penalty that was chosen.
    lambdas: Vec<f64>,
    /// For each class the link from score to probability; with two classes one, that of the second. Empty for numbers.
    links: Vec<Logistic>,
}

/// A model as it was saved, to be looked through.
#[derive(serde::Deserialize)]
struct Parts {
    columns: usize,
    kept: Vec<usize>,
    normal: Vec<QuantileNormal>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
    weights: Vec<Vec<f64>>,
    intercept: Vec<f64>,
    lambdas: Vec<f64>,
    links: Vec<Logistic>,
}

impl TryFrom<Parts> for RidgeModel {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        let Parts { columns, kept, normal, mean, deviation, weights, intercept, lambdas, links } = parts;
        let (features, outputs) = (normal.len(), weights.len());
        let finite = |numbers: &Vec<f64>| numbers.iter().all(|number| number.is_finite());
        if kept.len() == features
            && kept.iter().all(|&column| column < columns)
            && normal.iter().all(QuantileNormal::is_sound)
            && [&mean, &deviation].into_iter().chain(&weights).all(|row| row.len() == features && finite(row))
            && [&intercept, &lambdas].into_iter().all(|row| row.len() == outputs && finite(row))
            && outputs != 0
            && (links.len() == outputs || (links.is_empty() && outputs == 1))
            && links.iter().all(Logistic::is_sound)
            && links.len() != 2
        {
            Ok(RidgeModel { columns, kept, normal, mean, deviation, weights, intercept, lambdas, links })
        } else {
            Err("its weights are broken")
        }
    }
}

/// The examples' features, decomposed: `rows` = the features' rows turned to the axes of the eigenvectors.
struct Decomposed {
    /// Eigenvalues above 0, descending.
    values: Vec<f64>,
    /// The projection of each weighted, centred row on each axis.
    rows: Array2<f64>,
    /// From axes to features: an axis in each row.
    axes: Array2<f64>,
}

impl Ridge {
    pub(super) fn learn(
        &self,
        examples: &Examples<'_>,
        validation: Option<&Validation<'_>>,
        threads: usize,
        context: &Context<'_>,
    ) -> Result<RidgeModel, Error> {
        let amount = |lambda: f64| lambda.is_finite() && lambda > 0.0;
        let tried = match self.lambda {
            Lambda::Fixed(lambda) => lambda.is_finite() && lambda >= 0.0,
            _ => !self.lambdas.is_empty() && self.lambdas.iter().all(|&lambda| amount(lambda)),
        };
        if !tried
            || self.quantiles < 2
            || self.most == 0
            || validation.is_some_and(|part| part.table.ncols() != examples.table.ncols())
        {
            return Err(Error::WrongInput);
        }
        let weights = examples.checked_weights()?;
        let crew = Crew { context, threads: threads.max(1) };
        // Rows without a weight teach nothing.
        let kept: Vec<usize> = (0..weights.len()).filter(|&row| weights[row] > 0.0).collect();
        let weights: Vec<f64> = kept.iter().map(|&row| weights[row]).collect();
        reserve(kept.len(), examples.table.ncols(), context)?;
        let table = examples.table.select(Axis(0), &kept);
        let targets = targets(&examples.target, &kept);
        let columns = table.ncols();
        let kept = screened(table.view(), &targets, &weights, (self.most, self.quantiles), crew)?;
        let table = if kept.len() < columns { table.select(Axis(1), &kept) } else { table };

        let mut normal = vec![None; table.ncols()];
        crew.fill_in(1, &mut normal, |feature| Some(QuantileNormal::fit(table.column(feature), self.quantiles)))?;
        let normal: Vec<QuantileNormal> = normal.into_iter().flatten().collect();
        let mut rows = transformed(&normal, table.view(), crew)?;
        let all: f64 = weights.iter().sum();
        let mean: Vec<f64> =
            (0..normal.len()).map(|feature| weighted_mean(rows.column(feature), &weights, all)).collect();
        centre(&mut rows, &mean);
        let square = |feature: usize| rows.column(feature).iter().zip(&weights).map(|(x, w)| w * x * x).sum::<f64>();
        let deviation: Vec<f64> = (0..normal.len()).map(|feature| (square(feature) / all).sqrt()).collect();
        let roots: Vec<f64> = weights.iter().map(|weight| weight.sqrt()).collect();
        rows.rows_mut().into_iter().zip(&roots).for_each(|(mut row, root)| row *= *root);
        let decomposed = decompose(rows, crew)?;

        let fits: Vec<Fit> = targets.iter().map(|target| Fit::new(&decomposed, target, &weights, &roots)).collect();
        let fixed;
        let lambdas = match self.lambda {
            Lambda::Fixed(lambda) => {
                fixed = [lambda];
                &fixed[..]
            }
            _ => &self.lambdas,
        };
        let mut model = RidgeModel {
            columns,
            kept,
            normal,
            mean,
            deviation,
            weights: Vec::new(),
            intercept: fits.iter().map(|fit| fit.mean * fit.unit).collect(),
            lambdas: Vec::new(),
            links: Vec::new(),
        };
        let classes = matches!(examples.target, Target::Classes { .. });
        match validation.filter(|_| self.lambda == Lambda::Validation) {
            Some(part) => {
                check_finite(part.table)?;
                let mut best: Option<(f64, f64)> = None;
                for &lambda in lambdas {
                    model.set(&decomposed, &fits, &vec![lambda; fits.len()], classes, &weights);
                    let score = part.score(model.predict(part.table, threads, context)?.view())?;
                    if best.is_none_or(|(most, _)| score > most) {
                        best = Some((score, lambda));
                    }
                }
                let lambda = best.map_or(lambdas[0], |(_, lambda)| lambda);
                model.set(&decomposed, &fits, &vec![lambda; fits.len()], classes, &weights);
            }
            None => {
                let mut errors = vec![0.0; fits.len() * lambdas.len()];
                crew.fill_in(1, &mut errors, |place| {
                    let (fit, lambda) = (&fits[place / lambdas.len()], lambdas[place % lambdas.len()]);
                    let rest = fit.left_out(&decomposed, lambda);
                    rest.iter().zip(&fit.target).zip(&weights).map(|((p, t), w)| w * (p - t).powi(2)).sum()
                })?;
                let chosen: Vec<f64> = errors.chunks(lambdas.len()).map(|errors| lambdas[least(errors)]).collect();
                model.set(&decomposed, &fits, &chosen, classes, &weights);
            }
        }
        context.check_cancelled()?;
        Ok(model)
    }
}

/// Refuses what needs more memory than it may have.
fn reserve(rows: usize, features: usize, context: &Context<'_>) -> Result<(), Error> {
    let (rows, features) = (rows as u64, features as u64);
    let axes = rows.min(features);
    let numbers = 3 * rows.saturating_mul(features) + 3 * axes.saturating_mul(axes) + rows.saturating_mul(axes);
    context.reserve(numbers.saturating_mul(8), |_| "learn from fewer examples or features".to_owned())
}

/// The numbers to predict, by output: two classes need one.
fn targets(target: &Target<'_>, kept: &[usize]) -> Vec<Vec<f64>> {
    match target {
        Target::Numbers(values) => vec![kept.iter().map(|&row| values[row]).collect()],
        Target::Classes { of, count } => {
            let against_rest =
                |class: u32| kept.iter().map(|&row| f64::from(u8::from(of[row] == class))).collect::<Vec<f64>>();
            if *count == 2 { vec![against_rest(1)] } else { (0..*count as u32).map(against_rest).collect() }
        }
    }
}

fn transformed(normal: &[QuantileNormal], table: ArrayView2<'_, f64>, crew: Crew<'_>) -> Result<Array2<f64>, Error> {
    let mut rows = Array2::zeros(table.dim());
    let pieces = rows.axis_chunks_iter_mut(Axis(0), PIECE).zip(table.axis_chunks_iter(Axis(0), PIECE));
    crew.context.for_each(crew.threads, pieces, |(mut out, rows)| {
        for (mut out, row) in out.rows_mut().into_iter().zip(rows.rows()) {
            out.iter_mut().zip(row).zip(normal).for_each(|((out, value), normal)| *out = normal.apply(*value));
        }
        Ok(())
    })?;
    Ok(rows)
}

fn weighted_mean(values: ndarray::ArrayView1<'_, f64>, weights: &[f64], all: f64) -> f64 {
    values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / all
}

fn centre(rows: &mut Array2<f64>, mean: &[f64]) {
    rows.rows_mut().into_iter().for_each(|mut row| row.iter_mut().zip(mean).for_each(|(value, mean)| *value -= mean));
}

/// Of the least of these the first.
fn least(errors: &[f64]) -> usize {
    (1..errors.len()).fold(0, |best, place| if errors[place] < errors[best] { place } else { best })
}

/// A matrix product in pieces of rows.
fn multiply(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>, crew: Crew<'_>) -> Result<Array2<f64>, Error> {
    let mut out = Array2::zeros((a.nrows(), b.ncols()));
    let pieces = out.axis_chunks_iter_mut(Axis(0), PIECE).zip(a.axis_chunks_iter(Axis(0), PIECE));
    crew.context.for_each(crew.threads, pieces, |(out, a)| {
        product(out, a, b, false);
        Ok(())
    })?;
    Ok(out)
}

/// The features that go most with any of the targets, by the size of their correlation over some of the rows, ascending; all
/// where they are not too many.
fn screened(
    table: ArrayView2<'_, f64>,
    targets: &[Vec<f64>],
    weights: &[f64],
    (most, quantiles): (usize, usize),
    crew: Crew<'_>,
) -> Result<Vec<usize>, Error> {
    const SAMPLE: usize = 2000;
    let features = table.ncols();
    if features <= most {
        return Ok((0..features).collect());
    }
    let step = table.nrows().div_ceil(SAMPLE).max(1);
    // The last is the newest, where rows have an order.
    let rows: Vec<usize> = (0..table.nrows()).rev().step_by(step).collect();
    let centred = |values: &mut dyn Iterator<Item = f64>| {
        let values: Vec<f64> = values.collect();
        let all: f64 = rows.iter().map(|&row| weights[row]).sum();
        let mean = values.iter().zip(&rows).map(|(value, &row)| value * weights[row]).sum::<f64>() / all;
        let square = values.iter().zip(&rows).map(|(value, &row)| weights[row] * (value - mean).powi(2)).sum::<f64>();
        let scale = if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
        values.iter().map(|value| (value - mean) * scale).collect::<Vec<f64>>()
    };
    // Divided by the largest, so that no square overflows.
    let unit = |target: &[f64]| match target.iter().fold(0.0f64, |largest, value| largest.max(value.abs())) {
        0.0 => 1.0,
        largest => largest,
    };
    let targets: Vec<Vec<f64>> = targets
        .iter()
        .map(|target| {
            let unit = unit(target);
            centred(&mut rows.iter().map(|&row| target[row] / unit))
        })
        .collect();
    let mut strength = vec![0.0f64; features];
    crew.fill_in(1, &mut strength, |feature| {
        let column: Array1<f64> = rows.iter().map(|&row| table[(row, feature)]).collect();
        let normal = QuantileNormal::fit(column.view(), quantiles);
        let values = centred(&mut column.iter().map(|&value| normal.apply(value)));
        let along = |target: &Vec<f64>| {
            let products =
                values.iter().zip(target).zip(&rows).map(|((value, target), &row)| weights[row] * value * target);
            products.sum::<f64>().abs()
        };
        targets.iter().map(along).fold(0.0, f64::max)
    })?;
    let mut order: Vec<usize> = (0..features).collect();
    // Stable: of equal ones the first.
    order.sort_by(|&a, &b| strength[b].total_cmp(&strength[a]));
    order.truncate(most);
    order.sort_unstable();
    Ok(order)
}

/// The smaller one of `x^T x` and `x x^T` decides.
fn decompose(x: Array2<f64>, crew: Crew<'_>) -> Result<Decomposed, Error> {
    let wide = x.ncols() > x.nrows();
    let gram = if wide { multiply(x.view(), x.t(), crew)? } else { multiply(x.t(), x.view(), crew)? };
    let size = gram.nrows();
    if size == 0 {
        return Ok(Decomposed {
            values: Vec::new(),
            rows: Array2::zeros((x.nrows(), 0)),
            axes: Array2::zeros((0, x.ncols())),
        });
    }
    let found = eigen(gram, size, crew.threads, crew.context)?;
    let largest = found.values.first().copied().unwrap_or(0.0).max(0.0);
    let rank = found.values.iter().take_while(|&&value| value > largest * LEAST_EIGENVALUE).count();
    let values = found.values[..rank].to_vec();
    let vectors = found.vectors.slice_move(ndarray::s![..rank, ..]);
    if wide {
        // Eigenvectors u of x x^T: the axes are x^T u / s, the projections u s, with s^2 the eigenvalue.
        let mut axes = multiply(vectors.view(), x.view(), crew)?;
        axes.rows_mut().into_iter().zip(&values).for_each(|(mut axis, value)| axis /= value.sqrt());
        let mut rows = vectors.reversed_axes().as_standard_layout().into_owned();
        rows.rows_mut().into_iter().for_each(|mut row| {
            row.iter_mut().zip(&values).for_each(|(entry, value)| *entry *= value.sqrt());
        });
        return Ok(Decomposed { values, rows, axes });
    }
    let rows = multiply(x.view(), vectors.t(), crew)?;
    Ok(Decomposed { values, rows, axes: vectors })
}

/// One output: its target and what it has along each axis.
struct Fit {
    /// The numbers to predict, divided by `unit`.
    target: Vec<f64>,
    unit: f64,
    mean: f64,
    along: Vec<f64>,
    roots: Vec<f64>,
    /// The share of the weight that each row has in the mean.
    shares: Vec<f64>,
}

impl Fit {
    fn new(decomposed: &Decomposed, target: &[f64], weights: &[f64], roots: &[f64]) -> Self {
        let largest = target.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
        let unit = if largest > 0.0 { largest } else { 1.0 };
        let target: Vec<f64> = target.iter().map(|value| value / unit).collect();
        let all: f64 = weights.iter().sum();
        let mean = target.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / all;
        let centred: Array1<f64> = target.iter().zip(roots).map(|(value, root)| (value - mean) * root).collect();
        let mut along = vec![0.0; decomposed.values.len()];
        for (row, value) in decomposed.rows.rows().into_iter().zip(&centred) {
            along.iter_mut().zip(row).for_each(|(sum, entry)| *sum += entry * value);
        }
        let shares = weights.iter().map(|weight| weight / all).collect();
        Fit { target, unit, mean, along, roots: roots.to_vec(), shares }
    }

    /// The weight of each axis.
    fn solution(&self, decomposed: &Decomposed, lambda: f64) -> Vec<f64> {
        self.along.iter().zip(&decomposed.values).map(|(along, value)| along / (value + lambda)).collect()
    }

    /// What is predicted for each example by all the others.
    fn left_out(&self, decomposed: &Decomposed, lambda: f64) -> Vec<f64> {
        let solution = self.solution(decomposed, lambda);
        let divisors: Vec<f64> = decomposed.values.iter().map(|value| 1.0 / (value + lambda)).collect();
        let rows = (0..self.target.len()).map(|row| {
            let entries = decomposed.rows.row_slice(row);
            let (mut sum, mut own) = (0.0, self.shares[row]);
            for ((entry, weight), divisor) in entries.iter().zip(&solution).zip(&divisors) {
                sum += entry * weight;
                own += entry * entry * divisor;
            }
            let rest = self.target[row] - self.mean - sum / self.roots[row];
            // An example that alone decides its prediction has none by the others but the mean.
            let free = 1.0 - own;
            if free > 1e-10 { self.target[row] - rest / free } else { self.mean }
        });
        rows.collect()
    }
}

impl RidgeModel {
    /// Takes these penalties.
    fn set(&mut self, decomposed: &Decomposed, fits: &[Fit], lambdas: &[f64], classes: bool, weights: &[f64]) {
        self.lambdas = lambdas.to_vec();
        self.weights.clear();
        self.links.clear();
        for (fit, &lambda) in fits.iter().zip(lambdas) {
            let solution = fit.solution(decomposed, lambda);
            let mut own = vec![0.0; self.normal.len()];
            for (axis, weight) in decomposed.axes.rows().into_iter().zip(&solution) {
                own.iter_mut().zip(axis).for_each(|(sum, entry)| *sum += entry * weight);
            }
            own.iter_mut().for_each(|weight| *weight *= fit.unit);
            self.weights.push(own);
            if classes {
                self.links.push(Logistic::fit(&fit.left_out(decomposed, lambda), &fit.target, weights));
            }
        }
    }

    /// For each output the penalty that was chosen.
    pub fn lambdas(&self) -> &[f64] {
        &self.lambdas
    }

    /// For each output (with two classes only the second) the weight of each transformed feature that is kept.
    pub fn weights(&self) -> &[Vec<f64>] {
        &self.weights
    }
}

impl Predictor for RidgeModel {
    fn features(&self) -> usize {
        self.columns
    }

    fn outputs(&self) -> usize {
        if self.links.len() == 1 { 2 } else { self.weights.len() }
    }

    fn predict(&self, table: ArrayView2<'_, f64>, threads: usize, context: &Context<'_>) -> Result<Array2<f64>, Error> {
        if table.ncols() != self.columns {
            return Err(Error::WrongInput);
        }
        check_finite(table)?;
        let mut out = Array2::zeros((table.nrows(), self.outputs()));
        let pieces = out.axis_chunks_iter_mut(Axis(0), PIECE).zip(table.axis_chunks_iter(Axis(0), PIECE));
        context.for_each(threads, pieces, |(mut out, rows)| {
            let mut centred = vec![0.0; self.normal.len()];
            for (mut out, row) in out.rows_mut().into_iter().zip(rows.rows()) {
                for (place, normal) in self.normal.iter().enumerate() {
                    centred[place] = normal.apply(row[self.kept[place]]) - self.mean[place];
                }
                let score = |output: usize| {
                    let sum: f64 =
                        centred.iter().zip(&self.weights[output]).map(|(value, weight)| value * weight).sum();
                    self.intercept[output] + sum
                };
                match &self.links[..] {
                    [] => out[0] = score(0),
                    [link] => (out[0], out[1]) = link.probabilities(score(0)),
                    links => {
                        let all = links.iter().enumerate().map(|(class, link)| link.probabilities(score(class)).1);
                        out.iter_mut().zip(all).for_each(|(out, probability)| *out = probability);
                        let sum = out.sum();
                        out /= sum;
                    }
                }
            }
            Ok(())
        })?;
        Ok(out)
    }

    fn importance(&self) -> Vec<f64> {
        let of = |feature: usize| self.weights.iter().map(|weights| weights[feature].abs()).sum::<f64>();
        let mut numbers = vec![0.0; self.columns];
        for (feature, &column) in self.kept.iter().enumerate() {
            numbers[column] = of(feature) * self.deviation[feature];
        }
        shares(numbers)
    }

    fn contributions(&self, row: &[f64], output: usize) -> Result<Contributions, Error> {
        if row.len() != self.columns || output >= self.outputs() {
            return Err(Error::WrongInput);
        }
        check_finite(ArrayView2::from_shape((1, row.len()), row).map_err(|_| Error::WrongInput)?)?;
        let score = if self.links.len() == 1 { 0 } else { output };
        let (mut base, mut factor) = match self.links.get(score) {
            Some(link) => (link.log_odds(self.intercept[score]), link.slope()),
            None => (self.intercept[score], 1.0),
        };
        if self.links.len() == 1 && output == 0 {
            (base, factor) = (-base, -factor);
        }
        let mut features = vec![0.0; self.columns];
        for (place, &column) in self.kept.iter().enumerate() {
            let distance = self.normal[place].apply(row[column]) - self.mean[place];
            features[column] = factor * self.weights[score][place] * distance;
        }
        Ok(Contributions { base, features })
    }
}
