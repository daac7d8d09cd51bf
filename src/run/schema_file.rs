//! snapshot schema: the schema as it is now, as a file that rules of the kind `schema_match` hold databases against.

use std::path::Path;

use crate::db::Session;
use crate::rules::SchemaBaseline;

use super::gather::left_out;
use super::{Context, Error, new_file};

/// Reads the schema, without what the settings exclude and phasegate's own tables; its text, and how many objects it has.
/// Changes nothing.
///
/// # Errors
/// [`Error`] where the server cannot be asked, or the database has nothing to be held against.
pub async fn schema_baseline(context: &Context<'_>) -> Result<(String, usize), Error> {
    let mut session = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
    let baseline = SchemaBaseline::read(&mut session, &left_out(context.config)).await?;
    session.close().await;
    let problem = |problem: String| Error::File { path: "the schema".into(), problem };
    if baseline.is_empty() {
        return Err(problem("the database has no object that could be compared".to_owned()));
    }
    let text = baseline.text().map_err(|error| problem(error.to_string()))?;
    Ok((text, baseline.len()))
}

/// Writes it to a file; one that is there is replaced only by `force`.
///
/// # Errors
/// [`Error::File`] where it cannot be written.
pub fn write_schema_baseline(text: &str, path: &Path, force: bool) -> Result<(), Error> {
    new_file::write(path, text, force)
}
