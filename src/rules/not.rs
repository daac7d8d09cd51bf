//! A rule that must not hold.

use serde::Deserialize;

use super::combined::{self, Way};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::Probed;
use super::violation::{self, Planned};

/// The opposite of another rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Not {
    rule: Name,
}

impl Kind for Not {
    const NAME: &'static str = "not";
    const SUMMARY: &'static str = "another rule that holds, where it must not";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("rule", Shape::RULE, "the id of the rule that must not hold")];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        combined::hold_against(scope, Self::NAME, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.rule.get_ref()]
    }

    fn combines(&self) -> &[Name] {
        std::slice::from_ref(&self.rule)
    }

    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        violation::none(combined::NO_VIOLATION)
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        combined::probe(Way::Not, std::slice::from_ref(&self.rule), "this does not hold:")
    }
}
