//! Rules that must all hold.

use serde::Deserialize;
use toml::Spanned;

use super::combined::{self, Way};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::row::Probed;
use super::violation::{self, Planned};

/// Rules that are one question together.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllOf {
    rules: Spanned<Vec<Name>>,
}

impl Kind for AllOf {
    const NAME: &'static str = "all_of";
    const SUMMARY: &'static str = "other rules that do not hold, where all must";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("rules", Shape::RULES, "the ids of the rules that must all hold")];
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
        combined::probe(Way::All, self.rules.get_ref(), "all of these hold:")
    }
}
