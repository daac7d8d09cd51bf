//! What the kinds have in common that look through texts for what should not be there, and never show it.

use toml::Spanned;

use crate::db::quote_literal;

use super::kind::{Complaints, Name, Scope};
use super::probe::Probe;
use super::row;
use super::violation::{self, Planned, Violation};

/// Name and pattern of one sort of text that is looked for, and an example that means nobody and opens nothing.
pub(super) type Pattern = (&'static str, &'static str, &'static str);

/// A key that is nobody else's, wherever text is looked through.
pub(super) const PRIVATE_KEY: Pattern =
    ("private_key", "-----BEGIN [A-Z ]*PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----");

/// The names of these patterns, as a rule has them where it names none.
pub(super) fn all(known: &[Pattern]) -> Vec<Spanned<String>> {
    known.iter().map(|(name, ..)| Spanned::new(0..0, (*name).to_owned())).collect()
}

/// Columns that are not there, or in whose text nothing could be found.
pub(super) fn hold_against(columns: &[Name], scope: &Scope<'_>, complaints: &mut Complaints) {
    for name in columns {
        if scope.column(name, complaints).is_some_and(|column| column.base_type == "_bytea") {
            let message = format!(
                "column {} is a list of bytes, in whose text no letter stands; unnest it in a query",
                name.get_ref()
            );
            complaints.add(name.span(), message);
        }
    }
}

/// Rows in which one of the patterns occurs.
pub(super) fn probe(
    scope: &Scope<'_>,
    columns: &[Name],
    (wanted, known): (&[Spanned<String>], &[Pattern]),
    noun: &str,
) -> Probe {
    let wanted = wanted.iter().map(|name| name.get_ref().as_str());
    let patterns = wanted.filter_map(|name| known.iter().find(|(known, ..)| *known == name));
    let either = patterns.map(|(_, pattern, _)| format!("({pattern})")).collect::<Vec<_>>().join("|");
    let hits = columns.iter().map(|name| format!("{} ~ {}", row::letters(scope, name), quote_literal(&either)));
    row::secret(hits.collect::<Vec<_>>().join(" OR "), &[], true, noun)
}

/// An example of what is looked for, in the first column.
pub(super) fn violation(scope: &Scope<'_>, columns: &[Name], wanted: &[Spanned<String>], known: &[Pattern]) -> Planned {
    let is_wanted = |name: &str| wanted.iter().any(|wanted| wanted.get_ref() == name);
    let examples = known.iter().filter(|(name, ..)| is_wanted(name)).map(|(.., example)| quote_literal(example));
    match columns.first() {
        Some(column) => Violation::values(scope, column, &examples.collect::<Vec<_>>()),
        None => violation::none("it has no column"),
    }
}
