//! Taking a snapshot: every table read once, by several sessions that see one instant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::db::{Cancel, Catalog, DbError, Row, Session, SharedSnapshot, Table, TableKind};

use super::beside::{Beside, Told};
use super::columns::Forms;
use super::exclusion::{self, ExcludedColumn};
use super::units::Sources;
use super::work::{Asked, Read, Work};
use super::{
    Cause, DigestKind, Equality, FORMAT_VERSION, NotCovered, SchemaFingerprint, SequencePosition, SharedPass, Snapshot,
    SnapshotError, TableSnapshot, WantedMove, moves_measure, schema, sequences, store,
};

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many sessions read at once, parts of one table or several tables. At least 1.
    pub jobs: usize,
    /// Tables with more rows get digests by bucket instead of row fingerprints; 0: no table has either.
    pub row_fingerprints: u64,
    /// The most buckets that a table's digests are put into, a power of two up to [`super::Buckets::MOST`]; 0: none.
    pub buckets: usize,
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
    /// While more clients than these are being served, nothing further is begun; 0: any number.
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
            row_fingerprints: 100_000,
            buckets: 256,
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
    Ok(take_with(snapshot, catalog, directory, options, &[], events).await?.0)
}

/// The same, and runs other statements over the tables in the same pass; what they told comes in the order of the list.
/// Under a digest that the client makes, which is one sequence of rows, a whole table is one part.
///
/// # Errors
/// As [`take`]; a statement that fails concerns nothing but itself.
pub async fn take_with(
    snapshot: &SharedSnapshot,
    catalog: &Catalog,
    directory: Option<&Path>,
    options: &Options,
    beside: &[Beside<'_>],
    events: &(dyn Fn(Event) + Sync),
) -> Result<(Snapshot, Vec<Told>), SnapshotError> {
    if let Some(directory) = directory {
        store::prepare(directory)?;
    }
    let (catalog, excluded_columns) = &exclusion::without(catalog, &options.exclude_columns);
    let mut first = snapshot.session().await?;
    let server = first.one(include_str!("server.sql")).await?;
    let schema = schema::read(&mut first, &options.exclude).await?;
    let forms = Forms::read(&mut first).await?;
    let (positions, sequences_not_seen) = sequences::read(&mut first, &options.exclude).await?;
    let sources = Sources::read(&mut first).await?;
    let (tables, mut not_covered) = select(catalog, options, &forms);
    not_covered.extend(others(&mut first, options).await?);
    events(Event::Planned { tables: tables.len(), estimated_rows: tables.iter().map(|table| estimate(table)).sum() });

    let asked = Asked { directory, options, beside, events };
    let work = Work::new(&tables, &sources, &forms, snapshot, asked);
    let Read { done: mut tables, failed, told } = work.run(first).await?;
    not_covered.extend(failed);
    not_covered.sort_by(|a, b| a.name.cmp(&b.name));
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let taken = assemble(snapshot, &server, tables, not_covered, positions, schema)?;
    let moves = moves_measure::measure(snapshot, catalog, options).await?;
    let digest_method = options.digest.method().to_owned();
    let taken = Snapshot {
        equality: options.equality,
        digest_method,
        excluded_columns: excluded_columns.clone(),
        moves,
        sequences_not_seen,
        ..taken
    };
    Ok((taken, told))
}

/// The tables, by full name, over whose parts statements can be run in the same pass, where that is worth it under this
/// choice: what one of them would tell of the parts adds up to what it would tell of the table.
///
/// # Errors
/// [`SnapshotError`] where the server cannot be asked.
pub async fn shareable(
    snapshot: &SharedSnapshot,
    catalog: &Catalog,
    options: &Options,
    share: SharedPass,
) -> Result<BTreeSet<String>, SnapshotError> {
    if share == SharedPass::Never || options.digest == DigestKind::Sha256 {
        return Ok(BTreeSet::new());
    }
    let mut session = snapshot.session().await?;
    let forms = Forms::read(&mut session).await?;
    let sources = Sources::read(&mut session).await?;
    let cache: u64 = session.one(include_str!("cache.sql")).await?.parse("bytes")?;
    session.close().await;
    let (tables, _) = select(catalog, options, &forms);
    let to_read: u64 = tables.iter().map(|table| sources.bytes(table)).sum();
    if share == SharedPass::Auto && to_read <= cache {
        return Ok(BTreeSet::new());
    }
    let shared = tables.iter().filter(|table| sources.may_be_shared(table));
    Ok(shared.map(|table| table.full_name()).collect())
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
        sequences_not_seen: Vec::new(),
        moves: Vec::new(),
        schema,
    })
}

/// The tables to read, and those not to read. Partitions belong to their parent.
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
    (tables, not_covered)
}

/// What holds data and is no table to be read.
async fn others(session: &mut Session, options: &Options) -> Result<Vec<NotCovered>, DbError> {
    let mut found = Vec::new();
    for row in session.rows(include_str!("others.sql")).await? {
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

pub(super) fn estimate(table: &Table) -> u64 {
    u64::try_from(table.estimated_rows).unwrap_or(0)
}
