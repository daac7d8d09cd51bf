//! A gate, as it was declared.

use serde::Deserialize;
use toml::Spanned;

use crate::declaration::{Complaints, Name};
use crate::verdict::{Severity, Stage};

use super::Probe;

/// One gate: what is measured, when, and how much it matters.
#[derive(Debug, Clone)]
pub struct DeclaredGate {
    /// Its id: lower snake case, unique over all files.
    pub id: String,
    /// What must be true, in the author's words; may be empty.
    pub description: String,
    /// When it is measured, in the order of a deployment.
    pub stages: Vec<Stage>,
    /// What a violation means.
    pub severity: Severity,
    /// Words to choose gates by, and to say what they stand for. One with a colon (`health:database`) names a group and
    /// its part, and the gates of the part are summed up.
    pub tags: Vec<String>,
    /// Who answers for it; may be empty.
    pub owner: String,
    /// How long it may take, in milliseconds; `None`: as long as the others.
    pub timeout_ms: Option<u64>,
    pub(super) probe: Probe,
    pub(super) source: usize,
}

/// A gate as TOML has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GateToml {
    #[serde(default)]
    description: String,
    when: Spanned<Vec<Stage>>,
    #[serde(default)]
    severity: Severity,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    owner: String,
    timeout: Option<Name>,
    probe: Probe,
}

impl DeclaredGate {
    /// Whether a word chooses it: its id, one of its tags, or what stands before the colon of one.
    pub fn is_called(&self, word: &str) -> bool {
        let is_it = |tag: &String| tag == word || tag.split_once(':').is_some_and(|(group, _)| group == word);
        self.id == word || self.tags.iter().any(is_it)
    }

    pub(super) fn from_toml(id: &Name, toml: GateToml, source: usize, complaints: &mut Complaints) -> DeclaredGate {
        let stages = toml.when.get_ref();
        let is_compared =
            stages.contains(&Stage::Before) && (stages.contains(&Stage::EachPhase) || stages.contains(&Stage::After));
        if toml.probe.compares_with_before() && !is_compared {
            let message = "same_as_before needs before and one of each_phase and after: else nothing is ever compared";
            complaints.add(toml.when.span(), message);
        }
        toml.probe.look_over(complaints);
        let mut stages = toml.when.into_inner();
        stages.sort_unstable();
        stages.dedup();
        DeclaredGate {
            id: id.get_ref().clone(),
            description: toml.description,
            stages,
            severity: toml.severity,
            tags: toml.tags,
            owner: toml.owner,
            timeout_ms: toml.timeout.as_ref().and_then(|text| millis(text, complaints)),
            probe: toml.probe,
            source,
        }
    }
}

/// The milliseconds of a text that [`millis`] has accepted. One that it has not would be 0, a limit that nothing keeps.
pub(super) fn accepted_ms(text: &Name) -> u64 {
    millis(text, &mut Complaints::default()).unwrap_or(0)
}

/// `"250ms"`, `"5s"`, `"10min"` in milliseconds: a limit, so that 0 is none and is refused.
pub(super) fn millis(text: &Name, complaints: &mut Complaints) -> Option<u64> {
    complaints.limit(text.span(), crate::phase::parse_duration("the time", text.get_ref()))
}
