//! SQL as a subject names it.

/// How much of it is shown.
const LONGEST: usize = 60;

/// The statement in one line.
pub(super) fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of the statement in one line.
pub(super) fn shortened(sql: &str) -> String {
    let sql = one_line(sql);
    match sql.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &sql[..at]),
        None => sql,
    }
}
