//! Gates: what must be true of the platform before the phases, and of the schema after them.
//!
//! A gate kind is one file here (its configuration, its measurement, its judgement, its `.sql` beside it) and one row
//! in the table below. A gate that cannot be measured is not evaluated; one that finds nothing says how much it looked
//! at. All gates of a moment read one snapshot.
//!
//! These gates every migration needs, once each. What a platform needs besides is declared in files: [`declared`].

pub mod declared;
mod disabled_triggers;
mod disk_headroom;
mod foreign_keys_hold;
mod gate;
mod invalid_indexes;
mod long_transactions;
mod not_valid_constraints;
mod privileges;
mod sequences_behind;
mod server_version;

pub use gate::{FreeBytes, GateContext, GateInfo};

use crate::db::SharedSnapshot;
use crate::declaration::{Parameter, Shape};
use crate::evidence::Evidence;
use crate::verdict::Moment;

use gate::{Desk, Gate};

/// Makes the configuration of all gates, their dispatch and the list for help and documentation.
macro_rules! gate_kinds {
    ($($module:ident :: $kind:ident),+ $(,)?) => {
        /// The configuration of every gate, one table a kind: `[gates.server_version]`.
        #[derive(Debug, Clone, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct GatesConfig {
            $(
                #[doc = concat!("The gate `", stringify!($module), "`.")]
                pub $module: $module::$kind,
            )+
        }

        $(pub use $module::$kind;)+

        /// Every kind of gate there is.
        pub const GATE_KINDS: &[GateInfo] = &[
            $(GateInfo {
                name: <$module::$kind as Gate>::NAME,
                summary: <$module::$kind as Gate>::SUMMARY,
                moments: <$module::$kind as Gate>::MOMENTS,
                settings: <$module::$kind as Gate>::SETTINGS,
            },)+
        ];

        /// What the configuration may say of gates: `[gates.<kind>]`.
        pub const GATES: Shape = Shape::Table(&[
            $(Parameter::optional(
                <$module::$kind as Gate>::NAME,
                Shape::Table(<$module::$kind as Gate>::SETTINGS),
                "{}",
                <$module::$kind as Gate>::SUMMARY,
            ),)+
        ]);

        async fn measure_all(config: &GatesConfig, desk: &mut Desk<'_>) -> Vec<Evidence> {
            let mut evidence = Vec::new();
            $(evidence.extend(desk.measure(&config.$module).await);)+
            evidence
        }
    };
}

gate_kinds![
    server_version::ServerVersion,
    privileges::Privileges,
    disk_headroom::DiskHeadroom,
    long_transactions::LongTransactions,
    invalid_indexes::InvalidIndexes,
    not_valid_constraints::NotValidConstraints,
    disabled_triggers::DisabledTriggers,
    sequences_behind::SequencesBehind,
    foreign_keys_hold::ForeignKeysHold,
];

/// Measures every enabled gate of this moment; at least one fact each, in the order of [`GATE_KINDS`].
///
/// A gate that errors is not evaluated, with the server's words; the others are measured all the same.
pub async fn run(
    config: &GatesConfig,
    moment: Moment,
    snapshot: &SharedSnapshot,
    context: &GateContext<'_>,
) -> Vec<Evidence> {
    let mut desk = Desk::new(moment, snapshot, context);
    let evidence = measure_all(config, &mut desk).await;
    desk.close().await;
    evidence
}
