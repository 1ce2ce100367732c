//! Learners of dense tables: a row for each example, a column for each feature, NaN where a value is missing.
//!
//! **What.** [`Trees`] are gradient-boosted decision trees, [`Ridge`] is linear regression of quantile-normalised features in
//! closed form. Both are called in the same way, so that a caller can try several and blend them:
//!
//! ```
//! use ndarray::array;
//! use wend_algorithms::Context;
//! use wend_algorithms::learning::tabular::{Examples, Learner, Predictor, Ridge, Target};
//!
//! let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
//! let table = array![[0.0, 5.0], [1.0, f64::NAN], [2.0, 4.0], [3.0, 6.0]];
//! let target = Target::Numbers(&[0.0, 1.0, 2.0, 3.0]);
//! let context = Context::new(&pool);
//! let model = Ridge::default().fit(&Examples::new(table.view(), target), None, 2, &context)?;
//! let predictions = model.predict(table.view(), 2, &context)?;
//! assert_eq!(predictions.dim(), (4, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Outputs.** Predictions have one row for each row of the table. Of a target of numbers they have one column, in its unit. Of a
//! target of classes they have one column for each class, its probability; the probabilities of a row add up to 1.
//!
//! **Explanations.** [`Predictor::importance`] says how much of a model rests on each feature, [`Predictor::contributions`] how much
//! each feature moved one prediction: exact, and additive on the scale that the model adds up on (log-odds for classes).
//!
//! **Saving.** A [`TabularModel`] is read and written by serde, whichever learner made it. Bytes that are no whole model are refused.
//!
//! **Same bits.** Each sum is taken by one thread in the order of the rows; random numbers are functions of (seed, tree, row or
//! feature). So results do not depend on the number of threads.

mod model;
mod ridge;
mod table;
#[cfg(test)]
mod tests;
mod trees;

pub use model::{Learner, TabularModel};
pub use ridge::normal::QuantileNormal;
pub use ridge::{Lambda, Ridge, RidgeModel};
pub use table::{Contributions, Examples, Predictor, Target, Validation};
pub use trees::{Growth, Loss, Trees, TreesModel};
