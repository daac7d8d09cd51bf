//! Where the evidence of a run is written down.

use std::path::PathBuf;

use time::OffsetDateTime;
use time::macros::format_description;

use crate::config::Config;
use crate::declaration::checksums;
use crate::digest::Checksum;
use crate::evidence::journal::{self, DatabaseName, Journal, JournalError, RunHeader};
use crate::evidence::{Evidence, Topic, overall};
use crate::migration_log::{ChainFault, Head};
use crate::report::{Format, Report, Style, render};
use crate::verdict::Verdict;

use super::{Context, Error, Exit, Outcome};

/// The journal of one run, and what it says so far.
pub(super) struct Notebook {
    pub(super) run_id: String,
    pub(super) directory: PathBuf,
    journal: Journal,
    facts: Vec<Evidence>,
}

impl Notebook {
    /// Opens `snapshots/<run>/evidence.jsonl`.
    pub(super) fn open(
        context: &Context<'_>,
        command: &str,
        server_version: Option<String>,
    ) -> Result<Notebook, Error> {
        let database = DatabaseName { name: context.spec.database.clone(), host: context.spec.places() };
        Notebook::with(context.config, command, database, context.operator.clone(), server_version)
    }

    /// The same for a command that asks no server.
    pub(super) fn begin(
        config: &Config,
        command: &str,
        database: DatabaseName,
        operator: Option<String>,
    ) -> Result<Notebook, Error> {
        Notebook::with(config, command, database, operator, None)
    }

    fn with(
        config: &Config,
        command: &str,
        database: DatabaseName,
        operator: Option<String>,
        server_version: Option<String>,
    ) -> Result<Notebook, Error> {
        let run_id = new_run_id();
        let directory = config.snapshots.join(&run_id);
        let mut header = RunHeader::new(&run_id, command, database);
        header.server_version = server_version;
        header.operator = operator;
        header.config_checksum = config.source.as_ref().and_then(|path| Some(Checksum::of(&std::fs::read(path).ok()?)));
        header.declarations = checksums(&config.rules);
        let journal = Journal::create(&directory, header)?;
        Ok(Notebook { run_id, directory, journal, facts: Vec::new() })
    }

    /// Writes facts down.
    pub(super) fn note(&mut self, facts: impl IntoIterator<Item = Evidence>) -> Result<(), Error> {
        for fact in facts {
            self.journal.append(&fact)?;
            self.facts.push(fact);
        }
        Ok(())
    }

    /// Puts everything written so far on disk.
    pub(super) fn sync(&mut self) -> Result<(), Error> {
        Ok(self.journal.sync()?)
    }

    /// Whether a run may go on by what is known so far.
    pub(super) fn verdict(&self) -> Verdict {
        overall(&self.facts)
    }

    /// Ends a command that only judges: where somebody stopped it as cancelled, whatever was judged until then.
    pub(super) fn end(self, context: &Context<'_>) -> Result<Outcome, Error> {
        let exit = context.cancel.is_cancelled().then_some(Exit::Cancelled);
        self.close(exit)
    }

    /// Writes the verdict, puts everything on disk, and renders `report.md` from what is on disk alone. The exit is that
    /// of the verdict, where none is given.
    pub(super) fn close(mut self, exit: Option<Exit>) -> Result<Outcome, Error> {
        let verdict = self.verdict();
        let measured = format!("{} facts", self.facts.len());
        let fact = Evidence::new(Topic::Verdict, "verdict", &self.run_id, verdict).expected("go").measured(measured);
        self.note([fact])?;
        self.journal.sync()?;
        let run = journal::read(self.journal.path())?;
        let report = Report::from_run(&run);
        let path = self.directory.join("report.md");
        std::fs::write(&path, render(&report, Format::Markdown, &Style::default()))
            .map_err(|error| Error::File { path, problem: error.to_string() })?;
        let exit = exit.unwrap_or_else(|| run.verdict().into());
        Ok(Outcome { exit, plan: None, failure: None, report: Some(report), directory: Some(self.directory) })
    }
}

/// `20261123T131500Z-4f2a`: sorts by time, and two runs in one second still differ.
fn new_run_id() -> String {
    let now = OffsetDateTime::now_utc();
    let stamp = now.format(format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap_or_default();
    let chance = Checksum::of(format!("{} {}", now.unix_timestamp_nanos(), std::process::id()).as_bytes()).hex();
    format!("{stamp}-{}", &chance[..4])
}

/// The check under which a run writes down where the log ended.
pub(super) const LOG_HEAD: &str = "log_head";

/// Whether runs on this disk saw more of the log of this database than there is now. A journal that was edited may be
/// the one that did.
pub(super) fn cut_off(context: &Context<'_>, head: &Head) -> Vec<ChainFault> {
    let mut newest: Option<(i64, String)> = None;
    let mut faults = Vec::new();
    let Ok(entries) = std::fs::read_dir(&context.config.snapshots) else { return faults };
    for entry in entries.flatten() {
        let run = match journal::read(&entry.path().join(journal::FILE_NAME)) {
            Ok(run) => run,
            Err(error @ JournalError::Tampered { .. }) => {
                faults.push(ChainFault { seq: head.seq, problem: error.to_string() });
                continue;
            }
            // Not a run, or one that died before it knew the log.
            Err(_) => continue,
        };
        if run.header.database.name != context.spec.database || run.header.database.host != context.spec.places() {
            continue;
        }
        for fact in run.facts.iter().filter(|fact| fact.topic == Topic::Environment && fact.check == LOG_HEAD) {
            let Ok(seq) = fact.measured.split(' ').next().unwrap_or_default().parse::<i64>() else { continue };
            if newest.as_ref().is_none_or(|(known, _)| seq > *known) {
                newest = Some((seq, run.header.run_id.clone()));
            }
        }
    }
    if let Some((seq, run)) = newest.filter(|(seq, _)| *seq > head.seq) {
        let problem = format!("rows {} to {seq} were cut off: run {run} saw {seq} rows", head.seq + 1);
        faults.push(ChainFault { seq: head.seq, problem });
    }
    faults
}

/// Whether the log is the one that phasegate wrote, as a fact: a phase may have edited it, or somebody before the run.
pub(super) fn log_chain_fact(head: &Head, faults: &[ChainFault]) -> Evidence {
    let fact = |verdict| {
        Evidence::new(Topic::Environment, "log_chain", "migration_log", verdict)
            .expected("every row of the log as phasegate wrote it")
    };
    let Some(first) = faults.first() else {
        return fact(Verdict::Pass).measured(format!("the chain of {} rows holds", head.seq));
    };
    fact(Verdict::Fail)
        .measured(format!("the log was rewritten: row {}: {}", first.seq, first.problem))
        .violations(u64::try_from(faults.len()).unwrap_or(u64::MAX), Vec::new())
        .remedy("phasegate log --verify names every fault; restore the log from a backup")
}

/// Where the log ends, as a fact: so that the evidence knows of rows that somebody cuts off later.
pub(super) fn log_head_fact(head: &Head) -> Evidence {
    Evidence::new(Topic::Environment, LOG_HEAD, "migration_log", Verdict::Pass)
        .measured(format!("{} rows, last hash {}", head.seq, head.hash))
}
