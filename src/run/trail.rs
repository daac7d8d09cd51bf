//! One phase after the other: a snapshot behind each, so that a difference is laid to the first phase that shows it.
//!
//! Each phase is held to its own declarations alone. What it changes beyond them fails, also where a later phase declares
//! or undoes it: a run that ends between the two would leave it behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::evidence::{Evidence, Topic};
use crate::phase::{Declared, Phase};
use crate::snapshot::{self, Snapshot};
use crate::verdict::Verdict;

use super::check::differences;
use super::gather::{Wanted, snapshot_fact, take_alone};
use super::{Context, Error, Event};

/// Folder of the snapshots of a run that were taken after its phases.
const FOLDER: &str = "phases";
/// The check of all facts about what a phase changed.
const CHECK: &str = "after_phase";
/// How many names a phase that passes is summed up by.
const SHOWN: usize = 5;
/// How many names of one thing are followed.
const MOST_NAMES: usize = 50;
/// What a comparison finds that is no difference.
const NO_DIFFERENCE: [&str; 5] =
    ["data", "data_unchanged", "schema_unchanged", "rows_compared", "declared_without_effect"];
/// What is held against a number or a law: no difference where it is met.
const EXPECTED: [&str; 3] = ["rows_expected", "figure_expected", "rows_moved"];

/// What was seen after each phase so far.
pub(super) struct Trail {
    /// What is expected of the whole run, and so allowed to each phase.
    allowed: Declared,
    /// The newest snapshot, and where it lies.
    last: (Snapshot, PathBuf),
    /// What the phases since then declare: more than one phase's where a snapshot could not be taken.
    declared: Declared,
    unseen: Vec<String>,
    /// The first phase behind which something differs, by check and subject.
    first: BTreeMap<(String, String), String>,
    /// What bears another name since a phase: the old name, the new one, the phase.
    renamed: Vec<(String, String, String)>,
    /// Whether every phase was looked at.
    complete: bool,
}

impl Trail {
    /// Begins with the snapshot before the first phase.
    pub(super) fn new(before: &Snapshot, at: &Path, expected: &Declared) -> Trail {
        Trail {
            allowed: expected.permissions(),
            last: (before.clone(), at.to_owned()),
            declared: expected.permissions(),
            unseen: Vec::new(),
            first: BTreeMap::new(),
            renamed: Vec::new(),
            complete: true,
        }
    }

    /// Looks at the database behind this phase and compares with what was before it.
    ///
    /// What hinders it is a fact that could not be evaluated, and the phases go on: the comparison of the whole run is
    /// still to be made, and a half-applied plan is no better than an unattributed one. A cancel ends the run at the
    /// next phase, in the way it always does.
    pub(super) async fn look(&mut self, context: &Context<'_>, phase: &Phase, run: &Path) -> Vec<Evidence> {
        (context.events)(Event::Step(format!("snapshot after {}", phase.id)));
        self.declared.extend(&phase.header.declared);
        self.unseen.push(phase.id.clone());
        let directory = run.join(FOLDER).join(&phase.id);
        // The keys by which the one before was digested, or a phase that changes a key would leave nothing to compare.
        let taken = match take_alone(context, &directory, Wanted::like(&self.last.0)).await {
            Ok(taken) => taken,
            Err(error) => {
                self.complete = false;
                return vec![not_seen(&phase.id, &error)];
            }
        };
        let mut snapshot = snapshot_fact(&taken, CHECK, &directory);
        snapshot.subject.clone_from(&phase.id);
        let found = differences(
            (&self.last.0, &self.last.1),
            (&taken, &directory),
            &self.declared,
            &context.config.measure.redact,
        );
        let names = self.unseen.join(" or ");
        let renamed = snapshot::renames(&self.last.0, &taken).into_iter();
        self.renamed.extend(renamed.map(|(old, new)| (old, new, names.clone())));
        let facts = self.judge(&phase.id, found);
        self.last = (taken, directory);
        self.declared = self.allowed.clone();
        self.unseen.clear();
        std::iter::once(snapshot).chain(facts).collect()
    }

    /// One fact for all that is declared, and one for each thing that is not.
    fn judge(&mut self, phase: &str, found: Vec<Evidence>) -> Vec<Evidence> {
        let name = self.unseen.join(" or ");
        let (mut facts, mut declared) = (Vec::new(), Vec::new());
        for fact in found {
            let is_difference = is_difference(&fact);
            let mut earlier = None;
            if is_difference {
                let known = (fact.check.clone(), fact.subject.clone());
                earlier = self.first_by_any_name(&known.0, &known.1).cloned();
                self.first.entry(known).or_insert_with(|| name.clone());
            }
            match fact.verdict {
                Verdict::Fail | Verdict::NotEvaluated => facts.push(undeclared(fact, &name, earlier.as_deref())),
                Verdict::Pass | Verdict::Warn if is_difference => declared.push(fact.subject),
                Verdict::Pass | Verdict::Warn => {}
            }
        }
        if facts.is_empty() {
            facts.push(as_declared(phase, &declared));
        }
        facts
    }

    /// Adds to what differs over the whole run which phase showed it first.
    pub(super) fn name_phases(&self, found: &mut [Evidence]) {
        for fact in found.iter_mut().filter(|fact| is_difference(fact)) {
            // Declared objects of the schema are summed up by kind.
            if fact.verdict == Verdict::Pass && fact.check.starts_with("schema_") {
                continue;
            }
            let words = match self.first_of(fact) {
                Some(phase) => format!("first differs after phase {phase}"),
                None if self.complete => "no snapshot after a phase of this run shows it by itself".to_owned(),
                None => continue,
            };
            fact.measured = format!("{}; {words}{}", fact.measured, self.by_other_names(&fact.subject));
        }
    }

    /// Of a table that was renamed on the way: since when, and what differs in it under any of its names. Over the whole
    /// run it is one table that is gone and another that is new, and what was changed in it does not show.
    fn by_other_names(&self, table: &str) -> String {
        let steps = self.renamed.iter().filter(|(old, new, _)| old == table || new == table);
        let steps: Vec<String> = steps.map(|(old, new, phase)| format!("{old} is {new} since phase {phase}")).collect();
        if steps.is_empty() {
            return String::new();
        }
        let names = self.names_of(table);
        let is_within = |subject: &str| names.iter().any(|name| below(subject, name).is_some());
        let mut parts: Vec<String> = Vec::new();
        for ((check, subject), phase) in &self.first {
            let is_of_name = ["table_", "schema_", "column_renamed"].iter().any(|start| check.starts_with(start));
            let part = format!("{subject} first differs after phase {phase} ({check})");
            if !is_of_name && is_within(subject) && parts.len() < SHOWN {
                parts.push(part);
            }
        }
        format!("; {}", steps.into_iter().chain(parts).collect::<Vec<_>>().join("; "))
    }

    /// The first phase behind which this differs, under the name that it has or any that it had or got.
    fn first_by_any_name(&self, check: &str, subject: &str) -> Option<&String> {
        let found = |name: &String| self.first.get(&(check.to_owned(), name.clone()));
        self.names_of(subject).iter().find_map(found)
    }

    /// All names of a table, a column, or of what stands below one: its own first.
    fn names_of(&self, subject: &str) -> Vec<String> {
        let mut names = vec![subject.to_owned()];
        let mut at = 0;
        // A name with a dot of its own may look like something below another, and so grow without end.
        while let Some(name) = names.get(at).cloned().filter(|_| at < MOST_NAMES) {
            for (old, new, _) in &self.renamed {
                for (one, other) in [(old, new), (new, old)] {
                    let same = below(&name, one).map(|rest| format!("{other}{rest}"));
                    names.extend(same.filter(|same| !names.contains(same)));
                }
            }
            at += 1;
        }
        names
    }

    fn first_of(&self, fact: &Evidence) -> Option<&String> {
        let names = self.names_of(&fact.subject);
        let by_name =
            |name: &String| self.first.iter().find(|((_, subject), _)| subject == name).map(|(_, phase)| phase);
        self.first_by_any_name(&fact.check, &fact.subject).or_else(|| names.iter().find_map(by_name))
    }
}

/// What stands behind the name of a table or column in that of a subject: nothing, or `.` and more.
fn below<'a>(subject: &'a str, name: &str) -> Option<&'a str> {
    subject.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_difference(fact: &Evidence) -> bool {
    let is_met = fact.verdict == Verdict::Pass && EXPECTED.contains(&fact.check.as_str());
    !is_met && !NO_DIFFERENCE.contains(&fact.check.as_str())
}

fn undeclared(fact: Evidence, phase: &str, earlier: Option<&str>) -> Evidence {
    let when = match (fact.verdict, earlier) {
        (Verdict::NotEvaluated, _) => format!("after phase {phase}"),
        (_, None) => format!("first differs after phase {phase}"),
        (_, Some(first)) => format!("differs again after phase {phase}, first after {first}"),
    };
    let measured = format!("{when}: {}: {}", fact.check, fact.measured);
    Evidence { check: CHECK.to_owned(), measured, ..fact }
}

fn as_declared(phase: &str, subjects: &[String]) -> Evidence {
    let shown = subjects.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let measured = match subjects.len() {
        0 => "nothing differs from before the phase".to_owned(),
        number if number > SHOWN => format!("as declared: {shown} and {} more", number - SHOWN),
        _ => format!("as declared: {shown}"),
    };
    Evidence::new(Topic::Difference, CHECK, phase, Verdict::Pass)
        .expected("the phase changes what it declares itself, and nothing else")
        .measured(measured)
}

fn not_seen(phase: &str, error: &Error) -> Evidence {
    let reason = match error {
        Error::Cancelled => "cancelled".to_owned(),
        other => other.to_string(),
    };
    Evidence::new(Topic::Difference, CHECK, phase, Verdict::NotEvaluated)
        .expected("a snapshot after the phase")
        .measured(format!("not evaluated: the phase took effect, then the snapshot after it ended: {reason}"))
        .remedy("its changes are compared together with those of the next phase")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail() -> Trail {
        let text = r#"{"format_version": 2, "taken_at": "2025-01-06T00:00:00Z", "lsn": null, "server_version": "15",
            "database": "d", "encoding": "UTF8", "digest_method": "m", "equality": "representation",
            "pinned_settings": {}, "tables": [], "not_covered": [], "schema": {"objects": []}}"#;
        Trail::new(&serde_json::from_str(text).unwrap(), Path::new("before"), &Declared::default())
    }

    fn changed(verdict: Verdict) -> Evidence {
        Evidence::new(Topic::Difference, "values_changed", "public.t.a", verdict).measured("1 value differs")
    }

    #[test]
    fn a_difference_is_laid_to_the_first_phase_that_shows_it() {
        let mut trail = trail();
        trail.unseen = vec!["1_a".into()];
        let first = trail.judge("1_a", vec![changed(Verdict::Fail)]);
        trail.unseen = vec!["2_b".into()];
        let second = trail.judge("2_b", vec![changed(Verdict::Fail)]);
        assert_eq!(first[0].measured, "first differs after phase 1_a: values_changed: 1 value differs");
        assert!(second[0].measured.starts_with("differs again after phase 2_b, first after 1_a"));
        let mut whole = vec![changed(Verdict::Fail)];
        trail.name_phases(&mut whole);
        assert_eq!(whole[0].measured, "1 value differs; first differs after phase 1_a");
    }

    #[test]
    fn phases_without_a_snapshot_between_them_are_named_together() {
        let mut trail = trail();
        trail.unseen = vec!["1_a".into(), "2_b".into()];
        let found = trail.judge("2_b", vec![changed(Verdict::Fail)]);
        assert!(found[0].measured.starts_with("first differs after phase 1_a or 2_b"), "{}", found[0].measured);
    }

    #[test]
    fn what_is_declared_is_one_fact_and_never_hides_what_is_not() {
        let mut trail = trail();
        trail.unseen = vec!["1_a".into()];
        let found = trail.judge("1_a", vec![changed(Verdict::Pass)]);
        assert_eq!((found.len(), found[0].verdict), (1, Verdict::Pass));
        assert_eq!(found[0].measured, "as declared: public.t.a");
        let found = trail.judge("1_a", vec![changed(Verdict::Pass), changed(Verdict::Fail)]);
        assert_eq!((found.len(), found[0].verdict), (1, Verdict::Fail));
    }
}
