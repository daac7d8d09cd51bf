//! verify --rejudge: what an earlier run counted, judged again by the rules as they are written now. No server is asked.

use std::path::Path;

use crate::config::Config;
use crate::db::schemas_of;
use crate::evidence::journal::RunHeader;
use crate::evidence::{Evidence, Sample, Topic};
use crate::report::{self, Report};
use crate::rules;
use crate::verdict::{Moment, Verdict};

use super::checks::Checks;
use super::history;
use super::notebook::Notebook;
use super::{Error, Outcome};

/// Judges the counts of a run again: all rules, or those with one of the ids or tags of `only`. `run` is a run by its id or
/// folder, or a file with a report in JSON. What is judged is written down as a run of its own.
///
/// # Errors
/// [`Error`] where rules are wrong, a word chooses none, there is no such run, or it is not as it was written.
pub fn rejudge(config: &Config, operator: Option<String>, run: &str, only: &[String]) -> Result<Outcome, Error> {
    let mut checks = Checks::load(&config.rules)?;
    let left_out = checks.choose(only, Moment::After)?;
    let measured = measured(config, run)?;
    let search_path = schemas_of(&config.execute.search_path);
    let mut facts =
        rules::rejudge(&checks.rules, &measured.facts, &search_path).map_err(|problems| Error::Rules { problems })?;
    if measured.header.phasegate_version != env!("CARGO_PKG_VERSION") {
        facts.iter_mut().for_each(|fact| counted_by_another(fact, &measured.header));
    }
    let mut notebook = Notebook::begin(config, "verify --rejudge", measured.header.database.clone(), operator)?;
    notebook.note([source(&measured)])?;
    notebook.note(facts)?;
    notebook.note(left_out)?;
    notebook.note(gone(&checks, &measured))?;
    notebook.note([not_judged(&measured)])?;
    notebook.close(None)
}

/// The run, proven by its chain; a report in JSON by the head that it gives, as far as that is known from elsewhere.
fn measured(config: &Config, run: &str) -> Result<Report, Error> {
    let path = Path::new(run);
    if !path.is_file() || path.extension().is_none_or(|extension| extension != "json") {
        return history::report(config, run);
    }
    let problem = |problem: String| Error::File { path: path.to_owned(), problem };
    let text = std::fs::read_to_string(path).map_err(|error| problem(error.to_string()))?;
    report::read_json(&text).map_err(problem)
}

/// What the same definition counts may be another thing in another version.
fn counted_by_another(fact: &mut Evidence, header: &RunHeader) {
    fact.verdict = Verdict::NotEvaluated;
    fact.measured = format!(
        "not evaluated: phasegate {} counted it, and this is {}",
        header.phasegate_version,
        env!("CARGO_PKG_VERSION")
    );
    fact.remedy = Some("measure again with phasegate verify".to_owned());
}

fn source(measured: &Report) -> Evidence {
    let Report { header, head, complete, .. } = measured;
    let ended = if *complete { "" } else { "; that run did not come to its end" };
    Evidence::new(Topic::Environment, "counts_of", &header.run_id, Verdict::Pass).measured(format!(
        "{} of {}; head {head}{ended}; nothing was measured again",
        header.command, header.started_at
    ))
}

/// A rule that is no longer there judges nothing any more, which may be meant or not.
fn gone(checks: &Checks, measured: &Report) -> Option<Evidence> {
    let known = |fact: &&Evidence| checks.all_rules().any(|rule| rule.id == fact.check);
    let of_rules = measured.facts.iter().filter(|fact| fact.topic == Topic::Rule);
    let gone: Vec<Sample> =
        of_rules.filter(|fact| !known(fact)).map(|fact| Sample::new(&fact.check, &fact.measured)).collect();
    let count = u64::try_from(gone.len()).unwrap_or(u64::MAX);
    (count > 0).then(|| {
        Evidence::new(Topic::Coverage, "rules_gone", &measured.header.run_id, Verdict::Warn)
            .expected("every rule that the run measured")
            .measured(format!("{count} of them are in no file any more"))
            .violations(count, gone)
    })
}

/// Nobody shall take the report for one of the whole run.
fn not_judged(measured: &Report) -> Evidence {
    Evidence::new(Topic::Coverage, "rules_only", &measured.header.database.name, Verdict::Pass)
        .expected("rules, gates and a snapshot")
        .measured("rules only; what the run said of gates and differences is not judged again")
}
