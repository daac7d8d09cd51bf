//! `phasegate baseline`: what can be typed.

use clap::Subcommand;

use super::args::Output;

/// What can be typed after `baseline`.
#[derive(Debug, Subcommand)]
pub(super) enum Baseline {
    /// Measure every declared metric several times and keep medians and spread; never overwrites
    #[command(after_help = "Examples:\n  phasegate baseline capture before_release")]
    Capture {
        /// A folder of this name in that of the snapshots: letters, digits, _, - and .
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Measure every declared metric again and hold it against a baseline and against its own limit
    #[command(
        after_help = "Examples:\n  phasegate baseline compare before_release\n  phasegate baseline compare before_release --format json"
    )]
    Compare {
        /// The baseline's name
        name: String,
        #[command(flatten)]
        output: Output,
    },
}

impl Baseline {
    pub(super) fn output(&self) -> &Output {
        match self {
            Baseline::Capture { output, .. } | Baseline::Compare { output, .. } => output,
        }
    }
}
