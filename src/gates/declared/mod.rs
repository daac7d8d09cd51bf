//! Gates that are declared in files, as many as the platform needs: `[gates.<id>]` beside the rules.
//!
//! * [`load`] reads them from the folder of the rules; every error comes at once, with its line and column.
//! * [`run`] measures those of one [`Stage`](crate::verdict::Stage). Each ends within its time limit, each alone: what
//!   cannot be measured is not evaluated, with its reason, and the others are judged.
//!
//! A kind of probe is one file here (its configuration, what it measures, how that is judged) and one row in the table
//! below. A probe says what it found (a `Finding`); what that means is the gate's severity.

mod audit_latency;
mod authorities;
mod backup;
mod bench;
mod connections;
mod earlier_run;
mod env;
mod files;
mod gate;
mod git;
mod groups;
mod host;
mod http;
mod index_usage;
mod kind;
mod load;
pub mod loads;
mod manual;
pub mod metrics;
mod path;
mod process;
mod program;
mod query_plan;
mod recovery;
mod replication;
mod run;
mod server;
mod spread;
mod sql_latency;
mod tls;
mod transactions;
mod version;
mod words;
mod written;

pub use bench::Platform;
pub use files::GateFileErrors;
pub use gate::DeclaredGate;
pub use groups::groups;
pub use http::{REQUEST, REQUEST_PARAMETERS};
pub use load::{GateSet, load, load_embedded};
pub use manual::CONFIRMATIONS;
pub use run::run;
pub use written::{GATE, PARAMETERS};

pub(crate) use crate::declaration::allowed;
use crate::declaration::{Complaints, KindInfo};

use bench::Bench;
use kind::{Finding, Kind, Unmeasured};

/// Makes the enum of all probes, their dispatch and the list for help and documentation.
macro_rules! probe_kinds {
    ($($module:ident :: $kind:ident),+ $(,)?) => {
        /// What a gate measures: one variant a kind, externally tagged, so that an error points at its line and column.
        #[derive(Debug, Clone, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Probe {
            $($kind($module::$kind),)+
        }

        /// Every kind of probe there is.
        pub const PROBE_KINDS: &[KindInfo] = &[
            $(KindInfo {
                name: <$module::$kind as Kind>::NAME,
                other_names: &[],
                summary: <$module::$kind as Kind>::SUMMARY,
                parameters: <$module::$kind as Kind>::PARAMETERS,
                needs_table: false,
            },)+
        ];

        impl Probe {
            fn look_over(&self, complaints: &mut Complaints) {
                match self { $(Probe::$kind(kind) => kind.look_over(complaints),)+ }
            }

            fn subject(&self) -> String {
                match self { $(Probe::$kind(kind) => kind.subject(),)+ }
            }

            fn compares_with_before(&self) -> bool {
                match self { $(Probe::$kind(kind) => kind.compares_with_before(),)+ }
            }

            async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
                match self { $(Probe::$kind(kind) => kind.measure(bench).await,)+ }
            }
        }
    };
}

probe_kinds![
    env::Env,
    path::Path,
    git::Git,
    program::Program,
    host::Host,
    process::Process,
    connections::Connections,
    recovery::Recovery,
    replication::Replication,
    transactions::Transactions,
    backup::Backup,
    query_plan::QueryPlan,
    index_usage::IndexUsage,
    server::Server,
    sql_latency::SqlLatency,
    audit_latency::AuditLatency,
    http::Http,
    tls::Tls,
    earlier_run::EarlierRun,
    manual::Manual,
];
