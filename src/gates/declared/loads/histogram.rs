//! Many times in little memory: buckets that each begin half a percent above the one before.

use std::time::Duration;

/// What of a time is told apart: 0.5 %, from a microsecond to an hour.
const STEP: f64 = 1.005;
const LONGEST_MICROS: f64 = 3.6e9;
/// Upper edges of the coarse buckets that people read, in milliseconds.
const COARSE_MS: [u64; 16] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 3_600_000];

/// How often which time was measured. Quantiles are the upper edge of their bucket, so that none is told too low.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
    min: Duration,
    max: Duration,
}

impl Histogram {
    pub(super) fn add(&mut self, time: Duration) {
        let at = bucket(time);
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
        self.min = if self.total == 0 { time } else { self.min.min(time) };
        self.max = self.max.max(time);
        self.total += 1;
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The time that so many of a thousand do not exceed, in milliseconds; the nearest rank.
    pub(super) fn per_mille(&self, per_mille: u64) -> Option<f64> {
        self.ranked((self.total * per_mille).div_ceil(1000))
    }

    /// Between which times the true median lies with 95 % certainty, whatever the distribution: by the ranks of a fair
    /// coin, each moved out to the edge of its bucket. `None` for fewer than six measurements, of which no two bound it so.
    pub(super) fn median_bounds(&self) -> Option<(f64, f64)> {
        let half_width = 0.98 * (self.total as f64).sqrt();
        let below = (self.total as f64 / 2.0 - half_width).floor();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to the total")]
        let low = below.max(1.0) as u64;
        let known = self.total >= 6;
        known.then(|| Some((self.ranked(low)? / STEP, self.ranked(self.total + 1 - low)?)))?
    }

    /// `median 2.1, p95 4.9, p99 8.0, max 12.3 ms; up to 2 ms: 300, 5 ms: 90, 20 ms: 10`.
    pub(super) fn words(&self) -> String {
        let at = |per_mille| self.per_mille(per_mille).unwrap_or_default();
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let figures = format!(
            "min {:.1}, median {:.1}, p95 {:.1}, p99 {:.1}, max {:.1} ms",
            ms(self.min),
            at(500),
            at(950),
            at(990),
            ms(self.max)
        );
        let shown: Vec<String> = self.coarse().into_iter().map(|(edge, count)| format!("{edge} ms: {count}")).collect();
        if shown.is_empty() { "no time measured".to_owned() } else { format!("{figures}; up to {}", shown.join(", ")) }
    }

    /// The buckets that people read: upper edge in milliseconds, and how many times lie in it.
    fn coarse(&self) -> Vec<(u64, u64)> {
        let mut out: Vec<(u64, u64)> = Vec::new();
        for (at, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let last = COARSE_MS[COARSE_MS.len() - 1];
            let edge = COARSE_MS.into_iter().find(|ms| bucket(Duration::from_millis(*ms)) >= at).unwrap_or(last);
            match out.last_mut() {
                Some((same, total)) if *same == edge => *total += count,
                _ => out.push((edge, *count)),
            }
        }
        out
    }

    /// The time at this rank, from 1, in milliseconds.
    fn ranked(&self, rank: u64) -> Option<f64> {
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank.max(1)
        })?;
        let exponent = i32::try_from(found).unwrap_or(i32::MAX);
        // No quantile is beyond what was measured.
        Some((STEP.powi(exponent) / 1000.0).min(self.max.as_secs_f64() * 1000.0))
    }
}

/// The first bucket whose upper edge the time does not exceed.
fn bucket(time: Duration) -> usize {
    let micros = (time.as_secs_f64() * 1e6).clamp(1.0, LONGEST_MICROS);
    // A hair below, so that a time on an edge stays in its bucket however logarithms are rounded.
    let at = (micros.ln() / STEP.ln() - 1e-9).ceil().max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to some thousands")]
    let at = at as usize;
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(millis: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        millis.into_iter().for_each(|ms| histogram.add(Duration::from_millis(ms)));
        histogram
    }

    #[test]
    fn quantiles_are_those_of_the_times_within_half_a_percent_and_never_too_low() {
        let histogram = of(1..=1000);
        for (per_mille, exact) in [(500, 500.0), (950, 950.0), (990, 990.0), (1000, 1000.0)] {
            let found = histogram.per_mille(per_mille).unwrap();
            assert!((exact..=exact * STEP).contains(&found), "{per_mille}: {found}");
        }
        assert_eq!(of([7]).per_mille(950), Some(7.0));
        assert_eq!(Histogram::default().per_mille(500), None);
    }

    #[test]
    fn few_times_do_not_bound_their_median() {
        assert_eq!(of(1..=5).median_bounds(), None);
        let (low, high) = of(1..=100).median_bounds().unwrap();
        assert!((39.5..40.5).contains(&low) && (61.0..62.0).contains(&high), "{low} {high}");
    }

    #[test]
    fn it_is_no_larger_however_many_and_long_the_times_are() {
        let mut histogram = of((0..100_000).map(|n| n % 5_000));
        for time in [Duration::ZERO, Duration::from_secs(3_600), Duration::MAX] {
            histogram.add(time);
        }
        assert_eq!(histogram.total(), 100_003);
        assert!(histogram.counts.len() < 4_500, "{}", histogram.counts.len());
    }

    #[test]
    fn people_read_few_buckets() {
        assert_eq!(of([1, 2, 2, 3, 40, 7_000_000]).coarse(), [(1, 1), (2, 2), (5, 1), (50, 1), (3_600_000, 1)]);
        assert!(of([2, 2]).words().ends_with("max 2.0 ms; up to 2 ms: 2"), "{}", of([2, 2]).words());
    }
}
