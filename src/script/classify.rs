//! What a statement is: enough to decide where it may run and how its locks are waited for.

mod names;
mod words;

use serde::Serialize;

pub use names::{NamedChange, NamedVerb, Names, Place, names};
use words::Words;

/// What a statement is, by its leading keywords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// BEGIN, COMMIT, SAVEPOINT and their kin.
    TransactionControl {
        /// Which of them.
        what: TransactionControl,
    },
    /// `COPY ... FROM STDIN`: its data follows in the script.
    CopyFromStdin,
    /// `COPY ... TO STDOUT`.
    CopyToStdout,
    /// `CREATE [UNIQUE] INDEX CONCURRENTLY`.
    CreateIndexConcurrently {
        /// `UNIQUE`.
        unique: bool,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The index; `None` where the server makes up the name. Its schema is that of the table.
        name: Option<QualifiedName>,
        /// The table.
        table: QualifiedName,
    },
    /// `DROP INDEX CONCURRENTLY`.
    DropIndexConcurrently {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The indexes, never empty.
        names: Vec<QualifiedName>,
    },
    /// `REINDEX ... CONCURRENTLY`.
    ReindexConcurrently {
        /// What is rebuilt.
        target_kind: ReindexTarget,
        /// Its name; `None` for the current database.
        name: Option<QualifiedName>,
    },
    /// `ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY`.
    DetachPartitionConcurrently {
        /// The partitioned table.
        table: QualifiedName,
        /// The partition.
        partition: QualifiedName,
    },
    /// Another statement that the server refuses within a transaction.
    CannotRunInTransaction {
        /// Its keywords.
        what: &'static str,
    },
    /// `ALTER TABLE ... VALIDATE CONSTRAINT ...` and nothing else; it lets reads and writes go on.
    ValidateConstraint {
        /// The table.
        table: QualifiedName,
        /// The constraint.
        name: String,
    },
    /// SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES, TABLE, WITH.
    Dml,
    /// CREATE, ALTER, DROP, TRUNCATE, COMMENT, GRANT and their kin.
    Ddl,
    /// SET or RESET.
    Set,
    /// DO.
    Do,
    /// Anything else.
    Other,
}

/// A statement about the transaction it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionControl {
    /// `BEGIN` or `START TRANSACTION`.
    Begin,
    /// `COMMIT` or `END`.
    Commit,
    /// `ROLLBACK` or `ABORT`.
    Rollback,
    /// `SAVEPOINT`.
    Savepoint,
    /// `ROLLBACK TO`.
    RollbackTo,
    /// `RELEASE`.
    Release,
    /// `PREPARE TRANSACTION`.
    PrepareTransaction,
    /// `COMMIT PREPARED`.
    CommitPrepared,
    /// `ROLLBACK PREPARED`.
    RollbackPrepared,
    /// `SET TRANSACTION`.
    SetTransaction,
}

/// What a REINDEX rebuilds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReindexTarget {
    /// One index.
    Index,
    /// The indexes of a table.
    Table,
    /// The indexes of a schema.
    Schema,
    /// The indexes of the database.
    Database,
    /// The indexes of the system catalogs.
    System,
}

/// A name as the catalog has it: folded to lower case unless quoted, cut to 63 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct QualifiedName {
    /// The schema, where one is written.
    pub schema: Option<String>,
    /// The name within it.
    pub name: String,
}

/// How the locks of a statement are to be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LockClass {
    /// Takes a lock that stops reads or writes: wait for it briefly, then try again.
    Strong,
    /// Lets reads and writes go on, and may take long: no timeout.
    LongAllowed,
    /// Anything else.
    Plain,
}

impl StatementKind {
    /// Whether it begins or ends a transaction, and so cannot stand in a phase that is one. Savepoints can.
    pub fn bounds_transaction(&self) -> bool {
        use TransactionControl::{Release, RollbackTo, Savepoint, SetTransaction};
        match self {
            StatementKind::TransactionControl { what } => {
                !matches!(what, Savepoint | RollbackTo | Release | SetTransaction)
            }
            _ => false,
        }
    }

    /// Whether the server takes it within a transaction block.
    pub fn can_run_in_transaction(&self) -> bool {
        !matches!(
            self,
            StatementKind::CannotRunInTransaction { .. }
                | StatementKind::CreateIndexConcurrently { .. }
                | StatementKind::DropIndexConcurrently { .. }
                | StatementKind::ReindexConcurrently { .. }
                | StatementKind::DetachPartitionConcurrently { .. }
        )
    }

    /// Whether COPY data goes one way or the other, so that it must be sent alone, by the COPY protocol.
    pub fn is_copy(&self) -> bool {
        matches!(self, StatementKind::CopyFromStdin | StatementKind::CopyToStdout)
    }
}

impl std::fmt::Display for QualifiedName {
    /// Each part quoted where it needs it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", quoted(schema))?;
        }
        f.write_str(&quoted(&self.name))
    }
}

fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// What a statement is. `text` is one statement, with or without its `;`, comments allowed anywhere.
pub fn classify(text: &str) -> StatementKind {
    let lead = words::lead(text);
    let is = |keywords: &[&str]| keywords.iter().any(|keyword| lead.eq_ignore_ascii_case(keyword));
    if is(&["insert", "select", "update", "delete", "with", "values", "merge", "table"]) {
        return StatementKind::Dml;
    }
    let lexemes = words::lexemes(text);
    let words = Words::new(&lexemes);
    match lead.to_ascii_lowercase().as_str() {
        "copy" => copy(words),
        "create" => create(words),
        "drop" => drop_object(words),
        "alter" => alter(words),
        "reindex" => reindex(words),
        "vacuum" => StatementKind::CannotRunInTransaction { what: "VACUUM" },
        "cluster" => cluster(words),
        "discard" if words.begins(&["discard", "all"]) => StatementKind::CannotRunInTransaction { what: "DISCARD ALL" },
        "set" if words.begins(&["set", "transaction"]) => control(TransactionControl::SetTransaction),
        "set" | "reset" => StatementKind::Set,
        "do" => StatementKind::Do,
        "truncate" | "comment" | "grant" | "revoke" | "security" | "import" | "reassign" | "refresh" => {
            StatementKind::Ddl
        }
        _ => transaction_control(words).map_or(StatementKind::Other, control),
    }
}

fn control(what: TransactionControl) -> StatementKind {
    StatementKind::TransactionControl { what }
}

fn transaction_control(mut words: Words<'_>) -> Option<TransactionControl> {
    use TransactionControl::*;
    if words.eat("begin") || words.eat_all(&["start", "transaction"]) {
        return Some(Begin);
    }
    if words.eat_all(&["prepare", "transaction"]) {
        return Some(PrepareTransaction);
    }
    if words.eat("commit") || words.eat("end") {
        return Some(if words.eat("prepared") { CommitPrepared } else { Commit });
    }
    if words.eat("rollback") {
        if words.eat("prepared") {
            return Some(RollbackPrepared);
        }
        let _ = words.eat("work") || words.eat("transaction");
        return Some(if words.eat("to") { RollbackTo } else { Rollback });
    }
    match () {
        () if words.eat("abort") => Some(Rollback),
        () if words.eat("savepoint") => Some(Savepoint),
        () if words.eat("release") => Some(Release),
        () => None,
    }
}

/// The grammar takes STDIN and STDOUT for one another; only FROM and TO count.
fn copy(mut words: Words<'_>) -> StatementKind {
    while let Some(lexeme) = words.next_outside_parens() {
        let is_from = lexeme.is("from");
        if is_from || lexeme.is("to") {
            let is_stream = words.eat("stdin") || words.eat("stdout");
            return match (is_stream, is_from) {
                (true, true) => StatementKind::CopyFromStdin,
                (true, false) => StatementKind::CopyToStdout,
                (false, _) => StatementKind::Other,
            };
        }
    }
    StatementKind::Other
}

fn create(mut words: Words<'_>) -> StatementKind {
    let cannot = |what| StatementKind::CannotRunInTransaction { what };
    words.eat("create");
    if words.begins(&["database"]) {
        return cannot("CREATE DATABASE");
    }
    if words.begins(&["tablespace"]) {
        return cannot("CREATE TABLESPACE");
    }
    if words.begins(&["subscription"]) {
        return cannot("CREATE SUBSCRIPTION");
    }
    let unique = words.eat("unique");
    if words.eat_all(&["index", "concurrently"]) {
        return create_index(words, unique).unwrap_or(cannot("CREATE INDEX CONCURRENTLY"));
    }
    StatementKind::Ddl
}

fn create_index(mut words: Words<'_>, unique: bool) -> Option<StatementKind> {
    let if_not_exists = words.eat_all(&["if", "not", "exists"]);
    let name = if words.begins(&["on"]) { None } else { Some(words.name()?) };
    if !words.eat("on") {
        return None;
    }
    words.eat("only");
    let table = words.name()?;
    Some(StatementKind::CreateIndexConcurrently { unique, if_not_exists, name, table })
}

fn drop_object(mut words: Words<'_>) -> StatementKind {
    let cannot = |what| StatementKind::CannotRunInTransaction { what };
    words.eat("drop");
    match () {
        () if words.begins(&["database"]) => cannot("DROP DATABASE"),
        () if words.begins(&["tablespace"]) => cannot("DROP TABLESPACE"),
        () if words.begins(&["subscription"]) => cannot("DROP SUBSCRIPTION"),
        () if words.eat_all(&["index", "concurrently"]) => {
            drop_index(words).unwrap_or(cannot("DROP INDEX CONCURRENTLY"))
        }
        () => StatementKind::Ddl,
    }
}

fn drop_index(mut words: Words<'_>) -> Option<StatementKind> {
    let if_exists = words.eat_all(&["if", "exists"]);
    let mut names = vec![words.name()?];
    while words.eat(",") {
        names.push(words.name()?);
    }
    Some(StatementKind::DropIndexConcurrently { if_exists, names })
}

fn alter(mut words: Words<'_>) -> StatementKind {
    let cannot = |what| StatementKind::CannotRunInTransaction { what };
    words.eat("alter");
    if words.begins(&["system"]) {
        return cannot("ALTER SYSTEM");
    }
    if words.eat("table") {
        return alter_table(words);
    }
    if words.eat("database") && words.name().is_some() && words.begins(&["set", "tablespace"]) {
        return cannot("ALTER DATABASE ... SET TABLESPACE");
    }
    if words.eat("subscription") && words.name().is_some() && words.begins(&["refresh"]) {
        return cannot("ALTER SUBSCRIPTION ... REFRESH PUBLICATION");
    }
    StatementKind::Ddl
}

fn alter_table(mut words: Words<'_>) -> StatementKind {
    let has_detach = words.has_sequence_then(&["detach", "partition"], "concurrently");
    words.eat_all(&["if", "exists"]);
    words.eat("only");
    let Some(table) = words.name() else { return unnamed_detach(has_detach) };
    words.eat("*");
    if words.eat_all(&["detach", "partition"]) {
        return match words.name() {
            Some(partition) if words.eat("concurrently") => {
                StatementKind::DetachPartitionConcurrently { table, partition }
            }
            _ => unnamed_detach(has_detach),
        };
    }
    if words.eat_all(&["validate", "constraint"])
        && let Some(name) = words.identifier()
        && words.is_at_end()
    {
        return StatementKind::ValidateConstraint { table, name };
    }
    StatementKind::Ddl
}

fn unnamed_detach(has_detach: bool) -> StatementKind {
    let what = "ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY";
    if has_detach { StatementKind::CannotRunInTransaction { what } } else { StatementKind::Ddl }
}

fn reindex(mut words: Words<'_>) -> StatementKind {
    words.eat("reindex");
    let mut concurrently = words.eat_option_list("concurrently");
    let target = match () {
        () if words.eat("index") => ReindexTarget::Index,
        () if words.eat("table") => ReindexTarget::Table,
        () if words.eat("schema") => ReindexTarget::Schema,
        () if words.eat("database") => ReindexTarget::Database,
        () if words.eat("system") => ReindexTarget::System,
        () => return StatementKind::Ddl,
    };
    concurrently |= words.eat("concurrently");
    let name = words.name();
    let is_many = !matches!(target, ReindexTarget::Index | ReindexTarget::Table);
    match (concurrently, name, is_many) {
        (true, None, false) => StatementKind::CannotRunInTransaction { what: "REINDEX CONCURRENTLY" },
        (true, name, _) => StatementKind::ReindexConcurrently { target_kind: target, name },
        (false, _, true) => StatementKind::CannotRunInTransaction { what: "REINDEX SCHEMA, DATABASE or SYSTEM" },
        (false, _, false) => StatementKind::Ddl,
    }
}

/// CLUSTER without a table clusters every table, each in a transaction of its own.
fn cluster(mut words: Words<'_>) -> StatementKind {
    words.eat("cluster");
    words.eat_option_list("verbose");
    words.eat("verbose");
    if words.is_at_end() {
        return StatementKind::CannotRunInTransaction { what: "CLUSTER without a table" };
    }
    StatementKind::Ddl
}

/// How the locks of a statement are to be waited for.
pub(super) fn lock_class(kind: &StatementKind, text: &str) -> LockClass {
    match kind {
        StatementKind::CreateIndexConcurrently { .. }
        | StatementKind::DropIndexConcurrently { .. }
        | StatementKind::ReindexConcurrently { .. }
        | StatementKind::DetachPartitionConcurrently { .. }
        | StatementKind::ValidateConstraint { .. } => LockClass::LongAllowed,
        StatementKind::Ddl | StatementKind::Other | StatementKind::CannotRunInTransaction { .. } => {
            let lexemes = words::lexemes(text);
            lock_class_by_words(Words::new(&lexemes))
        }
        _ => LockClass::Plain,
    }
}

fn lock_class_by_words(words: Words<'_>) -> LockClass {
    let begins_any = |starts: &[&[&str]]| starts.iter().any(|start| words.begins(start));
    if begins_any(&[&["vacuum"]]) {
        // FULL is a reserved word: unquoted it is the option, not a table.
        return if words.has("full") { LockClass::Strong } else { LockClass::LongAllowed };
    }
    if begins_any(&[&["analyze"], &["analyse"], &["refresh", "materialized", "view", "concurrently"]])
        || words.has_sequence_then(&["index"], "concurrently")
        || words.has_sequence_then(&["detach", "partition"], "concurrently")
        || begins_any(&[&["reindex"]]) && words.has("concurrently")
    {
        return LockClass::LongAllowed;
    }
    if begins_any(&[&["alter", "role"], &["alter", "user"], &["alter", "group"], &["alter", "system"]])
        || begins_any(&[&["alter", "database"], &["alter", "default"], &["drop", "role"], &["drop", "user"]])
    {
        return LockClass::Plain;
    }
    let leads: &[&[&str]] =
        &[&["alter"], &["drop"], &["truncate"], &["lock"], &["reindex"], &["cluster"], &["refresh"]];
    if begins_any(leads) || creates_under_strong_lock(words) { LockClass::Strong } else { LockClass::Plain }
}

/// Whether a CREATE locks a table that is there already.
fn creates_under_strong_lock(mut words: Words<'_>) -> bool {
    if !words.eat("create") {
        return false;
    }
    words.eat_all(&["or", "replace"]);
    for modifier in ["unique", "constraint", "temp", "temporary", "unlogged", "recursive"] {
        words.eat(modifier);
    }
    let locks_always = ["index", "trigger", "rule", "policy", "view"];
    if locks_always.iter().any(|object| words.begins(&[object])) {
        return true;
    }
    let is_table = words.begins(&["table"]) || words.begins(&["foreign", "table"]);
    is_table && (words.has("references") || words.has("inherits") || words.has_all(&["partition", "of"]))
}

/// Whether a statement turns `standard_conforming_strings` off, for the session or the transaction.
pub(super) fn turns_scs_off(kind: &StatementKind, text: &str) -> bool {
    const SETTING: &str = "standard_conforming_strings";
    match kind {
        StatementKind::Set => {
            let lexemes = words::lexemes(text);
            let mut words = Words::new(&lexemes);
            words.eat("set");
            let _ = words.eat("session") || words.eat("local");
            let is_setting = words.identifier().is_some_and(|name| name.eq_ignore_ascii_case(SETTING));
            is_setting && (words.eat("to") || words.eat("=")) && words.literal().is_some_and(|value| !is_on(&value))
        }
        StatementKind::Dml if words::lead(text).eq_ignore_ascii_case("select") => {
            let lexemes = words::first_lexemes(text, 8);
            let mut words = Words::new(&lexemes);
            words.eat("select");
            let is_set_config = words.name().is_some_and(|name| name.name == "set_config");
            is_set_config
                && words.eat("(")
                && words.literal().is_some_and(|name| name.eq_ignore_ascii_case(SETTING))
                && words.eat(",")
                && words.literal().is_some_and(|value| !is_on(&value))
        }
        _ => false,
    }
}

/// A value that leaves the setting on. Anything that is not surely on counts as off.
fn is_on(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    ["on", "1", "default"].contains(&value.as_str())
        || (!value.is_empty() && ("true".starts_with(&value) || "yes".starts_with(&value)))
}

#[cfg(test)]
mod tests;
