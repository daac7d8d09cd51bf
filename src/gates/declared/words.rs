//! Words that facts have in common: what is expected, and SQL as a subject names it.

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

/// What is expected: the author's words, and the figures of it.
pub(super) fn described(description: &str, figures: &str) -> String {
    match (description, figures) {
        ("", figures) => figures.to_owned(),
        (words, "") => words.to_owned(),
        (words, figures) => format!("{words}: {figures}"),
    }
}
