//! What really happened to a statement outside of a transaction: the catalog is asked, never assumed.

use std::time::Duration;

use crate::db::{DbError, Row, Sql, quote_ident, quote_qualified};
use crate::phase::Phase;
use crate::script::{QualifiedName, ReindexTarget, Statement, StatementKind};

use super::stepwise::Earlier;
use super::{Event, Failure, Run};

/// An index as the catalog has it.
struct Index {
    quoted: String,
    /// As people write it: quoted only where it must be.
    shown: String,
    valid: bool,
    building: bool,
}

impl Run<'_> {
    /// Finds out what became of a statement that an earlier attempt was about to run, and clears away what it left
    /// behind. Returns whether it took effect, so that it must not run again.
    pub(super) async fn reconcile(
        &mut self,
        phase: &Phase,
        statement: &Statement,
        earlier: Earlier,
        attempt: i64,
    ) -> Result<bool, Failure> {
        let fail = |error: &DbError| Failure::at(phase, error, statement, None);
        let (found, finding) = match &statement.kind {
            StatementKind::CreateIndexConcurrently { name: Some(name), table, .. } => {
                self.reconcile_create(name, table).await.map_err(|error| fail(&error))?
            }
            StatementKind::DropIndexConcurrently { names, .. } => {
                self.reconcile_drop(names).await.map_err(|error| fail(&error))?
            }
            StatementKind::ReindexConcurrently { target_kind, name } => {
                let target = (*target_kind, name.as_ref());
                self.drop_reindex_leftovers(target).await.map_err(|error| fail(&error))?
            }
            StatementKind::DetachPartitionConcurrently { table, partition } => {
                self.reconcile_detach(table, partition).await.map_err(|error| fail(&error))?
            }
            StatementKind::CannotRunInTransaction { what } if is_repeatable(what) => {
                (false, format!("{what} can be repeated"))
            }
            _ if earlier == Earlier::Failed => (false, "the server refused it before".to_owned()),
            _ => {
                let message =
                    "it was under way when an earlier attempt stopped, and the catalog cannot tell what became of it";
                let failure = fail(&DbError::Answer { reason: message.into() });
                return Err(Failure { message: message.to_owned(), ..failure }
                    .hint("look for its effect; if it is there, take the statement's place in the log by hand (see docs/recovery.md)"));
            }
        };
        (self.events)(Event::Reconciled { statement: statement.number, finding });
        // What the server refused did not happen, though the catalog may look so: by somebody else's hand.
        let happened = found && earlier == Earlier::Unsure;
        if happened {
            for event in ["INTENT", "DONE"] {
                let row = self.event_row(phase, statement, attempt, event).map_err(|error| fail(&error))?;
                self.as_self(&row).await.map_err(|error| fail(&error))?;
            }
        }
        Ok(happened)
    }

    async fn reconcile_create(
        &mut self,
        name: &QualifiedName,
        table: &QualifiedName,
    ) -> Result<(bool, String), DbError> {
        loop {
            match self.index(name, Some(table)).await? {
                None => return Ok((false, format!("index {} is not there", name.name))),
                Some(index) if index.valid => return Ok((true, format!("index {} is there and valid", name.name))),
                Some(index) if index.building && !self.session.cancel().is_cancelled() => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Some(index) if index.building => return Err(DbError::Cancelled),
                Some(index) => {
                    self.drop_index(&index.quoted).await?;
                    return Ok((false, format!("index {} was INVALID and has been dropped", name.name)));
                }
            }
        }
    }

    async fn reconcile_drop(&mut self, names: &[QualifiedName]) -> Result<(bool, String), DbError> {
        let mut left = Vec::new();
        for name in names {
            if self.index(name, None).await?.is_some() {
                left.push(name.name.clone());
            }
        }
        if left.is_empty() {
            return Ok((true, "the index is gone".to_owned()));
        }
        Ok((false, format!("index {} is still there", left.join(", "))))
    }

    /// An interrupted REINDEX CONCURRENTLY leaves INVALID indexes `…_ccnew` and `…_ccold`; it can be repeated once
    /// they are gone.
    async fn drop_reindex_leftovers(
        &mut self,
        (kind, name): (ReindexTarget, Option<&QualifiedName>),
    ) -> Result<(bool, String), DbError> {
        let of = |wanted: &[ReindexTarget]| name.filter(|_| wanted.contains(&kind));
        let sql = Sql::new(include_str!("reindex_leftovers.sql"))
            .maybe("index", of(&[ReindexTarget::Index]).map(quoted))
            .maybe("table", of(&[ReindexTarget::Table]).map(quoted))
            .maybe("schema", of(&[ReindexTarget::Schema]).map(|name| name.name.clone()));
        let rows = self.rows(sql.render()?).await?;
        for row in &rows {
            self.drop_index(&quote_qualified(row.text("schema")?, row.text("name")?)).await?;
        }
        Ok((false, format!("{} leftover indexes dropped", rows.len())))
    }

    async fn reconcile_detach(
        &mut self,
        table: &QualifiedName,
        part: &QualifiedName,
    ) -> Result<(bool, String), DbError> {
        let sql = Sql::new(include_str!("detach_state.sql")).value("table", quoted(table)).value("part", quoted(part));
        let rows = self.rows(sql.render()?).await?;
        let Some(row) = rows.first() else { return Ok((true, "the partition is detached".to_owned())) };
        if !row.flag("pending")? {
            return Ok((false, "the partition is still attached".to_owned()));
        }
        let finalize = format!("ALTER TABLE {} DETACH PARTITION {} FINALIZE", quoted(table), quoted(part));
        self.session.run_discarding(finalize).await.map_err(|failed| failed.error)?;
        Ok((true, "the pending detach was finalized".to_owned()))
    }

    /// `IF NOT EXISTS` is never taken for success: an INVALID index of that name would be passed over in silence.
    pub(super) async fn refuse_false_success(&mut self, phase: &Phase, statement: &Statement) -> Result<(), Failure> {
        let StatementKind::CreateIndexConcurrently { name, table, if_not_exists, .. } = &statement.kind else {
            return Ok(());
        };
        let refuse = |message: String, hint: &str| {
            let failure = Failure::at(phase, &DbError::Answer { reason: String::new() }, statement, None);
            Err(Failure { message, ..failure }.hint(hint))
        };
        let Some(name) = name else {
            return refuse("the index has no name, so that a broken build could not be found again".into(), "name it");
        };
        match self.index(name, Some(table)).await {
            // Were it begun, a crash would leave this index to be taken for the one that was to be built.
            Ok(Some(index)) if index.valid && !if_not_exists => refuse(
                format!("index {} exists already", index.shown),
                "give the new one another name, or drop the old one before it",
            ),
            Ok(Some(index)) if !index.valid => refuse(
                format!("index {} exists and is INVALID", index.shown),
                "it is no use as it is: DROP INDEX CONCURRENTLY or REINDEX INDEX CONCURRENTLY, then migrate again",
            ),
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::at(phase, &error, statement, None)),
        }
    }

    /// A build that failed leaves its index behind, INVALID: it costs every write and serves no read.
    pub(super) async fn say_what_is_left(&mut self, statement: &Statement, failure: &mut Failure) {
        let StatementKind::CreateIndexConcurrently { name: Some(name), table, .. } = &statement.kind else { return };
        if !self.session.is_usable() {
            return;
        }
        if let Ok(Some(index)) = self.index(name, Some(table)).await
            && !index.valid
        {
            let shown = index.shown;
            failure.note(&format!("it left index {shown} INVALID; the next migrate drops it and builds it again"));
        }
    }

    /// The server's word that a build ended is not enough: the index must be there and valid.
    pub(super) async fn assert_took_effect(&mut self, phase: &Phase, statement: &Statement) -> Result<(), Failure> {
        let StatementKind::CreateIndexConcurrently { name: Some(name), table, .. } = &statement.kind else {
            return Ok(());
        };
        match self.index(name, Some(table)).await {
            Ok(Some(index)) if index.valid => Ok(()),
            Ok(_) => {
                let message = format!("the server reported success, but index {} is not there or not valid", name.name);
                let failure = Failure::at(phase, &DbError::Answer { reason: String::new() }, statement, None);
                Err(Failure { message, ..failure })
            }
            Err(error) => Err(Failure::at(phase, &error, statement, None)),
        }
    }

    /// The index of this name; its schema is that of the table, where one is given.
    async fn index(&mut self, name: &QualifiedName, table: Option<&QualifiedName>) -> Result<Option<Index>, DbError> {
        let sql = Sql::new(include_str!("index_state.sql"))
            .value("index", quote_ident(&name.name))
            .maybe("schema", name.schema.as_deref().map(quote_ident))
            .maybe("table", table.map(quoted))
            .value("name", &name.name);
        let rows = self.rows(sql.render()?).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Index {
            quoted: quote_qualified(row.text("schema")?, row.text("name")?),
            shown: QualifiedName { schema: Some(row.text("schema")?.to_owned()), name: row.text("name")?.to_owned() }
                .to_string(),
            valid: row.flag("valid")?,
            building: row.flag("building")?,
        }))
    }

    async fn drop_index(&mut self, quoted: &str) -> Result<(), DbError> {
        let sql = format!("DROP INDEX CONCURRENTLY IF EXISTS {quoted}");
        self.session.run_discarding(sql).await.map(|_| ()).map_err(|failed| failed.error)
    }

    async fn rows(&mut self, sql: String) -> Result<Vec<Row>, DbError> {
        Ok(self.session.run(sql).await.map_err(|failed| failed.error)?.rows)
    }
}

fn quoted(name: &QualifiedName) -> String {
    match &name.schema {
        Some(schema) => quote_qualified(schema, &name.name),
        None => quote_ident(&name.name),
    }
}

/// Statements that do no harm when they run twice.
fn is_repeatable(what: &str) -> bool {
    ["VACUUM", "CLUSTER", "REINDEX", "ALTER SYSTEM"].iter().any(|known| what.to_ascii_uppercase().starts_with(known))
}
