//! The sessions at work: each takes unit after unit from one queue; whoever finishes a table's last one puts its figures
//! together.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::db::{DbError, Row, Session, SharedSnapshot, Table, TableKind};
use crate::spill::Runs;

use super::beside::{Beside, Besides, Told};
use super::capture::estimate;
use super::digest_sql::Digested;
use super::pace::{self, Pace};
use super::row_file::Head;
use super::rows::RowPrint;
use super::tally::Tally;
use super::units::{Place, Sources, Unit};
use super::{
    Buckets, Cause, ColumnSnapshot, DigestKind, Event, FingerprintFile, Forms, NotCovered, Options, SnapshotError,
    TableSnapshot, sha256, store,
};

/// Bounds are for the eye; the digest sees the whole value.
const LONGEST_BOUND: usize = 100;
/// So many bytes of row fingerprints are held in memory while they are sorted.
const HELD: usize = 16 << 20;
/// What a row takes where the planner never counted them: few for their bytes, so that there are buckets in doubt.
const BYTES_PER_ROW: u64 = 64;

/// What all sessions work on.
pub(super) struct Work<'a> {
    tables: Vec<TableWork<'a>>,
    units: Vec<Unit>,
    next: AtomicUsize,
    forms: &'a Forms,
    directory: Option<&'a Path>,
    options: &'a Options,
    events: &'a (dyn Fn(Event) + Sync),
    snapshot: &'a SharedSnapshot,
    pace: Pace,
    besides: Besides<'a>,
}

/// What the caller asks for.
pub(super) struct Asked<'a> {
    pub(super) directory: Option<&'a Path>,
    pub(super) options: &'a Options,
    pub(super) beside: &'a [Beside<'a>],
    pub(super) events: &'a (dyn Fn(Event) + Sync),
}

/// All that was read: the tables, those that could not be read, and what the statements beside told.
pub(super) struct Read {
    pub(super) done: Vec<TableSnapshot>,
    pub(super) failed: Vec<NotCovered>,
    pub(super) told: Vec<Told>,
}

/// One table at work.
struct TableWork<'a> {
    digested: Digested<'a>,
    /// How many buckets its rows are put into, where it seems to have too many for fingerprints.
    buckets: Option<usize>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    begun: Option<Instant>,
    missing: usize,
    parts: Vec<Tally>,
    outcome: Option<Result<TableSnapshot, NotCovered>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        tables: &[&'a Table],
        sources: &Sources,
        forms: &'a Forms,
        snapshot: &'a SharedSnapshot,
        asked: Asked<'a>,
    ) -> Work<'a> {
        let Asked { directory, options, beside, events } = asked;
        let is_read_twice = |table: &Table| beside.iter().any(|beside| beside.table == table.full_name());
        let units = match options.digest {
            DigestKind::Hash64 => sources.units(tables, options.jobs, is_read_twice),
            // A sequence of rows cannot be read in parts.
            DigestKind::Sha256 => sources.whole(tables),
        };
        let table = |(index, table): (usize, &&'a Table)| {
            let form = |column: &str| forms.get(table.oid, column).under(options.equality);
            let rows = match estimate(table) {
                0 => sources.bytes(table) / BYTES_PER_ROW,
                rows => rows,
            };
            let limit = options.row_fingerprints;
            let missing = units.iter().filter(|unit| unit.table == index).count();
            TableWork {
                digested: Digested::new(table, key(table, options), form)
                    .trusting(|column| forms.is_never_null(table.oid, column)),
                buckets: (limit > 0 && rows > limit && options.buckets > 0 && options.digest == DigestKind::Hash64)
                    .then(|| Buckets::for_rows(rows, options.buckets)),
                state: Mutex::new(State { missing, ..State::default() }),
            }
        };
        let besides = Besides::new(beside, tables, &units);
        let tables = tables.iter().enumerate().map(table).collect();
        let pace = Pace::new(snapshot, options);
        Work { tables, units, next: AtomicUsize::new(0), forms, directory, options, events, snapshot, pace, besides }
    }

    /// Reads all tables.
    pub(super) async fn run(self, first: Session) -> Result<Read, SnapshotError> {
        let first = if self.pace.is_bounded() {
            first.close().await;
            self.pace.session(self.snapshot).await?
        } else {
            self.pace.own(&first);
            first
        };
        let jobs = self.options.jobs.clamp(1, self.units.len().max(1));
        let mut workers = vec![self.worker(Some(first))];
        workers.extend((1..jobs).map(|_| self.worker(None)));
        let outcomes = futures_util::future::join_all(workers).await;
        outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for table in self.tables {
            match table.state.into_inner().unwrap_or_else(PoisonError::into_inner).outcome {
                Some(Ok(taken)) => done.push(taken),
                Some(Err(gap)) => failed.push(gap),
                None => failed.push(gap(table.digested.table, "it was not read to its end".into())),
            }
        }
        Ok(Read { done, failed, told: self.besides.told() })
    }

    /// Takes one unit after the other until none is left. Only the first worker must have a session: where the server
    /// has no connection to spare, fewer read more.
    async fn worker(&self, session: Option<Session>) -> Result<(), SnapshotError> {
        let mut session = match session {
            Some(session) => session,
            None => match self.pace.session(self.snapshot).await {
                Ok(session) => session,
                Err(_) => return Ok(()),
            },
        };
        let mut patience = pace::patience();
        while let Some(unit) = self.units.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.options.cancel.is_cancelled() {
                return Err(SnapshotError::Cancelled);
            }
            let Some(table) = self.tables.get(unit.table).filter(|table| table.is_open()) else { continue };
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
            match self.unit(&mut session, table, unit).await {
                Ok(()) => session = self.beside(session, unit).await?,
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

    async fn unit(&self, session: &mut Session, table: &TableWork<'_>, unit: &Unit) -> Result<(), SnapshotError> {
        let name = table.digested.table.full_name();
        if table.begins() {
            (self.events)(Event::TableStarted { name: name.clone(), estimated_rows: estimate(table.digested.table) });
        }
        let (begun, taken) = match self.options.digest {
            DigestKind::Hash64 => {
                let part = Tally::read(session, &table.digested, &unit.place, table.buckets).await?;
                let Some((begun, parts)) = table.add(part) else { return Ok(()) };
                (begun, self.finish(session, table, parts).await?)
            }
            DigestKind::Sha256 => {
                let begun = Instant::now();
                (begun, sha256::figures(session, &table.digested).await?)
            }
        };
        let (rows, took_ms) = (taken.rows, begun.elapsed().as_secs_f64() * 1000.0);
        table.lock().outcome = Some(Ok(taken));
        (self.events)(Event::TableDone { name, rows, took_ms });
        Ok(())
    }

    /// Runs what is asked beside the digest of this part. Gives the session back, or another where that one was lost.
    async fn beside(&self, mut session: Session, unit: &Unit) -> Result<Session, SnapshotError> {
        let is_over = || self.options.cancel.is_cancelled() || self.pace.over().is_some();
        match self.besides.run(&mut session, unit.table, &unit.place, is_over).await {
            Err(_) if self.options.cancel.is_cancelled() => Err(SnapshotError::Cancelled),
            Err(_) if self.pace.over().is_none() => Ok(self.pace.session(self.snapshot).await?),
            _ => Ok(session),
        }
    }

    fn fail(&self, table: &TableWork, reason: String) {
        let failed = gap(table.digested.table, reason);
        let mut state = table.lock();
        if state.outcome.is_none() {
            (self.events)(Event::TableFailed(failed.clone()));
            state.outcome = Some(Err(failed));
        }
    }

    /// The table's figures from those of its parts, with fingerprints of its rows or with buckets.
    async fn finish(
        &self,
        session: &mut Session,
        table: &TableWork<'_>,
        parts: Vec<Tally>,
    ) -> Result<TableSnapshot, SnapshotError> {
        let digested = &table.digested;
        let type_of = |(column, _): &(&crate::db::Column, super::Form)| {
            self.forms.base_name(digested.table.oid, &column.name).to_owned()
        };
        let types: Vec<String> = digested.columns.iter().map(type_of).collect();
        let mut tally = Tally::merge(session, digested, &types, parts).await?;
        let buckets = tally.buckets.take();
        let mut taken = assemble(digested, tally);
        let limit = self.options.row_fingerprints;
        if limit == 0 {
            return Ok(taken);
        }
        if taken.rows > limit {
            if self.options.buckets > 0 {
                taken.buckets = Some(buckets_of(session, digested, &taken, buckets, self.options.buckets).await?);
            }
        } else if let Some(directory) = self.directory {
            taken.fingerprints = Some(fingerprints(session, digested, directory, &taken).await?);
        }
        Ok(taken)
    }
}

impl TableWork<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_open(&self) -> bool {
        self.lock().outcome.is_none()
    }

    /// Whether this is the first that is asked of it.
    fn begins(&self) -> bool {
        let mut state = self.lock();
        let begins = state.begun.is_none();
        state.begun.get_or_insert_with(Instant::now);
        begins
    }

    /// Takes the figures of a part; gives all of them where it was the last one.
    fn add(&self, part: Tally) -> Option<(Instant, Vec<Tally>)> {
        let mut state = self.lock();
        state.parts.push(part);
        let is_last = state.parts.len() == state.missing;
        is_last.then(|| (state.begun.unwrap_or_else(Instant::now), std::mem::take(&mut state.parts)))
    }
}

/// The columns that the snapshot before was digested by, where they are still there; else the table's own key.
fn key(table: &Table, options: &Options) -> Option<Vec<String>> {
    let asked = options.keys.get(&table.full_name());
    let known = |key: &&Option<Vec<String>>| key.iter().flatten().all(|column| table.column(column).is_some());
    asked.filter(known).unwrap_or(&table.key).clone()
}

fn gap(table: &Table, reason: String) -> NotCovered {
    NotCovered { name: table.full_name(), cause: Cause::Failed, reason }
}

fn assemble(digested: &Digested<'_>, tally: Tally) -> TableSnapshot {
    let table = digested.table;
    let columns = digested.columns.iter().zip(tally.columns).map(|((column, form), figures)| ColumnSnapshot {
        name: column.name.clone(),
        type_name: column.type_name.clone(),
        form: form.name(&column.base_type),
        nulls: tally.rows.saturating_sub(figures.non_nulls),
        min: figures.min.as_deref().map(cut),
        max: figures.max.as_deref().map(cut),
        sum: figures.sum,
        digest: figures.digest.into(),
    });
    TableSnapshot {
        name: table.full_name(),
        kind: kind_word(table.kind).to_owned(),
        rows: tally.rows,
        key: digested.key.clone(),
        row_digest: tally.row_digest.into(),
        columns: columns.collect(),
        fingerprints: None,
        buckets: None,
    }
}

/// The buckets that the scan made; from a scan of their own where the planner's guess had spoken against them.
async fn buckets_of(
    session: &mut Session,
    digested: &Digested<'_>,
    taken: &TableSnapshot,
    made: Option<Buckets>,
    most: usize,
) -> Result<Buckets, DbError> {
    let mut buckets = match made {
        Some(buckets) => buckets,
        None => {
            let count = Some(Buckets::for_rows(taken.rows, most));
            let row = session.one(digested.rows_statement(&Place::whole(digested.table), count)?).await?;
            Tally::of_rows(&row, count)?.buckets.unwrap_or_default()
        }
    };
    if !buckets.add_up_to(taken.rows, taken.row_digest.sum()) {
        return Err(unlike());
    }
    buckets.select = Some(digested.select_by_hash());
    Ok(buckets)
}

/// Reads the fingerprints of a table's rows and writes them in order, few of them in memory.
async fn fingerprints(
    session: &mut Session,
    digested: &Digested<'_>,
    directory: &Path,
    taken: &TableSnapshot,
) -> Result<FingerprintFile, SnapshotError> {
    let file = store::rows_file(&digested.table.schema, &digested.table.name);
    let path = directory.join(&file);
    let io = |source| SnapshotError::Io { path: path.display().to_string(), source };
    // Beside the file that they become: there is room for them, and what is left behind is removed with the folder by the
    // next snapshot that is taken there.
    let mut runs = Runs::new(path.parent().unwrap_or(directory), HELD);
    let mut refused = None;
    let take = |row: Row| {
        runs.push(RowPrint::read(&row)?).map_err(|source| {
            let reason = source.to_string();
            refused = Some(source);
            DbError::Answer { reason }
        })
    };
    let read = session.each(digested.fingerprints()?, take).await;
    if let Some(source) = refused {
        return Err(io(source));
    }
    read?;
    let head = Head {
        table: digested.table.full_name(),
        key: digested.key.clone(),
        columns: digested.columns.iter().map(|(column, _)| column.name.clone()).collect(),
    };
    runs.sort();
    let written = store::write_rows(directory, &file, &head, runs.iter().map_err(io)?, taken)?;
    written.ok_or_else(|| unlike().into())
}

fn unlike() -> DbError {
    DbError::Answer { reason: "two readings of one instant gave different digests".into() }
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
