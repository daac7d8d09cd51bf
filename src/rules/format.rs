//! Rows whose text has not the form that it should have.

use serde::Deserialize;
use toml::Spanned;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::pattern;
use super::row::{self, Probed};
use super::violation::{Planned, Violation};
use super::words;

/// A column whose texts must have a named form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Format {
    column: Name,
    format: Spanned<String>,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

/// Name and pattern of each form. The shape alone: no check digit is computed, and no address is tried.
pub(super) const FORMATS: &[(&str, &str)] = &[
    ("uuid", "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"),
    ("email", "^[^@[:space:]]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$"),
    ("url", "^https?://[^/[:space:]]+(/[^[:space:]]*)?$"),
    ("ipv4", "^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])$"),
    ("iso_date", "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
    ("iso_time", "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?$"),
    (
        "iso_timestamp",
        "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?$",
    ),
    ("integer", "^[+-]?[0-9]+$"),
    ("decimal", "^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$"),
    ("hex", "^([0-9a-fA-F]{2})+$"),
    ("base64", "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$"),
    ("phone_e164", "^[+][1-9][0-9]{6,14}$"),
    ("currency", "^[A-Z]{3}$"),
    ("country", "^[A-Z]{2}$"),
    ("isin", "^[A-Z]{2}[A-Z0-9]{9}[0-9]$"),
    ("iban", "^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"),
    ("bic", "^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$"),
    ("uk_postcode", "^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$"),
    ("uk_sort_code", "^[0-9]{2}-[0-9]{2}-[0-9]{2}$"),
    ("uk_national_insurance", "^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]$"),
];

const NAMES: [&str; FORMATS.len()] = words::first_words!(FORMATS);

impl Kind for Format {
    const NAME: &'static str = "format";
    const SUMMARY: &'static str = "rows whose text has not the named form";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::required("format", Shape::Word(&NAMES), "the name of the form; the page lists them"),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::values(scope, &self.column, &["'!'".to_owned()])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let condition =
            pattern::mismatch(&row::letters(scope, &self.column), self.pattern().unwrap_or_default(), false);
        let noun = format!("rows that are no {}", self.format.get_ref());
        Ok(row::probe(condition, &[&self.column], self.null_ok, noun))
    }
}

impl Format {
    fn pattern(&self) -> Option<&'static str> {
        FORMATS.iter().find(|(name, _)| name == self.format.get_ref()).map(|(_, pattern)| *pattern)
    }
}
