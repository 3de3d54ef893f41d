//! Dense linear equations with a positive definite matrix, of which the upper triangle is kept in rows.
//!
//! By hand because it is forty lines: the libraries for it are larger than all of the model. Each step subtracts a multiple of one row from another,
//! which the compiler turns into vector instructions; sums of products it would not.

use super::interrupt::Interrupt;

/// A pivot below this is taken for it: where rounding has left nothing of a positive number.
const LEAST_PIVOT: f64 = 1e-12;

/// A square matrix.
pub struct Square {
    size: usize,
    cells: Vec<f64>,
}

impl Square {
    /// Zeros.
    pub fn zeros(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    /// Makes all of it zero again.
    pub fn clear(&mut self) {
        self.cells.fill(0.0);
    }

    /// A row; only what is from the diagonal on means something.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.cells[row * self.size..(row + 1) * self.size]
    }

    /// Turns the upper triangle into its factor U, whose transpose times U it was (Cholesky).
    pub fn factor(&mut self, interrupt: Interrupt<'_>) {
        let size = self.size;
        for step in 0..size {
            interrupt.ask();
            let (done, below) = self.cells.split_at_mut((step + 1) * size);
            let row = &mut done[step * size..];
            row[step] = row[step].max(LEAST_PIVOT);
            let pivot = row[step].sqrt();
            row[step..].iter_mut().for_each(|cell| *cell /= pivot);
            for (other, later) in (step + 1..size).zip(below.chunks_exact_mut(size)) {
                subtract(&mut later[other..], row[other], &row[other..]);
            }
        }
    }

    /// Solves for a right side, after [`Square::factor`].
    pub fn solve(&self, right: &mut [f64]) {
        let size = self.size;
        for (step, row) in self.cells.chunks_exact(size).enumerate() {
            right[step] /= row[step];
            let value = right[step];
            subtract(&mut right[step + 1..], value, &row[step + 1..]);
        }
        for (step, row) in self.cells.chunks_exact(size).enumerate().rev() {
            let known: f64 = row[step + 1..].iter().zip(&right[step + 1..]).map(|(cell, value)| cell * value).sum();
            right[step] = (right[step] - known) / row[step];
        }
    }
}

/// Subtracts a multiple of one row from another.
fn subtract(from: &mut [f64], times: f64, row: &[f64]) {
    if times != 0.0 {
        from.iter_mut().zip(row).for_each(|(cell, other)| *cell -= times * other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solution_solves_the_equations() {
        // Hilbert's matrix, whose condition number is 15,000, with one more on the diagonal.
        let size = 4;
        let cell = |row: usize, column: usize| 1.0 / (row + column + 1) as f64 + if row == column { 1.0 } else { 0.0 };
        let mut square = Square::zeros(size);
        for row in 0..size {
            (row..size).for_each(|column| square.row_mut(row)[column] = cell(row, column));
        }
        square.factor(Interrupt::NEVER);
        let mut solution = vec![1.0, -2.0, 3.0, 0.5];
        square.solve(&mut solution);
        for (row, right) in [1.0, -2.0, 3.0, 0.5].iter().enumerate() {
            let left: f64 = (0..size).map(|column| cell(row, column) * solution[column]).sum();
            assert!((left - right).abs() < 1e-12, "{left} {right}");
        }
    }

    #[test]
    fn a_matrix_that_rounding_left_nothing_of_gives_finite_numbers() {
        let mut square = Square::zeros(2);
        square.factor(Interrupt::NEVER);
        let mut solution = vec![0.0, 1.0];
        square.solve(&mut solution);
        assert!(solution.iter().all(|value| value.is_finite()));
    }
}
