//! A statement with the settings that it runs under.

use crate::db::{Sql, SqlError, quote_ident};

use super::probe::Measure;
use super::resolve::ResolvedRule;
use super::run::RunOptions;
use super::scan;

/// What the planner is told of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct How {
    pub(super) way: Way,
    /// One process does it: there is other work for the others.
    pub(super) alone: bool,
    /// Names are looked up in `pg_catalog` alone, so that what the server writes out is qualified.
    pub(super) bare_path: bool,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Way {
    /// What its author wrote: it sees the settings as the server has them.
    #[default]
    AsIs,
    /// It reads a table as a whole.
    Scan,
    /// It sorts what the table itself holds: the hash aggregate and the indexes stay out of the plan.
    Sort,
}

impl How {
    /// As the kind of this rule wants it.
    pub(super) fn of(rule: &ResolvedRule) -> How {
        let way = match rule.probe.measure {
            Measure::Own { sorted: true, .. } => Way::Sort,
            Measure::Rows { .. } => Way::Scan,
            _ if scan::is_fused(rule) => Way::Scan,
            _ => Way::AsIs,
        };
        let bare_path = matches!(rule.probe.measure, Measure::Own { bare_path: true, .. });
        How { way, alone: false, bare_path }
    }
}

/// The options of a statement for these rules; a rule with a time limit of its own is always alone.
pub(super) fn options_of(options: &RunOptions, rules: &[&ResolvedRule]) -> RunOptions {
    let own = rules.iter().find_map(|rule| rule.rule.timeout_ms);
    RunOptions { statement_timeout_ms: own.unwrap_or(options.statement_timeout_ms), ..options.clone() }
}

/// The settings go with every statement: an error ends the transaction that they belong to. Each sets all of them, since those
/// of the statement before still hold.
pub(super) fn with_settings(options: &RunOptions, sql: &str, how: How) -> Result<String, SqlError> {
    let own: &[String] = if how.bare_path { &[] } else { &options.search_path };
    let path: Vec<String> = own.iter().map(|schema| quote_ident(schema)).collect();
    let path = ["pg_catalog".to_owned()].into_iter().chain(path).chain(["pg_temp".to_owned()]).collect::<Vec<_>>();
    let is_sort = how.way == Way::Sort;
    let settings = Sql::new(include_str!("statement.sql"))
        .value("timeout_ms", options.statement_timeout_ms)
        .fragment("search_path", path.join(", "))
        .fragment("hash_aggregate", if is_sort { "off" } else { "DEFAULT" })
        .fragment("index", if is_sort { "off" } else { "DEFAULT" })
        .fragment("workers", if how.alone { "0" } else { "DEFAULT" })
        .render()?;
    let raised = if how.way == Way::AsIs { "" } else { include_str!("statement_raised.sql") };
    Ok(format!("{settings}{raised}{sql}"))
}
