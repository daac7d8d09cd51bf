//! PostgreSQL SQL text into statements, as psql cuts it, streaming.
//!
//! | file | idea |
//! |---|---|
//! | [`Splitter`] (`splitter.rs`) | the pieces of a script, one after the other |
//! | `scan.rs` | where one statement ends |
//! | `copy_data.rs` | where the data of a `COPY ... FROM STDIN` ends |
//! | `input.rs` | bytes into checked UTF-8, with a buffer that grows only with the longest statement |
//! | `classify.rs` | what a statement is: [`StatementKind`], [`LockClass`] |
//! | [`names()`] (`classify/names.rs`) | what a statement names as changed: [`NamedChange`] |
//! | [`survey()`] (`survey.rs`) | one pass over a script, for the plan |
//! | `position.rs` | offsets, lines, columns, and the characters a server counts |
//!
//! The text is read with `standard_conforming_strings = on`. The session that runs it must keep it on;
//! [`Survey::scs_off`] names each statement that turns it off.
//!
//! Two things are read otherwise than psql reads them, both to the safe side:
//! * the continuation of an `E''` string on the next line keeps its backslash escapes, as the server has it
//!   (psql forgets them at the end of the line);
//! * what psql would let pass is refused where it cannot be told from a damaged file: a quote or comment that never
//!   ends, COPY data without its `\.` line, SQL behind the `;` of a COPY on the same line.
//!
//! psql's variables (`:name`) are not replaced: what is written is what runs. Blank lines within a statement stay, which
//! psql leaves out; a server's error positions count them.

mod classify;
mod copy_data;
mod error;
mod input;
mod position;
mod scan;
mod splitter;
mod survey;

#[cfg(test)]
mod properties;

pub use classify::{LockClass, QualifiedName, ReindexTarget, StatementKind, TransactionControl, classify};
pub use classify::{NamedChange, NamedVerb, Names, Place, names};
pub use error::{ScriptError, Unterminated};
pub use position::{Excerpt, Located, Position, excerpt, excerpt_at, locate, locate_in_batch};
pub use splitter::{Meta, Piece, Splitter, Statement};
pub use survey::{Finding, Findings, LineEnds, Survey, survey};
