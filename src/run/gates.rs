//! gates: the declared gates of some stages, by themselves: preflight, acceptance, or any other.

use crate::config::Config;
use crate::db::Session;
use crate::evidence::Evidence;
use crate::gates::declared::{self, DeclaredGate, GateSet};
use crate::verdict::Stage;

use super::checks::{choose, measure};
use super::gather::environment;
use super::notebook::Notebook;
use super::{Context, Error, Outcome};

/// Which gates.
#[derive(Debug, Clone, Default)]
pub struct GatesOptions {
    /// Those of these stages; empty: of preflight.
    pub stages: Vec<Stage>,
    /// Only those with one of these ids or tags; empty: all.
    pub only: Vec<String>,
}

/// The declared gates, chosen by id or tag.
///
/// # Errors
/// [`Error`] where the files are wrong, or a word chooses nothing.
pub fn declared_gates(config: &Config, only: &[String]) -> Result<GateSet, Error> {
    chosen(declared::load(&config.rules)?, config, only)
}

fn chosen(mut set: GateSet, config: &Config, only: &[String]) -> Result<GateSet, Error> {
    choose(config, &mut set.gates, only, "gate has the id or tag", |gate| &gate.id, DeclaredGate::is_called)?;
    Ok(set)
}

/// Measures and judges the platform. Creates nothing in the database; a server that cannot be reached leaves the gates
/// that need it not evaluated, and the others are judged.
///
/// # Errors
/// [`Error`] where the files are wrong or the evidence cannot be written.
pub async fn gates(context: &Context<'_>, options: &GatesOptions) -> Result<Outcome, Error> {
    let whole = declared::load(&context.config.rules)?;
    let set = chosen(whole.clone(), context.config, &options.only)?;
    let (version, facts) = surroundings(context).await;
    let mut notebook = Notebook::open(context, "gates", version)?;
    notebook.note(facts)?;
    let asked: &[Stage] = if options.stages.is_empty() { &[Stage::Preflight] } else { &options.stages };
    let mut measured = Vec::new();
    for stage in asked {
        let directory = notebook.directory.clone();
        let facts = measure(context, &set, *stage, Some(&directory)).await;
        notebook.note(facts.iter().cloned())?;
        measured.extend(facts);
    }
    notebook.note(declared::groups(&whole, &measured))?;
    notebook.end(context)
}

/// The server's version and facts about it, where it can be reached; a platform is judged without it as well.
pub(super) async fn surroundings(context: &Context<'_>) -> (Option<String>, Vec<Evidence>) {
    match Session::connect_cancellable(&context.spec, context.cancel.clone()).await {
        Ok(mut session) => {
            let found = environment(&mut session).await;
            session.close().await;
            found.map(|(version, facts)| (Some(version), facts)).unwrap_or_default()
        }
        Err(_) => (None, Vec::new()),
    }
}
