//! A figure held against its limit, and against what it was.

use super::super::words::described;
use super::declared::Metric;
use super::reading::Reading;
use crate::evidence::{Evidence, Topic};
use crate::verdict::Verdict;

/// The figure and its limit. Where the middle half of the runs lies on both sides of it, another measurement could say
/// the opposite: that is a warning at best. `None` where no limit is declared.
pub fn against_limit(metric: &Metric, now: &Reading) -> Option<Evidence> {
    let limit = metric.limit?;
    let verdict = match now {
        Reading { high, .. } if *high <= limit => Verdict::Pass,
        Reading { low, .. } if *low > limit => Verdict::Fail,
        Reading { median, .. } if *median <= limit => Verdict::Warn,
        _ => Verdict::NotEvaluated,
    };
    let fact = fact(metric, verdict, format!("at most {limit} {}", now.unit), now.words());
    Some(with_remedy(fact, "measure again when the machine is quiet; else see what it waits for"))
}

/// The figure and that of the baseline `name`.
///
/// Better is never a fault. Worse by more than the bands is a warning, then a failure. Where the middle half of either is
/// wider than the band of the warning, the medians say nothing; then only halves that lie wholly apart are judged.
pub fn against_baseline(metric: &Metric, name: &str, before: Option<&Reading>, now: &Reading) -> Evidence {
    let (warn, fail) = (metric.warn_percent, metric.fail_percent);
    let Some(before) = before else {
        let measured = format!("not evaluated: baseline {name} has no such metric");
        return with_remedy(fact(metric, Verdict::NotEvaluated, "compared", measured), "capture a new baseline");
    };
    let expected =
        format!("less than {warn} % above the {:.2} {} of baseline {name}, {fail} % at most", before.median, now.unit);
    if before.measures != now.measures || before.unit != now.unit {
        let measured = format!("not evaluated: the baseline holds another figure: {}", before.measures);
        return with_remedy(fact(metric, Verdict::NotEvaluated, expected, measured), "capture a new baseline");
    }
    let (verdict, measured) = judge(metric, before, now);
    with_remedy(
        fact(metric, verdict, expected, measured),
        "see what changed since the baseline; else capture a new one",
    )
}

fn judge(metric: &Metric, before: &Reading, now: &Reading) -> (Verdict, String) {
    let whole = metric.source.whole();
    let worse = |now: f64, before: f64| ((now + whole) / (before + whole) - 1.0) * 100.0;
    let band = ((before.median + whole) * metric.warn_percent / 100.0).max(metric.min_difference);
    let widest = (before.high - before.low).max(now.high - now.low);
    let words = now.words();
    if before.median + whole <= 0.0 && now.median - before.median > metric.min_difference {
        return (Verdict::NotEvaluated, format!("not evaluated: {words}: nothing is so many percent of 0"));
    }
    let percent = worse(now.median, before.median);
    let measured = format!("{percent:+.1} %: {words}");
    if widest > band {
        let unit = &now.unit;
        let noise = format!("the middle half is {widest:.2} {unit} wide, the band {band:.2} {unit}");
        if now.high <= before.low {
            return (Verdict::Pass, format!("{measured}; {noise}, and the halves lie apart"));
        }
        let is_apart = now.low - before.high > metric.min_difference;
        if is_apart && worse(now.low, before.high) > metric.fail_percent {
            return (Verdict::Fail, format!("{measured}; {noise}, and the halves lie apart"));
        }
        return (Verdict::NotEvaluated, format!("not evaluated: {measured}; {noise}: noise says nothing"));
    }
    let verdict = if now.median - before.median <= metric.min_difference || percent <= metric.warn_percent {
        Verdict::Pass
    } else if percent <= metric.fail_percent {
        Verdict::Warn
    } else {
        Verdict::Fail
    };
    (verdict, measured)
}

fn fact(metric: &Metric, verdict: Verdict, expected: impl Into<String>, measured: impl Into<String>) -> Evidence {
    Evidence::new(Topic::GateAfter, &metric.id, metric.source.words(), verdict)
        .expected(described(&metric.description, &expected.into()))
        .measured(measured)
}

fn with_remedy(fact: Evidence, remedy: &str) -> Evidence {
    if fact.verdict == Verdict::Pass { fact } else { fact.remedy(remedy) }
}

#[cfg(test)]
mod tests {
    use super::super::load_embedded;
    use super::*;
    use Verdict::{Fail, NotEvaluated, Pass, Warn};

    fn metric(more: &str) -> Metric {
        let text = format!("[metrics.m]\nmeasure.sql.sql = \"SELECT 1\"\n{more}");
        load_embedded(&[("m.toml", text.as_str())]).unwrap().remove(0)
    }

    fn reading(low: f64, median: f64, high: f64) -> Reading {
        Reading { measures: "time of SELECT 1".into(), unit: "ms".into(), runs: 10, low, median, high }
    }

    #[test]
    fn worse_than_the_bands_warns_and_fails_and_better_never_does() {
        let before = reading(99.0, 100.0, 101.0);
        for (now, expected) in
            [(1.0, Pass), (50.0, Pass), (100.0, Pass), (114.9, Pass), (116.0, Warn), (124.9, Warn), (126.0, Fail)]
        {
            let now = reading(now - 0.5, now, now + 0.5);
            assert_eq!(against_baseline(&metric(""), "b", Some(&before), &now).verdict, expected, "{now:?}");
        }
        let own = metric("warn_percent = 2\nfail_percent = 5");
        assert_eq!(against_baseline(&own, "b", Some(&before), &reading(102.9, 103.0, 103.1)).verdict, Warn);
        let small = metric("min_difference = 50");
        assert_eq!(against_baseline(&small, "b", Some(&before), &reading(139.0, 140.0, 141.0)).verdict, Pass);
    }

    #[test]
    fn noise_wider_than_the_band_is_not_evaluated_on_either_side() {
        let (quiet, loud) = (reading(99.0, 100.0, 101.0), reading(90.0, 100.0, 110.0));
        for (before, now) in [(&quiet, &loud), (&loud, &quiet), (&loud, &loud)] {
            let fact = against_baseline(&metric(""), "b", Some(before), now);
            assert_eq!(fact.verdict, NotEvaluated);
            assert!(fact.measured.contains("the middle half is 20.00 ms wide, the band 15.00 ms"), "{}", fact.measured);
        }
        // Halves that lie apart are no noise.
        assert_eq!(against_baseline(&metric(""), "b", Some(&loud), &reading(180.0, 200.0, 220.0)).verdict, Fail);
        assert_eq!(against_baseline(&metric(""), "b", Some(&loud), &reading(40.0, 50.0, 60.0)).verdict, Pass);
        assert_eq!(
            against_baseline(&metric(""), "b", Some(&loud), &reading(112.0, 130.0, 150.0)).verdict,
            NotEvaluated
        );
    }

    #[test]
    fn what_is_not_there_or_is_another_figure_is_not_evaluated() {
        let now = reading(99.0, 100.0, 101.0);
        assert_eq!(against_baseline(&metric(""), "b", None, &now).verdict, NotEvaluated);
        let other = Reading { measures: "time of SELECT 2".into(), ..now.clone() };
        assert_eq!(against_baseline(&metric(""), "b", Some(&other), &now).verdict, NotEvaluated);
        let nothing = reading(0.0, 0.0, 0.0);
        assert_eq!(against_baseline(&metric(""), "b", Some(&nothing), &now).verdict, NotEvaluated);
        assert_eq!(against_baseline(&metric(""), "b", Some(&nothing), &nothing).verdict, Pass);
    }

    #[test]
    fn a_limit_holds_whatever_the_baseline_was() {
        let metric = metric("limit = \"100ms\"");
        for (now, expected) in [
            (reading(80.0, 90.0, 100.0), Pass),
            (reading(80.0, 95.0, 101.0), Warn),
            (reading(99.0, 101.0, 103.0), NotEvaluated),
            (reading(101.0, 102.0, 103.0), Fail),
        ] {
            assert_eq!(against_limit(&metric, &now).unwrap().verdict, expected, "{now:?}");
        }
        assert_eq!(against_limit(&self::metric(""), &reading(1.0, 1.0, 1.0)), None);
    }
}
