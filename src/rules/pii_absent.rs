//! Rows that hold what names a person, where it should not be.

use serde::Deserialize;
use toml::Spanned;

use crate::db::quote_literal;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, plain};
use super::row::{self, Probed};

/// Columns, of free text above all, that must hold no personal data in the clear.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PiiAbsent {
    columns: Spanned<Vec<Name>>,
    #[serde(default = "all")]
    patterns: Vec<Spanned<String>>,
}

/// Name and pattern of each sort of personal data: found anywhere in the text, so a hit is a reason to look, no proof.
const PATTERNS: &[(&str, &str)] = &[
    ("email", "[[:alnum:]._%+-]+@[[:alnum:]-]+([.][[:alnum:]-]+)+"),
    ("phone", "[+][1-9]([ ()-]?[0-9]){7,14}"),
    ("card", "(^|[^0-9])[3-6][0-9]{3}([ -]?[0-9]{4}){3}([^0-9]|$)"),
    ("iban", "(^|[^A-Z0-9])[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}"),
    ("uk_national_insurance", "(^|[^A-Z])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?([0-9]{2} ?){3}[A-D]([^A-Z]|$)"),
    ("us_ssn", "(^|[^0-9-])[0-9]{3}-[0-9]{2}-[0-9]{4}([^0-9-]|$)"),
    ("private_key", "-----BEGIN [A-Z ]*PRIVATE KEY-----"),
];

fn all() -> Vec<Spanned<String>> {
    PATTERNS.iter().map(|(name, _)| Spanned::new(0..0, (*name).to_owned())).collect()
}

impl Kind for PiiAbsent {
    const NAME: &'static str = "pii_absent";
    const SUMMARY: &'static str = "rows that hold personal data or a private key in the clear";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", "the columns to look through"),
        Parameter::optional(
            "patterns",
            "all",
            "what to look for: email, phone, card, iban, uk_national_insurance, us_ssn, private_key",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        complaints.not_empty(&self.columns, "columns");
        let names: Vec<&str> = PATTERNS.iter().map(|(name, _)| *name).collect();
        for pattern in &self.patterns {
            if !names.contains(&pattern.get_ref().as_str()) {
                let message = format!("there is no pattern {:?}; there are {}", pattern.get_ref(), names.join(", "));
                complaints.add(pattern.span(), message);
            }
        }
        if self.patterns.is_empty() {
            complaints.add(self.columns.span(), "patterns lists nothing, so nothing would be looked for");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.columns.get_ref(), complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        let wanted = self.patterns.iter().map(|name| name.get_ref().as_str());
        let patterns = wanted.filter_map(|name| PATTERNS.iter().find(|(known, _)| *known == name));
        let either = patterns.map(|(_, pattern)| format!("({pattern})")).collect::<Vec<_>>().join("|");
        let columns = self.columns.get_ref();
        let hits = columns.iter().map(|name| format!("{} ~ {}", row::text(name), quote_literal(&either)));
        let condition = hits.collect::<Vec<_>>().join(" OR ");
        Ok(row::secret(condition, &[], true, "rows with personal data"))
    }
}
