//! Taking a snapshot: every table read once, by several sessions that see one instant.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::db::{Cancel, Catalog, DbError, Row, Session, SharedSnapshot, Table, TableKind};
use crate::digest::Digest;

use super::columns::Forms;
use super::digest_sql::{Digested, OUTPUTS_PER_COLUMN};
use super::exclusion::{self, ExcludedColumn};
use super::pace::{self, Pace};
use super::rows::{Fingerprints, RowPrint};
use super::sha256;
use super::{
    Cause, ColumnSnapshot, DigestKind, Equality, FORMAT_VERSION, NotCovered, SchemaFingerprint, SequencePosition,
    Snapshot, SnapshotError, TableSnapshot, WantedMove, moves_measure, schema, sequences, store,
};

/// Bounds are for the eye; the digest sees the whole value.
const LONGEST_BOUND: usize = 100;

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many tables are read at once; one session each. At least 1.
    pub jobs: usize,
    /// Tables with more rows get no row fingerprints; 0: none does.
    pub fingerprint_max_rows: u64,
    /// When two values are one. Snapshots of different equality cannot be compared.
    pub equality: Equality,
    /// How the digests are made.
    pub digest: DigestKind,
    /// Only these tables, by full name; `None`: all.
    pub tables: Option<Vec<String>>,
    /// Not these tables, by full name, nor what belongs to them; other objects are left out by their names likewise.
    /// They are listed as excluded.
    pub exclude: Vec<String>,
    /// Columns that are not looked at; they are listed. One of a table's key is looked at all the same.
    pub exclude_columns: Vec<ExcludedColumn>,
    /// From this age on nothing further is read; what is left is listed. `None`: it may last as long as it takes.
    pub max_age: Option<std::time::Duration>,
    /// While more clients than these are being served, no table is begun; 0: any number.
    pub max_active_sessions: usize,
    /// The key by which to digest a table, by its full name (`None`: as a multiset), whatever key it has now. Give
    /// those of the snapshot before ([`Snapshot::keys`]): a key that the migration adds, drops or moves would make the
    /// digests say nothing to each other. Where a column is missing, the table's own key is taken.
    pub keys: BTreeMap<String, Option<Vec<String>>>,
    /// The moves to measure. For the snapshot after give those of the one before ([`Snapshot::wanted_moves`]).
    pub moves: Vec<WantedMove>,
    /// Stops the work; give the one that the shared snapshot was opened with.
    pub cancel: Cancel,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            jobs: 2,
            fingerprint_max_rows: 100_000,
            equality: Equality::Representation,
            digest: DigestKind::Hash64,
            tables: None,
            exclude: Vec::new(),
            exclude_columns: Vec::new(),
            max_age: None,
            max_active_sessions: 0,
            keys: BTreeMap::new(),
            moves: Vec::new(),
            cancel: Cancel::never(),
        }
    }
}

/// What happens meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// How much there is to do.
    Planned {
        /// Tables to be read.
        tables: usize,
        /// Their rows, as the planner guesses.
        estimated_rows: u64,
    },
    /// A table is being read.
    TableStarted {
        /// Which one.
        name: String,
        /// The planner's guess at its rows.
        estimated_rows: u64,
    },
    /// A table was read.
    TableDone {
        /// Which one.
        name: String,
        /// Its rows.
        rows: u64,
        /// How long it took, in milliseconds.
        took_ms: f64,
    },
    /// Others are at work: the next table waits for them.
    Waiting {
        /// How many of them.
        active: usize,
        /// How many may be.
        allowed: usize,
    },
    /// A table could not be read; the rest goes on.
    TableFailed(NotCovered),
}

/// Takes a snapshot. Row fingerprints are written below `directory`, where one is given, and [`super::save`] then puts
/// the snapshot beside them; without a directory there are none.
///
/// A table that cannot be read is listed with the reason and the rest goes on.
///
/// # Errors
/// [`SnapshotError`] where the server, or the directory, cannot be used at all, where a snapshot is there already, or
/// when cancelled. Files below `directory/rows` may be left then; the next snapshot taken there removes them.
pub async fn take(
    snapshot: &SharedSnapshot,
    catalog: &Catalog,
    directory: Option<&Path>,
    options: &Options,
    events: &(dyn Fn(Event) + Sync),
) -> Result<Snapshot, SnapshotError> {
    if let Some(directory) = directory {
        store::prepare(directory)?;
    }
    let (catalog, excluded_columns) = &exclusion::without(catalog, &options.exclude_columns);
    let mut first = snapshot.session().await?;
    let server = first.one(include_str!("server.sql")).await?;
    let schema = schema::read(&mut first, &options.exclude).await?;
    let forms = Forms::read(&mut first).await?;
    let positions = sequences::read(&mut first, &options.exclude).await?;
    let (tables, mut not_covered) = select(catalog, options, &forms);
    not_covered.extend(beside(&mut first, options).await?);
    events(Event::Planned { tables: tables.len(), estimated_rows: tables.iter().map(|table| estimate(table)).sum() });

    let work = Work {
        tables: &tables,
        next: AtomicUsize::new(0),
        done: Mutex::new(Vec::new()),
        failed: Mutex::new(Vec::new()),
        forms: &forms,
        directory,
        options,
        events,
        snapshot,
        pace: Pace::new(snapshot, options),
    };
    work.run(first).await?;
    not_covered.extend(work.failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
    not_covered.sort_by(|a, b| a.name.cmp(&b.name));
    let mut tables = work.done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let taken = assemble(snapshot, &server, tables, not_covered, positions, schema)?;
    let moves = moves_measure::measure(snapshot, catalog, options).await?;
    let digest_method = options.digest.method().to_owned();
    Ok(Snapshot {
        equality: options.equality,
        digest_method,
        excluded_columns: excluded_columns.clone(),
        moves,
        ..taken
    })
}

fn assemble(
    snapshot: &SharedSnapshot,
    server: &Row,
    tables: Vec<TableSnapshot>,
    not_covered: Vec<NotCovered>,
    sequences: BTreeMap<String, SequencePosition>,
    schema: SchemaFingerprint,
) -> Result<Snapshot, SnapshotError> {
    let settings = serde_json::from_str::<BTreeMap<String, String>>(server.text("settings")?);
    Ok(Snapshot {
        format_version: FORMAT_VERSION,
        taken_at: snapshot.taken_at(),
        lsn: snapshot.lsn().map(str::to_owned),
        server_version: server.text("version")?.to_owned(),
        database: server.text("database")?.to_owned(),
        encoding: server.text("encoding")?.to_owned(),
        digest_method: String::new(),
        equality: Equality::Representation,
        pinned_settings: settings.map_err(|error| DbError::Answer { reason: format!("settings: {error}") })?,
        tables,
        not_covered,
        excluded_columns: Vec::new(),
        sequences,
        moves: Vec::new(),
        schema,
    })
}

/// The tables to read, largest first, and those not to read. Partitions are read through their parent.
fn select<'a>(catalog: &'a Catalog, options: &Options, forms: &Forms) -> (Vec<&'a Table>, Vec<NotCovered>) {
    let mut tables = Vec::new();
    let mut not_covered = Vec::new();
    let mut names = BTreeMap::<String, u32>::new();
    for table in &catalog.tables {
        *names.entry(table.full_name()).or_default() += 1;
    }
    for table in catalog.tables.iter().filter(|table| !table.is_partition) {
        let name = table.full_name();
        match reason(table, &name, options, forms).or_else(|| ambiguous(names.get(&name))) {
            Some((cause, reason)) => not_covered.push(NotCovered { name, cause, reason: reason.into() }),
            None => tables.push(table),
        }
    }
    // The catalog knows no size of a partitioned table: taken for the largest.
    tables.sort_by_key(|table| std::cmp::Reverse((table.kind == TableKind::Partitioned, table.bytes)));
    (tables, not_covered)
}

/// What holds data and is no table to be read.
async fn beside(session: &mut Session, options: &Options) -> Result<Vec<NotCovered>, DbError> {
    let mut found = Vec::new();
    for row in session.rows(include_str!("beside.sql")).await? {
        let (name, reason) = (row.text("name")?.to_owned(), row.text("reason")?.to_owned());
        let (cause, reason) = match options.exclude.contains(&name) {
            true => (Cause::Excluded, "excluded".to_owned()),
            false => (Cause::Unsuited, reason),
        };
        found.push(NotCovered { name, cause, reason });
    }
    Ok(found)
}

fn ambiguous(count: Option<&u32>) -> Option<(Cause, &'static str)> {
    (count.is_some_and(|count| *count > 1))
        .then_some((Cause::Failed, "another table has the same name, a dot in a name being taken for the one between"))
}

fn reason(table: &Table, name: &str, options: &Options, forms: &Forms) -> Option<(Cause, &'static str)> {
    if options.exclude.iter().any(|excluded| excluded == name) {
        return Some((Cause::Excluded, "excluded"));
    }
    if options.tables.as_ref().is_some_and(|tables| !tables.iter().any(|selected| selected == name)) {
        return Some((Cause::Excluded, "not among the tables that were asked for"));
    }
    if table.kind == TableKind::Foreign {
        return Some((Cause::Unsuited, "a foreign table: its rows are on another server, outside this instant"));
    }
    if forms.has_foreign_partitions(table.oid) {
        // Those on this server could be read, and nobody said that they need not be.
        return Some((
            Cause::Failed,
            "some of its partitions are foreign tables, outside this instant; exclude it by name",
        ));
    }
    if !table.readable {
        return Some((Cause::Failed, "the role may not read it; grant SELECT on it and USAGE on its schema"));
    }
    if !table.populated {
        return Some((Cause::Unsuited, "a materialized view without data; REFRESH MATERIALIZED VIEW fills it"));
    }
    None
}

fn estimate(table: &Table) -> u64 {
    u64::try_from(table.estimated_rows).unwrap_or(0)
}

/// What all sessions work on.
struct Work<'a> {
    tables: &'a [&'a Table],
    next: AtomicUsize,
    done: Mutex<Vec<TableSnapshot>>,
    failed: Mutex<Vec<NotCovered>>,
    forms: &'a Forms,
    directory: Option<&'a Path>,
    options: &'a Options,
    events: &'a (dyn Fn(Event) + Sync),
    snapshot: &'a SharedSnapshot,
    pace: Pace,
}

impl Work<'_> {
    async fn run(&self, first: Session) -> Result<(), SnapshotError> {
        let first = if self.pace.is_bounded() {
            first.close().await;
            self.pace.session(self.snapshot).await?
        } else {
            self.pace.own(&first);
            first
        };
        let jobs = self.options.jobs.clamp(1, self.tables.len().max(1));
        let mut workers = vec![self.worker(Some(first))];
        workers.extend((1..jobs).map(|_| self.worker(None)));
        futures_util::future::join_all(workers).await.into_iter().collect()
    }

    /// Reads one table after the other until none is left. Only the first worker must have a session: where the
    /// server has no connection to spare, fewer read more.
    async fn worker(&self, session: Option<Session>) -> Result<(), SnapshotError> {
        let mut session = match session {
            Some(session) => session,
            None => match self.pace.session(self.snapshot).await {
                Ok(session) => session,
                Err(_) => return Ok(()),
            },
        };
        let mut patience = pace::patience();
        while let Some(table) = self.tables.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.options.cancel.is_cancelled() {
                return Err(SnapshotError::Cancelled);
            }
            // A server that does not say how busy it is is read at once.
            let waited = self.pace.wait(&mut session, &mut patience, self.events).await;
            if self.options.cancel.is_cancelled() {
                return Err(SnapshotError::Cancelled);
            }
            if let Some(reason) = self.pace.over() {
                self.fail(table, reason);
                continue;
            }
            if waited.is_err() && !session.is_usable() {
                session = self.pace.session(self.snapshot).await?;
            }
            match self.table(&mut session, table).await {
                Ok(done) => locked(&self.done).push(done),
                Err(_) if self.options.cancel.is_cancelled() => return Err(SnapshotError::Cancelled),
                Err(SnapshotError::Db(error)) => {
                    let over = self.pace.over();
                    let is_over = over.is_some();
                    self.fail(table, over.unwrap_or_else(|| error.to_string()));
                    let is_good = session.is_usable() && !error.is_lost() && !matches!(error, DbError::Answer { .. });
                    if !is_good && !is_over {
                        // Such a session is given up; the instant may have outlived it.
                        session = self.pace.session(self.snapshot).await?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        session.close().await;
        Ok(())
    }

    fn fail(&self, table: &Table, reason: String) {
        let failed = NotCovered { name: table.full_name(), cause: Cause::Failed, reason };
        (self.events)(Event::TableFailed(failed.clone()));
        locked(&self.failed).push(failed);
    }

    fn key(&self, table: &Table) -> Option<Vec<String>> {
        let asked = self.options.keys.get(&table.full_name());
        let known = |key: &&Option<Vec<String>>| key.iter().flatten().all(|column| table.column(column).is_some());
        asked.filter(known).unwrap_or(&table.key).clone()
    }

    async fn table(&self, session: &mut Session, table: &Table) -> Result<TableSnapshot, SnapshotError> {
        let start = Instant::now();
        let name = table.full_name();
        (self.events)(Event::TableStarted { name: name.clone(), estimated_rows: estimate(table) });
        let digested = Digested::new(table, self.key(table), |column| {
            self.forms.get(table.oid, column).under(self.options.equality)
        });
        let mut taken = match self.options.digest {
            DigestKind::Hash64 => figures(session, &digested).await?,
            DigestKind::Sha256 => sha256::figures(session, &digested).await?,
        };
        if self.options.digest == DigestKind::Hash64
            && let Some(directory) = self.directory
            && taken.rows <= self.options.fingerprint_max_rows
            && self.options.fingerprint_max_rows > 0
        {
            let prints = fingerprints(session, &digested).await?;
            if !prints.belong_to(&taken) {
                return Err(
                    DbError::Answer { reason: "two readings of one instant gave different digests".into() }.into()
                );
            }
            taken.fingerprints = Some(store::write_rows(directory, &table.schema, &table.name, &prints)?);
        }
        let took_ms = start.elapsed().as_secs_f64() * 1000.0;
        (self.events)(Event::TableDone { name, rows: taken.rows, took_ms });
        Ok(taken)
    }
}

fn locked<T>(list: &Mutex<Vec<T>>) -> std::sync::MutexGuard<'_, Vec<T>> {
    list.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Counts, bounds, sums and digests of one table.
async fn figures(session: &mut Session, digested: &Digested<'_>) -> Result<TableSnapshot, DbError> {
    let table = digested.table;
    let mut taken = TableSnapshot {
        name: table.full_name(),
        kind: kind_word(table.kind).to_owned(),
        rows: 0,
        key: digested.key.clone(),
        row_digest: Digest::default().into(),
        columns: Vec::new(),
        fingerprints: None,
        buckets: None,
    };
    for (index, (range, sql)) in digested.statements()?.into_iter().enumerate() {
        let row = session.one(sql).await?;
        let rows = number(&row, 0)?;
        if index == 0 {
            taken.rows = rows;
            taken.row_digest = number(&row, 1).map(Digest)?.into();
        } else if taken.rows != rows {
            return Err(DbError::Answer { reason: "two readings of one instant counted different rows".into() });
        }
        for (place, (column, form)) in digested.columns[range].iter().enumerate() {
            let at = 2 + place * OUTPUTS_PER_COLUMN;
            let non_nulls: u64 = number(&row, at)?;
            taken.columns.push(ColumnSnapshot {
                name: column.name.clone(),
                type_name: column.type_name.clone(),
                form: form.name(&column.base_type),
                nulls: rows.saturating_sub(non_nulls),
                min: row.at(at + 1).map(cut),
                max: row.at(at + 2).map(cut),
                sum: row.at(at + 3).map(str::to_owned),
                digest: number(&row, at + 4).map(Digest)?.into(),
            });
        }
    }
    Ok(taken)
}

async fn fingerprints(session: &mut Session, digested: &Digested<'_>) -> Result<Fingerprints, DbError> {
    let mut rows = Vec::new();
    session
        .each(digested.fingerprints()?, |row| {
            rows.push(RowPrint::read(&row)?);
            Ok(())
        })
        .await?;
    rows.sort_unstable();
    Ok(Fingerprints {
        table: digested.table.full_name(),
        key: digested.key.clone(),
        columns: digested.columns.iter().map(|(column, _)| column.name.clone()).collect(),
        rows,
    })
}

pub(super) fn number<T: std::str::FromStr>(row: &Row, at: usize) -> Result<T, DbError> {
    row.at(at).and_then(|text| text.parse().ok()).ok_or_else(|| DbError::Answer {
        reason: format!("output {at} is {:?} where a number was expected", row.at(at)),
    })
}

pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_BOUND) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

pub(super) fn kind_word(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Table => "table",
        TableKind::Partitioned => "partitioned table",
        TableKind::Foreign => "foreign table",
        TableKind::MaterializedView => "materialized view",
    }
}
