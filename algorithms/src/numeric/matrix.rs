//! Dense matrices are `ndarray`'s arrays and views; the inner loops take them, or single rows, as slices.
//!
//! A loop over slices compiles to vector instructions, and its order of additions does not depend on a library's
//! version, so results keep their bits.

use ndarray::{Array2, ArrayRef2};

/// The numbers of a row-major matrix. Every matrix of this crate is row-major, and so is a range of its rows.
pub(crate) trait RowMajor<T> {
    /// All rows, one after the other.
    fn flat(&self) -> &[T];

    /// As [`flat`](Self::flat), to be written.
    fn flat_mut(&mut self) -> &mut [T];

    /// Row `row`.
    fn row_slice(&self, row: usize) -> &[T];
}

/// Why [`RowMajor`] may expect a slice.
const ROW_MAJOR: &str = "matrices of this crate are row-major";

impl<T> RowMajor<T> for ArrayRef2<T> {
    #[inline]
    fn flat(&self) -> &[T] {
        self.as_slice().expect(ROW_MAJOR)
    }

    #[inline]
    fn flat_mut(&mut self) -> &mut [T] {
        self.as_slice_mut().expect(ROW_MAJOR)
    }

    #[inline]
    fn row_slice(&self, row: usize) -> &[T] {
        let cols = self.ncols();
        &self.flat()[row * cols..(row + 1) * cols]
    }
}

/// The numbers of a matrix that is not needed any more, row by row.
pub(crate) fn into_flat<T>(matrix: Array2<T>) -> Vec<T> {
    matrix.into_raw_vec_and_offset().0
}

/// Matrices in a saved model: rows, columns and the numbers row by row, as the format of its first version wants them.
pub(crate) mod saved {
    use ndarray::Array2;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::RowMajor;

    pub(crate) fn serialize<S: Serializer>(matrices: &[Array2<f32>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(matrices.iter().map(|matrix| (matrix.nrows(), matrix.ncols(), matrix.flat())))
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Vec<Array2<f32>>, D::Error> {
        let saved = Vec::<(usize, usize, Vec<f32>)>::deserialize(deserializer)?;
        let matrix = |(rows, cols, numbers)| Array2::from_shape_vec((rows, cols), numbers).map_err(D::Error::custom);
        saved.into_iter().map(matrix).collect()
    }
}
