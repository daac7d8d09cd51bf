//! The figures of some rows of a table, and those of a table from those of its parts.

use crate::db::{DbError, Row, Session, Sql, quote_literal};
use crate::digest::Digest;

use super::Buckets;
use super::digest_sql::{Digested, OUTPUTS_OF_ROWS, OUTPUTS_PER_COLUMN};
use super::form::Bound;
use super::units::Place;

/// The output that says whether no NULL was met where none should be.
const NO_NULL: usize = 3;
/// So many parts are merged by one statement.
const PARTS_AT_ONCE: usize = 64;
/// PostgreSQL allows 1,664 outputs; a column takes three.
const COLUMNS_AT_ONCE: usize = 500;

/// What a scan told of some rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) rows: u64,
    pub(super) row_digest: Digest,
    pub(super) buckets: Option<Buckets>,
    pub(super) columns: Vec<ColumnTally>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ColumnTally {
    pub(super) non_nulls: u64,
    pub(super) min: Option<String>,
    pub(super) max: Option<String>,
    pub(super) sum: Option<String>,
    pub(super) digest: Digest,
}

impl Tally {
    /// Reads the rows of a place; once more where a column that is declared NOT NULL holds NULLs.
    pub(super) async fn read(
        session: &mut Session,
        digested: &Digested<'_>,
        place: &Place,
        buckets: Option<usize>,
    ) -> Result<Tally, DbError> {
        if let Some(tally) = Tally::attempt(session, digested, place, buckets).await? {
            return Ok(tally);
        }
        let tally = Tally::attempt(session, &digested.doubting(), place, buckets).await?;
        tally.ok_or_else(|| DbError::Answer { reason: "a NULL without a hash".into() })
    }

    /// `None` where the columns do not keep what they declare.
    async fn attempt(
        session: &mut Session,
        digested: &Digested<'_>,
        place: &Place,
        buckets: Option<usize>,
    ) -> Result<Option<Tally>, DbError> {
        let mut tally = Tally::default();
        for (index, (told, sql)) in digested.statements(place, buckets)?.into_iter().enumerate() {
            let row = session.one(sql).await?;
            if row.at(NO_NULL) != Some("t") {
                return Ok(None);
            }
            if index == 0 {
                tally = Tally::of_rows(&row, buckets)?;
            } else if tally.rows != number::<u64>(&row, 0)? {
                return Err(DbError::Answer { reason: "two readings of one instant counted different rows".into() });
            }
            let columns = told.enumerate().map(|(index, _)| column(&row, index));
            tally.columns.extend(columns.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Some(tally))
    }

    /// Counts, digests and buckets of the rows, nothing of the columns.
    pub(super) fn of_rows(row: &Row, buckets: Option<usize>) -> Result<Tally, DbError> {
        Ok(Tally {
            rows: number(row, 0)?,
            row_digest: number(row, 1).map(Digest)?,
            buckets: buckets.map(|count| read_buckets(row.at(2).unwrap_or_default(), count)).transpose()?,
            columns: Vec::new(),
        })
    }

    /// The figures of the whole from those of its parts. `types` are those of the columns, as a cast names them.
    pub(super) async fn merge(
        session: &mut Session,
        digested: &Digested<'_>,
        types: &[String],
        mut parts: Vec<Tally>,
    ) -> Result<Tally, DbError> {
        while parts.len() > 1 {
            let some = parts.split_off(parts.len().saturating_sub(PARTS_AT_ONCE));
            parts.push(merge_some(session, digested, types, &some).await?);
        }
        Ok(parts.pop().unwrap_or_default())
    }

    fn add(&mut self, part: &Tally) {
        self.rows += part.rows;
        self.row_digest = self.row_digest + part.row_digest;
        match (&mut self.buckets, &part.buckets) {
            (Some(buckets), Some(others)) => buckets.add(others),
            (buckets, _) => *buckets = None,
        }
        for (column, other) in self.columns.iter_mut().zip(&part.columns) {
            column.non_nulls += other.non_nulls;
            column.digest = column.digest + other.digest;
        }
    }
}

async fn merge_some(
    session: &mut Session,
    digested: &Digested<'_>,
    types: &[String],
    parts: &[Tally],
) -> Result<Tally, DbError> {
    let mut whole = parts.first().cloned().unwrap_or_default();
    parts.iter().skip(1).for_each(|part| whole.add(part));
    let by_server: Vec<usize> =
        (0..whole.columns.len()).filter(|index| digested.columns[*index].1.has_figures()).collect();
    for places in by_server.chunks(COLUMNS_AT_ONCE) {
        let row = session.one(merge_sql(digested, types, parts, places)?).await?;
        for (index, place) in places.iter().enumerate() {
            let text = |at: usize| row.at(3 * index + at).map(str::to_owned);
            let column = &mut whole.columns[*place];
            (column.min, column.max, column.sum) = (text(0), text(1), text(2));
        }
    }
    Ok(whole)
}

fn merge_sql(digested: &Digested<'_>, types: &[String], parts: &[Tally], places: &[usize]) -> Result<String, DbError> {
    let names: Vec<String> =
        places.iter().flat_map(|place| ["lo", "hi", "s"].map(|name| format!("{name}{place}"))).collect();
    let outputs = places.iter().flat_map(|place| {
        let form = digested.columns[*place].1;
        // `character` would be that of one character.
        let type_name = if form.is_ordered_by_bytes() { "text" } else { &types[*place] };
        let bound = |bound: Bound, name: &str| {
            let expression = form.bound(bound, &format!("p.{name}{place}::{type_name}"));
            expression.map_or("NULL".into(), |expression| format!("{expression}::text"))
        };
        let sum = form.sum(&format!("p.s{place}::numeric"));
        [
            bound(Bound::Least, "lo"),
            bound(Bound::Greatest, "hi"),
            sum.map_or("NULL".into(), |sum| format!("{sum}::text")),
        ]
    });
    let parts = parts.iter().map(|part| {
        let values = places.iter().flat_map(|place| {
            let column = &part.columns[*place];
            [&column.min, &column.max, &column.sum].map(|text| match text {
                Some(text) => format!("{}::text", quote_literal(text)),
                None => "NULL::text".into(),
            })
        });
        format!("({})", values.collect::<Vec<_>>().join(", "))
    });
    Ok(Sql::new(include_str!("merge.sql"))
        .fragment("outputs", outputs.collect::<Vec<_>>().join(", "))
        .fragment("parts", parts.collect::<Vec<_>>().join(", "))
        .fragment("names", names.join(", "))
        .render()?)
}

fn column(row: &Row, index: usize) -> Result<ColumnTally, DbError> {
    let at = OUTPUTS_OF_ROWS + index * OUTPUTS_PER_COLUMN;
    let text = |place: usize| row.at(at + place).map(str::to_owned);
    Ok(ColumnTally {
        non_nulls: number(row, at)?,
        min: text(1),
        max: text(2),
        sum: text(3),
        digest: number(row, at + 4).map(Digest)?,
    })
}

/// Reads `bucket rows digest` of each bucket that has rows.
fn read_buckets(text: &str, count: usize) -> Result<Buckets, DbError> {
    let mut buckets = Buckets { rows: vec![0; count], digests: vec![Digest::default(); count], select: None };
    let malformed = || DbError::Answer { reason: "a bucket where bucket, rows and digest were expected".into() };
    for bucket in text.split(',').filter(|bucket| !bucket.is_empty()) {
        let mut words = bucket.split(' ');
        let place: usize = words.next().and_then(|word| word.parse().ok()).ok_or_else(malformed)?;
        let (rows, digest) = buckets.at_mut(place).ok_or_else(malformed)?;
        *rows = words.next().and_then(|word| word.parse().ok()).ok_or_else(malformed)?;
        *digest = words.next().and_then(|word| word.parse().ok()).ok_or_else(malformed)?;
    }
    Ok(buckets)
}

pub(super) fn number<T: std::str::FromStr>(row: &Row, at: usize) -> Result<T, DbError> {
    row.at(at).and_then(|text| text.parse().ok()).ok_or_else(|| DbError::Answer {
        reason: format!("output {at} is {:?} where a number was expected", row.at(at)),
    })
}
