//! What every kind of rule has in common.

use crate::db::{Catalog, Column, SqlError, Table};
pub(super) use crate::declaration::{Complaints, Form, Name, Shape};
pub use crate::declaration::{KindInfo, Parameter};

use super::figure::Bounds;
use super::probe::Probe;
use super::reads::{Asks, Reads};
use super::rule::Rule;
use super::share::Share;
use super::violation::{self, Planned};
use super::words;

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
    /// Whether it counts rows or groups. What judges one figure is one violation at most: a threshold of 1 would let
    /// everything pass.
    const TAKES_THRESHOLD: bool = true;
    /// Whether what it counts are rows. A share of the rows says nothing of groups, or where nobody knows how many rows there
    /// were.
    const TAKES_PERCENT: bool = true;

    /// Whether it judges one figure that can be held against that of an earlier measurement.
    const HAS_FIGURE: bool = false;

    /// Where it stands that no bound is given of a figure that needs one, unless it is compared.
    fn unbounded(&self) -> Option<std::ops::Range<usize>> {
        None
    }

    /// The bounds of a figure that is written down whole and is a number, so that it can be judged again by others.
    fn bounds(&self) -> Option<Bounds<'_>> {
        None
    }

    /// What is wrong with it whatever the database looks like.
    fn look_over(&self, _complaints: &mut Complaints) {}

    /// What of it the database does not have.
    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints);

    /// The columns it is about, for the subject of its evidence.
    fn about(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Which tables and columns it reads, for the coverage of a run: those that it is about, where it is about a table.
    ///
    /// A kind that reads other tables, or the catalog in place of rows, says so here.
    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        if let (true, Some(table)) = (Self::NEEDS_TABLE, scope.table) {
            reads.columns(table, self.about());
        }
    }

    /// What it asks of what it reads, as far as two rules of the kind over the same columns can differ in it.
    fn asks(&self) -> Asks {
        Asks::default()
    }

    /// Columns whose values are shown nowhere, not even where nothing else names an offender.
    fn hides(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The rules that it combines.
    fn combines(&self) -> &[Name] {
        &[]
    }

    /// A file beside the rules that it is written in part by.
    fn file(&self) -> Option<&Name> {
        None
    }

    /// Takes the text of that file; what is wrong with it.
    fn take_file(&mut self, _text: &str) -> Result<(), String> {
        Ok(())
    }

    /// What violates it, to show that it turns red; the reason where none is known. Called as [`Kind::probe`] is.
    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        violation::none("no violation of its kind is known that could be planted")
    }

    /// How it can be measured beside others that group or join by the same columns; `None` where it cannot. Called as
    /// [`Kind::probe`] is, and counts what that does.
    fn share(&self, _scope: &Scope<'_>) -> Option<Share> {
        None
    }

    /// How it is measured. Called only where [`Kind::hold_against`] had nothing to say.
    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError>;
}

impl Complaints {
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
