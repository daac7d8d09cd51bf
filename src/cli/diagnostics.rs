//! Diagnostics of the library and the driver, shown with `--verbose`.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Sends diagnostics to standard error. Without `--verbose` nothing is shown: what matters comes as events and errors.
pub(super) fn init(verbose: bool) {
    let level = if verbose { LevelFilter::DEBUG } else { LevelFilter::OFF };
    // Statements may hold what must not be shown; the driver's log of them stays off.
    let targets = Targets::new().with_default(level).with_target("sqlx::query", LevelFilter::OFF);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    tracing_subscriber::registry().with(layer).with(targets).init();
}
