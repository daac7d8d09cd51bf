//! Integrity rules: what must be true of the data, written in files, measured on the server.
//!
//! * [`load`] reads a folder of `*.toml` and `*.sql` files and reports every error at once, with its position.
//! * [`problems`] and [`resolve`] hold the rules against the catalog: an unknown table or column is found before any scan.
//! * [`run`] measures. All row rules of one table are one statement; joins and groupings are statements of their own;
//!   a statement that errors is bisected, so that only the broken rule is not evaluated.
//!
//! A rule kind is one file here (its configuration, its SQL, what it shows of an offender) and one row in the table
//! below. What was counted ([`Metric`]) is kept apart from what it means: a kind counts, a rule judges.

mod accepted_range;
mod accepted_values;
mod fragment;
mod kind;
mod load;
mod not_null;
mod place;
mod probe;
mod query;
mod relationships;
mod resolve;
mod row_count;
mod rule;
mod run;
mod scalar;
mod scan;
mod sql_file;
mod unique;
mod value_mismatch;
mod words;

pub use kind::{KindInfo, Parameter};
pub use load::{RuleSet, load, load_embedded};
pub use place::{RuleFileErrors, RuleProblem};
pub use probe::Metric;
pub use resolve::{Resolution, ResolvedRule, problems, resolve};
pub use rule::{Rule, Threshold, When};
pub use run::{RunOptions, run};

use kind::{Complaints, Kind, Scope};
use probe::Probe;

/// Makes the enum of all kinds, its dispatch and the list for help and documentation.
macro_rules! rule_kinds {
    ($($module:ident :: $kind:ident),+ $(,)?) => {
        /// What a rule checks: one variant a kind, externally tagged, so that an error points at its line and column.
        #[derive(Debug, Clone, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Check {
            $($kind($module::$kind),)+
        }

        /// Every kind of rule there is.
        pub const RULE_KINDS: &[KindInfo] = &[
            $(KindInfo {
                name: <$module::$kind as Kind>::NAME,
                summary: <$module::$kind as Kind>::SUMMARY,
                parameters: <$module::$kind as Kind>::PARAMETERS,
            },)+
        ];

        impl Check {
            fn look_over(&self, complaints: &mut Complaints) {
                match self { $(Check::$kind(kind) => kind.look_over(complaints),)+ }
            }

            fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
                match self { $(Check::$kind(kind) => kind.hold_against(scope, complaints),)+ }
            }

            fn about(&self) -> Vec<&str> {
                match self { $(Check::$kind(kind) => kind.about(),)+ }
            }

            fn probe(&self, scope: &Scope<'_>) -> Result<Probe, crate::db::SqlError> {
                match self { $(Check::$kind(kind) => kind.probe(scope),)+ }
            }
        }
    };
}

rule_kinds![
    not_null::NotNull,
    unique::Unique,
    accepted_values::AcceptedValues,
    accepted_range::AcceptedRange,
    relationships::Relationships,
    value_mismatch::ValueMismatch,
    row_count::RowCount,
    query::Query,
];
