//! What a gate in a TOML file may say.

use crate::declaration::{Parameter, Shape};

use super::PROBE_KINDS;

/// One gate: the value of `[gates.<id>]` in a file of the folder of rules.
pub const GATE: Shape = Shape::Table(PARAMETERS);

/// The parameters of every gate, whatever its probe.
pub const PARAMETERS: &[Parameter] = &[
    Parameter::required(
        "when",
        Shape::List {
            of: &Shape::Word(&["preflight", "before", "each_phase", "after", "acceptance", "continuous"]),
            least: 1,
        },
        "the stages at which it is measured",
    ),
    Parameter::required("probe", Shape::Kind(PROBE_KINDS), "what is measured: one kind, with its parameters"),
    Parameter::optional("description", Shape::TEXT, "none", "what must be true, for the report"),
    Parameter::optional("severity", Shape::SEVERITY, "\"fail\"", "what a violation means"),
    Parameter::optional(
        "tags",
        Shape::TEXTS,
        "[]",
        "words by which `phasegate gates --only` chooses; one with a colon names a group and its part",
    ),
    Parameter::optional("owner", Shape::TEXT, "none", "who answers for it"),
    Parameter::optional("timeout", Shape::TIME, "`[measure] gate_timeout`, 60 s", "how long it may take"),
];

#[cfg(test)]
mod tests {
    use super::super::gate::GateToml;
    use super::*;
    use crate::declaration::truth::{differences, read_as};

    #[test]
    fn what_is_told_of_a_gate_is_what_is_read() {
        let found = differences(&GATE, "gate", &read_as::<GateToml>);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
