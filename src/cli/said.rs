//! What is said, and on which stream: what was asked for on standard output, all else on standard error.

use std::io::Write;
use std::process::ExitCode;

use crate::report::{Format, Report, render};
use crate::run::{Error, Exit, Outcome};

use super::args::Listing;
use super::surroundings::{self, Surroundings};
use super::{advice, paper, show};

/// Says why the command could not go on. The library's errors name their causes themselves.
pub(super) fn fail(error: &anyhow::Error, around: &Surroundings) -> ExitCode {
    let known = error.downcast_ref::<Error>();
    let message = known.map_or_else(|| format!("{error:#}"), ToString::to_string);
    say(&format!("phasegate: {}", without_system_numbers(&message)), around);
    if let Some(advice) = known.and_then(advice::on) {
        say(&format!("  remedy: {advice}"), around);
    }
    ExitCode::from(known.map_or(Exit::CouldNotJudge, Error::exit).code())
}

/// The text without ` (os error 2)`: the words before it say the same.
fn without_system_numbers(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').trim_start_matches(')')
    })
}

/// What clap says: help on standard output, and what was typed wrong on standard error with exit code 2.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let width = surroundings::error_width();
    if error.use_stderr() && width.is_some() {
        eprint!("{}", paper::wrap(&error.render().to_string(), width, 2));
    } else {
        // Nobody is left to be told when this fails.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// A message for a person, on standard error.
pub(super) fn say(text: &str, around: &Surroundings) {
    eprint!("{}", paper::wrap(&paper::printable(text), around.error_width, 2));
}

/// What was asked for, on standard output. Whoever closes the pipe has read enough.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints what is written, as it comes. That nobody reads it any longer is no error.
pub(super) fn print_by(write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    struct Deaf<W>(W);
    impl<W: Write> Write for Deaf<W> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.write_all(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            let _ = self.0.flush();
            Ok(())
        }
    }
    let mut out = Deaf(std::io::BufWriter::new(std::io::stdout().lock()));
    write(&mut out)?;
    Ok(out.flush()?)
}

/// Prints what a run came to; the excerpt with the caret comes last, where the eye is.
pub(super) fn print_outcome(outcome: &Outcome, format: Format, around: &Surroundings, quiet: bool) -> Exit {
    match (&outcome.report, &outcome.plan) {
        (Some(report), _) => print_report(report, format, around, quiet),
        (None, Some(plan)) if format == Format::Json => print(&show::plan(plan, Listing::Json, around)),
        (None, Some(plan)) if quiet => eprint!("{}", show::divergences(plan, around)),
        (None, Some(plan)) if format == Format::Terminal => print(&show::plan(plan, Listing::Text, around)),
        // There is no run to report on, and a table of text is neither CSV nor Markdown.
        (None, Some(plan)) => eprint!("{}", show::plan(plan, Listing::Text, around)),
        (None, None) => {}
    }
    if let Some(failure) = &outcome.failure {
        print_failure(failure, around);
    }
    if let (Some(directory), Format::Terminal) = (&outcome.directory, format) {
        print(&format!("report: {}\n", directory.join("report.md").display()));
    }
    outcome.exit
}

/// As compilers do: place and message, the line with a caret under the fault, then what else is known.
fn print_failure(failure: &crate::execute::Failure, around: &Surroundings) {
    let excerpt = failure.excerpt.as_ref().map_or(String::new(), ToString::to_string);
    let text = failure.to_string();
    // The caret stands where it stands only in lines that are not wrapped.
    let (head, tail) = match text.split_once(&format!("\n{excerpt}")) {
        Some((head, tail)) if !excerpt.is_empty() => (head, tail.trim_start_matches('\n')),
        _ => (text.as_str(), ""),
    };
    eprintln!();
    say(head, around);
    if !excerpt.is_empty() {
        eprintln!("{excerpt}");
    }
    say(tail, around);
}

pub(super) fn print_report(report: &Report, format: Format, around: &Surroundings, quiet: bool) {
    if quiet && format == Format::Terminal {
        print(&show::findings(&report.facts, around));
        print(&format!("{}: {}\n", report.decision.word(), report.header.run_id));
    } else {
        print(&render(report, format, &around.style()));
    }
}
