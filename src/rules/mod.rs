//! Integrity rules: what must be true of the data, written in files, measured on the server.
//!
//! * [`load`] reads a folder of `*.toml` and `*.sql` files and reports every error at once, with its position.
//! * [`problems`] and [`resolve`] hold the rules against the catalog: an unknown table or column is found before any scan.
//! * [`coverage`] says which tables, columns and foreign keys the rules of a run looked at, and why not at the others.
//! * [`trials`] shows that a rule turns red when what violates it is there.
//! * [`drafts`] makes rules from what the catalog promises, [`drift`] says where the two have moved apart.
//! * [`run`] measures. All row rules of one table are one statement, and so are those that join or group by the same columns;
//!   a statement that errors is bisected, so that only the broken rule is not evaluated.
//!
//! A rule kind is one file here (its configuration, its SQL, what it shows of an offender) and one row in the table
//! below. What was counted ([`Metric`]) is kept apart from what it means: a kind counts, a rule judges.

mod accepted_range;
mod accepted_values;
mod aggregate;
mod aggregate_match;
mod all_of;
mod any_of;
mod at_least_one;
mod audit_trail_complete;
mod castable;
mod catalog_scope;
mod change;
mod choose;
mod collation_version;
mod column_pair;
mod combined;
mod combining;
mod compare;
mod constraint_validated;
mod coverage;
mod date_sane;
mod definition;
mod distinct_count;
mod draft;
mod drift;
mod duplicate_rows;
mod encrypted_column;
mod examined;
mod explain;
mod expression_is_true;
mod extension_version;
mod figure;
mod finite;
mod fk_indexed;
mod format;
mod fragment;
mod freshness;
mod functional_dependency;
mod grouped;
mod guess;
mod hidden_text;
mod hierarchy_acyclic;
mod index_present;
mod index_sound;
mod index_valid;
mod joined;
mod json_at;
mod json_path;
mod json_schema;
mod judged;
mod kind;
mod leaves;
mod ledger_balanced;
mod length;
mod load;
mod matview_current;
mod monotonic;
mod must_not_exist_in;
mod no_overlap;
mod no_plaintext_secret;
mod not;
mod not_accepted_values;
mod not_constant;
mod not_empty_string;
mod not_null;
mod null_rate;
mod offenders;
mod outcome;
mod owner;
mod part_scan;
mod pattern;
mod pieces;
mod pii_absent;
mod place;
mod pointing;
mod privileges;
mod probe;
mod query;
mod reads;
mod reconcile;
mod regex;
mod rejudge;
mod relationships;
mod required_child;
mod resolve;
mod rls_enabled;
mod row;
mod row_changes;
mod row_count;
mod row_count_match;
mod rule;
mod run;
mod scalar;
mod scale;
mod scan;
mod schema_baseline;
mod schema_match;
mod search;
mod sequence_ahead;
mod sequence_headroom;
mod sequential_values;
mod settings;
mod share;
mod siblings;
mod soft_delete_consistent;
mod sql_file;
mod statement;
mod stats_fresh;
mod threshold;
mod trial;
mod unique;
mod unique_within_record;
mod value_mismatch;
mod view_equivalent;
mod violation;
mod words;
mod worker;
mod written;

pub use combined::combine;
pub use compare::{Before, CompareTo};
pub use coverage::{Asked, COVERAGE, Coverage, Excluded, Gap, Part, Why, coverage};
pub use draft::{Draft, Drafts, Unwritten, drafts};
pub use drift::{Drift, drift};
pub use explain::{Explained, Way, explain};
pub use guess::{Guess, guesses};
pub use kind::{KindInfo, Parameter};
pub use load::{RuleSet, load, load_embedded};
pub use part_scan::{PartScan, part_scans};
pub use pieces::Sampled;
pub use place::{RuleFileErrors, RuleProblem};
pub use probe::Metric;
pub use rejudge::rejudge;
pub use resolve::{Resolution, ResolvedRule, problems, resolve};
pub use rule::{Rule, When};
pub use run::{Counted, RunOptions, run, run_counted};
pub use schema_baseline::SchemaBaseline;
pub use threshold::{Limit, Threshold};
pub use trial::{Trial, Tried, trials};
pub use written::{PARAMETERS, RULE};

use kind::{Complaints, Kind, Name, Scope};
use probe::Probe;
use reads::Reads;
use share::Share;
use violation::Planned;

/// Makes the enum of all kinds, its dispatch and the list for help and documentation. A kind may have other names.
macro_rules! rule_kinds {
    ($($module:ident :: $kind:ident $(= $($other:literal)|+)?),+ $(,)?) => {
        /// What a rule checks: one variant a kind, externally tagged, so that an error points at its line and column.
        #[derive(Debug, Clone, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Check {
            $($($(#[serde(alias = $other)])+)? $kind($module::$kind),)+
        }

        /// Every kind of rule there is.
        pub const RULE_KINDS: &[KindInfo] = &[
            $(KindInfo {
                name: <$module::$kind as Kind>::NAME,
                other_names: &[$($($other),+)?],
                summary: <$module::$kind as Kind>::SUMMARY,
                parameters: <$module::$kind as Kind>::PARAMETERS,
                needs_table: <$module::$kind as Kind>::NEEDS_TABLE,
            },)+
        ];

        impl Check {
            fn look_over(&self, complaints: &mut Complaints) {
                match self { $(Check::$kind(kind) => kind.look_over(complaints),)+ }
            }

            fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
                match self { $(Check::$kind(kind) => kind.hold_against(scope, complaints),)+ }
            }

            /// The kind's name.
            fn name(&self) -> &'static str {
                match self { $(Check::$kind(_) => <$module::$kind as Kind>::NAME,)+ }
            }

            fn takes_threshold(&self) -> bool {
                match self { $(Check::$kind(_) => <$module::$kind as Kind>::TAKES_THRESHOLD,)+ }
            }

            fn takes_percent(&self) -> bool {
                match self { $(Check::$kind(_) => <$module::$kind as Kind>::TAKES_PERCENT,)+ }
            }

            fn has_figure(&self) -> bool {
                match self { $(Check::$kind(_) => <$module::$kind as Kind>::HAS_FIGURE,)+ }
            }

            fn unbounded(&self) -> Option<std::ops::Range<usize>> {
                match self { $(Check::$kind(kind) => kind.unbounded(),)+ }
            }

            fn about(&self) -> Vec<&str> {
                match self { $(Check::$kind(kind) => kind.about(),)+ }
            }

            fn combines(&self) -> &[Name] {
                match self { $(Check::$kind(kind) => kind.combines(),)+ }
            }

            fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
                match self { $(Check::$kind(kind) => kind.reads(scope, reads),)+ }
            }

            fn bounds(&self) -> Option<figure::Bounds<'_>> {
                match self { $(Check::$kind(kind) => kind.bounds(),)+ }
            }

            fn asks(&self) -> reads::Asks {
                match self { $(Check::$kind(kind) => kind.asks(),)+ }
            }

            fn hides(&self) -> Vec<&str> {
                match self { $(Check::$kind(kind) => kind.hides(),)+ }
            }

            fn file(&self) -> Option<&Name> {
                match self { $(Check::$kind(kind) => kind.file(),)+ }
            }

            fn take_file(&mut self, text: &str) -> Result<(), String> {
                match self { $(Check::$kind(kind) => kind.take_file(text),)+ }
            }

            fn violation(&self, scope: &Scope<'_>) -> Planned {
                match self { $(Check::$kind(kind) => kind.violation(scope),)+ }
            }

            fn share(&self, scope: &Scope<'_>) -> Option<Share> {
                match self { $(Check::$kind(kind) => kind.share(scope),)+ }
            }

            fn probe(&self, scope: &Scope<'_>) -> Result<Probe, crate::db::SqlError> {
                match self { $(Check::$kind(kind) => kind.probe(scope),)+ }
            }
        }
    };
}

rule_kinds![
    not_null::NotNull = "completeness" | "missing",
    unique::Unique = "unique_combination_of_columns",
    accepted_values::AcceptedValues = "in_set",
    accepted_range::AcceptedRange = "between",
    relationships::Relationships = "referential_integrity" | "orphan",
    value_mismatch::ValueMismatch,
    row_count::RowCount,
    aggregate::Aggregate,
    at_least_one::AtLeastOne,
    castable::Castable = "type",
    column_pair::ColumnPair,
    date_sane::DateSane,
    encrypted_column::EncryptedColumn,
    expression_is_true::ExpressionIsTrue = "satisfies" | "check",
    finite::Finite,
    format::Format,
    freshness::Freshness = "recency",
    json_path::JsonPath,
    json_schema::JsonSchema,
    length::Length,
    not_accepted_values::NotAcceptedValues,
    not_constant::NotConstant,
    not_empty_string::NotEmptyString,
    null_rate::NullRate,
    pii_absent::PiiAbsent,
    regex::Regex,
    scale::Scale,
    unique_within_record::UniqueWithinRecord,
    functional_dependency::FunctionalDependency,
    duplicate_rows::DuplicateRows = "dup_rows",
    ledger_balanced::LedgerBalanced,
    monotonic::Monotonic = "increasing",
    sequential_values::SequentialValues,
    no_overlap::NoOverlap = "mutually_exclusive_ranges",
    hierarchy_acyclic::HierarchyAcyclic,
    required_child::RequiredChild,
    must_not_exist_in::MustNotExistIn,
    soft_delete_consistent::SoftDeleteConsistent,
    audit_trail_complete::AuditTrailComplete,
    row_count_match::RowCountMatch = "equal_rowcount",
    aggregate_match::AggregateMatch,
    sequence_ahead::SequenceAhead,
    sequence_headroom::SequenceHeadroom,
    constraint_validated::ConstraintValidated,
    index_valid::IndexValid,
    index_present::IndexPresent,
    index_sound::IndexSound,
    fk_indexed::FkIndexed,
    rls_enabled::RlsEnabled,
    stats_fresh::StatsFresh = "vacuumed",
    settings::Settings = "setting",
    extension_version::ExtensionVersion,
    collation_version::CollationVersion,
    schema_match::SchemaMatch,
    owner::Owner,
    privileges::Privileges,
    reconcile::Reconcile,
    view_equivalent::ViewEquivalent,
    matview_current::MatviewCurrent,
    query::Query = "custom_sql",
    distinct_count::DistinctCount = "cardinality",
    no_plaintext_secret::NoPlaintextSecret,
    all_of::AllOf,
    any_of::AnyOf,
    not::Not,
];
