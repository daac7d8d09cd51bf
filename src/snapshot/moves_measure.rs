//! Measuring the declared moves under the snapshot's instant.

use crate::db::{Catalog, DbError, Row, Session, SharedSnapshot, Sql, SqlError, Table, TableKind};
use crate::digest::Digest;
use crate::phase::Side;

use super::form::{Form, mixed};
use super::moves::{MoveSnapshot, MovedRows, MovedTable, MovedValue, Values, WantedMove, table};
use super::{DigestKind, Equality, Options, SnapshotError};

/// Measures every move that is wanted, one table after the other. A table that cannot be measured says why.
///
/// # Errors
/// [`SnapshotError`] where the server cannot be used at all, or when cancelled.
pub(super) async fn measure(
    snapshot: &SharedSnapshot,
    catalog: &Catalog,
    options: &Options,
) -> Result<Vec<MoveSnapshot>, SnapshotError> {
    let mut found = Vec::new();
    if options.digest != DigestKind::Hash64 {
        // Who asked for digests that withstand a forger is not given others.
        return Ok(found);
    }
    for wanted in &options.moves {
        let values = wanted.values(catalog);
        let mut tables = Vec::new();
        for side in wanted.declared.sides() {
            if options.cancel.is_cancelled() {
                return Err(SnapshotError::Cancelled);
            }
            let Some(table) = table(catalog, &side.table) else { continue };
            let measured = match one(snapshot, wanted, side, &values, table, options.equality).await {
                Ok(measured) => measured,
                Err(_) if options.cancel.is_cancelled() => return Err(SnapshotError::Cancelled),
                Err(error) => MovedTable {
                    table: side.table.clone(),
                    problem: Some(error.to_string()),
                    part: MovedRows::default(),
                    rest: None,
                },
            };
            tables.push(measured);
        }
        found.push(MoveSnapshot { declared: wanted.declared.clone(), values, tables });
    }
    Ok(found)
}

/// In a session of its own: a faulty expression ends the transaction that it stands in.
async fn one(
    snapshot: &SharedSnapshot,
    wanted: &WantedMove,
    side: &Side,
    values: &Values,
    table: &Table,
    equality: Equality,
) -> Result<MovedTable, DbError> {
    let expressions = wanted.expressions(side, values, table);
    let cells: Vec<(usize, String)> =
        expressions.into_iter().enumerate().filter_map(|(place, text)| Some((place, text?))).collect();
    let has = |place: &usize| cells.iter().any(|(known, _)| known == place);
    if cells.is_empty() || !values.key.iter().all(has) {
        let problem = "it has none of the values that are compared, or not all of the key".to_owned();
        return Ok(MovedTable {
            table: side.table.clone(),
            problem: Some(problem),
            part: MovedRows::default(),
            rest: None,
        });
    }
    let mut session = snapshot.session().await?;
    let only = if table.kind == TableKind::Partitioned { "" } else { "ONLY " };
    let mut query = Query { source: format!("{only}{}", table.quoted()), cells, forms: Vec::new(), values };
    query.forms = query.read_forms(&mut session, equality).await?;
    let condition = side.condition.as_deref().unwrap_or("true");
    let part = query.rows(&mut session, &format!("({condition})")).await?;
    let rest = match &side.condition {
        Some(condition) => Some(query.rows(&mut session, &format!("({condition}) IS NOT TRUE")).await?),
        None => None,
    };
    session.close().await;
    Ok(MovedTable { table: side.table.clone(), problem: None, part, rest })
}

/// The statements over one table.
struct Query<'a> {
    source: String,
    /// The place and the expression of each value that the table has.
    cells: Vec<(usize, String)>,
    /// The form of each of them, with its name.
    forms: Vec<(Form, String)>,
    values: &'a Values,
}

impl Query<'_> {
    async fn read_forms(&self, session: &mut Session, equality: Equality) -> Result<Vec<(Form, String)>, DbError> {
        let types: Vec<String> = self.cells.iter().map(|(place, _)| format!("pg_typeof(a.v{place})::oid")).collect();
        let sql = Sql::new(include_str!("moves_types.sql"))
            .fragment("types", types.join(", "))
            .fragment("columns", self.columns())
            .fragment("inputs", self.inputs())
            .fragment("names", self.names())
            .fragment("source", &self.source)
            .render()?;
        let rows = session.rows(sql).await?;
        let form = |row: &Row| -> Result<(Form, String), DbError> {
            let form = Form::of(row.parse("base_oid")?, row.text("kind")? == "e", row.flag("own_text_cast")?);
            Ok((form.under(equality), form.name(row.text("base_type")?)))
        };
        let forms = rows.iter().map(form).collect::<Result<Vec<_>, _>>()?;
        match forms.len() == self.cells.len() {
            true => Ok(forms),
            false => Err(DbError::Answer { reason: "the types of a move's values could not be told".into() }),
        }
    }

    async fn rows(&self, session: &mut Session, condition: &str) -> Result<MovedRows, DbError> {
        let row = session.one(self.statement(condition)?).await?;
        let number = |at: usize| -> Result<&str, DbError> {
            row.at(at).ok_or_else(|| DbError::Answer { reason: format!("output {at} of a move is missing") })
        };
        let digest = |at: usize| -> Result<Digest, DbError> {
            let text = number(at)?;
            text.parse().map_err(|_| DbError::Answer { reason: format!("{text:?} where a digest was expected") })
        };
        let rows = number(0)?;
        let rows =
            rows.parse().map_err(|_| DbError::Answer { reason: format!("{rows:?} where a count was expected") })?;
        let row_digest = if self.is_whole() { Some(digest(1)?) } else { None };
        let value = |(at, (place, _)): (usize, &(usize, String))| {
            Ok(MovedValue { place: *place, form: self.forms[at].1.clone(), digest: digest(2 + at)? })
        };
        let values = self.cells.iter().enumerate().map(value).collect::<Result<_, DbError>>()?;
        Ok(MovedRows { rows, row_digest, values })
    }

    fn statement(&self, condition: &str) -> Result<String, SqlError> {
        let value = |place: usize| format!("v{place}");
        let form = |place: usize| {
            self.cells
                .iter()
                .position(|(known, _)| *known == place)
                .map_or(Form::of(0, false, true), |at| self.forms[at].0)
        };
        let mut outputs = vec!["count(*)".to_owned()];
        let hashes: Vec<String> = self
            .cells
            .iter()
            .map(|(place, _)| {
                let (value, form) = (value(*place), form(*place));
                let prepared = form.prepared(&value).unwrap_or_else(|| value.clone());
                // By place: the value has other names in other tables.
                form.constant_hash(&value, &prepared, &format!("value {place}"))
            })
            .collect();
        outputs.push(if self.is_whole() { format!("coalesce(sum({}), 0)", mixed(&hashes)) } else { "NULL".into() });
        outputs.extend(
            self.cells.iter().map(|(place, _)| format!("coalesce(sum({}), 0)", form(*place).hash(&value(*place), "k"))),
        );
        let key = Form::key_hash(self.values.key.iter().map(|place| (value(*place), form(*place))));
        let values: Vec<String> = self.cells.iter().map(|(place, _)| value(*place)).collect();
        Sql::new(include_str!("moves.sql"))
            .fragment("outputs", outputs.join(", "))
            .fragment("values", values.join(", "))
            .fragment("key", key)
            .fragment("columns", self.columns())
            .fragment("inputs", self.inputs())
            .fragment("names", self.names())
            .fragment("source", &self.source)
            .fragment("condition", condition)
            .render()
    }

    fn inputs(&self) -> String {
        let inputs: Vec<String> = self.cells.iter().map(|(_, text)| format!("({text})")).collect();
        inputs.join(", ")
    }

    /// Names that no column of the table has, or a bare one in the condition would mean two things.
    fn names(&self) -> String {
        let names: Vec<String> = self.cells.iter().map(|(place, _)| format!("phasegate_input_{place}")).collect();
        names.join(", ")
    }

    fn columns(&self) -> String {
        let column = |(place, _): &(usize, String)| format!("i.phasegate_input_{place} AS v{place}");
        self.cells.iter().map(column).collect::<Vec<_>>().join(", ")
    }

    /// Whether the table has every value, so that its rows can be hashed whole.
    fn is_whole(&self) -> bool {
        self.cells.len() == self.values.names.len()
    }
}
