//! The wire: every word that is exchanged with a server passes through here, except the handshake of the TLS probe, which
//! asks for a certificate and nothing else.
//!
//! * [`ConnSpec`]: where to connect, read as libpq reads it; its `Debug` never shows the password.
//! * [`Session`]: reads only. It lives inside one `READ ONLY` transaction, so it cannot write by accident, leaves no
//!   setting behind in a connection pooler, and sees the catalog as its role may.
//! * [`LockedSession`]: the only type that can write something that stays; it exists only while the run's lock is held.
//! * [`RolledBack`]: writes to see how it goes, and rolls back whatever came of it.
//! * [`SharedSnapshot`]: one exported snapshot that any number of reading sessions share.
//! * [`Sql`]: the one place where values and names enter SQL text.
//! * [`DbError`]: what went wrong, with the server's own code, detail, hint and position, never the driver's words.
//!
//! The driver (sqlx) is not part of any public signature. Its traps and the answer to each:
//!
//! | trap | answer |
//! |---|---|
//! | `COPY … FROM STDIN` in a batch hangs the connection | the splitter sends COPY apart, by [`LockedSession::copy_in`] |
//! | after a failed COPY the next result is another one's | any COPY error poisons the session; it is closed, not used again |
//! | prepared statements behind a transaction pooler return other clients' answers | only the simple protocol is used |
//! | an error names a line of PostgreSQL's own source | [`ServerError`] keeps code, message, detail, hint, position; nothing else |
//! | dropping a future does not stop the server | [`Cancel`] cancels over a second connection and then waits; a dropped call poisons |
//! | a COMMIT inside its transaction goes unnoticed | the splitter finds it before anything runs; a reading [`Session`] refuses to send it; the driver's own transactions are not used |
//! | service files, keyword strings, several hosts and connect timeouts are ignored | [`ConnSpec::resolve`] reads them all; what the driver cannot keep is refused |
//! | a transaction pooler refuses the driver's start-up settings | they are left out; a reading session sets its own inside its transaction, a [`LockedSession`] refuses a pooler |
//! | `Debug` of the driver's options prints the password | [`Secret`] shows nothing, and the driver's options never leave this room |
//! | PG* variables reach the driver behind the settings' back | all are overwritten, or the connection is refused |
//! | a second connection may reach another host of the list | every further one goes to the host of the first; the work session looks for the lock there |

mod block_ranges;
mod cancel;
mod catalog;
mod conn_spec;
#[expect(clippy::disallowed_methods, reason = "the one place where a connection is made")]
mod connect;
#[expect(clippy::disallowed_methods, reason = "the one place where a copy starts")]
mod copy;
mod error;
mod foreign_keys;
#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the one place where SQL text is sent")]
mod link;
mod lock;
mod promises;
mod rolled_back;
mod row;
mod schema;
mod session;
mod shared_snapshot;
mod sql;
mod transaction_control;

pub use block_ranges::{BLOCK, block_ranges};
pub use cancel::{Cancel, CancelSwitch};
pub use catalog::{Catalog, Column, Table, TableKind};
pub use conn_spec::{ConnSpec, Env, Keepalives, Note, Passfile, Secret, SslMode, TargetSession};
pub use copy::{CopyIn, CopyOut};
pub use error::{DbError, ServerError};
pub use foreign_keys::ForeignKey;
pub use link::{Batch, BatchError};
pub use lock::{LockHolder, LockOutcome, LockedSession, OtherWork};
pub use promises::{Excluded, ExcludedBy, Promise, PromiseSort, Promises};
pub use rolled_back::RolledBack;
pub use row::Row;
pub use schema::SCHEMA_OBJECTS;
pub use session::Session;
pub use shared_snapshot::SharedSnapshot;
pub use sql::{Sql, SqlError, quote_ident, quote_literal, quote_qualified, schemas_of};
