//! What is shown while a command works: a bar on a terminal, a line a phase elsewhere, nothing when quiet.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::diff;
use crate::execute;
use crate::run::Event;
use crate::snapshot;

use super::paper::{count, printable, wrap};
use super::surroundings::Surroundings;

/// Shows events. Standard output stays free for what was asked for.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    lines: bool,
    width: Option<u16>,
    tables: Mutex<(usize, usize)>,
}

impl Progress {
    pub(super) fn new(around: &Surroundings, quiet: bool) -> Progress {
        let bar = (around.live && !quiet).then(|| {
            let bar = ProgressBar::new(0);
            bar.set_style(waiting());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Progress { bar, lines: !around.live && !quiet, width: around.error_width, tables: Mutex::new((0, 0)) }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    pub(super) fn take(&self, event: Event) {
        match event {
            Event::Step(step) => self.step(&step),
            Event::Note(note) => self.say(&note),
            Event::Execute(event) => self.execute(event),
            Event::Snapshot(event) => self.snapshot(event),
            Event::Diff(event) => self.diff(event),
        }
    }

    fn step(&self, step: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_style(waiting());
                bar.set_message(step.to_owned());
            }
            None => self.say(step),
        }
    }

    fn say(&self, text: &str) {
        let text = wrap(&printable(text), self.width, 4);
        match &self.bar {
            Some(bar) => bar.println(text.trim_end()),
            None if self.lines => eprint!("{text}"),
            None => {}
        }
    }

    fn execute(&self, event: execute::Event) {
        match event {
            execute::Event::WaitingForBackend { pid, query } => {
                self.say(&format!("  waiting for server process {pid} of an earlier run: {query}"));
            }
            execute::Event::PhaseStarted { phase, index, of, bytes } => {
                if let Some(bar) = &self.bar {
                    begin(bar, bytes, "{bytes}/{total_bytes}");
                    bar.set_message(format!("{phase} ({} of {of})", index + 1));
                }
            }
            execute::Event::Progress { bytes, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(bytes);
                }
            }
            execute::Event::StatementStarted { statement, excerpt } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(printable(&format!("statement {statement}: {excerpt}")).replace('\n', " "));
                }
            }
            execute::Event::Retrying { retry, of, wait, reason } => {
                self.say(&format!("  no lock ({reason}); try {retry} of {of} in {:.1} s", wait.as_secs_f64()));
            }
            execute::Event::Reconciled { statement, finding } => {
                self.say(&format!("  statement {statement}: {finding}"))
            }
            execute::Event::PhaseDone { run } => {
                let (statements, rows) = (count(run.statements, "statement"), count(run.rows_affected, "row"));
                self.say(&format!("  {}: {statements}, {rows}, {:.2} s", run.phase, run.took.as_secs_f64()));
            }
            execute::Event::PhaseFailed { phase } => self.say(&format!("  {phase}: failed")),
        }
    }

    /// Only for who watches: a line a table is in the result.
    fn diff(&self, event: diff::Event) {
        let Some(bar) = &self.bar else { return };
        match event {
            diff::Event::Table { name, number, of } => {
                bar.set_style(working("{pos}/{len} tables"));
                bar.set_length(of as u64);
                bar.set_position(number as u64 - 1);
                bar.set_message(name);
            }
            diff::Event::Waiting(delay) => {
                self.step(&format!("what differs is looked at again after {} s", delay.as_secs_f64()));
            }
        }
    }

    fn snapshot(&self, event: snapshot::Event) {
        if let snapshot::Event::Waiting { active, allowed } = event {
            self.say(&format!("  {active} other sessions are active and {allowed} may be: the next table waits"));
            return;
        }
        let Some(bar) = &self.bar else { return };
        let mut tables = self.tables.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            snapshot::Event::Planned { tables: count, .. } => {
                *tables = (0, count);
                begin(bar, count as u64, "{pos}/{len} tables");
            }
            snapshot::Event::TableDone { .. } | snapshot::Event::TableFailed(_) => {
                tables.0 += 1;
                bar.set_position(tables.0 as u64);
            }
            snapshot::Event::TableStarted { .. } | snapshot::Event::Waiting { .. } => {}
        }
    }
}

/// However the work ends, what is printed next finds an empty line.
impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

fn waiting() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} {elapsed}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// A new count from nothing: first the figures, then how they are shown, so that no old figure is seen in between.
fn begin(bar: &ProgressBar, length: u64, count: &str) {
    bar.set_position(0);
    bar.set_length(length);
    bar.set_style(working(count));
}

/// The message takes what the bar leaves of the line and is cut there: a line that wraps could not be redrawn.
fn working(count: &str) -> ProgressStyle {
    let template = format!("{{spinner}} {{wide_msg}} [{{bar:24}}] {count} {{elapsed}}");
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}
