//! What the checks said with a defect, held against what they said without it and against what they must say.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::verdict::Verdict;

use super::super::seen::Ruling;

/// What a check must say of a defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The rule or gate.
    pub check: String,
    /// How many violations more than without the defect.
    pub more: u64,
    /// Texts that must stand in what it names.
    pub names: Vec<String>,
    /// What it must say.
    pub wanted: Wanted,
}

/// What a check must say of a defect that is its business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// That it is wrong.
    Red,
    /// What it counted, as rules of severity info do, which complain of nothing.
    Told,
    /// That it cannot be measured any more.
    Blind,
}

/// What the facts of one check say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The worst of them.
    pub verdict: Verdict,
    /// Their violations.
    pub violations: u64,
    /// Each offender: subject, key and value; each fact: subject and what was measured.
    pub lines: Vec<String>,
}

impl Said {
    /// What each check says, by its id.
    pub fn all(facts: &[Evidence]) -> BTreeMap<String, Said> {
        let mut all: BTreeMap<String, Said> = BTreeMap::new();
        for fact in facts.iter().filter(|fact| fact.topic.judges()) {
            let said = all.entry(fact.check.clone()).or_insert_with(Said::nothing);
            said.verdict = Verdict::fold([said.verdict, fact.verdict]);
            said.violations += fact.violations.unwrap_or(0);
            said.lines.push(format!(" {} {} ", fact.subject, fact.measured));
            said.lines.extend(
                fact.samples.iter().map(|sample| format!(" {} {} {} ", fact.subject, sample.key, sample.value)),
            );
        }
        all
    }

    fn nothing() -> Said {
        Said { verdict: Verdict::Pass, violations: 0, lines: Vec::new() }
    }

    /// Whether it says the same. How a pass is worded may differ: it counts rows, and a defect may add or take some.
    fn is_like(&self, other: &Said) -> bool {
        (self.verdict, self.violations) == (other.verdict, other.violations)
            && (self.verdict == Verdict::Pass || self.lines == other.lines)
    }
}

/// Whether the check says what it must.
pub fn judge(wanted: &Complaint, before: &BTreeMap<String, Said>, now: &BTreeMap<String, Said>) -> Ruling {
    let (Some(before), Some(now)) = (before.get(&wanted.check), now.get(&wanted.check)) else {
        return Ruling::Missed;
    };
    if now.is_like(before) {
        return Ruling::Missed;
    }
    let is_as_wanted = match now.verdict {
        Verdict::Pass => wanted.wanted == Wanted::Told,
        Verdict::Warn | Verdict::Fail => wanted.wanted != Wanted::Blind,
        // Not to be able to say anything is no finding.
        Verdict::NotEvaluated => wanted.wanted == Wanted::Blind,
    };
    // As a word of its own: id=5 is not portfolio_id=5.
    let is_named = |name: &String| now.lines.iter().any(|line| line.contains(&format!(" {name}")));
    if is_as_wanted && now.violations == before.violations + wanted.more && wanted.names.iter().all(is_named) {
        Ruling::Found
    } else {
        Ruling::NamedWrongly
    }
}

/// The checks that say something else than without the defect, and have nothing to do with it.
pub fn alarms<'a>(
    wanted: &[Complaint],
    before: &'a BTreeMap<String, Said>,
    now: &'a BTreeMap<String, Said>,
) -> Vec<&'a str> {
    let is_wanted = |check: &str| wanted.iter().any(|complaint| complaint.check == check);
    let is_other = |check: &String| match (before.get(check), now.get(check)) {
        (Some(before), Some(now)) => !now.is_like(before),
        _ => true,
    };
    let mut checks: Vec<&String> = before.keys().chain(now.keys()).filter(|check| is_other(check)).collect();
    checks.sort();
    checks.dedup();
    checks.into_iter().map(String::as_str).filter(|check| !is_wanted(check)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Sample, Topic};

    fn said(verdict: Verdict, violations: u64, keys: &[&str]) -> BTreeMap<String, Said> {
        let samples = keys.iter().map(|key| Sample::new(*key, "")).collect();
        let fact = Evidence::new(Topic::Rule, "a_rule", "public.t.c", verdict).violations(violations, samples);
        Said::all(&[fact])
    }

    fn wanted() -> Complaint {
        Complaint { check: "a_rule".into(), more: 1, names: vec!["id=5 ".into()], wanted: Wanted::Red }
    }

    #[test]
    fn only_the_right_number_and_the_right_name_is_found() {
        let clean = said(Verdict::Pass, 0, &[]);
        let judged = |verdict, violations, keys: &[&str]| judge(&wanted(), &clean, &said(verdict, violations, keys));
        assert_eq!(judged(Verdict::Fail, 1, &["id=5"]), Ruling::Found);
        assert_eq!(judged(Verdict::Warn, 1, &["id=5"]), Ruling::Found);
        assert_eq!(judged(Verdict::Pass, 0, &[]), Ruling::Missed);
        for (verdict, violations, key) in [
            (Verdict::Fail, 2, "id=5"),
            (Verdict::Fail, 1, "id=55"),
            (Verdict::Fail, 1, "portfolio_id=5"),
            (Verdict::Pass, 1, "id=5"),
            (Verdict::NotEvaluated, 1, "id=5"),
        ] {
            assert_eq!(judged(verdict, violations, &[key]), Ruling::NamedWrongly, "{verdict} {violations} {key}");
        }
        assert_eq!(judge(&wanted(), &clean, &BTreeMap::new()), Ruling::Missed, "a rule that is not there");
        let info = Complaint { wanted: Wanted::Told, names: Vec::new(), ..wanted() };
        assert_eq!(judge(&info, &clean, &said(Verdict::Pass, 1, &[])), Ruling::Found);
        let blind = Complaint { wanted: Wanted::Blind, more: 0, names: Vec::new(), ..wanted() };
        assert_eq!(judge(&blind, &clean, &said(Verdict::NotEvaluated, 0, &[])), Ruling::Found);
        assert_eq!(judge(&blind, &clean, &said(Verdict::Fail, 0, &[])), Ruling::NamedWrongly);
    }

    #[test]
    fn whatever_else_changes_is_an_alarm() {
        let clean = said(Verdict::Pass, 0, &[]);
        let broken = said(Verdict::Fail, 1, &["id=5"]);
        assert_eq!(alarms(&[], &clean, &broken), ["a_rule"]);
        assert_eq!(alarms(&[], &clean, &BTreeMap::new()), ["a_rule"], "a check that is gone");
        assert_eq!(alarms(&[wanted()], &clean, &broken), [""; 0]);
        assert_eq!(alarms(&[], &clean, &clean), [""; 0]);
        let other = said(Verdict::Fail, 1, &["id=6"]);
        assert_eq!(alarms(&[], &broken, &other), ["a_rule"], "another offender");
    }
}
