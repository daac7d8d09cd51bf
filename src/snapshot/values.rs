//! The values of the rows that a comparison names, read from a database that holds the state of a snapshot.
//!
//! A snapshot has no data. Where a restored backup is at hand, or the database itself, the rows are looked up in it by
//! their keys; those of a table without a key by the hash of the whole row. A row counts only if its fingerprint there is
//! the one in the snapshot, to the last hash: the backup of another moment must not lie.

use std::collections::BTreeMap;

use crate::db::{Catalog, DbError, Session, Table};
use crate::evidence::{Evidence, REDACTED, shown};

use super::compare::{NamedColumn, NamedRow, NamedRows};
use super::digest_sql::{Digested, Shows, Wanted};
use super::{DIGEST_METHOD, Forms, RowPrint, Snapshot, TableSnapshot};

/// Which of the two states a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// That of the snapshot before.
    Old,
    /// That of the snapshot after.
    New,
}

/// Why the values of some rows could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotShown {
    /// The table; `None`: the whole database.
    pub table: Option<String>,
    /// The reason in words.
    pub reason: String,
}

/// Reads the values of the named rows from the database behind this session, and puts them into the samples of the
/// findings. Nothing else of the findings changes, and no verdict does. Gives what could not be read.
///
/// # Errors
/// [`DbError`] where the database cannot be asked at all, or no longer: what was read until then stays.
pub async fn show_values(
    session: &mut Session,
    state: State,
    snapshot: &Snapshot,
    named: &[NamedRows],
    facts: &mut [Evidence],
) -> Result<Vec<NotShown>, DbError> {
    if let Some(reason) = unlike(session, snapshot).await? {
        return Ok(vec![NotShown { table: None, reason }]);
    }
    let source = Source { state, catalog: Catalog::read(session).await?, forms: Forms::read(session).await?, snapshot };
    let mut not_shown: Vec<NotShown> = Vec::new();
    for rows in named.iter().filter(|rows| rows.rows.iter().any(|row| state.print(row).is_some())) {
        let table = state.of(&rows.table);
        if not_shown.iter().any(|known| known.table.as_deref() == Some(table)) {
            continue;
        }
        if let Err(reason) = source.show(session, rows, facts).await? {
            not_shown.push(NotShown { table: Some(table.to_owned()), reason });
        }
    }
    Ok(not_shown)
}

/// Why no hash of this database can be that of the snapshot.
async fn unlike(session: &mut Session, snapshot: &Snapshot) -> Result<Option<String>, DbError> {
    if snapshot.digest_method != DIGEST_METHOD {
        return Ok(Some(format!(
            "the snapshot's digests are {}, this phasegate makes {DIGEST_METHOD}",
            snapshot.digest_method
        )));
    }
    let server = session.one(include_str!("server.sql")).await?;
    let encoding = server.text("encoding")?;
    Ok((encoding != snapshot.encoding)
        .then(|| format!("it is encoded in {encoding}, the snapshot's database was in {}", snapshot.encoding)))
}

/// The database, and the snapshot whose state it is said to hold.
struct Source<'a> {
    state: State,
    catalog: Catalog,
    forms: Forms,
    snapshot: &'a Snapshot,
}

/// A row as it was read.
struct Read {
    print: RowPrint,
    values: Vec<Option<String>>,
}

impl Source<'_> {
    /// Puts the values of one finding's rows into its samples, or says why not.
    async fn show(
        &self,
        session: &mut Session,
        named: &NamedRows,
        facts: &mut [Evidence],
    ) -> Result<Result<(), String>, DbError> {
        let name = self.state.of(&named.table);
        let Some(taken) = self.snapshot.table(name) else { return Ok(Err("the snapshot does not have it".into())) };
        let table = match self.table(taken) {
            Ok(table) => table,
            Err(reason) => return Ok(Err(reason)),
        };
        let form = |column: &str| self.forms.get(table.oid, column).under(self.snapshot.equality);
        let digested = Digested::new(&table, taken.key.clone(), form);
        let prints: Vec<&RowPrint> = named.rows.iter().filter_map(|row| self.state.print(row)).collect();
        let wanted = wanted(taken, &prints);
        let rows = match read(session, &digested, &wanted, &self.places(&digested, &named.columns)).await {
            Ok(rows) => rows,
            // Another table may be readable all the same.
            Err(error) if error.server().is_some() && session.is_usable() => return Ok(Err(error.to_string())),
            Err(error) => return Err(error),
        };
        for (row, sample) in named.rows.iter().zip(named.samples(facts)) {
            let Some(print) = self.state.print(row) else { continue };
            match self.find(print, &rows, &wanted) {
                Ok(values) => {
                    for (column, value) in named.columns.iter().zip(values) {
                        let text = if column.is_hidden { REDACTED.to_owned() } else { shown(value.as_deref()) };
                        // A column that got another name has its new one.
                        let entry = sample.of_column(&column.name.1);
                        match self.state {
                            State::Old => entry.old = Some(text),
                            State::New => entry.new = Some(text),
                        }
                    }
                }
                Err(note) => sample.notes.push(note),
            }
        }
        Ok(Ok(()))
    }

    /// The table with the snapshot's columns alone, where it can hold the snapshot's rows.
    fn table(&self, taken: &TableSnapshot) -> Result<Table, String> {
        let found = self.catalog.tables.iter().find(|table| table.full_name() == taken.name);
        let Some(found) = found else { return Err("it is not there".into()) };
        if !found.readable {
            return Err("the role may not read it; grant SELECT on it and USAGE on its schema".into());
        }
        for column in &taken.columns {
            let Some(there) = found.column(&column.name) else {
                return Err(format!("it has no column {}: the schema is another", column.name));
            };
            let form = self.forms.get(found.oid, &there.name).under(self.snapshot.equality).name(&there.base_type);
            if form != column.form {
                return Err(format!(
                    "its column {} is {}, in the snapshot it is {}: the schema is another",
                    column.name, there.type_name, column.type_name
                ));
            }
        }
        let columns = found.columns.iter().filter(|column| taken.column(&column.name).is_some()).cloned().collect();
        Ok(Table { columns, ..found.clone() })
    }

    fn places(&self, digested: &Digested<'_>, columns: &[NamedColumn]) -> Vec<(usize, Shows)> {
        let place = |named: &NamedColumn| {
            let name = self.state.of(&named.name);
            let found = digested.columns.iter().position(|(column, _)| column.name == name);
            // Of a column that is not there, which the snapshot would not have named, nothing is shown.
            found.map_or((0, Shows::Nothing), |at| (at, if named.is_hidden { Shows::Nothing } else { Shows::Value }))
        };
        columns.iter().map(place).collect()
    }

    /// The values of the row with this very fingerprint, or why there are none.
    fn find<'r>(&self, print: &RowPrint, rows: &'r [Read], wanted: &Wanted) -> Result<&'r [Option<String>], String> {
        if let Some(row) = rows.iter().find(|row| row.print == *print) {
            return Ok(&row.values);
        }
        let database = self.state.database();
        Err(match wanted {
            Wanted::Keys(_) if rows.iter().any(|row| row.print.key == print.key) => {
                format!("the row in the {database} is not the one that the snapshot saw")
            }
            Wanted::Keys(_) => format!("the {database} has no row of this key"),
            Wanted::Hashes(_) => format!("the {database} has no row like the one that the snapshot saw"),
        })
    }
}

impl State {
    /// What people call the database.
    pub fn database(self) -> &'static str {
        match self {
            State::Old => "old database",
            State::New => "new database",
        }
    }

    fn of(self, (old, new): &(String, String)) -> &str {
        match self {
            State::Old => old,
            State::New => new,
        }
    }

    fn print(self, row: &NamedRow) -> Option<&RowPrint> {
        match self {
            State::Old => row.was.as_ref(),
            State::New => row.is.as_ref(),
        }
    }
}

/// By their keys, which an index finds; by their hashes where there is no key, or NULL in one, which nothing equals.
fn wanted(taken: &TableSnapshot, prints: &[&RowPrint]) -> Wanted {
    let length = taken.key.as_ref().map_or(0, Vec::len);
    let key = |print: &&RowPrint| {
        let values: Vec<String> = serde_json::from_str(&print.key).ok()?;
        (length > 0 && values.len() == length).then_some(values)
    };
    match prints.iter().map(key).collect::<Option<Vec<_>>>() {
        Some(keys) => Wanted::Keys(keys),
        None => Wanted::Hashes(prints.iter().map(|print| print.row).collect()),
    }
}

async fn read(
    session: &mut Session,
    digested: &Digested<'_>,
    wanted: &Wanted,
    shown: &[(usize, Shows)],
) -> Result<Vec<Read>, DbError> {
    // Rows that are equal to the last hash have equal values: one of them is enough.
    let mut rows = BTreeMap::new();
    session
        .each(digested.values(wanted, shown)?, |row| {
            let [print @ .., values] = row.values() else {
                return Err(DbError::Answer { reason: "a row without values".into() });
            };
            let values = serde_json::from_str(values.as_deref().unwrap_or("null"))
                .map_err(|error| DbError::Answer { reason: format!("the values of a row: {error}") })?;
            rows.insert(RowPrint::of(print)?, values);
            Ok(())
        })
        .await?;
    Ok(rows.into_iter().map(|(print, values)| Read { print, values }).collect())
}
