//! Learners behind one trait, and their models as one type that can be saved.

use ndarray::{Array2, ArrayView2};

use super::ridge::{Ridge, RidgeModel};
use super::table::{Contributions, Examples, Predictor, Validation};
use super::trees::{Trees, TreesModel};
use crate::core::context::Context;
use crate::core::error::Error;

/// Makes a model of examples.
pub trait Learner {
    /// Learns from examples, by at most `threads` threads.
    ///
    /// With a validation part, trees stop when they get no better there and [`Ridge`] chooses lambda there if it is told to.
    ///
    /// # Errors
    /// [`Error::WrongInput`] when the parts of the examples do not fit together or a setting is out of its range; [`Error::Unfit`] for
    /// infinite values, when there is no example, or a score is not a number; [`Error::Memory`]; [`Error::Cancelled`].
    fn fit(
        &self,
        examples: &Examples<'_>,
        validation: Option<&Validation<'_>>,
        threads: usize,
        context: &Context<'_>,
    ) -> Result<TabularModel, Error>;
}

impl Learner for Trees {
    fn fit(
        &self,
        examples: &Examples<'_>,
        validation: Option<&Validation<'_>>,
        threads: usize,
        context: &Context<'_>,
    ) -> Result<TabularModel, Error> {
        self.learn(examples, validation, threads, context).map(TabularModel::Trees)
    }
}

impl Learner for Ridge {
    fn fit(
        &self,
        examples: &Examples<'_>,
        validation: Option<&Validation<'_>>,
        threads: usize,
        context: &Context<'_>,
    ) -> Result<TabularModel, Error> {
        self.learn(examples, validation, threads, context).map(TabularModel::Ridge)
    }
}

/// A model of any learner.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum TabularModel {
    /// Of [`Trees`].
    Trees(TreesModel),
    /// Of [`Ridge`].
    Ridge(RidgeModel),
}

impl TabularModel {
    fn predictor(&self) -> &dyn Predictor {
        match self {
            TabularModel::Trees(model) => model,
            TabularModel::Ridge(model) => model,
        }
    }
}

impl Predictor for TabularModel {
    fn features(&self) -> usize {
        self.predictor().features()
    }

    fn outputs(&self) -> usize {
        self.predictor().outputs()
    }

    fn predict(&self, table: ArrayView2<'_, f64>, threads: usize, context: &Context<'_>) -> Result<Array2<f64>, Error> {
        self.predictor().predict(table, threads, context)
    }

    fn importance(&self) -> Vec<f64> {
        self.predictor().importance()
    }

    fn contributions(&self, row: &[f64], output: usize) -> Result<Contributions, Error> {
        self.predictor().contributions(row, output)
    }
}
