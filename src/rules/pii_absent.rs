//! Rows that hold what names a person, where it should not be.

use serde::Deserialize;
use toml::Spanned;

use super::hidden_text::{self, PRIVATE_KEY, Pattern};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::row::Probed;
use super::violation::Planned;
use super::words;

/// Columns, of free text above all, that must hold no personal data in the clear.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PiiAbsent {
    columns: Spanned<Vec<Name>>,
    #[serde(default = "all")]
    patterns: Vec<Spanned<String>>,
}

/// Name and pattern of each sort of personal data: found anywhere in the text, so a hit is a reason to look, no proof.
const PATTERNS: &[Pattern] = &[
    ("email", "[[:alnum:]._%+-]+@[[:alnum:]-]+([.][[:alnum:]-]+)+", "a.person@example.com"),
    ("phone", "[+][1-9]([ ()-]?[0-9]){7,14}", "+44 20 7946 0958"),
    ("card", "(^|[^0-9])[3-6][0-9]{3}([ -]?[0-9]{4}){3}([^0-9]|$)", "4111 1111 1111 1111"),
    ("iban", "(^|[^A-Z0-9])[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}", "GB82 WEST 1234 5698 7654 32"),
    (
        "uk_national_insurance",
        "(^|[^A-Z])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?([0-9]{2} ?){3}[A-D]([^A-Z]|$)",
        "AB 12 34 56 C",
    ),
    ("us_ssn", "(^|[^0-9-])[0-9]{3}-[0-9]{2}-[0-9]{4}([^0-9-]|$)", "078-05-1120"),
    PRIVATE_KEY,
];

const NAMES: [&str; PATTERNS.len()] = words::first_words!(PATTERNS);

fn all() -> Vec<Spanned<String>> {
    hidden_text::all(PATTERNS)
}

impl Kind for PiiAbsent {
    const NAME: &'static str = "pii_absent";
    const SUMMARY: &'static str = "rows that hold personal data or a private key in the clear";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", Shape::COLUMNS, "the columns to look through"),
        Parameter::optional(
            "patterns",
            Shape::List { of: &Shape::Word(&NAMES), least: 1 },
            "all",
            "what to look for: email, phone, card, iban, uk_national_insurance, us_ssn, private_key",
        ),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        hidden_text::hold_against(self.columns.get_ref(), scope, complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn hides(&self) -> Vec<&str> {
        self.about()
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        hidden_text::violation(scope, self.columns.get_ref(), &self.patterns, PATTERNS)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let patterns = (&self.patterns[..], PATTERNS);
        Ok(hidden_text::probe(scope, self.columns.get_ref(), patterns, "rows with personal data"))
    }
}
