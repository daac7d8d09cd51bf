//! The proof that nobody rewrote the log.

use crate::db::{Row, Session};

use super::entry::{COLUMNS, row_hash};
use super::{Head, LogError, MigrationLog};

/// Where the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainFault {
    /// The row at which it shows.
    pub seq: i64,
    /// What is wrong there.
    pub problem: String,
}

/// Recomputes the hash of every row and follows the chain. Returns how many rows there are, where the chain ends, and
/// every fault. A row cut off at the end leaves no fault here; compare the head with that of the last run's evidence.
///
/// # Errors
/// [`LogError`] where the log cannot be read.
pub async fn verify(log: &MigrationLog, session: &mut Session) -> Result<(u64, Head, Vec<ChainFault>), LogError> {
    let rows = session.rows(log.render(include_str!("verify.sql"))?).await?;
    let mut head = Head::default();
    let mut faults = Vec::new();
    for row in &rows {
        let found = Head { seq: row.parse("seq")?, hash: row.text("row_hash")?.to_owned() };
        faults.extend(fault(row, &head, &found)?.map(|problem| ChainFault { seq: found.seq, problem }));
        head = found;
    }
    Ok((rows.len() as u64, head, faults))
}

fn fault(row: &Row, before: &Head, found: &Head) -> Result<Option<String>, LogError> {
    if found.seq != before.seq + 1 {
        return Ok(Some(format!("rows {} to {} are missing", before.seq + 1, found.seq - 1)));
    }
    if row.text("prev_hash")? != before.hash {
        return Ok(Some("it does not follow the row before it: one of the two was replaced".to_owned()));
    }
    let mut values = Vec::with_capacity(COLUMNS.len());
    for column in COLUMNS.iter().filter(|column| **column != "row_hash") {
        values.push(row.get(column)?.map(str::to_owned));
    }
    Ok((row_hash(&values) != found.hash).then(|| "its content was edited: the hash does not fit".to_owned()))
}
