//! One comparison, from the first connection to the verdict.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant as Clock};

use crate::db::{Cancel, Catalog, ConnSpec, DbError, Row, Session};
use crate::snapshot::{Cause, Forms, SchemaFingerprint};
use crate::verdict::Verdict;

use super::detail::{self, Difference, Fetched};
use super::merge::{Merge, Open};
use super::pace::Pace;
use super::pair::{Known, Pairs, TablePair, pair};
use super::repair::Repair;
use super::rows::{Rows, Shelf};
use super::sql::Side;
use super::{
    Aborted, ColumnProblem, Comparison, DiffError, Event, Instant, NotCompared, Options, RowDiff, RowKind, SchemaDiff,
    Sides, TableDiff, ValueDiff, buckets, schema, stream,
};

/// So many differing rows are looked at, of a table, or of all that wait to be read again; of the rest the number is
/// told. 40 bytes each are held.
const MOST_LOOKED_AT: usize = 250_000;
/// Below so many rows a scan in vain costs less than a sample.
const PROBE_FROM_ROWS: u64 = 100_000;
/// Rows of the sample.
const PROBE_ROWS: f64 = 2_000.0;
/// Where more of the buckets than this differ, everything is streamed: a list of them would only hinder.
const MOST_BUCKETS_TO_PICK: f64 = 0.5;

/// Compares A with B; without a B, tables of A with other tables of A. Neither is written to.
///
/// SQL that would make B like A goes to `repair`, where one is given; what it was given is of no use after an error.
/// A table that cannot be compared is listed with the reason and the rest goes on.
///
/// # Errors
/// [`DiffError`] where a side cannot be read at all, something that was named is not there, or when cancelled.
pub async fn compare(
    a: &ConnSpec,
    b: Option<&ConnSpec>,
    options: &Options,
    cancel: &Cancel,
    repair: Option<&mut (dyn Write + Send)>,
    events: &(dyn Fn(Event) + Sync),
) -> Result<Comparison, DiffError> {
    let itself = options.schemas.iter().chain(&options.tables).all(|(a, b)| a == b);
    if b.is_none() && itself {
        return Err(DiffError::Itself);
    }
    let mut sides = Sides::open(a, b, cancel).await?;
    let outcome = Box::pin(within(&mut sides, (a, b), options, cancel, repair, events)).await;
    sides.close().await;
    outcome.map_err(|error| if cancel.is_cancelled() { DiffError::Cancelled } else { error })
}

async fn within(
    sides: &mut Sides,
    specs: (&ConnSpec, Option<&ConnSpec>),
    options: &Options,
    cancel: &Cancel,
    repair: Option<&mut (dyn Write + Send)>,
    events: &(dyn Fn(Event) + Sync),
) -> Result<Comparison, DiffError> {
    let (instant_a, instant_b) = instants(sides).await?;
    let (a, b) = tokio::join!(known(&mut sides.a), known(&mut sides.b));
    let (a, b) = (a?, b?);
    let Pairs { pairs, mut not_compared } = pair(&a, &b, options)?;
    let (schema_a, schema_b) =
        tokio::join!(SchemaFingerprint::read(&mut sides.a), SchemaFingerprint::read(&mut sides.b));
    let schema = schema::compare((&a, &schema_a?), (&b, &schema_b?), &pairs, options);
    let mut repair = match repair {
        Some(out) => Some(Repair::new(&mut sides.b, out).await?),
        None => None,
    };
    let (mut tables, mut waiting, mut shelf) = (Vec::new(), Vec::new(), Shelf::new());
    for (index, pair) in pairs.iter().enumerate() {
        events(Event::Table { name: pair.a.full_name(), number: index + 1, of: pairs.len() });
        let held: usize = waiting.iter().map(|(_, table): &(_, Found)| table.open.len()).sum();
        let explained = match find(sides, pair, options, MOST_LOOKED_AT.saturating_sub(held)).await {
            Ok(table) if options.two_phase.is_some() => {
                waiting.push((pair, table));
                continue;
            }
            // At once, so that no more than one table's rows are held.
            Ok(table) => explain(sides, None, pair, table, options, (repair.as_mut(), &mut shelf)).await,
            Err(error) => Err(error),
        };
        match explained {
            Ok(table) => tables.push(table),
            Err(error) => not_compared.push(failed(sides, pair, error, cancel).await?),
        }
    }
    let mut later = later(specs, options, &waiting, cancel, events).await?;
    for (pair, table) in waiting {
        match explain(sides, later.as_mut(), pair, table, options, (repair.as_mut(), &mut shelf)).await {
            Ok(table) => tables.push(table),
            Err(error) => {
                not_compared.push(failed(sides, pair, error, cancel).await?);
                if let Some(later) = &mut later {
                    later.mend().await?;
                }
            }
        }
    }
    if let Some(later) = later {
        later.close().await;
    }
    tables.sort_by(|one, other| one.a.cmp(&other.a));
    not_compared.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some(repair) = repair {
        repair.finish(gaps(&tables, &not_compared, &schema))?;
    }
    let of_schema = match (schema.different.is_empty(), options.strict_schema) {
        (true, _) => Verdict::Pass,
        (false, false) => Verdict::Warn,
        (false, true) => Verdict::Fail,
    };
    let verdict = Verdict::fold([verdict(&tables, &not_compared), of_schema]);
    Ok(Comparison { verdict, a: instant_a, b: instant_b, schema, tables, not_compared })
}

async fn known(session: &mut Session) -> Result<Known, DbError> {
    Ok(Known::new(Catalog::read(session).await?, Forms::read(session).await?))
}

async fn instants(sides: &mut Sides) -> Result<(Instant, Instant), DiffError> {
    let row_a = sides.a.one(include_str!("server.sql")).await?;
    let row_b = sides.b.one(include_str!("server.sql")).await?;
    let (encoding_a, encoding_b) = (row_a.text("encoding")?, row_b.text("encoding")?);
    if encoding_a != encoding_b {
        return Err(DiffError::Encoding { a: encoding_a.to_owned(), b: encoding_b.to_owned() });
    }
    let instant = |row: &Row, lsn: Option<&str>| -> Result<Instant, DbError> {
        Ok(Instant {
            database: row.text("database")?.to_owned(),
            server_version: row.text("version")?.to_owned(),
            lsn: lsn.map(str::to_owned),
            identity: row.get("identity")?.map(str::to_owned),
        })
    };
    Ok((instant(&row_a, sides.shared_a.lsn())?, instant(&row_b, sides.shared_b().lsn())?))
}

/// A table that could not be compared; the sessions are made anew. An instant that is gone ends the comparison.
async fn failed(
    sides: &mut Sides,
    pair: &TablePair<'_>,
    error: DiffError,
    cancel: &Cancel,
) -> Result<NotCompared, DiffError> {
    if cancel.is_cancelled() || matches!(error, DiffError::Spill(_) | DiffError::Repair(_)) {
        return Err(error);
    }
    sides.mend().await?;
    Ok(NotCompared { name: pair.a.full_name(), cause: Some(Cause::Failed), reason: error.to_string() })
}

/// What the digests and hashes of two tables told.
struct Found {
    started: Clock,
    took: Duration,
    rows_a: u64,
    rows_b: u64,
    /// Rows that are not alike, those of one key together.
    open: Vec<Open>,
    not_looked_at: u64,
    aborted: Option<Aborted>,
}

/// Finds the rows that are not alike, and keeps so many of them.
async fn find(sides: &mut Sides, pair: &TablePair<'_>, options: &Options, most: usize) -> Result<Found, DiffError> {
    let started = Clock::now();
    let mut found = Found {
        started,
        took: Duration::ZERO,
        rows_a: 0,
        rows_b: 0,
        open: Vec::new(),
        not_looked_at: 0,
        aborted: None,
    };
    if many_differ(sides, pair, options).await? {
        let streamed = stream::read(sides, pair, None).await?;
        (found.rows_a, found.rows_b) = (streamed.rows_a, streamed.rows_b);
        collect(streamed.merge, &mut found, most)?;
    } else {
        let scanned = buckets::scan(sides, pair).await?;
        (found.rows_a, found.rows_b) = (scanned.rows_a, scanned.rows_b);
        let share = share(scanned.unequal.len(), scanned.buckets);
        if options.max_different_percent.is_some_and(|most| share * 100.0 > most) {
            let columns = differing_columns(sides, pair).await?;
            let (unequal_buckets, buckets) = (scanned.unequal.len(), scanned.buckets);
            found.aborted = Some(Aborted { unequal_buckets, buckets, columns });
        } else if !scanned.unequal.is_empty() {
            let picked = (share <= MOST_BUCKETS_TO_PICK).then_some((scanned.bucketing, &scanned.unequal[..]));
            let streamed = stream::read(sides, pair, picked).await?;
            collect(streamed.merge, &mut found, most)?;
            if found.open.is_empty() && found.not_looked_at == 0 {
                let reason = "the digests of the two differ and their rows do not".into();
                return Err(DbError::Answer { reason }.into());
            }
        }
    }
    found.took = found.started.elapsed();
    Ok(found)
}

/// Whether a sample says that scanning for unequal buckets would be in vain.
async fn many_differ(sides: &mut Sides, pair: &TablePair<'_>, options: &Options) -> Result<bool, DiffError> {
    let rows = pair.estimated_rows();
    let names = |side: Side| pair.key.iter().map(move |index| pair.column_name(side, *index));
    // Only B's own key is sure to have an index.
    let indexed = pair.b.key.as_ref().is_some_and(|key| key.iter().eq(names(Side::B)));
    if options.max_different_percent.is_some() || rows < PROBE_FROM_ROWS || pair.key.is_empty() || !indexed {
        return Ok(false);
    }
    #[expect(clippy::cast_precision_loss, reason = "a share of blocks, not a count")]
    let percent = (PROBE_ROWS * 100.0 / rows as f64).min(100.0);
    Ok(detail::probe(sides, pair, percent).await?)
}

#[expect(clippy::cast_precision_loss, reason = "at most some thousands")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn collect(merge: Merge, found: &mut Found, most: usize) -> Result<(), DiffError> {
    merge
        .finish(&mut |rows| {
            for row in rows {
                // Never in the middle of a key.
                let same_key = found.open.last().is_some_and(|last| last.key == row.key);
                if found.open.len() < most || (same_key && found.not_looked_at == 0) {
                    found.open.push(row);
                } else {
                    found.not_looked_at += u64::from(row.more.unsigned_abs());
                }
            }
        })
        .map_err(DiffError::Spill)
}

/// The columns whose digests over the whole tables differ.
async fn differing_columns(sides: &mut Sides, pair: &TablePair<'_>) -> Result<Vec<String>, DiffError> {
    let sql_a = pair.column_digests(Side::A).map_err(DbError::from)?;
    let sql_b = pair.column_digests(Side::B).map_err(DbError::from)?;
    let (a, b) = tokio::join!(sides.a.one(sql_a), sides.b.one(sql_b));
    let (a, b) = (a?, b?);
    let differ = pair.columns.iter().enumerate().filter(|(index, _)| a.at(*index) != b.at(*index));
    Ok(differ.map(|(_, column)| column.name.clone()).collect())
}

/// Both sides at a later instant, where that was asked for and there is something to look at again.
async fn later(
    (a, b): (&ConnSpec, Option<&ConnSpec>),
    options: &Options,
    found: &[(&TablePair<'_>, Found)],
    cancel: &Cancel,
    events: &(dyn Fn(Event) + Sync),
) -> Result<Option<Sides>, DiffError> {
    let Some(delay) = options.two_phase.filter(|_| found.iter().any(|(_, table)| !table.open.is_empty())) else {
        return Ok(None);
    };
    events(Event::Waiting(delay));
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = cancel.cancelled() => return Err(DiffError::Cancelled),
    }
    Ok(Some(Sides::open(a, b, cancel).await?))
}

/// Fetches the rows that are not alike and says how they differ. The repair has all of the table or nothing.
async fn explain(
    sides: &mut Sides,
    later: Option<&mut Sides>,
    pair: &TablePair<'_>,
    found: Found,
    options: &Options,
    (mut repair, shelf): (Option<&mut Repair<'_>>, &mut Shelf),
) -> Result<TableDiff, DiffError> {
    if let Some(repair) = &mut repair {
        repair.begin();
    }
    let explained = explain_rows(sides, later, pair, found, options, (repair.as_deref_mut(), shelf)).await;
    match (repair, &explained) {
        (Some(repair), Ok(_)) => repair.end(pair),
        (Some(repair), Err(_)) => repair.undo(),
        (None, _) => {}
    }
    explained
}

async fn explain_rows(
    sides: &mut Sides,
    mut later: Option<&mut Sides>,
    pair: &TablePair<'_>,
    found: Found,
    options: &Options,
    (mut repair, shelf): (Option<&mut Repair<'_>>, &mut Shelf),
) -> Result<TableDiff, DiffError> {
    let started = Clock::now();
    let mut diff = TableDiff {
        a: pair.a.full_name(),
        b: pair.b.full_name(),
        verdict: Verdict::Pass,
        rows_a: found.rows_a,
        rows_b: found.rows_b,
        key: pair.key.iter().map(|index| pair.columns[*index].name.clone()).collect(),
        columns_compared: pair.columns.len(),
        columns: pair.notes.clone(),
        only_in_a: 0,
        only_in_b: 0,
        changed: 0,
        changed_columns: BTreeMap::new(),
        tolerated: 0,
        tolerated_columns: BTreeMap::new(),
        settled: 0,
        not_looked_at: found.not_looked_at,
        rows: Rows::default(),
        aborted: found.aborted,
        took_ms: 0.0,
    };
    // What is read again is all rows of a key, so these are looked at together.
    let (mut open, mut pace) = (&found.open[..], Pace::new(pair, later.is_none()));
    while let Some(batch) = pace.next(&mut open) {
        let (a, b) = detail::fetch(sides, pair, batch.open, &mut pace).await?;
        let differences = match &mut later {
            None => detail::differences(pair, a, b, batch.is_part)?,
            Some(later) => {
                let before = detail::differences(pair, a.clone(), b.clone(), false)?;
                let known: Vec<&Fetched> = a.iter().chain(&b).collect();
                let (a, b) = tokio::join!(
                    detail::fetch_again(&mut later.a, pair, Side::A, &known),
                    detail::fetch_again(&mut later.b, pair, Side::B, &known)
                );
                let still = detail::differences(pair, a?, b?, false)?;
                diff.settled += count(&before).saturating_sub(count(&still));
                still
            }
        };
        for difference in differences {
            if let Some(repair) = &mut repair {
                repair.take(later.as_deref_mut().unwrap_or(sides), pair, &difference).await?;
            }
            tally(&mut diff, pair, &difference, options.limit)?;
        }
    }
    diff.rows.finish(shelf).map_err(DiffError::Spill)?;
    diff.verdict = judge(&diff);
    diff.took_ms = (found.took + started.elapsed()).as_secs_f64() * 1000.0;
    Ok(diff)
}

fn count(differences: &[Difference]) -> u64 {
    let rows = differences.iter().map(|difference| match difference {
        Difference::OnlyA(row) | Difference::OnlyB(row) => row.copies,
        Difference::Changed { .. } => 1,
    });
    rows.sum()
}

fn tally(diff: &mut TableDiff, pair: &TablePair<'_>, difference: &Difference, limit: usize) -> Result<(), DiffError> {
    if let Difference::Changed { columns, tolerated, .. } = difference {
        for index in tolerated {
            *diff.tolerated_columns.entry(pair.columns[*index].name.clone()).or_default() += 1;
        }
        for index in columns {
            *diff.changed_columns.entry(pair.columns[*index].name.clone()).or_default() += 1;
        }
        if columns.is_empty() {
            diff.tolerated += 1;
            return Ok(());
        }
    }
    match difference {
        Difference::OnlyA(row) => diff.only_in_a += row.copies,
        Difference::OnlyB(row) => diff.only_in_b += row.copies,
        Difference::Changed { .. } => diff.changed += 1,
    }
    if diff.rows.len() < limit { diff.rows.push(shown(pair, difference)).map_err(DiffError::Spill) } else { Ok(()) }
}

fn shown(pair: &TablePair<'_>, difference: &Difference) -> RowDiff {
    let (kind, row, columns) = match difference {
        Difference::OnlyA(row) => (RowKind::OnlyInA, row, &[][..]),
        Difference::OnlyB(row) => (RowKind::OnlyInB, row, &[][..]),
        Difference::Changed { a, columns, .. } => (RowKind::Changed, a, &columns[..]),
    };
    let named: Vec<usize> = if pair.key.is_empty() { (0..pair.columns.len()).collect() } else { pair.key.clone() };
    let key = named.iter().map(|index| (pair.columns[*index].name.clone(), value(pair, row, *index))).collect();
    let values = columns.iter().map(|index| {
        let (a, b) = match difference {
            Difference::Changed { a, b, .. } => (value(pair, a, *index), value(pair, b, *index)),
            Difference::OnlyA(_) | Difference::OnlyB(_) => (None, None),
        };
        ValueDiff { column: pair.columns[*index].name.clone(), a, b }
    });
    RowDiff { kind, copies: row.copies, key, values: values.collect() }
}

/// A value as it may be shown.
fn value(pair: &TablePair<'_>, row: &Fetched, index: usize) -> Option<String> {
    let shown = row.values.get(index)?.shown()?;
    Some(if pair.columns[index].redacted { "(redacted)".to_owned() } else { shown })
}

fn judge(diff: &TableDiff) -> Verdict {
    let missing =
        diff.columns.iter().any(|note| matches!(note.problem, ColumnProblem::OnlyInA | ColumnProblem::OnlyInB));
    let rows = diff.only_in_a + diff.only_in_b + diff.changed + diff.not_looked_at;
    let retyped = diff.columns.iter().any(|note| matches!(note.problem, ColumnProblem::Type { .. }));
    if missing || rows > 0 || diff.aborted.is_some() {
        Verdict::Fail
    } else if retyped || diff.tolerated > 0 || diff.settled > 0 {
        Verdict::Warn
    } else {
        Verdict::Pass
    }
}

/// The worst of all. Where no row was looked at, nothing was compared.
fn verdict(tables: &[TableDiff], not_compared: &[NotCompared]) -> Verdict {
    let left_out = not_compared.iter().map(|table| match table.cause {
        None => Verdict::Fail,
        Some(Cause::Excluded) => Verdict::Pass,
        Some(Cause::Unsuited) => Verdict::Warn,
        Some(Cause::Failed) => Verdict::NotEvaluated,
    });
    let nothing = tables.iter().all(|table| table.rows_a + table.rows_b == 0).then_some(Verdict::NotEvaluated);
    Verdict::fold(tables.iter().map(|table| table.verdict).chain(left_out).chain(nothing))
}

/// What the repair SQL leaves as it is.
fn gaps(tables: &[TableDiff], not_compared: &[NotCompared], schema: &SchemaDiff) -> Vec<String> {
    let mut gaps: Vec<String> = not_compared.iter().map(|table| format!("{}: {}", table.name, table.reason)).collect();
    gaps.extend(schema.different.iter().map(|note| format!("{} {}: it differs", note.kind.word(), note.name)));
    for table in tables {
        if table.not_looked_at > 0 {
            gaps.push(format!("{}: {} further rows that are not alike", table.b, table.not_looked_at));
        }
        if table.aborted.is_some() {
            gaps.push(format!("{}: too much differs, so no rows were looked for", table.b));
        }
        for note in &table.columns {
            if matches!(note.problem, ColumnProblem::OnlyInA | ColumnProblem::OnlyInB) {
                gaps.push(format!("{}: column {} is on one side only", table.b, note.column));
            }
        }
    }
    gaps
}
