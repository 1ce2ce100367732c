//! A dense matrix of 32-bit floats, row by row.

/// Rows of equal length, one after the other.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Length of each row.
    pub cols: usize,
    /// All rows one after the other: `rows * cols` numbers.
    pub data: Vec<f32>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Matrix { rows, cols, data: vec![0.0; rows * cols] }
    }

    /// A matrix with these rows.
    ///
    /// # Panics
    /// When `data` has another length than `rows * cols`: a mistake in this crate.
    pub fn new(rows: usize, cols: usize, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), rows * cols, "a matrix of {rows} x {cols}");
        Matrix { rows, cols, data }
    }

    /// Row `row`.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.cols..(row + 1) * self.cols]
    }

    /// The only number of a matrix of one row and one column; 0 if it has none.
    pub fn scalar(&self) -> f32 {
        self.data.first().copied().unwrap_or(0.0)
    }
}
