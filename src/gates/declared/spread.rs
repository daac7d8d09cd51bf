//! Repeated measurements: the median and where the middle half lies.

use super::kind::Outcome;

/// The median of several runs with its quartiles; the unit is that of what was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) runs: usize,
    /// A quarter of the runs is below.
    pub(super) low: f64,
    pub(super) median: f64,
    /// A quarter of the runs is above.
    pub(super) high: f64,
}

impl Spread {
    /// `None` where nothing was measured. Quantiles by linear interpolation between the two nearest runs (type 7 of
    /// Hyndman and Fan, 1996).
    pub(super) fn of(mut values: Vec<f64>) -> Option<Spread> {
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let quantile = |quarters: usize| {
            let (whole, rest) = (last * quarters / 4, (last * quarters % 4) as f64 / 4.0);
            values[whole] + (values[(whole + 1).min(last)] - values[whole]) * rest
        };
        Some(Spread { runs: values.len(), low: quantile(1), median: quantile(2), high: quantile(3) })
    }

    /// Whether the median is within a limit. Where half of the runs lie on either side of it, another measurement could
    /// say the opposite.
    pub(super) fn outcome(&self, limit: f64) -> Outcome {
        match *self {
            Spread { high, .. } if high <= limit => Outcome::Holds,
            Spread { low, .. } if low > limit => Outcome::Violated,
            Spread { median, .. } if median <= limit => Outcome::Doubtful,
            _ => Outcome::Open,
        }
    }

    /// In milliseconds.
    pub(super) fn words(&self) -> String {
        format!(
            "median {:.2} ms of {} runs; the middle half between {:.2} and {:.2} ms",
            self.median, self.runs, self.low, self.high
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_wider_than_the_distance_to_the_limit_is_no_judgement() {
        let spread = Spread::of(vec![1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let outcomes = [4.0, 3.5, 2.5, 1.5].map(|limit| spread.outcome(limit));
        assert_eq!(outcomes, [Outcome::Holds, Outcome::Doubtful, Outcome::Open, Outcome::Violated]);
    }

    #[test]
    fn quartiles_lie_between_runs() {
        let spread = Spread::of(vec![4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(spread, Spread { runs: 4, low: 1.75, median: 2.5, high: 3.25 });
        assert_eq!(Spread::of(vec![7.0]).unwrap().high, 7.0);
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
