//! rules generate and rules drift: rule files made from the catalog, and held against it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::db::{Catalog, DbError, Promises, Session, Table, quote_literal};
use crate::rules::{self, Drafts, Drift};

use super::{Context, Error, new_file};

/// Drafts of rules for everything that the catalog promises; with `profile` also for what the rows hold now.
/// Changes nothing.
///
/// # Errors
/// [`Error`] where the server cannot be asked.
pub async fn generate_rules(context: &Context<'_>, profile: bool) -> Result<Drafts, Error> {
    Ok(look(context, profile).await?.1)
}

/// How the rules of the folder and the catalog have moved apart. Changes nothing.
///
/// # Errors
/// [`Error`] where rules are wrong in themselves, or the server cannot be asked.
pub async fn rules_drift(context: &Context<'_>) -> Result<Drift, Error> {
    let set = rules::load(&context.config.rules)?;
    let (catalog, drafts) = look(context, false).await?;
    Ok(rules::drift(&set, &drafts, &catalog)?)
}

/// Writes drafts to a file, or to `generated.toml` in a folder; where it went.
///
/// # Errors
/// [`Error::File`] where there is nothing to write, there is such a file already and `force` does not say to replace it, or it cannot be written.
pub fn write_drafts(drafts: &Drafts, output: &Path, force: bool) -> Result<PathBuf, Error> {
    let is_file = output.extension().is_some_and(|end| end == "toml");
    let path = if is_file { output.to_owned() } else { output.join("generated.toml") };
    if drafts.rules.is_empty() {
        let problem = "not written: the catalog promises nothing that could be a rule".to_owned();
        return Err(Error::File { path, problem });
    }
    new_file::write(&path, &drafts.text(), force)?;
    Ok(path)
}

async fn look(context: &Context<'_>, profile: bool) -> Result<(Catalog, Drafts), Error> {
    let own = context.config.log.own_tables();
    let mut session = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
    let catalog = Catalog::read(&mut session).await?;
    let mut promises = Promises::read(&mut session).await?;
    promises.others.retain(|promise| !own.contains(&promise.table));
    promises.foreign_keys.retain(|key| !own.contains(&key.table));
    let guesses = if profile {
        rules::guesses(&catalog, &own, &context.config.measure.redact, &mut session).await?
    } else {
        Vec::new()
    };
    let empty = empty_tables(&catalog, &mut session).await?;
    session.close().await;
    let drafts = rules::drafts(&promises, &guesses, &catalog, &empty);
    Ok((catalog, drafts))
}

/// The tables without a row.
async fn empty_tables(catalog: &Catalog, session: &mut Session) -> Result<BTreeSet<String>, DbError> {
    let is_read = |table: &&Table| table.readable && !table.is_partition && table.populated;
    let question = |table: &Table| {
        format!(
            "SELECT {} AS name WHERE NOT EXISTS (SELECT FROM {})",
            quote_literal(&table.full_name()),
            table.quoted()
        )
    };
    let questions: Vec<String> = catalog.tables.iter().filter(is_read).map(question).collect();
    let mut empty = BTreeSet::new();
    for some in questions.chunks(100) {
        let rows = session.rows(some.join(" UNION ALL ")).await?;
        empty.extend(rows.iter().filter_map(|row| row.at(0)).map(str::to_owned));
    }
    Ok(empty)
}
