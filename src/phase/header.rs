//! The lines `-- phasegate: …` before a phase's first statement.

use std::time::Duration;

use super::Declared;
use super::directive::parse;
use super::moves;

/// What a phase declares about itself.
///
/// | line | meaning |
/// |---|---|
/// | `transaction = phase` (default) or `none` | one transaction for the whole phase, or statement by statement |
/// | `lock_timeout = 5s`, `statement_timeout = 10min` | overrides of the configured timeouts; `0` is off |
/// | `derive` | what the phase's own SQL names counts as declared |
/// | `adds`/`changes`/`drops` *kind* *name*, … | objects that may be new, different, gone |
/// | `changes data` *table* (*column*, …) | columns whose values may change in existing rows |
/// | `inserts` *table*, `deletes` *table* | tables that may gain or lose rows |
/// | `rows = 500`, `rows <= 5`, `rows 1..5` behind the last three | how many of them |
/// | `keeps`, `changes sum`, `moves sum`, `moves`, `copies` | what must hold all the same; `docs/expected-change.md` |
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Header {
    /// One transaction, or none.
    pub transaction: TransactionMode,
    /// Override of the lock timeout.
    pub lock_timeout: Option<Duration>,
    /// Override of the statement timeout.
    pub statement_timeout: Option<Duration>,
    /// Whether what its SQL names counts as declared.
    pub derive: bool,
    /// What the phase may change.
    pub declared: Declared,
}

/// Whether a phase runs in one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionMode {
    /// All of it commits together with its row in the log, or nothing does.
    #[default]
    Phase,
    /// Each statement commits by itself, with an intent row before it.
    None,
}

/// What every directive line starts with, after its comment dashes.
const MARK: &str = "phasegate:";
const SETTINGS: &str = "transaction = phase|none, lock_timeout = <duration>, statement_timeout = <duration>, derive";

/// A line of a header that cannot be understood: line number, column, message.
pub(super) type Fault = (u32, u32, String);

impl Header {
    /// Reads one line of a file. Returns whether the header goes on after it.
    pub(super) fn take_line(&mut self, number: u32, line: &str, faults: &mut Vec<Fault>) -> bool {
        let trimmed = line.trim_start();
        let Some(comment) = trimmed.strip_prefix("--") else { return trimmed.trim_end().is_empty() };
        let Some(directive) = comment.trim_start().strip_prefix(MARK) else { return true };
        let column = u32::try_from(line.len() - directive.trim_start().len() + 1).unwrap_or(u32::MAX);
        if let Err((at, message)) = self.directive(directive.trim()) {
            faults.push((number, column.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)), message));
        }
        true
    }

    fn directive(&mut self, text: &str) -> Result<(), moves::Fault> {
        if text == "derive" {
            self.derive = true;
            return Ok(());
        }
        // The name of a setting is one word; a declaration is more, and may have a = of its own.
        if let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.trim().contains(char::is_whitespace))
        {
            return self.setting(name.trim(), value.trim()).map_err(|message| (0, message));
        }
        let changes = parse(text).map_err(|(at, message)| match message.strip_prefix("unknown directive") {
            Some(_) => (at, message.replace("allowed are ", &format!("allowed are {SETTINGS}, "))),
            None => (at, message),
        })?;
        self.declared.changes.extend(changes);
        Ok(())
    }

    fn setting(&mut self, name: &str, value: &str) -> Result<(), String> {
        match (name, value) {
            ("transaction", "phase") => self.transaction = TransactionMode::Phase,
            ("transaction", "none") => self.transaction = TransactionMode::None,
            ("transaction", _) => return Err(format!("transaction is {value:?}; allowed are phase, none")),
            ("lock_timeout", _) => self.lock_timeout = Some(parse_duration(name, value)?),
            ("statement_timeout", _) => self.statement_timeout = Some(parse_duration(name, value)?),
            _ => return Err(format!("unknown setting {name:?}; allowed are {SETTINGS}")),
        }
        Ok(())
    }
}

/// `0`, `250ms`, `5s`, `10min`, `1h`, as PostgreSQL writes its own timeouts.
///
/// # Errors
/// What is wrong with the text, beginning with `name`.
pub fn parse_duration(name: &str, text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit_ms = match text[digits..].trim() {
        "" if text == "0" => 0,
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(format!("{name} is {text:?}; write it as 250ms, 5s, 10min, 1h, or 0 for off")),
    };
    let count: u64 = text[..digits].parse().map_err(|_| format!("{name} is {text:?}; it needs a number in front"))?;
    Ok(Duration::from_millis(count.saturating_mul(unit_ms)))
}

/// Whether a line past the header looks like a directive; it would be ignored in silence.
pub(super) fn is_directive(line: &str) -> bool {
    line.trim_start().strip_prefix("--").is_some_and(|comment| comment.trim_start().starts_with(MARK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::ObjectKind;

    fn read(text: &str) -> (Header, Vec<Fault>) {
        let (mut header, mut faults) = (Header::default(), Vec::new());
        for (number, line) in (1..).zip(text.lines()) {
            if !header.take_line(number, line, &mut faults) {
                break;
            }
        }
        (header, faults)
    }

    #[test]
    fn every_directive_is_understood() {
        let (header, faults) = read(
            "-- what this phase is for\n\n-- phasegate: transaction = none\n--phasegate: lock_timeout = 250ms\n\
             -- phasegate: adds index public.a, public.b\n-- phasegate: changes data public.t (x, y)\n\
             -- phasegate: adds function public.f(integer, text)\n-- phasegate: deletes public.t\nSELECT 1;\n-- phasegate: bad",
        );
        assert_eq!(faults, []);
        assert_eq!(header.transaction, TransactionMode::None);
        assert_eq!(header.lock_timeout, Some(Duration::from_millis(250)));
        assert!(header.declared.adds(ObjectKind::Index, "public.b"));
        assert!(header.declared.adds(ObjectKind::Function, "public.f(integer, text)"));
        assert!(header.declared.changes_data("public.t", "y") && header.declared.deletes("public.t"));
    }

    #[test]
    fn faults_name_line_column_and_what_is_allowed() {
        let (_, faults) = read(
            "-- phasegate: transacton = none\n-- phasegate: lock_timeout = fast\n-- phasegate: adds tabel public.x\n\
             -- phasegate: frees public.x\n-- phasegate: inserts users\n-- phasegate: changes data public.x",
        );
        let at: Vec<(u32, u32)> = faults.iter().map(|(line, column, _)| (*line, *column)).collect();
        assert_eq!(at, [(1, 15), (2, 15), (3, 15), (4, 15), (5, 15), (6, 15)]);
        assert!(faults[0].2.contains("transaction = phase|none"));
        assert!(faults[2].2.contains("materialized_view"));
        assert!(faults[4].2.contains("public.users"));
    }
}
