//! How much slower one user's way gets when others are there.

use super::super::kind::{Outcome, Unmeasured};
use super::super::spread::Spread;
use super::declared::Load;
use super::judge;
use super::step::Step;
use crate::evidence::Evidence;

/// How much slower one user's way through all requests is than it is alone, in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Slowdown {
    percent: f64,
    /// It is no less, with 95 % certainty of each median.
    low: f64,
    /// It is no more, likewise.
    high: f64,
    /// How many ways were gone together.
    ways: u64,
}

impl Slowdown {
    /// The same as one figure with what it lies between.
    pub(in super::super) fn spread(self) -> Spread {
        let runs = usize::try_from(self.ways).unwrap_or(usize::MAX);
        Spread { runs, low: self.low, median: self.percent, high: self.high }
    }
}

/// How much slower the way is in `step` than in `alone`.
///
/// # Errors
/// Why that cannot be said.
pub(super) fn between(alone: &Step, step: &Step) -> Result<Slowdown, Unmeasured> {
    let too_few = |step: &Step| {
        let users = step.users;
        Unmeasured::new(format!("{} whole ways with {users} users are too few for a median", step.ways.total()))
            .remedy("let it last longer, or see which requests fail")
    };
    let bounds = |step: &Step| step.ways.median_bounds().ok_or_else(|| too_few(step));
    let median = |step: &Step| step.ways.per_mille(500).ok_or_else(|| too_few(step));
    let ((alone_low, alone_high), (low, high)) = (bounds(alone)?, bounds(step)?);
    let percent = |now: f64, then: f64| (now / then - 1.0) * 100.0;
    Ok(Slowdown {
        percent: percent(median(step)?, median(alone)?),
        low: percent(low, alone_high),
        high: percent(high, alone_low),
        ways: step.ways.total(),
    })
}

/// Whether it is no more than so many percent.
pub(super) fn fact(load: &Load, step: &Step, alone: Option<&Step>, limit: f64) -> Evidence {
    let expected = format!("one user's way at most {limit} % slower than alone");
    let slower = alone
        .ok_or_else(|| Unmeasured::new("there is no run of one user to hold it against"))
        .and_then(|alone| between(alone, step));
    let slower = match slower {
        Ok(slower) => slower,
        Err(reason) => {
            let mut fact =
                judge::fact(load, step, Outcome::Open, expected, format!("not evaluated: {}", reason.reason));
            fact.remedy = reason.remedy;
            return fact;
        }
    };
    let measured = format!(
        "{:+.1} % (95 % sure: between {:+.1} and {:+.1} %) over {} ways",
        slower.percent, slower.low, slower.high, slower.ways
    );
    if slower.high <= limit {
        judge::fact(load, step, Outcome::Holds, expected, measured)
    } else if slower.low > limit {
        judge::fact(load, step, Outcome::Violated, expected, measured)
            .remedy("see what users wait for together: locks, a pool of connections, one worker for all")
    } else {
        judge::fact(
            load,
            step,
            Outcome::Open,
            expected,
            format!("not evaluated: {measured}: the times vary too much to tell"),
        )
        .remedy("let it last longer, on a machine that is otherwise quiet")
    }
}

#[cfg(test)]
mod tests {
    use super::super::judge::facts;
    use super::super::judge::tests::{load, step, verdicts};
    use crate::verdict::Verdict;

    #[test]
    fn degradation_is_said_only_where_the_times_tell_it() {
        use Verdict::{Fail, NotEvaluated, Pass};
        let load = load("max_degradation_percent = 5");
        let alone = step(1, (0..200).map(|n| 100 + n % 3), 0);
        for (millis, expected) in [(100, Pass), (150, Fail), (105, NotEvaluated)] {
            let together = step(4, (0..200).map(|n| millis + n % 3), 0);
            let facts = facts(&load, &together, Some(&alone));
            assert_eq!(verdicts(&facts), [Pass, expected, Pass, Pass], "{millis}: {facts:#?}");
        }
        assert_eq!(verdicts(&facts(&load, &step(4, 100..105, 0), Some(&alone)))[1], NotEvaluated);
        assert_eq!(verdicts(&facts(&load, &step(4, 100..200, 0), None))[1], NotEvaluated);
    }
}
