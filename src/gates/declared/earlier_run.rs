//! A run of phasegate itself that takes too long to be made again as a gate: a load of hours, a migration.
//! Its evidence is on this disk, and tells what it came to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use super::loads::ALTERED;
use super::metrics::BASELINE;
use crate::declaration::{Complaints, Name, Parameter, Shape};
use crate::digest::Checksum;
use crate::evidence::journal::{self, JournalError, Run};
use crate::evidence::{DIFF_CHOSEN, DIFF_WITH, Evidence, GATES_CHOSEN, LOADS_CHOSEN, RULES_CHOSEN, Sample};
use crate::verdict::Verdict;

/// A run that must have been made, and what it must have come to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EarlierRun {
    command: Name,
    check: Option<String>,
    baseline: Option<Name>,
    other: Option<Name>,
    max_age: Name,
    #[serde(default = "snapshots")]
    folder: PathBuf,
}

/// The commands that leave evidence and judge, as their journals name them, but for `gates` itself. `verify --rules-only` and
/// `verify --rejudge` have names of their own: neither is a look at the whole database.
const COMMANDS: [&str; 7] = ["migrate", "verify", "load", "baseline capture", "baseline compare", "watch", "diff"];
/// What says that a run left something out, by its check.
const LEFT_OUT: [&str; 4] = [RULES_CHOSEN, LOADS_CHOSEN, GATES_CHOSEN, DIFF_CHOSEN];

fn snapshots() -> PathBuf {
    "snapshots".into()
}

impl Kind for EarlierRun {
    const NAME: &'static str = "earlier_run";
    const SUMMARY: &'static str = "a run of phasegate on this database was made not long ago, and ended as it must";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "command",
            Shape::Word(&COMMANDS),
            "which: `migrate`, `verify`, `load`, `baseline capture`, `baseline compare`, `watch`, or `diff` (with `--record`)",
        ),
        Parameter::required("max_age", Shape::TIME, "how long ago it may have begun: `168h`"),
        Parameter::optional(
            "check",
            Shape::TEXT,
            "the whole run",
            "what of it counts: the id of a load, a metric, a gate, a rule",
        ),
        Parameter::optional(
            "baseline",
            Shape::TEXT,
            "any",
            "the name of the baseline that was captured, compared with or watched against",
        ),
        Parameter::optional(
            "other",
            Shape::TEXT,
            "any",
            "of a `diff`: the name of the database that this one was compared with",
        ),
        Parameter::optional(
            "folder",
            Shape::PATH,
            "\"snapshots\"",
            "where the evidence of runs lies; relative to the configuration",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        let command = self.command.get_ref().as_str();
        let has_baseline = command.starts_with("baseline ") || command == "watch";
        if let Some(name) = self.baseline.as_ref().filter(|_| !has_baseline) {
            let message = format!("{command} has no baseline; baseline capture, baseline compare and watch have");
            complaints.add(name.span(), message);
        }
        if let Some(name) = self.other.as_ref().filter(|_| command != "diff") {
            complaints.add(name.span(), format!("{command} has one database; diff has another beside it"));
        }
        millis(&self.max_age, complaints);
    }

    fn subject(&self) -> String {
        let check = self.check.as_ref().map_or(String::new(), |check| format!(", {check}"));
        format!("phasegate {}{}{check}", self.command.get_ref(), self.with_what())
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let here = (bench.platform.spec.database.as_str(), bench.platform.spec.places());
        let mut runs = runs_in(&bench.path(&self.folder))?;
        runs.retain(|run| run.header.command == *self.command.get_ref() && self.is_about(run, (here.0, &here.1)));
        runs.retain(|run| self.is_of_the_baseline(run) && self.facts(run).next().is_some());
        let all = runs.len();
        runs.retain(|run| !self.is_altered(run));
        let newest = runs.into_iter().max_by_key(|run| run.header.started_at).ok_or_else(|| self.none(all))?;
        self.declared_otherwise(&newest, &bench.platform.declarations)?;
        Ok(vec![self.judged(&newest)?])
    }
}

impl EarlierRun {
    /// The facts of a run that count.
    fn facts<'a>(&'a self, run: &'a Run) -> impl Iterator<Item = &'a Evidence> {
        let counts = |fact: &&Evidence| self.check.as_ref().is_none_or(|check| *check == fact.check);
        run.facts.iter().filter(|fact| fact.topic.judges()).filter(counts)
    }

    fn is_of_the_baseline(&self, run: &Run) -> bool {
        let is = |name: &Name| run.facts.iter().any(|fact| fact.check == BASELINE && fact.subject == *name.get_ref());
        self.baseline.as_ref().is_none_or(is)
    }

    /// Whether it is about this database; of a comparison either side may be it, and the other must be another.
    fn is_about(&self, run: &Run, here: (&str, &str)) -> bool {
        let first = (run.header.database.name.as_str(), run.header.database.host.as_str());
        if *self.command.get_ref() != "diff" {
            return first == here;
        }
        let second = run.facts.iter().find(|fact| fact.check == DIFF_WITH);
        let Some(second) = second.map(|fact| (fact.subject.as_str(), fact.measured.as_str())) else { return false };
        let other = match (first == here, second == here) {
            (true, false) => second,
            (false, true) => first,
            _ => return false,
        };
        self.other.as_ref().is_none_or(|name| *name.get_ref() == other.0)
    }

    /// The baseline or the other database, as it stands behind the command.
    fn with_what(&self) -> String {
        let baseline = self.baseline.as_ref().map(|name| match self.command.get_ref().as_str() {
            "watch" => format!(" --baseline {}", name.get_ref()),
            _ => format!(" {}", name.get_ref()),
        });
        let other = self.other.as_ref().map(|name| format!(" with {}", name.get_ref()));
        baseline.or(other).unwrap_or_default()
    }

    /// Whether it was made otherwise than declared: an hour's load of one second says nothing, and some of the rules or loads
    /// are not the whole run.
    fn is_altered(&self, run: &Run) -> bool {
        run.facts.iter().any(|fact| match &self.check {
            Some(check) => (fact.subject == ALTERED && *check == fact.check) || fact.check == DIFF_CHOSEN,
            None => fact.subject == ALTERED || LEFT_OUT.contains(&fact.check.as_str()),
        })
    }

    /// What a run came to says nothing of what is declared since.
    fn declared_otherwise(&self, run: &Run, now: &BTreeMap<String, Checksum>) -> Result<(), Unmeasured> {
        let then = &run.header.declarations;
        let counts = |name: &&String| match (&self.check, name.split_once('.')) {
            (Some(check), Some((_, id))) => check == id,
            (None, Some((sort, _))) => self.sorts().contains(&sort),
            _ => false,
        };
        let names: BTreeSet<&String> = then.keys().chain(now.keys()).filter(counts).collect();
        let others: Vec<&str> =
            names.iter().filter(|name| then.get(**name) != now.get(**name)).map(|name| name.as_str()).collect();
        if names.is_empty() || others.is_empty() {
            return Ok(());
        }
        let shown = others.iter().take(MOST_SAMPLES).copied().collect::<Vec<_>>().join(", ");
        let more = if others.len() > MOST_SAMPLES { " and others" } else { "" };
        let began = run.header.started_at.format(&Rfc3339).unwrap_or_default();
        let reason = format!("run {} of {began} was made when {shown}{more} was declared otherwise", run.header.run_id);
        Err(Unmeasured::new(reason).remedy(self.how()))
    }

    /// The sorts of declarations that such a run measures.
    fn sorts(&self) -> &'static [&'static str] {
        match self.command.get_ref().as_str() {
            "load" => &["loads"],
            // It compares two databases, whatever is declared.
            "diff" => &[],
            "watch" => &["gates", "metrics", "loads"],
            "baseline capture" | "baseline compare" => &["metrics", "loads"],
            _ => &["rules", "gates"],
        }
    }

    fn none(&self, altered: usize) -> Unmeasured {
        let reason = if altered == 0 {
            format!("{} holds no such run on this database", self.folder.display())
        } else {
            let how = match self.command.get_ref().as_str() {
                "diff" => {
                    "of a part, within a tolerance, or with this database itself (--table, --where, --tolerance …)"
                }
                _ => "otherwise than declared (--users, --duration, --only)",
            };
            format!("each of {altered} such runs was made {how}")
        };
        Unmeasured::new(reason).remedy(self.how())
    }

    fn how(&self) -> String {
        let only = match (&self.check, self.command.get_ref().as_str()) {
            (Some(check), "load" | "verify") => format!(" --only {check}"),
            _ => String::new(),
        };
        if *self.command.get_ref() == "diff" {
            let other = self.other.as_ref().map_or("the other one", |name| name.get_ref());
            return format!("run phasegate diff --record with this database and {other}");
        }
        format!("run phasegate {}{}{only}", self.command.get_ref(), self.with_what())
    }

    /// What a run came to.
    ///
    /// # Errors
    /// It is too old, lies in the future, or did not come to its end.
    fn judged(&self, run: &Run) -> Result<Finding, Unmeasured> {
        let header = &run.header;
        let began = header.started_at.format(&Rfc3339).unwrap_or_default();
        let named = format!("run {} of {began}", header.run_id);
        let unmeasured = |what: &str| Unmeasured::new(format!("{named} {what}")).remedy(self.how());
        let age = (OffsetDateTime::now_utc() - header.started_at).whole_milliseconds();
        if age < 0 {
            return Err(unmeasured("began in the future: the clocks differ"));
        }
        if age > i128::from(accepted_ms(&self.max_age)) {
            return Err(unmeasured(&format!("is older than {}", self.max_age.get_ref())));
        }
        if !run.complete {
            return Err(unmeasured("did not come to its end"));
        }
        let verdict = match self.check {
            Some(_) => Verdict::fold(self.facts(run).map(|fact| fact.verdict)),
            None => run.verdict(),
        };
        let outcome = match verdict {
            Verdict::Pass => Outcome::Holds,
            Verdict::Warn => Outcome::Doubtful,
            Verdict::NotEvaluated => Outcome::Open,
            Verdict::Fail => Outcome::Violated,
        };
        let expected = format!("{} within {}, and it passed", self.subject(), self.max_age.get_ref());
        let finding = Finding::new(outcome, expected, format!("{named}: {}", verdict.word()));
        let others = self.facts(run).filter(|fact| fact.verdict != Verdict::Pass);
        let others = others.map(|fact| Sample::new(&fact.subject, format!("{}: {}", fact.verdict, fact.measured)));
        Ok(finding.samples(others.take(MOST_SAMPLES).collect()).remedy("see the facts of that run: phasegate report"))
    }
}

const MOST_SAMPLES: usize = 5;

/// Every run whose evidence lies in the folder.
///
/// # Errors
/// The folder cannot be read, or evidence was changed: it may be that of the very run that is looked for.
fn runs_in(folder: &Path) -> Result<Vec<Run>, Unmeasured> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Unmeasured::new(format!("{}: {error}", folder.display()))),
    };
    let mut runs = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Unmeasured::new(format!("{}: {error}", folder.display())))?;
        match journal::read(&entry.path().join(journal::FILE_NAME)) {
            Ok(run) => runs.push(run),
            // A snapshot that was taken by itself, a baseline, this very run.
            Err(JournalError::Io { source, .. }) if is_none(&source) => {}
            Err(JournalError::NoHeader { .. }) => {}
            Err(error) => return Err(Unmeasured::new(error.to_string()).remedy("see who changed it, and move it away")),
        }
    }
    Ok(runs)
}

fn is_none(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}
