//! What every gate says now, and what became of it so far.

use time::OffsetDateTime;

use super::about;
use crate::evidence::Evidence;
use crate::verdict::Verdict;

/// A gate, as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The gate's id; of a metric, `metric` and its id.
    pub gate: String,
    /// The worst of its facts.
    pub verdict: Verdict,
    /// Since when it says so.
    pub since: OffsetDateTime,
    /// When it was measured last.
    pub at: OffsetDateTime,
    /// How long that took, in milliseconds.
    pub took_ms: f64,
    /// What its worst fact is about.
    pub subject: String,
    /// What was measured there.
    pub measured: String,
    /// How many rounds said pass, warn, not evaluated, fail.
    pub rounds: [u64; 4],
}

/// A gate that says something else than before.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The gate.
    pub gate: String,
    /// What it said; `None` in the first round.
    pub before: Option<Verdict>,
    /// What it says.
    pub now: Verdict,
    /// What its worst fact is about.
    pub subject: String,
    /// What was measured there.
    pub measured: String,
}

/// All gates.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) gates: Vec<Watched>,
}

impl Change {
    /// `alert`, `recovered`, or that there is nothing to say.
    pub fn word(&self) -> Option<&'static str> {
        match (self.before, self.now) {
            (None, Verdict::Pass) => None,
            (Some(_), Verdict::Pass) => Some("recovered"),
            (_, _) => Some("alert"),
        }
    }
}

/// In the order of [`Watched::rounds`].
pub(super) const VERDICTS: [Verdict; 4] = [Verdict::Pass, Verdict::Warn, Verdict::NotEvaluated, Verdict::Fail];

/// The place of a verdict in [`VERDICTS`]; what Prometheus is told.
pub(super) fn place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Warn => 1,
        Verdict::NotEvaluated => 2,
        Verdict::Fail => 3,
    }
}

impl Board {
    /// Takes the facts of a round in, and tells which gates say something else than before. A gate of which nothing was
    /// said this time cannot be known to pass any more.
    pub(super) fn take(&mut self, facts: &[Evidence]) -> Vec<Change> {
        let now = OffsetDateTime::now_utc();
        let mut changes = Vec::new();
        let mut names: Vec<String> = self.gates.iter().map(|gate| gate.gate.clone()).collect();
        for fact in facts {
            if !names.contains(&fact.check) {
                names.push(fact.check.clone());
            }
        }
        for name in names {
            let mine: Vec<&Evidence> = facts.iter().filter(|fact| fact.check == name).collect();
            let verdict = Verdict::fold(mine.iter().map(|fact| fact.verdict));
            let worst = mine.iter().find(|fact| fact.verdict == verdict);
            let subject = worst.map_or(String::new(), |fact| fact.subject.clone());
            let measured = worst.map_or("nothing was measured".to_owned(), |fact| fact.measured.clone());
            let took_ms = mine.iter().map(|fact| fact.took_ms).sum();
            let at = self.gates.iter().position(|gate| gate.gate == name);
            let before = at.map(|at| self.gates[at].verdict);
            if before != Some(verdict) {
                let change = Change {
                    gate: name.clone(),
                    before,
                    now: verdict,
                    subject: subject.clone(),
                    measured: measured.clone(),
                };
                changes.push(change);
            }
            let known = at.map(|at| &self.gates[at]);
            let since = known.filter(|gate| gate.verdict == verdict).map_or(now, |gate| gate.since);
            let mut rounds = known.map_or([0; 4], |gate| gate.rounds);
            rounds[place(verdict)] += 1;
            let gate = Watched { gate: name, verdict, since, at: now, took_ms, subject, measured, rounds };
            match at {
                Some(at) => self.gates[at] = gate,
                None => self.gates.push(gate),
            }
        }
        changes
    }

    /// What became of each gate over all rounds. It judges nothing: every change is a fact of its own.
    pub(super) fn summary(&self) -> Vec<Evidence> {
        let one = |gate: &Watched| {
            let counts = VERDICTS.into_iter().filter(|verdict| gate.rounds[place(*verdict)] > 0);
            let counts = counts.map(|verdict| format!("{verdict} in {} rounds", gate.rounds[place(verdict)]));
            about(&gate.gate, counts.collect::<Vec<_>>().join(", "))
        };
        self.gates.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Topic;
    use Verdict::{Fail, NotEvaluated, Pass};

    fn fact(gate: &str, subject: &str, verdict: Verdict) -> Evidence {
        Evidence::new(Topic::GateAfter, gate, subject, verdict).measured("m")
    }

    #[test]
    fn a_gate_is_as_good_as_its_worst_fact_and_changes_are_told_once() {
        let mut board = Board::default();
        let first = board.take(&[fact("a", "x", Pass), fact("a", "y", Fail), fact("b", "z", Pass)]);
        assert_eq!(
            first.iter().map(|change| (change.gate.as_str(), change.now)).collect::<Vec<_>>(),
            [("a", Fail), ("b", Pass)]
        );
        assert_eq!(first.iter().map(Change::word).collect::<Vec<_>>(), [Some("alert"), None]);
        assert_eq!((board.gates[0].subject.as_str(), board.gates[0].verdict), ("y", Fail));
        assert_eq!(board.take(&[fact("a", "y", Fail), fact("b", "z", Pass)]), []);
        let mended = board.take(&[fact("a", "y", Pass), fact("b", "z", Pass)]);
        assert_eq!((mended.len(), mended[0].before, mended[0].word()), (1, Some(Fail), Some("recovered")));
        let summary = board.summary();
        assert_eq!(summary[0].measured, "pass in 1 rounds, fail in 2 rounds");
        assert!(!summary[0].topic.judges() && summary[1].measured == "pass in 3 rounds", "{summary:?}");
    }

    #[test]
    fn a_gate_of_which_nothing_is_said_is_not_green() {
        let mut board = Board::default();
        board.take(&[fact("a", "x", Pass)]);
        let gone = board.take(&[]);
        assert_eq!((gone[0].now, gone[0].word()), (NotEvaluated, Some("alert")));
        assert_eq!(board.gates[0].measured, "nothing was measured");
    }
}
