//! What the kinds have in common whose statement ends in a list `judged`: one line a group, pair or row, with a column
//! `n` (for how many rows it stands) and a column `differs` (whether it violates).

use crate::db::{Sql, quote_ident, quote_literal};
use crate::evidence::REDACTED;

use super::kind::Scope;
use super::probe::{Measure, Probe};
use super::row::Probed;

/// What of a judged line names it, and what says what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Shown {
    keys: Vec<(String, String)>,
    values: Vec<Said>,
}

/// Something that is said of an offender.
#[derive(Debug)]
struct Said {
    name: String,
    column: String,
    /// The columns of the database that it is made of.
    of: Vec<String>,
    /// Whether it may hold any column's value.
    of_all: bool,
}

impl Shown {
    /// A column of `judged` under the name that people know it by.
    pub(super) fn key(mut self, name: &str, column: &str) -> Shown {
        self.keys.push((name.to_owned(), column.to_owned()));
        self
    }

    /// The columns `prefix0`, `prefix1` ... under these names.
    pub(super) fn keys(self, names: &[&str], prefix: &str) -> Shown {
        names.iter().enumerate().fold(self, |shown, (n, name)| shown.key(name, &format!("{prefix}{n}")))
    }

    /// What is wrong, by the value of the column of this name.
    pub(super) fn value(self, name: &str, column: &str) -> Shown {
        self.value_of(name, column, &[name])
    }

    /// What is wrong, by a value that gives away those of these columns.
    pub(super) fn value_of(mut self, name: &str, column: &str, of: &[&str]) -> Shown {
        let of = of.iter().map(|name| (*name).to_owned()).collect();
        self.values.push(Said { name: name.to_owned(), column: column.to_owned(), of, of_all: false });
        self
    }

    /// What is wrong, by a whole row: not shown where anything must not be.
    pub(super) fn row(mut self, name: &str, column: &str) -> Shown {
        self.values.push(Said { name: name.to_owned(), column: column.to_owned(), of: Vec::new(), of_all: true });
        self
    }

    fn outputs(&self, scope: &Scope<'_>) -> String {
        let form = |label: String, column: &str, is_hidden: bool| {
            let label = quote_ident(&label);
            // A redacted value does not leave the server.
            match is_hidden {
                true => format!("{} AS {label}", quote_literal(REDACTED)),
                false => format!("j.{}::text AS {label}", quote_ident(column)),
            }
        };
        let keys =
            self.keys.iter().map(|(name, column)| form(format!("k:{name}"), column, scope.rule.is_redacted(name)));
        let values = self.values.iter().map(|said| {
            let is_hidden =
                (said.of_all && scope.rule.redacts()) || said.of.iter().any(|of| scope.rule.is_redacted(of));
            form(format!("v:{}", said.name), &said.column, is_hidden)
        });
        keys.chain(values).collect::<Vec<_>>().join(", ")
    }

    fn order(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(|(_, column)| format!("j.{}", quote_ident(column))).collect();
        if keys.is_empty() { "1".to_owned() } else { keys.join(", ") }
    }
}

/// The probe of a kind whose statement `with` ends in `judged`.
pub(super) fn probe(scope: &Scope<'_>, noun: impl Into<String>, with: &Sql, shown: &Shown, sorted: bool) -> Probed {
    let with = with.render()?;
    let count = format!("{with}{}", include_str!("judged_count.sql"));
    let sample = Sql::new(include_str!("judged_sample.sql"))
        .fragment("shown", shown.outputs(scope))
        .fragment("order", shown.order())
        .fragment("limit", scope.rule.sample.to_string())
        .render()?;
    let sample = format!("{with}{sample}");
    Ok(Probe {
        noun: noun.into(),
        measure: Measure::Own { count, violations: None, at_once: None, sample, sorted, bare_path: false },
    })
}

/// `form` of each name (its place, and itself as an identifier), joined.
pub(super) fn list(names: &[&str], joint: &str, form: impl Fn(usize, &str) -> String) -> String {
    names.iter().enumerate().map(|(n, name)| form(n, &quote_ident(name))).collect::<Vec<_>>().join(joint)
}

/// The columns of the row at hand as `prefix0`, `prefix1` ...
pub(super) fn columns(names: &[&str], prefix: &str) -> String {
    list(names, ", ", |n, name| format!("t.{name} AS {prefix}{n}"))
}

/// The columns of the row at hand; an expression that is the same everywhere where there are none.
pub(super) fn cells(names: &[&str]) -> String {
    if names.is_empty() { "true".to_owned() } else { list(names, ", ", |_, name| format!("t.{name}")) }
}
