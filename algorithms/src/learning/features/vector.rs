//! Vectors and lists of numbers, as they are or scaled.

use ndarray::ArrayViewMut2;
use serde::{Deserialize, Serialize};

use super::number::Moments;
use super::request::Scale;
use crate::graph::property::Values;

/// The encoder of vectors of one length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Vectors {
    length: usize,
    scale: Scale,
    /// For [`Scale::Zscore`] one entry per position; `None` where no training row has a finite number.
    moments: Vec<Option<Moments>>,
    /// Whether a column says where NULL is.
    nulls: bool,
}

impl Vectors {
    /// Fits the training rows; `None` when none of them has a vector, or vectors have the length 0.
    pub fn fit(values: &Values, training: &[u32], scale: Scale) -> Option<Vectors> {
        let Values::Vectors { width, data, present } = values else { return None };
        let there = || training.iter().map(|&row| row as usize).filter(|&row| present[row]);
        let count = there().count();
        if count == 0 || *width == 0 {
            return None;
        }
        let column = |position: usize| there().map(move |row| f64::from(data[row * width + position]));
        let moments = match scale {
            Scale::Zscore => (0..*width).map(|position| Moments::of(column(position))).collect(),
            Scale::None | Scale::L1 | Scale::L2 => Vec::new(),
        };
        Some(Vectors { length: *width, scale, moments, nulls: count < training.len() })
    }

    pub fn width(&self) -> usize {
        self.length + usize::from(self.nulls)
    }

    pub fn encode(&self, values: &Values, rows: &[u32], mut matrix: ArrayViewMut2<'_, f32>) {
        for (&row, mut out) in rows.iter().zip(matrix.outer_iter_mut()) {
            let vector = match values {
                Values::Vectors { width, data, present } if present[row as usize] => {
                    &data[row as usize * width..][..*width]
                }
                _ => {
                    if self.nulls {
                        out[self.length] = 1.0;
                    }
                    continue;
                }
            };
            let finite = |&number: &f32| if number.is_finite() { f64::from(number) } else { 0.0 };
            let numbers = vector.iter().map(finite);
            let norm = match self.scale {
                Scale::None | Scale::Zscore => 1.0,
                Scale::L1 => numbers.clone().map(f64::abs).sum::<f64>(),
                Scale::L2 => numbers.clone().map(|number| number * number).sum::<f64>().sqrt(),
            };
            // A zero vector stays zero.
            let norm = if norm > 0.0 { norm } else { 1.0 };
            for (position, (out, number)) in out.iter_mut().zip(numbers).enumerate() {
                *out = match self.moments.get(position) {
                    None => (number / norm) as f32,
                    Some(moments) => moments.map_or(0.0, |moments| moments.z(number)),
                };
            }
        }
    }
}
