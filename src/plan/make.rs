//! From files and log to a plan.

use std::collections::{BTreeMap, HashSet};

use crate::digest::Checksum;
use crate::phase::{Applied, LineEnds, Phase, Status, TransactionMode};
use crate::script::{Finding, Findings, Survey};

use super::{Action, Divergence, DivergenceKind, ExpectedChange, Plan, Standing, Standings, Step};

/// What was found in the script of a phase that is to run.
#[derive(Debug, Clone)]
pub struct ScriptFacts {
    /// What it holds, or where and why it cannot be read: `line:column: problem`.
    pub survey: Result<Survey, String>,
    /// SHA-256 of each statement's text, in order. Needed only where the phase is half-run.
    pub statement_sha256: Vec<String>,
}

/// Makes the plan.
///
/// 1. Each applied phase is held against its file: edited, reformatted, missing.
/// 2. Each other phase becomes a step: applied from its start, or resumed where it stopped.
/// 3. What must not run is refused with its place: transaction control in a phase, statements that cannot run in a
///    transaction, psql's own lines, text that cannot be split.
///
/// `scripts` holds the facts of every phase that is not applied; `log_seq` is the last row of the log.
pub fn make(phases: &[Phase], scripts: &BTreeMap<String, ScriptFacts>, applied: &[Applied], log_seq: i64) -> Plan {
    let standings = Standings::of(applied);
    let divergences = missing(phases, applied, &standings);
    let mut plan = Plan { steps: Vec::new(), applied: 0, divergences, log_seq };
    let newest = newest_applied(phases, &standings);
    for phase in phases {
        let standing = standings.of_phase(&phase.id);
        if let Standing::Applied(row) = standing {
            plan.applied += 1;
            plan.divergences.extend(edited(phase, row));
            continue;
        }
        if let Some(newest) = newest.filter(|newest| newest.number > phase.number) {
            plan.divergences.push(out_of_order(phase, newest));
        }
        let Some(facts) = scripts.get(&phase.id) else { continue };
        plan.divergences.extend(refused(phase, facts));
        let action = action(phase, &standing, facts, &mut plan.divergences);
        plan.steps.push(step(phase, facts, action));
    }
    plan
}

fn step(phase: &Phase, facts: &ScriptFacts, action: Action) -> Step {
    Step {
        phase: phase.id.clone(),
        file: phase.file.clone(),
        action,
        transaction: phase.header.transaction,
        statements: facts.survey.as_ref().map_or(0, |survey| survey.statements),
        bytes: phase.bytes,
        checksum: phase.checksums.raw,
        form: form(phase),
        expected_change: ExpectedChange::default(),
    }
}

fn form(phase: &Phase) -> Option<String> {
    let mark = phase.has_bom.then_some("begins with a byte order mark, which is not sent");
    let ends = match phase.line_ends {
        LineEnds::Lf => None,
        LineEnds::CrLf => Some("ends its lines with CR LF, which is sent as it is"),
        LineEnds::Mixed => Some("ends some lines with CR LF and some with LF, which is sent as it is"),
    };
    let parts: Vec<&str> = mark.into_iter().chain(ends).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn newest_applied<'a>(phases: &'a [Phase], standings: &Standings<'_>) -> Option<&'a Phase> {
    phases.iter().rev().find(|phase| matches!(standings.of_phase(&phase.id), Standing::Applied(_)))
}

fn missing(phases: &[Phase], applied: &[Applied], standings: &Standings<'_>) -> Vec<Divergence> {
    // In the order of the log, each once.
    let mut seen: HashSet<&str> = phases.iter().map(|phase| phase.id.as_str()).collect();
    let gone = |id: &str| !matches!(standings.of_phase(id), Standing::Pending | Standing::Failed(_));
    let absent = applied.iter().map(|row| row.phase.as_str()).filter(|id| seen.insert(id) && gone(id));
    let divergence = |id: &str| Divergence {
        kind: DivergenceKind::Missing,
        phase: id.to_owned(),
        problem: format!("{id} is in the log but its file {id}.sql is not in the folder"),
        remedy: "bring the file back from version control; an applied phase is never deleted or renamed".to_owned(),
        blocking: true,
    };
    absent.map(divergence).collect()
}

fn edited(phase: &Phase, row: &Applied) -> Option<Divergence> {
    if phase.checksums.raw == row.checksums.raw {
        return None;
    }
    let same_sql = phase.checksums.normalised == row.checksums.normalised;
    let (kind, problem, remedy) = if same_sql {
        (
            DivergenceKind::Reformatted,
            format!("{} has other line ends or trailing blanks than when it ran; its SQL is the same", phase.file),
            "nothing needs to be done; `* text=auto eol=lf` in .gitattributes keeps line ends as they are".to_owned(),
        )
    } else {
        (
            DivergenceKind::Edited,
            format!(
                "{} was edited after it ran (log row {}): sha256 {}… then, {}… now",
                phase.file,
                row.seq,
                short(&row.checksums.raw),
                short(&phase.checksums.raw)
            ),
            "bring back the file as it ran, and put the change into a new phase".to_owned(),
        )
    };
    Some(Divergence { kind, phase: phase.id.clone(), problem, remedy, blocking: !same_sql })
}

/// Enough of a checksum to tell two apart.
fn short(checksum: &Checksum) -> String {
    checksum.hex().chars().take(12).collect()
}

fn out_of_order(phase: &Phase, newest: &Phase) -> Divergence {
    Divergence {
        kind: DivergenceKind::OutOfOrder,
        phase: phase.id.clone(),
        problem: format!("{} has not run, but {} after it has", phase.file, newest.file),
        remedy: format!("give it a number above {}, so that it runs where it was written for", newest.number),
        blocking: true,
    }
}

/// What is done with a phase that is not applied, and what is to be said about it.
fn action(phase: &Phase, standing: &Standing<'_>, facts: &ScriptFacts, found: &mut Vec<Divergence>) -> Action {
    let mut say = |kind: DivergenceKind, problem: String, remedy: &str, blocking: bool| {
        found.push(Divergence { kind, phase: phase.id.clone(), problem, remedy: remedy.to_owned(), blocking });
    };
    match standing {
        Standing::Pending | Standing::Applied(_) => Action::Apply,
        Standing::Failed(row) => {
            let error = row.error.as_deref().unwrap_or("no message");
            let problem = format!("{} failed at {}: {error}; nothing of it remains", phase.file, row.recorded_at);
            say(DivergenceKind::Failed, problem, "mend its cause; the next migrate runs it from its start", false);
            Action::Apply
        }
        Standing::HalfRun { last, done, unsure, failed, live } => {
            if phase.header.transaction == TransactionMode::Phase {
                let problem = format!("{} stopped between statements, and now declares one transaction", phase.file);
                say(DivergenceKind::HalfRun, problem, "put back: -- phasegate: transaction = none", true);
            }
            for (statement, sha256) in done.iter().chain(unsure) {
                if facts.survey.is_ok() && sha_of(facts, *statement) != Some(sha256) {
                    let problem = format!(
                        "statement {statement} of {} ran already (or was under way) and was edited since",
                        phase.file
                    );
                    say(DivergenceKind::Edited, problem, "bring it back as it ran; later statements may change", true);
                }
            }
            if *live {
                let problem = format!("{} is being run since {} (run {})", phase.file, last.recorded_at, last.run_id);
                say(DivergenceKind::Running, problem, "wait for it to end", false);
            } else {
                say(DivergenceKind::HalfRun, half_run(phase, last, done, *unsure), "migrate goes on from there", false);
            }
            let done = done.iter().map(|(statement, _)| *statement).collect();
            Action::Resume { done, unsure: unsure.map(|(statement, _)| statement), failed: *failed }
        }
    }
}

fn half_run(phase: &Phase, last: &Applied, done: &[(u32, &str)], unsure: Option<(u32, &str)>) -> String {
    let how = match last.status {
        Status::Error => format!("failed: {}", last.error.as_deref().unwrap_or("no message")),
        _ => "was interrupted".to_owned(),
    };
    let unsure = match unsure {
        Some((statement, _)) => format!("; statement {statement} was under way, which the catalog will tell"),
        None => String::new(),
    };
    let statements = if done.len() == 1 { "1 statement".to_owned() } else { format!("{} statements", done.len()) };
    format!("{} {how} at {}; {statements} took effect{unsure}", phase.file, last.recorded_at)
}

fn sha_of(facts: &ScriptFacts, statement: u32) -> Option<&str> {
    let index = usize::try_from(statement).ok()?.checked_sub(1)?;
    facts.statement_sha256.get(index).map(String::as_str)
}

/// Everything in the phase's script that must not run.
fn refused(phase: &Phase, facts: &ScriptFacts) -> Vec<Divergence> {
    let refuse = |problem: String, remedy: &str| Divergence {
        kind: DivergenceKind::Refused,
        phase: phase.id.clone(),
        problem,
        remedy: remedy.to_owned(),
        blocking: true,
    };
    let survey = match &facts.survey {
        Ok(survey) => survey,
        Err(problem) => return vec![refuse(format!("{}:{problem}", phase.file), "mend the file; nothing was run")],
    };
    let mut found = Vec::new();
    let mut each = |findings: &Findings, what: &str, remedy: &str, kept: fn(&Finding) -> bool| {
        for finding in findings.first.iter().filter(|finding| kept(finding)) {
            let place = format!("{}:{}", phase.file, finding.position);
            let refused = refuse(format!("{place}: {what}: {}", finding.text), remedy);
            found.push((finding.position, refused));
        }
    };
    each(
        &survey.transaction_control,
        "transaction control within a phase",
        "take it out: phasegate begins and commits; outside of one transaction each statement commits by itself",
        |_| true,
    );
    if phase.header.transaction == TransactionMode::Phase {
        each(
            &survey.not_in_transaction,
            "this statement cannot run in a transaction",
            "move it to a phase of its own that begins with: -- phasegate: transaction = none",
            |_| true,
        );
    }
    each(
        &survey.meta,
        "a line of psql's own",
        "take it out; allowed are \\restrict and \\unrestrict, which pg_dump writes",
        |finding| !is_harmless_meta(&finding.text),
    );
    each(
        &survey.scs_off,
        "standard_conforming_strings is turned off, which changes what quotes mean",
        "write backslashes as E'…' instead",
        |_| true,
    );
    found.sort_by_key(|(position, _)| *position);
    let mut found: Vec<Divergence> = found.into_iter().map(|(_, refused)| refused).collect();
    if survey.statements == 0 {
        found.push(refuse(format!("{} holds no statement", phase.file), "write it, or take the file away"));
    }
    found
}

fn is_harmless_meta(text: &str) -> bool {
    let command = text.trim_start_matches('\\').split_whitespace().next().unwrap_or_default();
    matches!(command, "restrict" | "unrestrict")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::phase::{Checksums, Header, Intent, IntentState};

    fn phase(number: u64, text: &str) -> Phase {
        let sum = Checksum::of(text.as_bytes());
        Phase {
            id: format!("{number:02}_p"),
            number,
            path: PathBuf::from(format!("{number:02}_p.sql")),
            file: format!("{number:02}_p.sql"),
            bytes: text.len() as u64,
            checksums: Checksums { raw: sum, normalised: Checksum::of(text.trim_end().as_bytes()) },
            line_ends: LineEnds::Lf,
            has_bom: false,
            header: Header::default(),
        }
    }

    fn row(phase: &Phase, seq: i64, status: Status) -> Applied {
        Applied {
            seq,
            attempt: seq,
            run_id: "r".into(),
            phase: phase.id.clone(),
            status,
            checksums: phase.checksums,
            transaction: phase.header.transaction,
            recorded_at: "2026-01-01T00:00:00Z".into(),
            took_ms: 1.0,
            live: false,
            error: None,
            intents: Vec::new(),
        }
    }

    fn facts(text: &str) -> ScriptFacts {
        let survey = crate::script::survey(text.as_bytes()).map_err(|error| error.to_string());
        let statement_sha256 = text.split_inclusive(';').map(|s| Checksum::of(s.trim().as_bytes()).hex()).collect();
        ScriptFacts { survey, statement_sha256 }
    }

    fn plan(phases: &[Phase], texts: &[&str], applied: &[Applied]) -> Plan {
        let scripts = phases.iter().zip(texts).map(|(phase, text)| (phase.id.clone(), facts(text))).collect();
        make(phases, &scripts, applied, applied.last().map_or(0, |row| row.seq))
    }

    fn kinds(plan: &Plan) -> Vec<(DivergenceKind, &str, bool)> {
        plan.divergences.iter().map(|d| (d.kind, d.phase.as_str(), d.blocking)).collect()
    }

    #[test]
    fn a_fresh_database_gets_every_phase() {
        let phases = [phase(1, "SELECT 1;"), phase(2, "SELECT 2;")];
        let plan = plan(&phases, &["SELECT 1;", "SELECT 2;"], &[]);
        assert!(plan.is_clear() && plan.divergences.is_empty());
        assert_eq!(plan.steps.len(), 2);
        assert!(plan.steps.iter().all(|step| step.action == Action::Apply && step.statements == 1));
    }

    #[test]
    fn edited_missing_and_out_of_order_are_found_together() {
        let (one, two, three) = (phase(1, "SELECT 1;"), phase(2, "SELECT 2;"), phase(3, "SELECT 3;"));
        let gone = phase(4, "SELECT 4;");
        let log = [row(&one, 1, Status::Success), row(&three, 2, Status::Success), row(&gone, 3, Status::Success)];
        let edited = Phase { checksums: phase(1, "SELECT 9;").checksums, ..one };
        let plan = plan(&[edited, two, three], &["SELECT 9;", "SELECT 2;", "SELECT 3;"], &log);
        assert_eq!(
            kinds(&plan),
            [
                (DivergenceKind::Missing, "04_p", true),
                (DivergenceKind::Edited, "01_p", true),
                (DivergenceKind::OutOfOrder, "02_p", true),
            ]
        );
        assert!(!plan.is_clear() && !plan.is_bad_input());
    }

    #[test]
    fn other_line_ends_only_warn() {
        let one = phase(1, "SELECT 1;");
        let log = [row(&one, 1, Status::Success)];
        let plan = plan(&[phase(1, "SELECT 1;\n\n")], &["SELECT 1;\n\n"], &log);
        assert_eq!(kinds(&plan), [(DivergenceKind::Reformatted, "01_p", false)]);
        assert!(plan.is_clear());
    }

    #[test]
    fn an_unusual_form_is_said() {
        let mut one = phase(1, "SELECT 1;");
        assert_eq!(plan(std::slice::from_ref(&one), &["SELECT 1;"], &[]).steps[0].form, None);
        (one.has_bom, one.line_ends) = (true, LineEnds::CrLf);
        let form = plan(&[one], &["SELECT 1;"], &[]).steps[0].form.clone().unwrap();
        assert!(form.contains("byte order mark") && form.contains("CR LF"), "{form}");
    }

    #[test]
    fn a_failed_phase_runs_again_from_its_start() {
        let one = phase(1, "SELECT 1;");
        let log = [row(&one, 1, Status::Error)];
        let plan = plan(&[one], &["SELECT 1;"], &log);
        assert_eq!(kinds(&plan), [(DivergenceKind::Failed, "01_p", false)]);
        assert_eq!(plan.steps[0].action, Action::Apply);
    }

    fn half_run_log(one: &Phase, text: &str) -> Applied {
        let mut running = row(one, 1, Status::Running);
        let sha = facts(text).statement_sha256;
        let intent = |n: u32, state| Intent { statement: n, sha256: sha[n as usize - 1].clone(), state };
        running.intents = vec![intent(1, IntentState::Done), intent(2, IntentState::Intended)];
        running
    }

    #[test]
    fn a_half_run_phase_goes_on_where_it_stopped() {
        let text = "SELECT 1;SELECT 2;SELECT 3;";
        let mut one = phase(1, text);
        one.header.transaction = TransactionMode::None;
        let log = [half_run_log(&one, text)];
        let plan = plan(&[one], &[text], &log);
        assert_eq!(kinds(&plan), [(DivergenceKind::HalfRun, "01_p", false)]);
        assert_eq!(plan.steps[0].action, Action::Resume { done: vec![1], unsure: Some(2), failed: None });
    }

    #[test]
    fn a_half_run_phase_must_not_be_edited_where_it_ran() {
        let text = "SELECT 1;SELECT 2;SELECT 3;";
        let mut one = phase(1, text);
        one.header.transaction = TransactionMode::None;
        let log = [half_run_log(&one, text)];
        let later = plan(std::slice::from_ref(&one), &["SELECT 1;SELECT 2;SELECT 9;"], &log);
        assert!(later.is_clear());
        let earlier = plan(&[one], &["SELECT 9;SELECT 2;SELECT 3;"], &log);
        assert!(kinds(&earlier).contains(&(DivergenceKind::Edited, "01_p", true)));
    }

    #[test]
    fn what_must_not_run_is_refused_with_its_place() {
        for (text, expected) in [
            ("SELECT 1;\n  COMMIT;", "01_p.sql:2:3: transaction control"),
            ("CREATE INDEX CONCURRENTLY i ON t (a);", "01_p.sql:1:1: this statement cannot run in a transaction"),
            ("SELECT 1;\n\\i other.sql\n", "01_p.sql:2:1: a line of psql's own"),
            ("SELECT 'open", "01_p.sql:1:8"),
            ("-- nothing", "holds no statement"),
        ] {
            let plan = plan(&[phase(1, text)], &[text], &[]);
            assert!(plan.is_bad_input() && !plan.is_clear(), "{text}");
            assert!(plan.divergences[0].problem.contains(expected), "{}", plan.divergences[0].problem);
        }
        let harmless = "\\restrict abc\nSELECT 1;\n";
        assert!(plan(&[phase(1, harmless)], &[harmless], &[]).is_clear());
    }
}
