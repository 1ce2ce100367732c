//! The numbers a network learns, and the optimisers that change them.

use ndarray::Array2;
use rand::RngExt;

use crate::numeric::matrix::RowMajor;
use crate::numeric::random::{Xoroshiro128, mix};
use crate::numeric::workers::Workers;

/// Named parameters; layers keep positions in it.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Parameters {
    /// What each is: `layer1.self.weight`.
    pub names: Vec<String>,
    /// Their values.
    #[serde(with = "crate::numeric::matrix::saved")]
    pub values: Vec<Array2<f32>>,
    #[serde(skip)]
    seed: u64,
}

/// A parameter of a network: its position.
pub type Parameter = usize;

impl Parameters {
    /// No parameters yet; `seed` draws the first values.
    pub fn new(seed: u64) -> Self {
        Parameters { seed: mix(seed ^ 0x676e_6e2d_696e_6974), ..Parameters::default() }
    }

    fn push(&mut self, name: String, value: Array2<f32>) -> Parameter {
        self.names.push(name);
        self.values.push(value);
        self.values.len() - 1
    }

    /// A matrix of uniform numbers within +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio, AISTATS 2010).
    pub fn glorot(&mut self, name: impl Into<String>, rows: usize, cols: usize) -> Parameter {
        self.uniform(name, rows, cols, (6.0 / (rows + cols).max(1) as f64).sqrt())
    }

    /// Matrices of `inputs` by `outputs`, one flattened in each of `count` rows.
    pub fn glorot_stack(&mut self, name: impl Into<String>, count: usize, inputs: usize, outputs: usize) -> Parameter {
        self.uniform(name, count, inputs * outputs, (6.0 / (inputs + outputs).max(1) as f64).sqrt())
    }

    /// A matrix of uniform numbers within +-`most`.
    pub fn uniform(&mut self, name: impl Into<String>, rows: usize, cols: usize, most: f64) -> Parameter {
        let mut rng = Xoroshiro128::new(self.seed, self.values.len() as u32, 0);
        let number = || ((2.0 * rng.random::<f64>() - 1.0) * most) as f32;
        self.push(name.into(), Array2::from_shape_simple_fn((rows, cols), number))
    }

    /// A matrix of one number.
    pub fn constant(&mut self, name: impl Into<String>, rows: usize, cols: usize, value: f32) -> Parameter {
        self.push(name.into(), Array2::from_elem((rows, cols), value))
    }

    /// Numbers in all of them.
    pub fn count(&self) -> usize {
        self.values.iter().map(Array2::len).sum()
    }
}

crate::choices! {
    /// How parameters follow their gradients.
    pub enum Method {
        /// Kingma and Ba, ICLR 2015, with b1 = 0.9, b2 = 0.999; weight decay is added to the gradient.
        Adam = "adam",
        /// Stochastic gradient descent with a momentum of 0.9.
        Sgd = "sgd",
    }
}

/// An optimiser and what it remembers.
pub struct Optimizer {
    method: Method,
    rate: f32,
    decay: f32,
    step: i32,
    first: Vec<Array2<f32>>,
    second: Vec<Array2<f32>>,
}

impl Optimizer {
    /// For these parameters.
    pub fn new(method: Method, rate: f64, decay: f64, parameters: &Parameters) -> Self {
        let zeros = || parameters.values.iter().map(|value| Array2::zeros(value.dim())).collect();
        Optimizer {
            method,
            rate: rate as f32,
            decay: decay as f32,
            step: 0,
            first: zeros(),
            second: if method == Method::Adam { zeros() } else { Vec::new() },
        }
    }

    /// One step; parameters without a gradient stay.
    pub fn step(&mut self, workers: &Workers<'_>, parameters: &mut Parameters, gradients: Vec<Option<Array2<f32>>>) {
        const PIECE: usize = 1 << 14;
        self.step += 1;
        let (rate, decay) = (self.rate, self.decay);
        for (position, gradient) in gradients.into_iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            let value = &mut parameters.values[position];
            let pieces = value
                .flat_mut()
                .chunks_mut(PIECE)
                .zip(self.first[position].flat_mut().chunks_mut(PIECE))
                .zip(gradient.flat().chunks(PIECE));
            match self.method {
                Method::Adam => {
                    let (b1, b2) = (0.9f32, 0.999f32);
                    let first_scale = 1.0 / (1.0 - b1.powi(self.step));
                    let second_scale = 1.0 / (1.0 - b2.powi(self.step));
                    let pieces = pieces.zip(self.second[position].flat_mut().chunks_mut(PIECE));
                    workers.for_each(pieces, |(((value, m), g), v)| {
                        for (((value, m), g), v) in value.iter_mut().zip(m).zip(g).zip(v) {
                            let g = g + decay * *value;
                            *m = b1 * *m + (1.0 - b1) * g;
                            *v = b2 * *v + (1.0 - b2) * g * g;
                            *value -= rate * (*m * first_scale) / ((*v * second_scale).sqrt() + 1e-8);
                        }
                    });
                }
                Method::Sgd => workers.for_each(pieces, |((value, m), g)| {
                    for ((value, m), g) in value.iter_mut().zip(m).zip(g) {
                        *m = 0.9 * *m + g + decay * *value;
                        *value -= rate * *m;
                    }
                }),
            }
            workers.recycle(gradient);
        }
    }
}
