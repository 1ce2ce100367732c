//! Automatic differentiation in reverse mode: a tape of operations on matrices.
//!
//! Each operation computes its result at once and leaves a step on the tape: a closure that turns the gradient of the
//! result into gradients of its operands. [`Tape::backward`] runs the steps from the last to the first; a value is
//! given back as soon as no step needs it any more, and a gradient as soon as it has been used. Operations on values
//! that no parameter flows into leave no step.
//!
//! Every operation is checked against finite differences (`tests.rs`).

mod dense;
mod loss;
mod message;
mod norm;
#[cfg(test)]
mod tests;

pub use dense::Activation;
pub(crate) use dense::normalize;
pub use loss::{NumberLoss, PairLoss, PairScore, Wanted};
pub(crate) use loss::{scalar, softmax};
pub use message::Coefficient;

use ndarray::{Array2, s};

use crate::numeric::random::mix;
use crate::numeric::workers::Workers;

/// A value on a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Var(usize);

enum TapeValue<'g> {
    Owned(Array2<f32>),
    Borrowed(&'g Array2<f32>),
}

/// The backward function of an operation: from the gradient of its result to those of its operands.
type Backward<'g> = Box<dyn FnOnce(&Tape<'g>, Array2<f32>, &mut Gradients) + 'g>;

/// The tape: values, and the backward functions of the operations that made them.
pub struct Tape<'g> {
    workers: &'g Workers<'g>,
    values: Vec<TapeValue<'g>>,
    /// Whether a value depends on a parameter.
    tracked: Vec<bool>,
    steps: Vec<(Var, Backward<'g>)>,
    /// Rate and key of dropout; `None` = off.
    dropout: Option<(f32, u64)>,
    /// Means and variances that batch normalisations have seen, by the running ones.
    observed: Vec<(Var, Array2<f32>)>,
}

/// Gradients by value.
pub struct Gradients {
    of: Vec<Option<Array2<f32>>>,
}

impl Gradients {
    /// Adds to the gradient of `var`.
    fn add(&mut self, tape: &Tape<'_>, var: Var, part: Array2<f32>) {
        if !tape.tracked[var.0] {
            tape.workers.recycle(part);
            return;
        }
        match &mut self.of[var.0] {
            slot @ None => *slot = Some(part),
            Some(sum) => {
                tape.workers.for_rows(sum, part.ncols(), |first, mut out| {
                    let rows = first..first + out.nrows();
                    out += &part.slice(s![rows, ..]);
                });
                tape.workers.recycle(part);
            }
        }
    }

    /// The gradient of a leaf; `None` when nothing flowed into it.
    pub fn take(&mut self, var: Var) -> Option<Array2<f32>> {
        self.of[var.0].take()
    }
}

impl<'g> Tape<'g> {
    /// An empty tape. `dropout` = rate and key of the random numbers; `None` outside of training.
    pub fn new(workers: &'g Workers<'g>, dropout: Option<(f32, u64)>) -> Self {
        Tape { workers, values: Vec::new(), tracked: Vec::new(), steps: Vec::new(), dropout, observed: Vec::new() }
    }

    /// The threads it works with.
    pub fn workers(&self) -> &'g Workers<'g> {
        self.workers
    }

    /// A borrowed value with a gradient: a parameter.
    pub fn parameter(&mut self, value: &'g Array2<f32>) -> Var {
        self.push(TapeValue::Borrowed(value), true)
    }

    /// A borrowed value without a gradient: features.
    pub fn constant(&mut self, value: &'g Array2<f32>) -> Var {
        self.push(TapeValue::Borrowed(value), false)
    }

    /// An owned value without a gradient.
    pub fn constant_owned(&mut self, value: Array2<f32>) -> Var {
        self.push(TapeValue::Owned(value), false)
    }

    fn push(&mut self, value: TapeValue<'g>, tracked: bool) -> Var {
        self.values.push(value);
        self.tracked.push(tracked);
        Var(self.values.len() - 1)
    }

    /// The result of an operation on `operands`, and how its gradient flows back.
    fn result(
        &mut self,
        value: Array2<f32>,
        operands: &[Var],
        backward: impl FnOnce(&Tape<'g>, Array2<f32>, &mut Gradients) + 'g,
    ) -> Var {
        let tracked = operands.iter().any(|operand| self.tracked[operand.0]);
        let var = self.push(TapeValue::Owned(value), tracked);
        if tracked {
            self.steps.push((var, Box::new(backward)));
        }
        var
    }

    /// The matrix of a value.
    pub fn value(&self, var: Var) -> &Array2<f32> {
        match &self.values[var.0] {
            TapeValue::Owned(matrix) => matrix,
            TapeValue::Borrowed(matrix) => matrix,
        }
    }

    /// Rows and columns of a value.
    pub fn shape(&self, var: Var) -> (usize, usize) {
        self.value(var).dim()
    }

    /// Whether the value depends on a parameter.
    pub fn is_tracked(&self, var: Var) -> bool {
        self.tracked[var.0]
    }

    /// Whether the value is borrowed and has no gradient.
    pub fn is_constant(&self, var: Var) -> bool {
        !self.tracked[var.0] && matches!(self.values[var.0], TapeValue::Borrowed(_))
    }

    /// Takes a value off the tape, leaving nothing in its place.
    pub fn take(&mut self, var: Var) -> Array2<f32> {
        match std::mem::replace(&mut self.values[var.0], TapeValue::Owned(Array2::default((0, 0)))) {
            TapeValue::Owned(matrix) => matrix,
            TapeValue::Borrowed(matrix) => matrix.clone(),
        }
    }

    /// The gradient of `root`, a value of one number, with respect to every leaf.
    pub fn backward(&mut self, root: Var) -> Gradients {
        let mut gradients = Gradients { of: (0..self.values.len()).map(|_| None).collect() };
        gradients.of[root.0] = Some(Array2::from_elem((1, 1), 1.0));
        while let Some((output, step)) = self.steps.pop() {
            if let Some(gradient) = gradients.of[output.0].take()
                && self.workers.check_cancelled().is_ok()
            {
                step(self, gradient, &mut gradients);
            }
            // All operations on this value come later on the tape and have run backward already, and so has its own.
            let value = self.take(output);
            self.workers.recycle(value);
        }
        gradients
    }

    /// The key of the next dropout on this tape.
    fn next_key(&self) -> Option<(f32, u64)> {
        let (rate, key) = self.dropout?;
        (rate > 0.0).then(|| (rate, mix(key ^ mix(self.values.len() as u64))))
    }
}

impl Drop for Tape<'_> {
    fn drop(&mut self) {
        for value in self.values.drain(..) {
            if let TapeValue::Owned(matrix) = value {
                self.workers.recycle(matrix);
            }
        }
    }
}
