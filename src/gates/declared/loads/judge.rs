//! What a step says: errors, times, who got through.

use std::cmp::Reverse;

use super::super::kind::Outcome;
use super::super::words::described;
use super::asked::Asked;
use super::declared::Load;
use super::slowdown;
use super::step::Step;
use crate::evidence::{Evidence, Sample, Topic};
use crate::verdict::Verdict;

/// All facts of a step: a verdict for each demand where it is judged, and what was measured of each request.
pub(super) fn facts(load: &Load, step: &Step, alone: Option<&Step>) -> Vec<Evidence> {
    let mut facts = Vec::new();
    if load.is_judged(step.users) {
        if step.requests.iter().all(|asked| asked.answered() == 0) {
            facts.push(nothing_answered(load, step));
        } else {
            facts.push(errors(load, step));
            let demands = &load.demands;
            for (name, per_mille, limit) in
                [("median", 500, demands.median_ms), ("p95", 950, demands.p95_ms), ("p99", 990, demands.p99_ms)]
            {
                facts.extend(limit.map(|limit| times(load, step, (name, per_mille), limit)));
            }
            if let Some(limit) = demands.degradation_percent.filter(|_| step.users > 1) {
                facts.push(slowdown::fact(load, step, alone, limit));
            }
            facts.push(everybody(load, step));
            facts.push(enough(load, step));
        }
    }
    facts.extend(step.all().map(|asked| measured(load, step, asked)));
    facts
}

/// `http://localhost:8001, 4 users`
pub(super) fn subject(load: &Load, users: usize) -> String {
    format!("{}, {users} {}", load.url, if users == 1 { "user" } else { "users" })
}

fn nothing_answered(load: &Load, step: &Step) -> Evidence {
    let sent: u64 = step.requests.iter().map(|asked| asked.sent).sum();
    let what =
        if sent == 0 { "no request was made".to_owned() } else { format!("none of {sent} requests was answered") };
    let why =
        reasons(step.all()).into_iter().next().map_or(String::new(), |why| format!(": {}: {}", why.key, why.value));
    fact(load, step, Outcome::Open, "requests are answered", format!("not evaluated: {what}{why}"))
        .remedy("see whether the service runs, and its log")
}

fn errors(load: &Load, step: &Step) -> Evidence {
    let limit = load.demands.error_percent;
    let (sent, failed) = step.all().fold((0, 0), |sums, asked| (sums.0 + asked.sent, sums.1 + asked.failed));
    let percent = failed as f64 * 100.0 / sent as f64;
    let holds = percent <= limit;
    let mut fact = fact(
        load,
        step,
        Outcome::of(holds),
        format!("at most {limit} % of the requests fail"),
        format!("{failed} of {sent} requests failed ({percent:.2} %)"),
    );
    if failed > 0 {
        fact.samples = reasons(step.all());
        fact.remedy = (!holds).then(|| "see the service's log for these requests".to_owned());
    }
    fact
}

/// The slowest request counts. One without an answer is slower than all that have one.
fn times(load: &Load, step: &Step, (name, per_mille): (&str, u64), limit: u64) -> Evidence {
    let judged = step.requests.iter().filter(|asked| asked.answered() > 0);
    let of = |asked: &Asked| {
        let among_answers = (per_mille * asked.sent).div_ceil(asked.answered().max(1));
        if among_answers > 1000 { f64::INFINITY } else { asked.times.per_mille(among_answers).unwrap_or_default() }
    };
    let shown = |ms: f64| if ms.is_finite() { format!("{ms:.1} ms") } else { "without an answer".to_owned() };
    let mut all: Vec<(&Asked, f64)> = judged.map(|asked| (asked, of(asked))).collect();
    all.sort_by(|one, other| other.1.total_cmp(&one.1));
    let expected = format!("{name} of every request within {limit} ms");
    let Some((slowest, ms)) = all.first() else {
        return fact(load, step, Outcome::Open, expected, "not evaluated: no request was answered");
    };
    let holds = *ms <= limit as f64;
    let measured = format!("{name} {}: {}, the slowest of {}", shown(*ms), slowest.name, step.requests.len());
    let mut fact = fact(load, step, Outcome::of(holds), expected, measured);
    if !holds {
        let slow = all.iter().filter(|(_, ms)| *ms > limit as f64);
        fact.samples = slow.map(|(asked, ms)| Sample::new(&asked.name, format!("{name} {}", shown(*ms)))).collect();
        fact.remedy = Some("see what these requests wait for: processors, locks, a pool of connections".into());
    }
    fact
}

/// Whether all users were there: who never got in is a load of fewer, however well the others were served.
fn everybody(load: &Load, step: &Step) -> Evidence {
    let (through, users) = (step.got_through.len(), step.users);
    let expected = "every user gets through all requests at least once";
    let measured = format!("{through} of {users} did");
    if through == users {
        return fact(load, step, Outcome::Holds, expected, measured);
    }
    fact(load, step, Outcome::Open, expected, format!("not evaluated: {measured}"))
        .remedy("see which requests fail, or let it last longer")
}

/// Whether each request was answered often enough for what is said about it.
fn enough(load: &Load, step: &Step) -> Evidence {
    let least = load.demands.requests;
    let rarest = step.requests.iter().min_by_key(|asked| asked.answered());
    let (name, answered) = rarest.map_or(("", 0), |asked| (asked.name.as_str(), asked.answered()));
    let expected = format!("every request answered at least {least} times");
    let measured = format!("at least {answered} times ({name})");
    if answered >= least {
        return fact(load, step, Outcome::Holds, expected, measured);
    }
    fact(load, step, Outcome::Open, expected, format!("not evaluated: only {answered} times: {name}"))
        .remedy("let it last longer, or let the users think less")
}

/// What was measured of one request. It judges nothing.
fn measured(load: &Load, step: &Step, asked: &Asked) -> Evidence {
    let beyond = if load.is_judged(step.users) { "" } else { ", not judged" };
    let words = format!("{} sent, {} failed; {}", asked.sent, asked.failed, asked.times.words());
    let users = step.users;
    Evidence::new(Topic::Environment, &load.id, format!("{}, {users} users{beyond}", asked.name), Verdict::Pass)
        .measured(words)
}

pub(super) fn fact(
    load: &Load,
    step: &Step,
    outcome: Outcome,
    expected: impl Into<String>,
    measured: impl Into<String>,
) -> Evidence {
    let verdict = outcome.verdict(load.severity);
    let mut fact = Evidence::new(Topic::GateAfter, &load.id, subject(load, step.users), verdict)
        .expected(described(&load.description, &expected.into()))
        .measured(measured);
    fact.took_ms = load.duration.as_secs_f64() * 1000.0;
    fact
}

/// Why requests failed, the most frequent reason first.
fn reasons<'a>(all: impl Iterator<Item = &'a Asked>) -> Vec<Sample> {
    let one = |asked: &'a Asked| asked.reasons.iter().map(move |(reason, count)| (*count, &asked.name, reason));
    let mut found: Vec<_> = all.flat_map(one).collect();
    found.sort_by_key(|(count, _, _)| Reverse(*count));
    found.truncate(10);
    let sample = |(count, name, reason): (u64, &String, &String)| Sample::new(name, format!("{count} times: {reason}"));
    found.into_iter().map(sample).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::super::super::loads::load_embedded;
    use super::super::histogram::Histogram;
    use super::*;

    pub(in super::super) fn load(more: &str) -> Load {
        let text = format!("[loads.a]\nurl = \"http://localhost\"\nusers = [1, 4]\n{more}");
        load_embedded(&[("l.toml", text.as_str())]).unwrap().remove(0)
    }

    pub(in super::super) fn step(users: usize, millis: impl Iterator<Item = u64>, failed: u64) -> Step {
        let (mut asked, mut ways) = (Asked::new("GET /".into()), Histogram::default());
        for ms in millis {
            asked.count(Some(Duration::from_millis(ms)), None);
            ways.add(Duration::from_millis(ms));
        }
        (0..failed).for_each(|_| asked.count(None, Some("no answer".into())));
        Step { users, setup: Vec::new(), requests: vec![asked], ways, got_through: (1..=users).collect() }
    }

    pub(in super::super) fn verdicts(facts: &[Evidence]) -> Vec<Verdict> {
        facts.iter().filter(|fact| fact.topic.judges()).map(|fact| fact.verdict).collect()
    }

    #[test]
    fn too_few_answers_and_none_are_not_evaluated() {
        let load = load("");
        let few = facts(&load, &step(4, 1..10, 0), None);
        assert_eq!(verdicts(&few), [Verdict::Pass, Verdict::Pass, Verdict::NotEvaluated]);
        let none = facts(&load, &step(4, 0..0, 7), None);
        assert_eq!(verdicts(&none), [Verdict::NotEvaluated]);
        assert!(none[0].measured.contains("none of 7 requests was answered: GET /: 7 times: no answer"), "{none:?}");
        let made = facts(&load, &step(4, 0..0, 0), None);
        assert!(made[0].measured.contains("no request was made"), "{made:?}");
    }

    #[test]
    fn the_errors_of_a_step_are_counted_over_all_requests() {
        let load = load("max_error_percent = 1");
        assert_eq!(verdicts(&facts(&load, &step(4, 1..100, 1), None))[0], Verdict::Pass);
        let broken = facts(&load, &step(4, 1..100, 2), None);
        assert_eq!(broken[0].verdict, Verdict::Fail);
        assert_eq!(broken[0].measured, "2 of 101 requests failed (1.98 %)");
        assert_eq!(broken[0].samples[0].value, "2 times: no answer");
    }

    #[test]
    fn who_never_got_through_and_what_was_never_answered_is_seen() {
        use Verdict::{Fail, NotEvaluated, Pass};
        let load = load("max_error_percent = 10\nmax_p95 = \"1s\"");
        let mut alone = step(4, 1..101, 0);
        alone.got_through = [2].into();
        assert_eq!(verdicts(&facts(&load, &alone, None)), [Pass, Pass, NotEvaluated, Pass]);
        // 6 % without an answer: the 95th percentile is among them.
        let silent = facts(&load, &step(4, 1..95, 6), None);
        assert_eq!(verdicts(&silent), [Pass, Fail, Pass, Pass]);
        assert!(silent[1].measured.starts_with("p95 without an answer: GET /"), "{:?}", silent[1]);
        assert_eq!(verdicts(&facts(&load, &step(4, 1..97, 4), None)), [Pass; 4]);
    }

    #[test]
    fn steps_beyond_are_measured_and_not_judged() {
        let facts = facts(&load("stress = [8]\nmax_p95 = \"1ms\""), &step(8, 100..200, 50), None);
        assert_eq!(facts.len(), 1);
        assert!(
            !facts[0].topic.judges() && facts[0].measured.starts_with("150 sent, 50 failed; min 100.0"),
            "{facts:?}"
        );
    }
}
