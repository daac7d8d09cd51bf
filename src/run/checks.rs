//! What is checked: the rules and gates of one folder.

use std::path::{Path, PathBuf};

use crate::evidence::Evidence;
use crate::gates::declared::{self, GateSet, Platform};
use crate::rules::{self, RuleSet};
use crate::verdict::Stage;

use super::{Context, Error};

/// Everything that the folder of rules declares.
#[derive(Debug, Clone)]
pub(super) struct Checks {
    pub(super) rules: RuleSet,
    pub(super) gates: GateSet,
}

impl Checks {
    /// Reads the folder. What is wrong with the rules is said first, since they also say what has no place in a file.
    ///
    /// # Errors
    /// [`Error`] with every problem of every file.
    pub(super) fn load(folder: &Path) -> Result<Checks, Error> {
        Ok(Checks { rules: rules::load(folder)?, gates: declared::load(folder)? })
    }
}

/// Measures the declared gates of one stage. What they keep for a later stage lies in the run's `directory`.
pub(super) async fn measure(
    context: &Context<'_>,
    gates: &GateSet,
    stage: Stage,
    directory: Option<&Path>,
) -> Vec<Evidence> {
    declared::run(gates, stage, &platform(context, directory)).await
}

/// The platform as this command knows it.
pub(super) fn platform(context: &Context<'_>, directory: Option<&Path>) -> Platform {
    let config = context.config;
    let base = config.source.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    Platform {
        spec: context.spec.clone(),
        cancel: context.cancel.clone(),
        env: context.env.clone(),
        folder: base.to_owned(),
        search_path: config.execute.search_path.split(',').map(|name| name.trim().to_owned()).collect(),
        timeout_ms: config.measure.gate_timeout_ms,
        memory: directory.map(|directory| PathBuf::from(directory).join("gates")),
    }
}
