//! The words of judgement: what a check said, and how much it matters.

use serde::{Deserialize, Serialize};

/// What one check said.
///
/// The order is that of the fold: the worst of several verdicts stands for all of them.
/// `NotEvaluated` is never green: it outranks `Warn`, and only a `Fail` outranks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Measured, and as expected.
    Pass,
    /// Measured, not as expected, and declared tolerable.
    Warn,
    /// Could not be measured: an error, no rows, no rights. Never a pass.
    NotEvaluated,
    /// Measured, and not as expected.
    Fail,
}

impl Verdict {
    /// The verdict of several: the worst one. Nothing checked is not a pass, so an empty list is `NotEvaluated`.
    pub fn fold(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
        verdicts.into_iter().max().unwrap_or(Verdict::NotEvaluated)
    }

    /// Whether a run may go on with this verdict: `Pass` and `Warn` are go.
    pub fn is_go(self) -> bool {
        self <= Verdict::Warn
    }

    /// The word that people read.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Warn => "warn",
            Verdict::NotEvaluated => "not evaluated",
            Verdict::Fail => "fail",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// How much a violation matters: what its verdict becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A violation stops the migration.
    #[default]
    Fail,
    /// A violation is reported and does not stop the migration.
    Warn,
    /// A violation is recorded only; its verdict stays `Pass`.
    Info,
}

impl Severity {
    /// The verdict of a violation of this severity.
    pub fn violated(self) -> Verdict {
        match self {
            Severity::Fail => Verdict::Fail,
            Severity::Warn => Verdict::Warn,
            Severity::Info => Verdict::Pass,
        }
    }
}

/// The two moments at which a migration is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Before the first phase.
    Before,
    /// After the last phase.
    After,
}

/// When a gate that is declared in a file is measured. A deployment is more than its two snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before the maintenance window: is the platform ready for a run at all.
    Preflight,
    /// Before the first phase.
    Before,
    /// After each phase.
    EachPhase,
    /// After the last phase.
    After,
    /// When the platform is to be accepted.
    Acceptance,
    /// Again and again while the platform is watched.
    Continuous,
}

impl Stage {
    /// All of them, in the order of a deployment.
    pub const ALL: [Stage; 6] =
        [Stage::Preflight, Stage::Before, Stage::EachPhase, Stage::After, Stage::Acceptance, Stage::Continuous];

    /// The word in files and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Preflight => "preflight",
            Stage::Before => "before",
            Stage::EachPhase => "each_phase",
            Stage::After => "after",
            Stage::Acceptance => "acceptance",
            Stage::Continuous => "continuous",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_checked_is_not_a_pass() {
        assert_eq!(Verdict::fold([]), Verdict::NotEvaluated);
        assert!(!Verdict::fold([]).is_go());
    }

    #[test]
    fn the_worst_verdict_stands_for_all() {
        use Verdict::{Fail, NotEvaluated, Pass, Warn};
        assert_eq!(Verdict::fold([Pass, Warn, Pass]), Warn);
        assert_eq!(Verdict::fold([Warn, NotEvaluated]), NotEvaluated);
        assert_eq!(Verdict::fold([NotEvaluated, Fail, Pass]), Fail);
        assert!(Warn.is_go() && !NotEvaluated.is_go() && !Fail.is_go());
    }
}
