//! Gradient-boosted decision trees.
//!
//! Trees are added one after the other, each a step of Newton's method for the loss (Friedman, "Greedy function approximation: a gradient
//! boosting machine", Annals of Statistics 29, 2001; Chen, Guestrin, "XGBoost", KDD 2016). Features are cut into at most 255 bins by
//! quantiles, and the slopes of a leaf's rows are added up by bin (Ke et al., "LightGBM", NeurIPS 2017), so that a split costs time by
//! the leaf's rows * features and not by sorting. At each split missing values go to the side that gains more.
//!
//! Classes: two by one logistic score, three and more by a softmax, a tree for each class and round.
//!
//! **Cost.** A tree of l leaves over n rows and f features: time about n f log l / 2 additions, shared by the threads by features; memory
//! n f bytes for the bins and up to 24 * 256 f l bytes for sums.

mod bins;
mod grow;
mod loss;
mod shapley;
mod tree;

use ndarray::{Array2, ArrayView2, Axis};

use self::bins::{Column, MOST_BINS};
use self::grow::{Cell, Ground, grow};
pub use self::loss::Loss;
use self::loss::{Objective, Slope, sigmoid, softmax};
use self::tree::Tree;
use super::table::{Contributions, Examples, Predictor, Target, Validation, check_finite, shares};
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::numeric::random::{mix, unit};

/// Separate the choices of rows and of features from other random numbers.
const ROWS: u64 = 0x7472_6565_2D72_6F77;
const FEATURES: u64 = 0x7472_6565_2D66_6561;
/// Rows that a thread takes at a time where each falls through trees.
const PIECE: usize = 256;

/// Which leaf is split next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// The one that gains most.
    LeafWise,
    /// Those of a level before those of the next.
    DepthWise,
}

/// The settings of gradient-boosted trees.
#[derive(Debug, Clone, PartialEq)]
pub struct Trees {
    /// Most rounds. A round is one tree, or one for each of three or more classes.
    pub trees: usize,
    /// The share of each step that is taken, above 0.
    pub learning_rate: f64,
    /// Most leaves of a tree, at least 2.
    pub leaves: usize,
    /// Most questions from the root to a leaf; `None` = as many as leaves allow.
    pub depth: Option<usize>,
    /// Which leaf is split next.
    pub growth: Growth,
    /// Fewest examples of a leaf.
    pub least_examples: usize,
    /// Least sum of second derivatives of a leaf; the weights of examples are 1 in the mean.
    pub least_hessian: f64,
    /// A split must gain more than this.
    pub least_gain: f64,
    /// Added to the sum of second derivatives: draws the values of small leaves to 0.
    pub lambda: f64,
    /// The share of features that a tree may ask, above 0 and up to 1, at least one feature.
    pub feature_share: f64,
    /// The share of rows that a round learns from, above 0 and up to 1.
    pub row_share: f64,
    /// Most bins of values of a feature, 2 to 255.
    pub bins: usize,
    /// The loss for numbers; classes have the logarithmic loss.
    pub loss: Loss,
    /// With a validation part: rounds without a better score after which no more are tried. The rounds up to the best score are kept.
    pub patience: usize,
    /// Chooses rows and features.
    pub seed: u64,
}

impl Default for Trees {
    fn default() -> Self {
        Trees {
            trees: 1000,
            learning_rate: 0.05,
            leaves: 31,
            depth: None,
            growth: Growth::LeafWise,
            least_examples: 20,
            least_hessian: 1e-3,
            least_gain: 0.0,
            lambda: 1.0,
            feature_share: 1.0,
            row_share: 1.0,
            bins: MOST_BINS,
            loss: Loss::Squared,
            patience: 50,
            seed: 42,
        }
    }
}

/// From scores to predictions.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
enum Link {
    /// The score times this.
    Number(f64),
    Logistic,
    Softmax,
}

/// Trees that have been learned.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Parts")]
pub struct TreesModel {
    link: Link,
    /// What the trees of each score begin from.
    base: Vec<f64>,
    /// Round by round, in each a tree for each score.
    trees: Vec<Tree>,
    /// What each feature's splits gained.
    gains: Vec<f64>,
}

/// A model as it was saved, to be looked through.
#[derive(serde::Deserialize)]
struct Parts {
    link: Link,
    base: Vec<f64>,
    trees: Vec<Tree>,
    gains: Vec<f64>,
}

impl TryFrom<Parts> for TreesModel {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        let Parts { link, base, trees, gains } = parts;
        let scores = match link {
            Link::Number(unit) => unit.is_finite() && base.len() == 1,
            Link::Logistic => base.len() == 1,
            Link::Softmax => base.len() > 2,
        };
        let finite = |numbers: &[f64]| numbers.iter().all(|number| number.is_finite());
        if scores
            && finite(&base)
            && finite(&gains)
            && trees.len().is_multiple_of(base.len())
            && trees.iter().all(|tree| tree.is_sound(gains.len()))
        {
            Ok(TreesModel { link, base, trees, gains })
        } else {
            Err("its trees are broken")
        }
    }
}

impl Trees {
    fn check(&self) -> Result<(), Error> {
        let share = |share: f64| share > 0.0 && share <= 1.0;
        let amount = |number: f64| number >= 0.0 && number.is_finite();
        let fits = self.learning_rate > 0.0
            && self.learning_rate.is_finite()
            && (2..1 << 20).contains(&self.leaves)
            && amount(self.least_hessian)
            && amount(self.least_gain)
            && amount(self.lambda)
            && share(self.feature_share)
            && share(self.row_share)
            && (2..=MOST_BINS).contains(&self.bins)
            && !matches!(self.loss, Loss::Huber(share) if !(share > 0.0 && share < 1.0));
        if fits { Ok(()) } else { Err(Error::WrongInput) }
    }

    pub(super) fn learn(
        &self,
        examples: &Examples<'_>,
        validation: Option<&Validation<'_>>,
        threads: usize,
        context: &Context<'_>,
    ) -> Result<TreesModel, Error> {
        self.check()?;
        let weights = examples.checked_weights()?;
        let (rows, features) = examples.table.dim();
        if let Some(validation) = validation {
            check_finite(validation.table)?;
            if validation.table.ncols() != features {
                return Err(Error::WrongInput);
            }
        }
        if rows > u32::MAX as usize || features >= u32::MAX as usize {
            return Err(Error::TooManyNodes { nodes: rows, max: u32::MAX as usize });
        }
        let crew = Crew { context, threads: threads.max(1) };
        let unit = match examples.target {
            Target::Numbers(values) => unit_of(values),
            Target::Classes { .. } => 1.0,
        };
        let objective = Objective::new(&examples.target, self.loss, unit);
        self.reserve(rows, features, objective.scores(), context)?;
        let columns = bins::columns(examples.table, self.bins, self.seed, crew)?;
        let base = objective.base(&weights);
        let link = match objective {
            Objective::Logistic { .. } => Link::Logistic,
            Objective::Softmax { .. } => Link::Softmax,
            Objective::Numbers { .. } => Link::Number(unit),
        };
        let mut model = TreesModel { link, base, trees: Vec::new(), gains: vec![0.0; features] };
        let course = Course { settings: self, columns: &columns, weights: &weights, objective: &objective, crew };
        course.run(&mut model, rows, validation)?;
        Ok(model)
    }

    /// Refuses what needs more memory than it may have.
    fn reserve(&self, rows: usize, features: usize, scores: usize, context: &Context<'_>) -> Result<(), Error> {
        let [rows, features, scores, leaves] = [rows, features, scores, self.leaves].map(|number| number as u64);
        let cells = features.saturating_mul(leaves).saturating_mul((self.bins as u64 + 1) * size_of::<Cell>() as u64);
        let of_row = features + 8 * scores + 3 * size_of::<Slope>() as u64 + 16;
        context.reserve(cells.saturating_add(rows.saturating_mul(of_row)), |_| {
            "learn from fewer examples or features, or give trees fewer leaves".to_owned()
        })
    }
}

/// What targets are divided by, so that no square overflows or vanishes.
fn unit_of(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || (1e-100..=1e100).contains(&largest) { 1.0 } else { largest }
}

/// Learning, with what does not change in its course.
struct Course<'a> {
    settings: &'a Trees,
    columns: &'a [Column],
    weights: &'a [f64],
    objective: &'a Objective<'a>,
    crew: Crew<'a>,
}

impl Course<'_> {
    fn run(&self, model: &mut TreesModel, rows: usize, validation: Option<&Validation<'_>>) -> Result<(), Error> {
        let scores = self.objective.scores();
        let mut own: Vec<f64> = model.base.repeat(rows);
        let mut slopes = vec![Slope::default(); rows];
        let mut judged = validation.map(|validation| Judged::new(validation, model)).transpose()?;
        let mut gains: Vec<Vec<(u32, f64)>> = Vec::new();
        for round in 0..self.settings.trees {
            let chosen = self.rows(round);
            let threshold = self.objective.threshold(&own, self.weights);
            let mut split = false;
            // All trees of a round see the scores of the round before.
            let before = own.clone();
            for score in 0..scores {
                self.objective.slopes(score, &before, self.weights, threshold, &mut slopes, self.crew)?;
                let features = self.features(round * scores + score);
                let ground = Ground {
                    columns: self.columns,
                    features: &features,
                    slopes: &slopes,
                    weights: self.weights,
                    settings: self.settings,
                    crew: self.crew,
                };
                let mut grown = grow(&ground, chosen.clone())?;
                self.set_leaves(&mut grown, &before, threshold, &slopes);
                split |= grown.leaves.len() > 1;
                self.add(&grown, score, &mut own)?;
                if let Some(judged) = &mut judged {
                    judged.add(&grown.tree, score, self.crew)?;
                }
                gains.push(grown.gains);
                model.trees.push(grown.tree);
            }
            self.crew.context.check_cancelled()?;
            if let Some(judged) = &mut judged {
                judged.judge(model.link, round + 1)?;
                if round + 1 >= judged.best.1.saturating_add(self.settings.patience) {
                    break;
                }
            }
            if !split && self.settings.row_share == 1.0 && self.settings.feature_share == 1.0 {
                break;
            }
        }
        if let Some(judged) = judged {
            model.trees.truncate(judged.best.1 * scores);
            gains.truncate(judged.best.1 * scores);
        }
        gains.into_iter().flatten().for_each(|(feature, gain)| model.gains[feature as usize] += gain);
        Ok(())
    }

    /// The rows that a round learns from, ascending.
    fn rows(&self, round: usize) -> Vec<u32> {
        let key = mix(mix(self.settings.seed ^ ROWS).wrapping_add(round as u64));
        let share = self.settings.row_share;
        let weighed = || (0u32..).zip(self.weights).filter(|(_, weight)| **weight > 0.0).map(|(row, _)| row);
        let drawn: Vec<u32> =
            weighed().filter(|&row| share >= 1.0 || unit(mix(key ^ u64::from(row))) < share).collect();
        // Of few rows a small share may be none.
        if drawn.is_empty() { weighed().collect() } else { drawn }
    }

    /// The features that a tree may ask, ascending: those with more than one bin, or a share of them.
    fn features(&self, tree: usize) -> Vec<u32> {
        let useful = |column: &Column| {
            let missing = column.missing() as u8;
            !column.bounds.is_empty()
                || (column.bins.contains(&missing) && column.bins.iter().any(|&bin| bin != missing))
        };
        let all = (0u32..).zip(self.columns).filter(|(_, column)| useful(column)).map(|(feature, _)| feature);
        let mut all: Vec<u32> = all.collect();
        let count = ((all.len() as f64 * self.settings.feature_share).round() as usize).max(1);
        if count < all.len() {
            let key = mix(mix(self.settings.seed ^ FEATURES).wrapping_add(tree as u64));
            all.sort_by_key(|&feature| (mix(key ^ u64::from(feature)), feature));
            all.truncate(count);
            all.sort_unstable();
        }
        all
    }

    /// Gives the leaves their values.
    fn set_leaves(&self, grown: &mut grow::Grown, scores: &[f64], threshold: f64, slopes: &[Slope]) {
        for (node, range) in &grown.leaves {
            let rows = &grown.rows[range.clone()];
            let value = self.objective.leaf(rows, scores, self.weights, threshold).unwrap_or_else(|| {
                let sum = |of: fn(&Slope) -> f64| rows.iter().map(|&row| of(&slopes[row as usize])).sum::<f64>();
                -sum(|slope| slope.gradient) / (sum(|slope| slope.hessian) + self.settings.lambda)
            });
            let value = value * self.settings.learning_rate;
            // Without a row, or with slopes that vanish, there is no step.
            grown.tree.nodes[*node].value = if value.is_finite() { value } else { 0.0 };
        }
    }

    /// Adds a tree to the scores of all rows.
    fn add(&self, grown: &grow::Grown, score: usize, own: &mut [f64]) -> Result<(), Error> {
        let scores = self.objective.scores();
        if grown.rows.len() == own.len() / scores {
            for (node, range) in &grown.leaves {
                let value = grown.tree.nodes[*node].value;
                grown.rows[range.clone()].iter().for_each(|&row| own[row as usize * scores + score] += value);
            }
            return Ok(());
        }
        // Rows that were not learned from have to find their leaf by their bins.
        let pieces = own.chunks_mut(PIECE * scores).enumerate();
        self.crew.context.for_each(self.crew.threads, pieces, |(piece, own)| {
            for (place, row) in own.chunks_mut(scores).enumerate() {
                row[score] += grown.tree.value(|feature| self.columns[feature].standing(piece * PIECE + place));
            }
            Ok(())
        })
    }
}

/// The validation part in the course of learning.
struct Judged<'a, 'v> {
    validation: &'a Validation<'v>,
    /// Its scores by the trees so far.
    scores: Array2<f64>,
    /// The best score and after how many rounds it was reached.
    best: (f64, usize),
}

impl<'a, 'v> Judged<'a, 'v> {
    fn new(validation: &'a Validation<'v>, model: &TreesModel) -> Result<Self, Error> {
        let base = ArrayView2::from_shape((1, model.base.len()), &model.base).map_err(|_| Error::WrongInput)?;
        let scores = base.broadcast((validation.table.nrows(), model.base.len())).ok_or(Error::WrongInput)?.to_owned();
        let mut judged = Judged { validation, scores, best: (f64::NEG_INFINITY, 0) };
        judged.judge(model.link, 0)?;
        Ok(judged)
    }

    fn add(&mut self, tree: &Tree, score: usize, crew: Crew<'_>) -> Result<(), Error> {
        let pieces = self.scores.axis_chunks_iter_mut(Axis(0), PIECE);
        crew.context.for_each(
            crew.threads,
            pieces.zip(self.validation.table.axis_chunks_iter(Axis(0), PIECE)),
            |(mut out, rows)| {
                for (mut out, row) in out.rows_mut().into_iter().zip(rows.rows()) {
                    out[score] += tree.value(|feature| row[feature]);
                }
                Ok(())
            },
        )
    }

    fn judge(&mut self, link: Link, rounds: usize) -> Result<(), Error> {
        let score = self.validation.score(link.predictions(self.scores.clone()).view())?;
        if score > self.best.0 {
            self.best = (score, rounds);
        }
        Ok(())
    }
}

impl Link {
    fn predictions(self, mut scores: Array2<f64>) -> Array2<f64> {
        match self {
            Link::Number(unit) => scores * unit,
            Link::Logistic => {
                let of = |(row, class)| {
                    let score: f64 = scores[(row, 0)];
                    sigmoid(if class == 1 { score } else { -score })
                };
                Array2::from_shape_fn((scores.nrows(), 2), of)
            }
            Link::Softmax => {
                scores.rows_mut().into_iter().for_each(|mut row| {
                    if let Some(row) = row.as_slice_mut() {
                        softmax(row);
                    }
                });
                scores
            }
        }
    }
}

impl TreesModel {
    /// The rounds that were kept.
    pub fn rounds(&self) -> usize {
        self.trees.len() / self.base.len()
    }
}

impl Predictor for TreesModel {
    fn features(&self) -> usize {
        self.gains.len()
    }

    fn outputs(&self) -> usize {
        if self.link == Link::Logistic { 2 } else { self.base.len() }
    }

    fn predict(&self, table: ArrayView2<'_, f64>, threads: usize, context: &Context<'_>) -> Result<Array2<f64>, Error> {
        if table.ncols() != self.gains.len() {
            return Err(Error::WrongInput);
        }
        check_finite(table)?;
        let scores = self.base.len();
        let mut out = Array2::zeros((table.nrows(), scores));
        let pieces = out.axis_chunks_iter_mut(Axis(0), PIECE).zip(table.axis_chunks_iter(Axis(0), PIECE));
        context.for_each(threads, pieces, |(mut out, rows)| {
            for (mut out, row) in out.rows_mut().into_iter().zip(rows.rows()) {
                out.iter_mut().zip(&self.base).for_each(|(score, base)| *score = *base);
                for (number, tree) in self.trees.iter().enumerate() {
                    out[number % scores] += tree.value(|feature| row[feature]);
                }
            }
            Ok(())
        })?;
        Ok(self.link.predictions(out))
    }

    fn importance(&self) -> Vec<f64> {
        shares(self.gains.clone())
    }

    fn contributions(&self, row: &[f64], output: usize) -> Result<Contributions, Error> {
        if row.len() != self.gains.len() || output >= self.outputs() {
            return Err(Error::WrongInput);
        }
        check_finite(ArrayView2::from_shape((1, row.len()), row).map_err(|_| Error::WrongInput)?)?;
        let scores = self.base.len();
        let score = if self.link == Link::Logistic { 0 } else { output };
        let mut base = self.base[score];
        let mut features = vec![0.0; row.len()];
        for tree in self.trees.iter().skip(score).step_by(scores) {
            base += tree.mean();
            shapley::add(tree, row, &mut features);
        }
        // The log-odds of the first of two classes are those of the second, negated.
        let factor = match self.link {
            Link::Number(unit) => unit,
            Link::Logistic if output == 0 => -1.0,
            _ => 1.0,
        };
        features.iter_mut().for_each(|feature| *feature *= factor);
        Ok(Contributions { base: base * factor, features })
    }
}
