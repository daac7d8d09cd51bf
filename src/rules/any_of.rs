//! Rules of which one must hold.

use serde::Deserialize;
use toml::Spanned;

use super::combined::{self, Way};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::row::Probed;
use super::violation::{self, Planned};

/// Rules that are each an answer to one question.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnyOf {
    rules: Spanned<Vec<Name>>,
}

impl Kind for AnyOf {
    const NAME: &'static str = "any_of";
    const SUMMARY: &'static str = "other rules of which none holds, where one must";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("rules", Shape::RULES, "the ids of the rules of which one at least must hold")];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        combined::hold_against(scope, Self::NAME, complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.rules.get_ref())
    }

    fn combines(&self) -> &[Name] {
        self.rules.get_ref()
    }

    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        violation::none(combined::NO_VIOLATION)
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        combined::probe(Way::Any, self.rules.get_ref(), "one at least of these holds:")
    }
}
