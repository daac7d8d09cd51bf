//! `phasegate gates`: what can be typed, and the list of gates.

use clap::Args;

use crate::gates::declared::{DeclaredGate, GateSet};
use crate::run::GatesOptions;
use crate::verdict::Stage;

use super::args::Output;

/// What can be typed after `gates`.
#[derive(Debug, Args)]
pub(super) struct Gates {
    /// Gates of this stage: preflight, before, each_phase, after, acceptance or continuous; may be given again
    /// [default: preflight]
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    stage: Vec<Stage>,
    /// Only gates with this id, tag or group of tags (health for health:database); may be given again
    #[arg(long, value_name = "ID|TAG")]
    pub(super) only: Vec<String>,
    /// List the gates of all stages and measure none
    #[arg(long)]
    pub(super) list: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Gates {
    pub(super) fn options(&self) -> GatesOptions {
        GatesOptions { stages: self.stage.clone(), only: self.only.clone() }
    }
}

fn stage(text: &str) -> Result<Stage, String> {
    let found = Stage::ALL.into_iter().find(|stage| stage.word() == text);
    found.ok_or_else(|| format!("allowed are {}", Stage::ALL.map(Stage::word).join(", ")))
}

/// One line a gate: its stages, its id, what it says.
pub(super) fn list(set: &GateSet) -> String {
    if set.gates.is_empty() {
        return "no gate is declared; see docs/declared-gates.md for how\n".into();
    }
    let stages = |gate: &DeclaredGate| gate.stages.iter().map(|stage| stage.word()).collect::<Vec<_>>().join(", ");
    let width = set.gates.iter().map(|gate| gate.id.len()).max().unwrap_or(0);
    let line = |gate: &DeclaredGate| format!("{:width$}  {} ({})\n", gate.id, gate.description, stages(gate));
    set.gates.iter().map(line).collect()
}
