//! phasegate's own tables, versioned by refinery.
//!
//! refinery takes no lock of its own and knows only fixed names. Here it runs under the run's lock, over the locked
//! session, and the names of the configured log are put into its statements before it sees them.

use refinery::{Migration, Runner};
use refinery_core::traits::r#async::{AsyncMigrate, AsyncQuery, AsyncTransaction};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::db::{LockedSession, Row, quote_qualified};

use super::{LogError, MigrationLog};

mod embedded {
    refinery::embed_migrations!("src/migration_log/versions");
}

/// Brings the log's tables from whatever version they have to the newest one; makes them where there are none.
/// Returns how many versions were applied. Each version commits by itself; after an error those before it remain.
///
/// # Errors
/// [`LogError::Upgrade`] with what stands in the way: missing rights, or tables of a newer phasegate.
pub async fn upgrade(log: &MigrationLog, session: &mut LockedSession) -> Result<usize, LogError> {
    to_version(log, session, None).await
}

/// The same, up to one version only: how a database looks that an earlier phasegate has left.
///
/// # Errors
/// As [`upgrade()`].
#[doc(hidden)]
pub async fn to_version(
    log: &MigrationLog,
    session: &mut LockedSession,
    newest: Option<i32>,
) -> Result<usize, LogError> {
    let mut migrations = Vec::new();
    for migration in embedded::migrations::runner().get_migrations() {
        if newest.is_some_and(|newest| migration.version() > newest) {
            continue;
        }
        migrations.push(named(log, migration)?);
    }
    let mut runner = Runner::new(&migrations).set_abort_missing(true).set_abort_divergent(true);
    runner.set_migration_table_name(quote_qualified(&log.schema, &log.version_table()));
    let report = runner.run_async(&mut Driver(session)).await.map_err(|error| problem(&error))?;
    Ok(report.applied_migrations().len())
}

fn named(log: &MigrationLog, migration: &Migration) -> Result<Migration, LogError> {
    // The text lives as long as the program, as that of an embedded migration does; there are only a few.
    let text: &'static str = Box::leak(migration.sql().unwrap_or_default().to_owned().into_boxed_str());
    let name = format!("V{}__{}", migration.version(), migration.name());
    Migration::unapplied(&name, &log.render(text)?).map_err(|error| problem(&error))
}

fn problem(error: &refinery::Error) -> LogError {
    // The chain ends in the server's own words.
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    LogError::Upgrade { problem: text }
}

/// The locked session as refinery wants it.
struct Driver<'a>(&'a mut LockedSession);

impl AsyncTransaction for Driver<'_> {
    type Error = crate::db::BatchError;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &'a mut self,
        queries: T,
    ) -> Result<usize, Self::Error> {
        let mut message = String::from("BEGIN;\n");
        let mut count = 0;
        for query in queries {
            message.push_str(query.trim_end().trim_end_matches(';'));
            message.push_str(";\n");
            count += 1;
        }
        message.push_str("COMMIT;");
        if let Err(error) = self.0.run(message).await {
            if self.0.is_usable() {
                self.0.run("ROLLBACK").await?;
            }
            return Err(error);
        }
        Ok(count)
    }
}

impl AsyncQuery<Vec<Migration>> for Driver<'_> {
    async fn query<'a>(&'a mut self, query: &'a str) -> Result<Vec<Migration>, Self::Error> {
        let batch = self.0.run(query).await?;
        batch
            .rows
            .iter()
            .map(applied)
            .collect::<Result<_, _>>()
            .map_err(|error| crate::db::BatchError { completed: 0, error })
    }
}

impl AsyncMigrate for Driver<'_> {}

fn applied(row: &Row) -> Result<Migration, crate::db::DbError> {
    let on = OffsetDateTime::parse(row.text("applied_on")?, &Rfc3339)
        .map_err(|error| crate::db::DbError::Answer { reason: format!("applied_on of a version: {error}") })?;
    Ok(Migration::applied(row.parse("version")?, row.text("name")?.to_owned(), on, row.parse("checksum")?))
}
