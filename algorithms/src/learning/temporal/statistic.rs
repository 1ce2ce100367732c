//! What aggregates say of the numbers of a field in a history: the last, means, extremes, the deviation.

/// What is said of the numbers of a field in the order of time.
#[derive(Debug, Clone, Copy)]
pub enum Aggregate {
    /// The last that is there.
    Last,
    /// The mean of so many rows, the newest.
    MeanOf(usize),
    /// The mean of the rows of lately.
    MeanLately,
    /// The mean of all.
    Mean,
    /// The smallest.
    Smallest,
    /// The largest.
    Largest,
    /// The deviation of so many rows, the newest, from their mean.
    DeviationOf(usize),
}

use Aggregate as A;

/// On paths from the entity itself.
pub const EVERY: [Aggregate; 8] =
    [A::Last, A::MeanOf(3), A::MeanOf(10), A::MeanLately, A::Mean, A::Smallest, A::Largest, A::DeviationOf(10)];
/// The same, of fields that are 1 or 0.
pub const SHARES: [Aggregate; 4] = [A::MeanOf(3), A::MeanOf(10), A::MeanLately, A::Mean];
/// On paths from other rows, and of fields of rows that are referred to.
pub const FEW: [Aggregate; 4] = [A::Last, A::MeanOf(3), A::MeanOf(10), A::MeanLately];
/// The same, of fields that are 1 or 0.
pub const FEWEST: [Aggregate; 2] = [A::MeanOf(10), A::MeanLately];
/// Of rows that belong to two entities of an example.
pub const OF_BOTH: [Aggregate; 2] = [A::Last, A::Mean];

impl Aggregate {
    /// Its name in that of a column.
    pub fn name(self) -> String {
        match self {
            A::Last => "last".to_owned(),
            A::MeanOf(count) => format!("mean of {count}"),
            A::MeanLately => "mean lately".to_owned(),
            A::Mean => "mean".to_owned(),
            A::Smallest => "smallest".to_owned(),
            A::Largest => "largest".to_owned(),
            A::DeviationOf(count) => format!("deviation of {count}"),
        }
    }

    /// Of these numbers, those from `lately` on being lately.
    pub fn of(self, numbers: &[f64], lately: usize) -> f64 {
        let last = |count: usize| &numbers[numbers.len().saturating_sub(count)..];
        match self {
            A::Last => present(numbers).next_back().unwrap_or(f64::NAN),
            A::MeanOf(count) => mean(last(count)),
            A::MeanLately => mean(&numbers[lately..]),
            A::Mean => mean(numbers),
            A::Smallest => present(numbers).fold(f64::NAN, f64::min),
            A::Largest => present(numbers).fold(f64::NAN, f64::max),
            A::DeviationOf(count) => {
                let center = mean(last(count));
                let squares = present(last(count)).map(|number| (number - center).powi(2));
                let (sum, count) = squares.fold((0.0, 0usize), |(sum, count), square| (sum + square, count + 1));
                if count == 0 { f64::NAN } else { (sum / count as f64).sqrt() }
            }
        }
    }
}

fn mean(numbers: &[f64]) -> f64 {
    let (sum, count) = present(numbers).fold((0.0, 0usize), |(sum, count), number| (sum + number, count + 1));
    if count == 0 { f64::NAN } else { sum / count as f64 }
}

fn present(numbers: &[f64]) -> impl DoubleEndedIterator<Item = f64> {
    numbers.iter().copied().filter(|number| !number.is_nan())
}
