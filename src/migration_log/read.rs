//! What the log says.

use crate::db::{DbError, Row, Session, Sql, quote_qualified};
use crate::digest::Checksum;
use crate::phase::{Applied, Checksums, Intent, IntentState, Status, TransactionMode};

use super::verify::fault;
use super::{ChainFault, Head, LogError};

/// The names of the log's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationLog {
    /// Schema of all of them.
    pub schema: String,
    /// The log itself. The other names are made from it.
    pub table: String,
}

/// Everything the log says, oldest first.
#[derive(Debug, Clone, Default)]
pub struct LogState {
    /// Whether the table is there at all.
    pub exists: bool,
    /// Its rows.
    pub applied: Vec<Applied>,
    /// Where the chain ends.
    pub head: Head,
    /// Where the chain is broken: read rows are held against their hashes, always.
    pub faults: Vec<ChainFault>,
}

impl Default for MigrationLog {
    fn default() -> MigrationLog {
        MigrationLog { schema: "public".to_owned(), table: "migration_log".to_owned() }
    }
}

impl MigrationLog {
    /// `schema.table`, as people write it.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }

    /// Name of the table of statements outside of a transaction.
    pub fn statements_table(&self) -> String {
        format!("{}_statement", self.table)
    }

    /// Name of the table in which refinery keeps the version of these tables.
    pub fn version_table(&self) -> String {
        format!("{}_version", self.table)
    }

    /// Name of the function that keeps the tables append-only.
    pub fn guard_function(&self) -> String {
        format!("{}_guard", self.table)
    }

    /// The full names of all tables of the log: they are phasegate's, not the platform's.
    pub fn own_tables(&self) -> Vec<String> {
        [self.table.clone(), self.statements_table(), self.version_table()]
            .into_iter()
            .map(|table| format!("{}.{table}", self.schema))
            .collect()
    }

    /// The key of the run's lock: one for each log, so that two logs in one database do not hinder each other.
    pub fn lock_key(&self) -> i64 {
        let hex = Checksum::of(format!("phasegate {}", self.full_name()).as_bytes()).hex();
        i64::from_str_radix(&hex[..15], 16).unwrap_or(0)
    }

    /// Reads the log; writes nothing, and makes do with SELECT.
    ///
    /// # Errors
    /// [`LogError::NotALog`] where a table of its name is something else, [`LogError::Row`] where a row makes no
    /// sense, [`LogError::Db`] where it may not be read.
    pub async fn read(&self, session: &mut Session) -> Result<LogState, LogError> {
        let shape = session.one(self.render(include_str!("shape.sql"))?).await?;
        if !shape.flag("log_exists")? {
            return Ok(LogState::default());
        }
        if !shape.flag("is_log")? {
            return Err(LogError::NotALog { table: self.full_name(), column: "row_hash" });
        }
        let mut state = LogState { exists: true, ..LogState::default() };
        for row in session.rows(self.render(include_str!("read.sql"))?).await? {
            let found = Head { seq: row.parse("seq")?, hash: row.text("row_hash")?.to_owned() };
            state.faults.extend(fault(&row, &state.head, &found)?);
            state.head = found;
            state.applied.push(self.applied(&row)?);
        }
        if shape.flag("statements_exist")? {
            for row in session.rows(self.render(include_str!("read_statements.sql"))?).await? {
                add_intent(&mut state.applied, &row)?;
            }
        }
        Ok(state)
    }

    /// Puts the names of the log's tables into a statement.
    pub(super) fn render(&self, text: &'static str) -> Result<String, DbError> {
        let sql = Sql::new(text)
            .ident("schema", &self.schema)
            .ident("log", &self.table)
            .ident("statements", self.statements_table())
            .ident("guard", self.guard_function())
            .value("log_name", quote_qualified(&self.schema, &self.table))
            .value("statements_name", quote_qualified(&self.schema, &self.statements_table()));
        Ok(sql.render()?)
    }

    fn applied(&self, row: &Row) -> Result<Applied, LogError> {
        let seq = row.text("seq")?;
        let fault = |problem: String| LogError::Row { table: self.full_name(), seq: seq.to_owned(), problem };
        let status = row.text("status")?;
        let checksum = |column: &str| -> Result<Checksum, LogError> {
            let text = row.text(column)?;
            Checksum::parse(text).ok_or_else(|| fault(format!("{column} holds {text:?}")))
        };
        Ok(Applied {
            seq: row.parse("seq")?,
            attempt: row.parse("attempt")?,
            run_id: row.text("run_id")?.to_owned(),
            phase: row.text("phase")?.to_owned(),
            status: Status::parse(status).ok_or_else(|| fault(format!("status holds {status:?}")))?,
            checksums: Checksums { raw: checksum("raw_sha256")?, normalised: checksum("normalised_sha256")? },
            transaction: match row.text("transaction_mode")? {
                "phase" => TransactionMode::Phase,
                "none" => TransactionMode::None,
                other => return Err(fault(format!("transaction_mode holds {other:?}"))),
            },
            recorded_at: row.text("recorded_at")?.to_owned(),
            took_ms: row.parse("took_ms")?,
            live: row.flag("live")?,
            error: if status == "ERROR" { error(row)? } else { None },
            intents: Vec::new(),
        })
    }
}

/// `place: message (sqlstate code)`, as far as known.
fn error(row: &Row) -> Result<Option<String>, DbError> {
    let code = row.get("error_code")?.map(|code| format!(" (sqlstate {code})")).unwrap_or_default();
    let message = row.get("error_message")?.map(|message| format!("{message}{code}"));
    let place = row.get("error_at")?.map(str::to_owned);
    let parts: Vec<String> = [place, message].into_iter().flatten().collect();
    Ok((!parts.is_empty()).then(|| parts.join(": ")))
}

/// Adds a statement's row to its attempt. FAILED and DONE follow INTENT in the result.
fn add_intent(applied: &mut [Applied], row: &Row) -> Result<(), LogError> {
    let attempt: i64 = row.parse("attempt")?;
    let statement: u32 = row.parse("statement")?;
    let state = match row.text("event")? {
        "DONE" => IntentState::Done,
        "FAILED" => IntentState::Failed,
        _ => IntentState::Intended,
    };
    let Some(owner) = applied.iter_mut().find(|entry| entry.seq == attempt) else { return Ok(()) };
    match owner.intents.iter_mut().find(|intent| intent.statement == statement) {
        Some(intent) => intent.state = state,
        None => owner.intents.push(Intent { statement, sha256: row.text("sha256")?.to_owned(), state }),
    }
    Ok(())
}
