//! What stands at the top of a file: rules, gates, loads and metrics share files, and each is read by itself.

/// The tables that there are.
pub(super) const TABLES: [&str; 4] = ["rules", "gates", "loads", "metrics"];

/// Whether a table other than that of the rules is read, by others.
pub(crate) fn is_read_elsewhere(name: &str) -> bool {
    name != "rules" && TABLES.contains(&name)
}

/// What is wrong with a name that nobody reads.
pub(crate) fn unknown_at_the_top(name: &str) -> Option<String> {
    let tables = TABLES.map(|table| format!("[{table}.<id>]")).join(", ");
    (!TABLES.contains(&name)).then(|| format!("unknown name {name:?} at the top; allowed are {tables}"))
}
