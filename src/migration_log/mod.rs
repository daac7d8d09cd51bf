//! The log in the database: which phases ran, and how each attempt ended.
//!
//! * [`MigrationLog`] names the tables and reads them, as a role with SELECT only may.
//! * [`Entry`] is one row in the making; [`Entry::chained`] gives it its place and its hash.
//! * [`verify()`] proves the chain.
//! * [`upgrade()`] brings phasegate's own tables to the newest version, by refinery.

mod entry;
mod read;
mod upgrade;
mod verify;

pub use entry::{Entry, Head, Started};
pub use read::{LogState, MigrationLog};
pub use upgrade::{to_version, upgrade};
pub use verify::{ChainFault, verify};

use crate::db::DbError;

/// An error of the log itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The server did not answer as it should.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A table of the log's name is there, but it is not a log of phasegate.
    #[error(
        "{table} exists and is not phasegate's log (it has no column {column}); name another table with \
         [log] table = \"…\" in phasegate.toml"
    )]
    NotALog {
        /// The table.
        table: String,
        /// A column that every log has.
        column: &'static str,
    },
    /// A row of the log cannot be read.
    #[error("row {seq} of {table} cannot be read: {problem}; see phasegate log --verify")]
    Row {
        /// The table.
        table: String,
        /// The row.
        seq: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The tables could not be brought to this version.
    #[error("phasegate's own tables cannot be brought to this version: {problem}")]
    Upgrade {
        /// What refinery or the server said.
        problem: String,
    },
}
