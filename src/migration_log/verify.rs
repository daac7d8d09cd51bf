//! The proof that nobody rewrote the log.

use crate::db::{DbError, Row, Session};

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
    let rows = session.rows(log.render(include_str!("read.sql"))?).await?;
    let mut head = Head::default();
    let mut faults = Vec::new();
    for row in &rows {
        let found = Head { seq: row.parse("seq")?, hash: row.text("row_hash")?.to_owned() };
        faults.extend(fault(row, &head, &found)?);
        head = found;
    }
    Ok((rows.len() as u64, head, faults))
}

/// What is wrong with a row of `read.sql` that follows the one with this head.
pub(super) fn fault(row: &Row, before: &Head, found: &Head) -> Result<Option<ChainFault>, DbError> {
    let fault = |problem: String| Some(ChainFault { seq: found.seq, problem });
    if found.seq != before.seq + 1 {
        return Ok(fault(format!("rows {} to {} are missing", before.seq + 1, found.seq - 1)));
    }
    if row.text("prev_hash")? != before.hash {
        return Ok(fault("it does not follow the row before it: one of the two was replaced".to_owned()));
    }
    // The query has the hashed columns first, in their order; the last of them is the hash itself.
    let hashed = COLUMNS.len() - 1;
    if row.columns()[..=hashed] != *COLUMNS {
        return Err(DbError::Answer { reason: format!("the log's columns came as {}", row.columns().join(", ")) });
    }
    let edited = row_hash(&row.values()[..hashed]) != found.hash;
    Ok(if edited { fault("its content was edited: the hash does not fit".to_owned()) } else { None })
}
