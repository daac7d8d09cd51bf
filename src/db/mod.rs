//! The wire: every word that is exchanged with a server passes through here.
//!
//! * [`ConnSpec`]: where to connect, read as libpq reads it; its `Debug` never shows the password.
//! * [`Session`]: reads only. It lives inside one `READ ONLY` transaction, so it cannot write by accident, leaves no
//!   setting behind in a connection pooler, and sees the catalog as its role may.
//! * [`LockedSession`]: the only type that can write; it exists only while the run's lock is held.
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
//! | a COMMIT inside its transaction goes unnoticed | the splitter finds it before anything runs; the driver's own transactions are not used |

mod cancel;
mod catalog;
mod conn_spec;
mod error;
mod lock;
mod session;
mod shared_snapshot;
mod sql;

pub use cancel::{Cancel, CancelSwitch};
pub use catalog::{Catalog, Column, Table, TableKind};
pub use conn_spec::{ConnSpec, Secret, SslMode};
pub use error::{DbError, ServerError};
pub use lock::{LockHolder, LockOutcome, LockedSession};
pub use session::{Batch, BatchError, CopyIn, Row, Session};
pub use shared_snapshot::SharedSnapshot;
pub use sql::{Sql, SqlError, quote_ident, quote_literal, quote_qualified};
