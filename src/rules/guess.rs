//! Rules guessed from what the rows hold now: a range, a form, a short list, a share of NULLs. What is so today need not be
//! meant, so each says what was seen, and warns only.

use crate::db::{Catalog, Column, DbError, Session, Table, TableKind, quote_literal};
use crate::evidence::Redaction;

use super::draft::text;
use super::format::FORMATS;

/// What may be a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// `schema.name`.
    pub table: String,
    /// The column.
    pub column: String,
    /// What was seen.
    pub observed: String,
    pub(super) ending: &'static str,
    pub(super) says: String,
    pub(super) check: String,
}

/// With fewer rows than this nothing is guessed.
const FEWEST_ROWS: u64 = 20;
/// More different values than this are no list.
const LONGEST_LIST: u64 = 12;
/// A longer value is no word of a list.
const LONGEST_WORD: usize = 40;

/// What the rows of these tables hold: one scan a column. Columns that are redacted are not looked at: what is guessed
/// of a column shows its values.
///
/// # Errors
/// [`DbError`] as for any query.
pub async fn guesses(
    catalog: &Catalog,
    own: &[String],
    redact: &Redaction,
    session: &mut Session,
) -> Result<Vec<Guess>, DbError> {
    let mut guesses = Vec::new();
    let is_read = |table: &&Table| {
        table.readable
            && !table.is_partition
            && matches!(table.kind, TableKind::Table | TableKind::Partitioned)
            && !own.contains(&table.full_name())
    };
    for table in catalog.tables.iter().filter(is_read) {
        let is_shown = |column: &&Column| !column.generated && !redact.hides(&table.full_name(), &column.name);
        for column in table.columns.iter().filter(is_shown) {
            guesses.extend(of_column(table, column, session).await?);
        }
    }
    Ok(guesses)
}

async fn of_column(table: &Table, column: &Column, session: &mut Session) -> Result<Vec<Guess>, DbError> {
    let is_text = matches!(column.base_type.as_str(), "text" | "varchar" | "bpchar");
    let is_key = table.key.as_ref().is_some_and(|key| key.contains(&column.name));
    let has_range = !is_key
        && matches!(
            column.base_type.as_str(),
            "int2" | "int4" | "int8" | "numeric" | "date" | "timestamp" | "timestamptz"
        );
    let value = column.quoted();
    let mut wanted = vec!["pg_catalog.count(*) AS n".to_owned(), format!("pg_catalog.count({value}) AS known")];
    if has_range {
        wanted.push(format!("pg_catalog.min({value})::text AS least, pg_catalog.max({value})::text AS greatest"));
    }
    if is_text {
        wanted.push(format!("pg_catalog.count(DISTINCT {value}) AS different"));
        let forms = FORMATS.iter().enumerate().map(|(n, (_, pattern))| {
            format!("pg_catalog.bool_and({value}::text ~ {}) AS form_{n}", quote_literal(pattern))
        });
        wanted.extend(forms);
    }
    let seen = session.one(format!("SELECT {} FROM {}", wanted.join(", "), table.quoted())).await?;
    let (rows, known): (u64, u64) = (seen.parse("n")?, seen.parse("known")?);
    if rows < FEWEST_ROWS {
        return Ok(Vec::new());
    }
    let guess = |ending, says: String, check: String, observed: String| Guess {
        table: table.full_name(),
        column: column.name.clone(),
        observed: format!("{observed} in {rows} rows"),
        ending,
        says,
        check,
    };
    let name = text(&column.name);
    let mut guesses = Vec::new();
    if known < rows && known > 0 {
        let nulls = rows - known;
        let most = (nulls * 100).div_ceil(rows);
        let check = format!("null_rate = {{ column = {name}, max = {most} }}");
        let says = format!("not more than {most} percent of {} are NULL", column.name);
        guesses.push(guess("is_mostly_there", says, check, format!("{nulls} NULLs")));
    }
    if has_range && let (Some(least), Some(greatest)) = (seen.get("least")?, seen.get("greatest")?) {
        let check = format!("accepted_range = {{ column = {name}, min = {}, max = {} }}", text(least), text(greatest));
        let says = format!("{} lies where it lay", column.name);
        guesses.push(guess("is_in_range", says, check, format!("{least} to {greatest}")));
    }
    if is_text && known >= FEWEST_ROWS {
        let form = (0..FORMATS.len()).find(|n| seen.get(&format!("form_{n}")).is_ok_and(|all| all == Some("t")));
        let different: u64 = seen.parse("different")?;
        if let Some((form, _)) = form.map(|n| FORMATS[n]) {
            let check = format!("format = {{ column = {name}, format = {} }}", text(form));
            let says = format!("{} has the form {form}", column.name);
            guesses.push(guess("has_its_form", says, check, format!("{known} values, each of the form {form}")));
        } else if (2..=LONGEST_LIST).contains(&different) && known >= different * 5 {
            let list = format!(
                "SELECT s.v FROM (SELECT DISTINCT {value}::text AS v FROM {} WHERE {value} IS NOT NULL) AS s \
                 ORDER BY s.v COLLATE \"C\"",
                table.quoted()
            );
            let listed = session.rows(list).await?;
            let words: Vec<&str> = listed.iter().filter_map(|row| row.at(0)).collect();
            if words.iter().all(|word| word.chars().count() <= LONGEST_WORD) {
                let values: Vec<String> = words.iter().map(|word| text(word)).collect();
                let check = format!("accepted_values = {{ column = {name}, values = [{}] }}", values.join(", "));
                let says = format!("{} is one of a few words", column.name);
                guesses.push(guess("is_one_of_few", says, check, format!("{different} different values")));
            }
        }
    }
    Ok(guesses)
}
