//! What every kind of rule has in common.

use std::ops::Range;

use toml::Spanned;

use crate::db::{Catalog, Column, SqlError, Table};

use super::probe::Probe;
use super::rule::Rule;
use super::words;

/// A name in a rule file, and where it stands.
pub(super) type Name = Spanned<String>;

/// One kind of rule: its parameters are the fields of the type, its SQL is its own.
pub(super) trait Kind {
    /// The name in rule files, documentation and evidence.
    const NAME: &'static str;
    /// One sentence: what it finds.
    const SUMMARY: &'static str;
    /// Its parameters, in the order of the documentation.
    const PARAMETERS: &'static [Parameter];
    /// Whether it is about one table; else it is about the database, or about what it names itself.
    const NEEDS_TABLE: bool = true;

    /// What is wrong with it whatever the database looks like.
    fn look_over(&self, _complaints: &mut Complaints) {}

    /// What of it the database does not have.
    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints);

    /// The columns it is about, for the subject of its evidence.
    fn about(&self) -> Vec<&str> {
        Vec::new()
    }

    /// How it is measured. Called only where [`Kind::hold_against`] had nothing to say.
    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError>;
}

/// A kind, for help and documentation.
#[derive(Debug, Clone, Copy)]
pub struct KindInfo {
    /// The name in rule files.
    pub name: &'static str,
    /// One sentence: what it finds.
    pub summary: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
}

impl KindInfo {
    /// The parameters as a Markdown table, as the documentation shows them.
    pub fn parameter_table(&self) -> String {
        let mut out = String::from("| parameter | default | meaning |\n|---|---|---|\n");
        for parameter in self.parameters {
            let default = parameter.default.map_or("required".to_owned(), |text| format!("`{text}`"));
            out.push_str(&format!("| `{}` | {default} | {} |\n", parameter.name, parameter.meaning));
        }
        out
    }
}

/// A parameter of a kind, for help and documentation.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// The name in rule files.
    pub name: &'static str,
    /// What it is where it is not given; `None` where it must be given.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

impl Parameter {
    pub(super) const fn required(name: &'static str, meaning: &'static str) -> Parameter {
        Parameter { name, default: None, meaning }
    }

    pub(super) const fn optional(name: &'static str, default: &'static str, meaning: &'static str) -> Parameter {
        Parameter { name, default: Some(default), meaning }
    }
}

/// What is wrong with a rule, each with the bytes of its file that it is about.
#[derive(Debug, Default)]
pub(super) struct Complaints(pub(super) Vec<(Range<usize>, String)>);

impl Complaints {
    pub(super) fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.0.push((span, message.into()));
    }

    /// A list that must name something.
    pub(super) fn not_empty(&mut self, list: &Spanned<Vec<Name>>, what: &str) {
        if list.get_ref().is_empty() {
            self.add(list.span(), format!("{what} names no column"));
        }
    }

    /// Two lists that must pair up.
    pub(super) fn same_length(&mut self, a: &Spanned<Vec<Name>>, b: &Spanned<Vec<Name>>, what: (&str, &str)) {
        let (left, right) = (a.get_ref().len(), b.get_ref().len());
        if left != right {
            self.add(b.span(), format!("{} names {right} and {} names {left}; they must pair up", what.1, what.0));
        }
    }

    /// A piece of SQL that is put inside a larger statement.
    pub(super) fn fragment(&mut self, sql: &Name, what: &str) {
        if let Err(problem) = super::fragment::check(sql.get_ref()) {
            self.add(sql.span(), format!("{what}: {problem}"));
        }
    }
}

/// What a rule stands on: the rule itself, its table, and all other tables.
pub(super) struct Scope<'a> {
    pub(super) rule: &'a Rule,
    pub(super) catalog: &'a Catalog,
    /// `None` only for a rule that names no table.
    pub(super) table: Option<&'a Table>,
}

impl<'a> Scope<'a> {
    /// A column of the rule's table; complains where there is none.
    pub(super) fn column(&self, name: &Name, complaints: &mut Complaints) -> Option<&'a Column> {
        self.table.and_then(|table| column_of(table, name, complaints))
    }

    pub(super) fn columns(&self, names: &[Name], complaints: &mut Complaints) {
        for name in names {
            self.column(name, complaints);
        }
    }

    /// A column of the rule's table that is known to be there.
    pub(super) fn known(&self, name: &Name) -> Option<&'a Column> {
        self.table.and_then(|table| table.column(name.get_ref()))
    }

    /// Another table; complains where there is none.
    pub(super) fn other_table(&self, name: &Name, complaints: &mut Complaints) -> Option<&'a Table> {
        let found = self.catalog.find(name.get_ref());
        if found.is_none() {
            complaints.add(name.span(), unknown_table(name.get_ref(), self.catalog));
        }
        found
    }

    /// The rule's table as SQL names it.
    pub(super) fn from(&self) -> String {
        self.table.map(Table::quoted).unwrap_or_default()
    }

    /// The rule's filter as a condition; `true` where it has none.
    pub(super) fn filter(&self) -> String {
        filter(self.rule.filter.as_ref())
    }
}

/// A filter as a condition that can stand beside others; `true` where there is none.
pub(super) fn filter(sql: Option<&Name>) -> String {
    // The line break ends a comment that the filter may end with.
    sql.map_or("true".to_owned(), |sql| format!("({}\n)", sql.get_ref().trim()))
}

pub(super) fn column_of<'a>(table: &'a Table, name: &Name, complaints: &mut Complaints) -> Option<&'a Column> {
    let found = table.column(name.get_ref());
    if found.is_none() {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let message = format!(
            "{} has no column {}; {}",
            table.full_name(),
            name.get_ref(),
            words::allowed(name.get_ref(), &names)
        );
        complaints.add(name.span(), message);
    }
    found
}

pub(super) fn unknown_table(name: &str, catalog: &Catalog) -> String {
    let names: Vec<String> = catalog.tables.iter().map(Table::full_name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let asked = if name.contains('.') { name.to_owned() } else { format!("public.{name}") };
    format!("there is no table {asked}; {}", words::allowed(&asked, &names))
}

/// The default of a switch that is on.
pub(super) fn yes() -> bool {
    true
}

/// The names without their places.
pub(super) fn plain(names: &[Name]) -> Vec<&str> {
    names.iter().map(|name| name.get_ref().as_str()).collect()
}
