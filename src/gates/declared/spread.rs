//! Repeated measurements: the median and where the middle half lies.

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
    fn quartiles_lie_between_runs() {
        let spread = Spread::of(vec![4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(spread, Spread { runs: 4, low: 1.75, median: 2.5, high: 3.25 });
        assert_eq!(Spread::of(vec![7.0]).unwrap().high, 7.0);
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
