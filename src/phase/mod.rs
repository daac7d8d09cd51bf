//! Phases: ordered SQL files on disk.
//!
//! A phase is one file, `01_schema_updates.sql`. Its id is the file's stem, its place the number in front (2 comes
//! before 10). What it declares stands in header lines `-- phasegate: …`; see [`Header`]. The bytes are run as they
//! are written, never templated, so what is hashed is what runs.

mod applied;
mod checksums;
mod declared;
mod directive;
mod discover;
mod expect_file;
mod expected;
mod header;
mod moves;
mod row_lines;

use std::path::PathBuf;

pub use applied::{Applied, Intent, IntentState, Status};
pub use checksums::{Checksums, ChecksumsHasher, LineEnds};
pub use declared::{Change, Declared, ObjectKind};
pub use discover::{DiscoverError, Problem, discover};
pub use expect_file::read_expected;
pub use expected::{Aggregate, Bound, Counted};
pub use header::{Header, TransactionMode, parse_duration};
pub use moves::{Move, Side};
pub use row_lines::RowLine;

/// One ordered SQL file.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// The file's stem, `01_schema_updates`: its name everywhere.
    pub id: String,
    /// The number in front; the order.
    pub number: u64,
    /// Where it lies.
    pub path: PathBuf,
    /// The file's name, for messages.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// What its content is.
    pub checksums: Checksums,
    /// How its lines end.
    pub line_ends: LineEnds,
    /// Whether it starts with a UTF-8 byte order mark, which is not sent.
    pub has_bom: bool,
    /// What it declares.
    pub header: Header,
}
