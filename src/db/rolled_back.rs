//! Writing to see how it goes: whatever was written is rolled back.

use super::link::Link;
use super::row::Row;
use super::{Cancel, ConnSpec, DbError, Sql, transaction_control};

/// A connection that may write and of whose writing nothing stays: each time its statements have a transaction of their
/// own, which is rolled back. Statements that would end it are not sent; where the connection breaks, or is dropped, the
/// server rolls back by itself.
///
/// What is no part of a transaction is not undone: a sequence that gave numbers has given them.
#[derive(Debug)]
pub struct RolledBack {
    link: Link,
    begin: String,
}

impl RolledBack {
    /// Connects. Names without a schema are found along `search_path`, as `SET` takes it. A statement may run
    /// `statement_ms` and wait for a lock `lock_ms`; others wait for its own locks as long.
    ///
    /// # Errors
    /// [`DbError::Connect`] with who was asked and what was answered.
    pub async fn connect(
        spec: &ConnSpec,
        cancel: Cancel,
        search_path: &str,
        (statement_ms, lock_ms): (u64, u64),
    ) -> Result<RolledBack, DbError> {
        let begin = Sql::new(include_str!("begin_rolled_back.sql"))
            .fragment("search_path", search_path)
            .value("statement_timeout", statement_ms)
            .value("lock_timeout", lock_ms);
        let begin = spec.keepalives.values(begin).render()?;
        Ok(RolledBack { link: Link::connect(spec, cancel).await?, begin })
    }

    /// Runs statements one after the other in one transaction, and rolls it back; the rows of each.
    ///
    /// # Errors
    /// [`DbError`]; nothing of them stays then either. [`DbError::TransactionControl`] for a text that would end the
    /// transaction, [`DbError::Cancelled`] once the switch is thrown: nothing was sent then.
    pub async fn run(&mut self, statements: &[&str]) -> Result<Vec<Vec<Row>>, DbError> {
        if let Some(word) = statements.iter().find_map(|sql| transaction_control::find(sql)) {
            return Err(DbError::TransactionControl { word });
        }
        if self.link.cancel().is_cancelled() {
            return Err(DbError::Cancelled);
        }
        let outcome = self.within(statements).await;
        // After a loss there is nobody to tell, and nothing to undo.
        let rolled_back = self.link.send_all("ROLLBACK").await;
        let rows = outcome?;
        rolled_back.map(|_| rows)
    }

    async fn within(&mut self, statements: &[&str]) -> Result<Vec<Vec<Row>>, DbError> {
        let begun = self.link.send_all(self.begin.clone()).await?;
        let row = begun.rows.last().ok_or_else(|| DbError::Answer { reason: "no backend id".into() })?;
        self.link.set_pid(row.parse("pid")?);
        let mut rows = Vec::with_capacity(statements.len());
        for statement in statements {
            rows.push(self.link.send_all(*statement).await?.rows);
        }
        Ok(rows)
    }

    /// Ends the session.
    pub async fn close(self) {
        self.link.close().await;
    }
}
