//! A dense row-major matrix whose rows start at multiples of 16 `f32` and at cache lines.
//!
//! A vector unit that reads across the border of two lines reads twice, so rows begin at one. The padding is zero and stays zero, so kernels may run over whole vectors and never handle a tail.

/// Elements a row is padded to a multiple of: one 512-bit vector, one cache line.
pub(crate) const ROW_ALIGNMENT: usize = 16;

/// Bytes of a cache line.
const LINE: usize = ROW_ALIGNMENT * size_of::<f32>();

/// Returns `width` rounded up to the row alignment.
pub(crate) const fn padded(width: usize) -> usize {
    width.next_multiple_of(ROW_ALIGNMENT)
}

/// Rows of `width` values, each padded with zeros to a stride that is a multiple of 16.
#[derive(Debug)]
pub(crate) struct PaddedMatrix {
    /// The rows, from `start` on; there is room to move them to a cache line.
    values: Vec<f32>,
    start: usize,
    rows: usize,
    width: usize,
}

impl Clone for PaddedMatrix {
    // The copy lies elsewhere, so it may have to start elsewhere.
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.rows, self.width);
        copy.as_mut_slice().copy_from_slice(self.as_slice());
        copy
    }
}

impl PartialEq for PaddedMatrix {
    fn eq(&self, other: &Self) -> bool {
        (self.rows, self.width, self.as_slice()) == (other.rows, other.width, other.as_slice())
    }
}

impl PaddedMatrix {
    /// A matrix of zeros.
    pub(crate) fn zeros(rows: usize, width: usize) -> Self {
        let values = vec![0.0_f32; rows * padded(width.max(1)) + ROW_ALIGNMENT - 1];
        let start = values.as_ptr().align_offset(LINE).min(ROW_ALIGNMENT - 1);
        Self { values, start, rows, width }
    }

    /// Copies densely packed rows of `width` values.
    pub(crate) fn from_dense(values: &[f32], width: usize) -> Self {
        let mut matrix = Self::zeros(values.len().checked_div(width).unwrap_or(0), width);
        let stride = matrix.stride();
        for (row, source) in
            matrix.as_mut_slice().chunks_exact_mut(stride).zip(values.chunks_exact(width.max(1)))
        {
            row[..width].copy_from_slice(source);
        }
        matrix
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Values of a row, without padding.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Distance between the starts of two rows; at least 16.
    pub(crate) fn stride(&self) -> usize {
        padded(self.width.max(1))
    }

    /// A row with its padding.
    pub(crate) fn row(&self, index: usize) -> &[f32] {
        &self.values[self.start + index * self.stride()..][..self.stride()]
    }

    /// A row without its padding.
    pub(crate) fn values(&self, index: usize) -> &[f32] {
        &self.row(index)[..self.width]
    }

    /// All rows without their padding.
    pub(crate) fn all_values(&self) -> impl Iterator<Item = &[f32]> {
        (0..self.rows).map(|row| self.values(row))
    }

    /// All rows with their padding.
    pub(crate) fn as_slice(&self) -> &[f32] {
        &self.values[self.start..][..self.rows * self.stride()]
    }

    /// All rows with their padding; writers keep the padding zero.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [f32] {
        let len = self.rows * self.stride();
        &mut self.values[self.start..][..len]
    }

    /// The rows packed without padding.
    pub(crate) fn to_dense(&self) -> Vec<f32> {
        self.all_values().flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_and_padding_are_inverse() {
        let dense: Vec<f32> = (0..12).map(|value| value as f32).collect();
        let matrix = PaddedMatrix::from_dense(&dense, 3);
        assert_eq!((matrix.rows(), matrix.width(), matrix.stride()), (4, 3, 16));
        assert_eq!(matrix.values(2), [6.0, 7.0, 8.0]);
        assert!(matrix.row(2)[3..].iter().all(|value| value.to_bits() == 0));
        assert_eq!(matrix.to_dense(), dense);
    }

    #[test]
    fn rows_start_at_cache_lines_in_a_matrix_and_its_copy() {
        let matrix = PaddedMatrix::from_dense(&[1.0; 21], 7);
        let copy = matrix.clone();
        assert_eq!(copy, matrix);
        for row in 0..3 {
            assert_eq!(matrix.row(row).as_ptr().align_offset(LINE), 0);
            assert_eq!(copy.row(row).as_ptr().align_offset(LINE), 0);
        }
    }
}
