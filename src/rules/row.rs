//! What the kinds that look at one row at a time have in common.

use crate::db::{Column, SqlError, quote_ident, quote_literal};

use super::kind::{Name, Scope, plain};
use super::probe::{Measure, Probe};

/// A row violates where the condition is true; with `null_ok` false also where one of the columns is NULL.
///
/// A condition over NULL is NULL and so counts for nothing: what NULL means must be said, not left to that.
pub(super) fn probe(condition: String, columns: &[&Name], null_ok: bool, noun: impl Into<String>) -> Probe {
    let violates = match null_ok {
        true => condition,
        false => {
            let nulls = columns.iter().map(|name| format!("{} IS NULL", cell(name)));
            std::iter::once(format!("({condition})")).chain(nulls).collect::<Vec<_>>().join(" OR ")
        }
    };
    let shows = columns.iter().map(|name| name.get_ref().clone()).collect();
    Probe { noun: noun.into(), measure: Measure::Rows { violates, shows, fused: true } }
}

/// The same for values that are never shown: offenders are named by their key alone.
pub(super) fn secret(condition: String, columns: &[&Name], null_ok: bool, noun: impl Into<String>) -> Probe {
    let mut probe = probe(condition, columns, null_ok, noun);
    if let Measure::Rows { shows, .. } = &mut probe.measure {
        shows.clear();
    }
    probe
}

/// The column of the row at hand, as SQL.
pub(super) fn cell(name: &Name) -> String {
    format!("t.{}", quote_ident(name.get_ref()))
}

/// Its text, compared by its bytes.
pub(super) fn text(name: &Name) -> String {
    format!("({}::text COLLATE \"C\")", cell(name))
}

/// It as an exact number. The cast of a float keeps 15 digits; its text keeps every one.
pub(super) fn number(scope: &Scope<'_>, name: &Name) -> String {
    let is_float = |column: &Column| matches!(column.base_type.as_str(), "float4" | "float8");
    let text = if scope.known(name).is_some_and(is_float) { "::text" } else { "" };
    format!("{}{text}::numeric", cell(name))
}

/// Its letters, compared by their bytes: the text, and of bytea, whose text is hexadecimal digits, the bytes read as ASCII
/// with a blank for each that is no ASCII.
pub(super) fn letters(scope: &Scope<'_>, name: &Name) -> String {
    if !is_bytea(scope, name) {
        return text(name);
    }
    // `escape` doubles a backslash, and writes other bytes as a backslash and three digits. A character that no text holds
    // stands for the backslash meanwhile, or its second half could be taken for the beginning of the digits.
    let (backslash, both, byte) = (quote_literal(r"\"), quote_literal(r"\\"), quote_literal(r"\\[0-7]{3}"));
    let (escaped, mark) = (format!("pg_catalog.encode({}, 'escape')", cell(name)), "pg_catalog.chr(1)");
    let marked = format!("pg_catalog.replace({escaped}, {both}, {mark})");
    let blank = format!("pg_catalog.regexp_replace({marked}, {byte}, ' ', 'g')");
    format!("(pg_catalog.replace({blank}, {mark}, {backslash}) COLLATE \"C\")")
}

/// Whether it holds bytes, whose text is hexadecimal digits.
pub(super) fn is_bytea(scope: &Scope<'_>, name: &Name) -> bool {
    scope.known(name).is_some_and(|column| column.base_type == "bytea")
}

/// For kinds whose SQL is put together without a file.
pub(super) type Probed = Result<Probe, SqlError>;

/// The names for the subject of the evidence.
pub(super) fn about(names: &[Name]) -> Vec<&str> {
    plain(names)
}
